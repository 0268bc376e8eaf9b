# SPDX-License-Identifier: GPL-3.0-or-later
"""A client whose queries wait takes the MCP server from nobody: its further calls wait before the server does."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

pytestmark = pytest.mark.slow

# More than postgres-mcp has sessions (mcp_postgresql_sessions); each waits for a lock that is held as long.
CALLS, HELD = 16, 12
LOCK = f"BEGIN; LOCK TABLE books IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({HELD}); COMMIT"


async def ask(site, key: str, sql: str) -> tuple[float, str]:
    """How long one call took, and its text."""
    headers = {"Authorization": f"Bearer {site.store.get('keys', key)}"}
    async with (
        streamablehttp_client(f"{site.api_url}/mcp/", headers=headers) as streams,
        ClientSession(*streams[:2]) as session,
    ):
        await session.initialize()
        began = time.monotonic()
        answer = await session.call_tool("postgresql-execute_sql", {"sql": sql})
        return time.monotonic() - began, answer.content[0].text


def test_one_clients_slow_queries_leave_room_for_anothers(site):
    run = site.run()
    assert run.status == 0, run.output[-3000:]
    server = site.engine.containers.get(f"{site.prefix}-postgresql")
    lock = threading.Thread(target=server.exec_run, args=(["psql", "-U", "postgres", "-c", LOCK, "demo"],))

    async def both() -> tuple[list, tuple]:
        lock.start()
        await asyncio.sleep(1)
        slow = asyncio.gather(*(ask(site, "claude-code", "SELECT count(*) FROM books") for _ in range(CALLS)))
        await asyncio.sleep(4)
        quick = await ask(site, "codex", "SELECT 6 * 7 AS answer")
        return await slow, quick

    async def timed():
        async with asyncio.timeout(90):
            return await both()

    slow, quick = asyncio.run(timed())
    lock.join()
    assert "42" in quick[1] and quick[0] < HELD / 3, quick
    assert all("5" in text and "Error" not in text for _seconds, text in slow), slow
    assert min(seconds for seconds, _text in slow) > HELD / 3, "none of them had to wait"
