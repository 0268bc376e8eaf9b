# SPDX-License-Identifier: GPL-3.0-or-later
"""A key's value that was revoked at the gateway by hand, or that the store has lost: what modules do and say."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore

TASKS = {
    "mcp_lan.litellm.key": lambda name: {"name": name},
    "mcp_lan.litellm.gateway_state": lambda name: {"keys": [{"name": name}]},
}


@pytest.mark.parametrize("module", TASKS)
def test_it_is_said_and_never_comes_back(own, play, client, tmp_path, module):
    name, store = f"{own}key", FileStore(str(tmp_path / "store"))
    task = {"name": "run", module: TASKS[module](name)}
    assert play([task])["run"]["said"] == []
    before = store.get("keys", name)
    client.post("/key/delete", {"keys": [sha256(before)]})

    expected = play([task], "--check")
    assert expected["run"]["changed"] is True and store.get("keys", name) == before
    result = play([task])["run"]
    after = store.get("keys", name)
    assert result["changed"] is True and after != before and before not in str(result) and after not in str(result)
    assert f"key '{name}' was revoked at the gateway by hand" in result["said"][0]
    assert result["warnings"] == result["said"] == expected["run"]["said"]
    current = client.get("/key/list", return_full_object="true", key_alias=name)["keys"]
    assert [one["token"] for one in current] == [sha256(after)]

    store.remove("keys", name)
    result = play([task])["run"]
    assert result["changed"] is True and f"the store had no value of key '{name}' any more" in result["said"][0]
    result = play([task])["run"]
    assert result["changed"] is False and result["said"] == []
