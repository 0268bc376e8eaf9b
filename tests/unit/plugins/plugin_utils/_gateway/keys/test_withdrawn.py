# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the store's values were revoked at the gateway by hand, and when it is a gateway that has begun anew."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.key_values import minted, remember
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256, withdrawn
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Context, RemoteObject
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import PlannedChange
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore


class Log:
    """The gateway's spend log, which alone is asked."""

    def __init__(self, rows: int):
        self.rows, self.asked = rows, 0

    def get(self, path, **_params):
        assert path == "/spend/logs/ui"
        self.asked += 1
        return {"total": self.rows}


def _context(rows=0, owned=(), current=(), had="value"):
    ctx = Context(Log(rows), for_version("1.77.3"), kinds=KINDS, values={"k": "value"})
    ctx.minted = {"k": sha256(had)} if had else {}
    ctx.desired["key"] = {"k": KINDS["key"].complete({"name": "k"})}
    ctx.found["key"] = {value: RemoteObject(value, sha256(value), {}) for value in current}
    ctx.found["team"] = {name: RemoteObject(name, name, {}, owned=True) for name in owned}
    return ctx


@pytest.mark.parametrize(
    ("case", "gone"),
    [
        ({"owned": ["team"]}, ["k"]),
        ({"rows": 1}, ["k"]),
        ({}, []),  # nothing of ours, and nobody has called anything: the database is a new one
        ({"owned": ["team"], "current": ["value"]}, []),
        ({"owned": ["team"], "current": ["another"]}, ["k"]),
        ({"owned": ["team"], "had": ""}, []),  # never sent
        ({"owned": ["team"], "had": "the one before"}, []),
    ],
)
def test_what_the_gateway_had_and_has_no_more(case, gone):
    ctx = _context(**case)
    assert withdrawn(ctx) == gone
    assert ctx.client.asked == (1 if not case.get("owned") else 0)


def _result(action, name="k"):
    return PlannedChange("key", name, action)


def test_what_the_gateway_has_is_remembered_without_the_value(tmp_path):
    store = FileStore(str(tmp_path))
    store.put("keys", "k", "sk-value")
    remember(store, [_result("created"), _result("failed", "other"), PlannedChange("team", "k", "created")])
    assert minted(store) == {"k": sha256("sk-value")}
    (kept,) = (tmp_path / "records").iterdir()
    assert "sk-value" not in kept.read_text() and kept.stat().st_mode & 0o777 == 0o600
    changed = kept.stat().st_mtime_ns
    remember(store, [_result("unchanged")])
    assert kept.stat().st_mtime_ns == changed
    remember(store, [_result("removed")])
    assert minted(store) == {}


def test_a_record_that_cannot_be_read_is_none(tmp_path):
    store = FileStore(str(tmp_path))
    for text in ("{", "[]", "null", "7"):
        store.put("records", "minted", text)
        assert minted(store) == {}
