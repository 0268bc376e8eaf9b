# Measures one decision of the guard inside a gateway's container, and prints it in microseconds as JSON.
# SPDX-License-Identifier: GPL-3.0-or-later
"""20 servers of 12 tools each, all listed, and a key that names every tool of each one by one: the slow case."""

from __future__ import annotations

import json
import statistics
import time

from litellm.proxy._types import UserAPIKeyAuth
from litellm.types.mcp_server.mcp_server_manager import MCPServer
from mcp_lan_filter import policy as held

SERVERS, TOOLS, ROUNDS = 20, 12, 3000

manager = held.registry()
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


def measure() -> dict[str, float]:
    medians = {}
    for name, data in calls.items():
        taken = []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            reason = held.refusal(key, data, manager)
            taken.append(time.perf_counter() - begin)
            assert bool(reason) == (name == "refused")
        medians[name] = round(statistics.median(taken) * 1e6, 2)
    return medians


print(json.dumps(measure()))
