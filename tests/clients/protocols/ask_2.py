# A client of the SDK's second line: ask_2.py URL KEY MODE; it prints what it agreed on, and what the tools said.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, key: str, mode: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        # By itself this client ends where an answer is above 1 MiB.
        Client(streamable_http_client(url, http_client=http, max_sse_event_size=None), mode=mode) as client,
    ):
        tools = sorted(tool.name for tool in (await client.list_tools()).tools)
        said = {}
        for name in tools:
            arguments = {"size": 5_000_000} if name.endswith("-big") else {}
            result = await client.call_tool(name, arguments)
            text = "".join(part.text for part in result.content if part.type == "text")
            said[name] = len(text) if name.endswith("-big") else text
        agreed = client.protocol_version
    print(json.dumps({"agreed": agreed, "said": said}))


asyncio.run(main(*sys.argv[1:]))
