# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a tools/call has LiteLLM ask its database and look names up; and a change of servers is there at once."""

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


LOOK_UPS = """
import asyncio, sys
import anyio._core._sockets as sockets

async def counted(*asked, **options):
    counted.times += 1
    return await look_up(*asked, **options)

async def ask():
    try:
        import httpx2 as httpx
    except ImportError:
        import httpx
    for _ in range(4):
        async with httpx.AsyncClient() as client:
            assert (await client.get(sys.argv[1])).status_code

counted.times, look_up = 0, sockets.getaddrinfo.look_up
sockets.getaddrinfo.look_up = counted
asyncio.run(ask())
print(counted.times)
"""


def test_the_clients_of_a_call_look_a_name_up_together(gateway, mcp_servers):
    """As the MCP SDK of each version opens its connections: with a client of its own for each call."""
    told = gateway.container.exec_run(["python3", "-c", LOOK_UPS, f"http://{PREFIX}alpha:8000/mcp"])
    assert told.output.decode().split()[-1] == "1", told.output.decode()


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
