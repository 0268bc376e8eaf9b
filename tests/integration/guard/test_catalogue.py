# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a tools/call has LiteLLM ask its database, and that a change of MCP servers is there at once even so."""

from __future__ import annotations

import re
import secrets
import time

import requests
from guarded_gateway import PREFIX

CALLS = 40
SCANS = (
    """SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'LiteLLM_Config'"""
)


def _post(gateway, key: str, method: str, **params):
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return requests.post(f"{gateway.url}/mcp/", json=body, headers=headers, timeout=60).text


def test_a_call_does_not_ask_the_database_for_the_servers(gateway, postgres):
    database = "guard_" + re.sub(r"\W", "_", gateway.version)

    def scans() -> int:
        time.sleep(2)  # PostgreSQL counts late
        return int(postgres.execute("psql", "-qAt", "-c", SCANS, database)[1])

    key = gateway.key({"mcp_lan": {"policy": {"alpha": ["*"]}}})
    _post(gateway, key, "tools/call", name="alpha-ping", arguments={})
    before = scans()
    for _ in range(CALLS):
        assert "alpha:ping" in _post(gateway, key, "tools/call", name="alpha-ping", arguments={})
    # LiteLLM's own jobs read the table as well; with each call it would be four times as often.
    assert scans() - before < 2 * CALLS


def test_a_server_is_there_at_once_and_gone_at_once(gateway):
    name, identity = f"sudden{secrets.token_hex(3)}", f"catalogue-{secrets.token_hex(4)}"
    made = {"server_id": identity, "server_name": name, "alias": name, "transport": "http"}
    for _ in range(2):  # the second time right after it was gone
        gateway.admin("POST", "/v1/mcp/server", {**made, "url": f"http://{PREFIX}alpha:8000/mcp"})
        policy = {"mcp_lan": {"policy": {name: ["ping"]}}}
        key = gateway.key(policy, object_permission={"mcp_servers": [identity]})
        assert f"{name}-ping" in _post(gateway, key, "tools/list")
        assert "alpha:ping" in _post(gateway, key, "tools/call", name=f"{name}-ping", arguments={})
        assert "alpha:" not in _post(gateway, key, "tools/call", name=f"{name}-secret", arguments={})
        gone = requests.delete(
            f"{gateway.url}/v1/mcp/server/{identity}",
            headers={"Authorization": f"Bearer {gateway.master_key}"},
            timeout=30,
        )
        assert gone.ok
        assert f"{name}-ping" not in _post(gateway, key, "tools/list")
        assert "alpha:ping" not in _post(gateway, key, "tools/call", name=f"{name}-ping", arguments={})
