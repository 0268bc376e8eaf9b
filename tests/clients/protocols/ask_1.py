# A client of the SDK's first line: ask_1.py URL KEY MODE; it prints what it agreed on, and what the tools said.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


async def main(url: str, key: str, _mode: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        streamablehttp_client(url, headers=headers) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        agreed = (await session.initialize()).protocolVersion
        tools = sorted(tool.name for tool in (await session.list_tools()).tools)
        said = {}
        for name in tools:
            arguments = {"size": 5_000_000} if name.endswith("-big") else {}
            result = await session.call_tool(name, arguments)
            text = "".join(part.text for part in result.content if part.type == "text")
            said[name] = len(text) if name.endswith("-big") else text
    print(json.dumps({"agreed": agreed, "said": said}))


asyncio.run(main(*sys.argv[1:]))
