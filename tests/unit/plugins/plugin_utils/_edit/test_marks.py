# SPDX-License-Identifier: GPL-3.0-or-later
"""Byte-order marks: kept where they are, said where a program may stumble over them."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.plan import Place
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore

PATH = ("mcpServers", "litellm")


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("json", b'\xef\xbb\xbf{"a": 1}', "begins with a byte-order mark"),
        ("jsonc", b'\xef\xbb\xbf{"a": 1}', None),
        ("yaml", b"\xef\xbb\xbfa: 1\n", None),
        ("yaml", "\ufeffa: 1\n".encode("utf-16-le"), "is UTF-16"),
        ("json", b'{"a": 1}', None),
        ("json", None, None),
    ],
)
def test_what_a_program_may_not_read_is_said(kind, data, said):
    place = Place("f", kind, PATH, {"url": "u"})
    assert place.unread(data) == said
    assert Place("f", kind, PATH, None).unread(data) is None
    if data:
        assert place.edit(data).startswith(data[:3])


def test_a_secret_that_was_saved_by_an_editor_of_windows(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "one").write_bytes(b"\xef\xbb\xbfvalue\r\n")
    (tmp_path / "secrets" / "two").write_bytes("value".encode("utf-16"))
    store = FileStore(str(tmp_path))
    assert store.get("secrets", "one") == "value"
    with pytest.raises(UserError, match="two is not UTF-8 text: save it so"):
        store.get("secrets", "two")
