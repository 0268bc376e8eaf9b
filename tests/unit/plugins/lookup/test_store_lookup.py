# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookups of the store, as Ansible itself runs them."""

from __future__ import annotations

import json

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore, new_secret
from tree import run


def look(expression: str, *options: str, **variables) -> tuple[int, str]:
    told = ["-m", "ansible.builtin.debug", "-a", f"msg={{{{ {expression} }}}}", "-e", json.dumps(variables)]
    return run("ansible", "localhost", "-i", "localhost,", *told, *options)


def test_store_may_be_a_template(tmp_path):
    value = new_secret()
    FileStore(str(tmp_path / "site")).put("secrets", "master_key", value)
    status, output = look(
        "lookup('mcp_lan.litellm.secret', 'master_key')", mcp_lan_store="{{ base }}/site", base=str(tmp_path)
    )
    assert status == 0, output
    assert value in output


def test_what_is_not_there_is_named_with_the_store(tmp_path):
    status, output = look("lookup('mcp_lan.litellm.key', 'laptop')", mcp_lan_store=str(tmp_path))
    assert status != 0
    # ansible-core before 2.19 writes a quotation mark of a sentence twice.
    said = " ".join(output.split()).replace("''", "'")
    assert f"The store {tmp_path} has no 'laptop' among its keys" in said


def test_in_check_mode_what_is_not_there_yet_has_a_placeholder(tmp_path):
    status, output = look("lookup('mcp_lan.litellm.key', 'laptop')", "--check", mcp_lan_store=str(tmp_path))
    assert status == 0, output
    assert "not-made-yet" in output
    assert not list(tmp_path.iterdir())


def test_whom_clients_are_to_trust_is_one_text_or_none(tmp_path):
    expression = "'<' ~ (lookup('mcp_lan.litellm.ca_certificates') | regex_replace('[^A-Z]', '-')) ~ '>'"
    status, output = look(expression, mcp_lan_store=str(tmp_path))
    assert status == 0 and "<>" in output, output
    FileStore(str(tmp_path)).put("records", "ca_certificates", "PEM")
    status, output = look(expression, mcp_lan_store=str(tmp_path))
    assert status == 0 and "<PEM->" in output, output
