# SPDX-License-Identifier: GPL-3.0-or-later
"""Transports: a tools/call of one small server, straight to its bridge and through the gateway, by each transport.

Behind the bridge one process serves all calls; with stdio inside the gateway LiteLLM starts one for each. The ways take
turns, so that what else the machine does falls on all of them alike. It asks the scenario stdio (`molecule converge
--scenario-name stdio`); MCP_LAN_BENCH_TRANSPORTS says how often each way is called, one at a time and 16 at a time.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

import httpx

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / ".collections"), str(TOP / "tests/support")]
NEEDS = ("MCP_LAN_BENCH_TRANSPORTS",)
TOOL, ARGUMENTS = "get_current_time", {"timezone": "UTC"}
TURNS = 4


def ways() -> dict[str, tuple[str, dict, str]]:
    """Way: URL, headers, tool."""
    from transports import Deployment

    stdio = Deployment.of("stdio")
    networks = stdio.container("mcp-time").attrs["NetworkSettings"]["Networks"]
    bridge = f"http://{next(iter(networks.values()))['IPAddress']}:8000/mcp"
    gateway = f"http://127.0.0.1:{stdio.port}/mcp/"

    def bearer(key: str) -> dict:
        return {"Authorization": f"Bearer {stdio.key(key)}"}

    return {
        "straight to the bridge, HTTP": (bridge, {}, TOOL),
        "gateway, bridged, HTTP": (gateway, bearer("bridged"), f"time-{TOOL}"),
        "gateway, bridged, SSE": (gateway, bearer("bridged"), f"time_sse-{TOOL}"),
        "gateway, stdio inside (a process for each call)": (gateway, bearer("inside"), f"time_inside-{TOOL}"),
    }


async def call(client: httpx.AsyncClient, url: str, headers: dict, tool: str) -> float:
    """One call; how long it took."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": ARGUMENTS}}
    accept = {"Accept": "application/json, text/event-stream"}
    began = time.perf_counter()
    answer = await client.post(url, json=body, headers={**accept, **headers})
    assert "day_of_week" in answer.text, answer.text[:300]
    return time.perf_counter() - began


async def several(way: tuple[str, dict, str], calls: int, at_once: int) -> list[float]:
    gate = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(timeout=120) as client:

        async def one() -> float:
            async with gate:
                return await call(client, *way)

        return await asyncio.gather(*(one() for _ in range(calls)))


def table() -> str:
    calls = int(os.environ["MCP_LAN_BENCH_TRANSPORTS"])
    lines = ["| way | at once | calls | median, ms | 99th percentile, ms |", "| --- | --- | --- | --- | --- |"]
    for at_once in (1, 16):
        taken: dict[str, list[float]] = {name: [] for name in ways()}
        for _ in range(TURNS):
            for name, way in ways().items():
                taken[name] += asyncio.run(several(way, max(calls // TURNS, 1), at_once))
        for name, seconds in taken.items():
            middle, worst = statistics.median(seconds), sorted(seconds)[int(len(seconds) * 0.99)]
            lines.append(f"| {name} | {at_once} | {len(seconds)} | {middle * 1000:.0f} | {worst * 1000:.0f} |")
    return "\n".join(lines)
