# Measures one decision of the guard inside a gateway's container, and prints it in microseconds as JSON.
# SPDX-License-Identifier: GPL-3.0-or-later
"""20 servers of 12 tools each, all listed, and a key that names every tool of each one by one: the slow case."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time

sys.path.insert(0, "/etc/litellm")

import mcp_lan_guard
from fastapi import HTTPException
from litellm.proxy._types import UserAPIKeyAuth
from litellm.types.mcp_server.mcp_server_manager import MCPServer

SERVERS, TOOLS, ROUNDS = 20, 12, 3000

manager = mcp_lan_guard.registry()
for number in range(SERVERS):
    name = f"server{number}"
    manager.registry[name] = MCPServer(
        server_id=name, name=name, server_name=name, transport="http", url="http://x/mcp"
    )
    for tool in range(TOOLS):
        manager.tool_name_to_mcp_server_name_mapping[f"{name}-tool{tool}"] = name
        manager.tool_name_to_mcp_server_name_mapping[f"tool{tool}"] = name
policy = {f"server{number}": [f"tool{tool}" for tool in range(TOOLS)] for number in range(SERVERS)}
key = UserAPIKeyAuth(api_key="sk-measured", metadata={"mcp_lan": {"policy": policy}})
calls = {
    "prefixed": {"mcp_tool_name": f"server{SERVERS - 1}-tool{TOOLS - 1}"},
    "apart": {"mcp_tool_name": f"tool{TOOLS - 1}", "mcp_server_name": f"server{SERVERS - 1}"},
    "bare": {"mcp_tool_name": f"tool{TOOLS - 1}"},
    "refused": {"mcp_tool_name": f"server{SERVERS - 1}-other"},
}


async def measure() -> dict[str, float]:
    medians = {}
    for name, data in calls.items():
        taken = []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            try:
                await mcp_lan_guard.guard.async_pre_call_hook(key, None, data, "mcp_call")
                refused = False
            except HTTPException:
                refused = True
            taken.append(time.perf_counter() - begin)
            assert refused == (name == "refused")
        medians[name] = round(statistics.median(taken) * 1e6, 2)
    return medians


print(json.dumps(asyncio.run(measure())))
