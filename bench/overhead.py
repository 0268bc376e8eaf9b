# What a tools/call costs over several ways side by side in one run: overhead.py TOOL COUNT AT_ONCE NAME=URL...
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways take turns, in random order, so that what else the machine does falls on all of them alike.

MCP_LAN_KEY is sent as the key. A URL that ends in /mcp (and not in /mcp/) is an MCP server of its own;
MCP_LAN_ARGUMENTS are the arguments as JSON. Prints one line of JSON for each way: how long each call of each round
took, in milliseconds.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import sys
import time

import httpx

PROTOCOL = "2025-06-18"
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


class Way:
    """One URL, with a session where the server wants one."""

    def __init__(self, name: str, url: str, tool: str) -> None:
        self.name, self.url, self.tool = name, url, tool
        self.headers = HEADERS | {"Authorization": "Bearer " + os.environ.get("MCP_LAN_KEY", "none")}
        self.rounds: list[list[float]] = []
        # A session answers two requests of one id only once.
        self.ids = itertools.count(1)

    async def begin(self, client: httpx.AsyncClient) -> None:
        hello = {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": {"name": "overhead", "version": "1"}}
        answer = await self.send(client, "initialize", hello)
        if session := answer.headers.get("mcp-session-id"):
            self.headers["mcp-session-id"] = session
            await client.post(
                self.url, json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=self.headers
            )

    async def send(self, client: httpx.AsyncClient, method: str, params: dict) -> httpx.Response:
        body = {"jsonrpc": "2.0", "id": next(self.ids), "method": method, "params": params}
        answer = await client.post(self.url, json=body, headers=self.headers)
        answer.raise_for_status()
        return answer

    async def round(self, client: httpx.AsyncClient, arguments: dict, at_once: int) -> None:
        self.rounds.append(await asyncio.gather(*(self.call(client, arguments) for _ in range(at_once))))

    async def call(self, client: httpx.AsyncClient, arguments: dict) -> float:
        """How long it took, in milliseconds."""
        begin = time.perf_counter()
        answer = await self.send(client, "tools/call", {"name": self.tool, "arguments": arguments})
        taken = (time.perf_counter() - begin) * 1000
        if '"error":' in answer.text or '"text":"Error' in answer.text:
            sys.exit(f"{self.name}: {answer.text[:300]}")
        return taken


async def main(tool: str, count: int, at_once: int, ways: list[Way]) -> None:
    arguments = json.loads(os.environ.get("MCP_LAN_ARGUMENTS", "{}"))
    # Servers close a connection that is idle for five seconds; one that is used just then fails.
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        for way in ways:
            await way.begin(client)
            for _ in range(3):
                await way.call(client, arguments)
        for _ in range(count // at_once):
            for way in random.sample(ways, len(ways)):
                await way.round(client, arguments, at_once)
    for way in ways:
        print(json.dumps({"way": way.name, "rounds": way.rounds}))


if __name__ == "__main__":
    tool, count, at_once, *named = sys.argv[1:]
    # A direct call names the tool without its server.
    ways = [
        Way(name, url, tool if "/mcp/" in url else tool.partition("-")[2])
        for name, _, url in (entry.partition("=") for entry in named)
    ]
    asyncio.run(main(tool, int(count), int(at_once), ways))
