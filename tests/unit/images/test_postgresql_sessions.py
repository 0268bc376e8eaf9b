# SPDX-License-Identifier: GPL-3.0-or-later
"""A session of the MCP server for PostgreSQL whose process ends: whoever waits is told, also who asks meanwhile."""

from __future__ import annotations

import asyncio
import importlib.util
import sys

import anyio
import tree

_file = tree.TOP / "images" / "mcp-postgresql" / "serve.py"
_spec = importlib.util.spec_from_file_location("mcp_postgresql_serve", _file)
serve = importlib.util.module_from_spec(_spec)
# A dataclass looks there for its module.
sys.modules[_spec.name] = serve
_spec.loader.exec_module(serve)


async def told() -> list[str | int]:
    """The requests that are answered when a process has ended before two of them, and the client sends another one."""
    reader, answered = asyncio.StreamReader(), []
    reader.feed_eof()
    session = serve.Session(serve.Bounds(1, 1, 1), 0, reader, None, {1: "tools/call", 2: "tools/list"})
    write, read = anyio.create_memory_object_stream(0)

    async def client() -> None:
        async for item in read:
            answered.append(item.message.model_dump()["id"])
            session.waiting[3] = "ping"

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client)
        async with write:
            await session._answer(write)
    return answered


def test_who_waits_is_told_while_another_one_asks():
    assert asyncio.run(told()) == [1, 2]
