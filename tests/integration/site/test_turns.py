# SPDX-License-Identifier: GPL-3.0-or-later
"""A client whose queries wait takes the MCP server from nobody: its further calls wait before the server does."""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import AsyncExitStack

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

pytestmark = pytest.mark.slow

# More than postgres-mcp has sessions (mcp_postgresql_sessions); of one key this many are under way at the same time
# (litellm_gateway_tool_calls_per_key).
CALLS, MOST = 16, 8
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


class Lock:
    """A table that nobody reads until it is opened again."""

    def __init__(self, server: str) -> None:
        self.psql = ["docker", "exec", "-i", server, "psql", "-qAt", "-U", "postgres", "demo"]

    def __enter__(self):
        self.holder = subprocess.Popen(self.psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.holder.stdin.write(b"BEGIN; LOCK TABLE books IN ACCESS EXCLUSIVE MODE; SELECT 'held';\n")
        self.holder.stdin.flush()
        assert self.holder.stdout.readline() == b"held\n"
        return self

    def __exit__(self, *error) -> None:
        self.holder.communicate(b"COMMIT;\n", timeout=30)

    def waiting(self) -> int:
        done = subprocess.run([*self.psql, "-c", WAITING], capture_output=True, check=True)
        return int(done.stdout)


async def session_of(site, key: str, stack: AsyncExitStack) -> ClientSession:
    headers = {"Authorization": f"Bearer {site.store.get('keys', key)}"}
    streams = await stack.enter_async_context(streamablehttp_client(f"{site.api_url}/mcp/", headers=headers))
    session = await stack.enter_async_context(ClientSession(*streams[:2]))
    await session.initialize()
    await session.list_tools()
    return session


async def ask(session: ClientSession, sql: str) -> str:
    answer = await session.call_tool("postgresql-execute_sql", {"sql": sql})
    return answer.content[0].text


async def both(site) -> tuple[int, str, list[str]]:
    """How many of the first client's calls waited at the server, the other's answer, and then the first one's."""
    async with asyncio.timeout(180), AsyncExitStack() as stack:
        first, other = [await session_of(site, key, stack) for key in ("claude-code", "codex")]
        with Lock(f"{site.prefix}-postgresql") as lock:
            slow = [asyncio.create_task(ask(first, "SELECT count(*) FROM books")) for _ in range(CALLS)]
            async with asyncio.timeout(15):
                while (waiting := await asyncio.to_thread(lock.waiting)) < MOST:
                    await asyncio.sleep(0.2)
            quick = await ask(other, "SELECT 6 * 7 AS answer")
            waiting = max(waiting, await asyncio.to_thread(lock.waiting))
            assert not any(task.done() for task in slow), "the other's call was answered behind the first one's"
        return waiting, quick, await asyncio.gather(*slow)


def test_one_clients_slow_queries_leave_room_for_anothers(site):
    run = site.run()
    assert run.status == 0, run.output[-3000:]
    waiting, quick, slow = asyncio.run(both(site))
    assert waiting == MOST and "42" in quick
    assert all("5" in text and "Error" not in text for text in slow), slow
