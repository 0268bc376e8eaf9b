# SPDX-License-Identifier: GPL-3.0-or-later
"""How often LiteLLM's database is asked for the revision of the MCP servers."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from mcp_lan_filter.catalogue import HOLDS, Kept, wrap


class Database:
    """Tells a revision, and counts how often."""

    def __init__(self) -> None:
        self.revision, self.asked, self.now = 7, 0, 100.0
        self.kept = Kept(self.read, lambda: self.now)

    async def read(self, prisma_client):
        assert prisma_client == "client"
        self.asked += 1
        if self.revision is None:
            raise ConnectionError("nobody is there")
        return self.revision

    def tell(self) -> int:
        return asyncio.run(self.kept("client"))


def test_it_is_asked_once_for_a_second():
    database = Database()
    assert [database.tell() for _ in range(4)] == [7] * 4 and database.asked == 1
    database.revision = 8
    database.now += HOLDS - 0.01
    assert database.tell() == 7
    database.now += 0.01
    assert database.tell() == 8 and database.asked == 2


def test_an_answer_that_takes_long_is_as_old_as_its_question():
    database = Database()

    async def slow(_client):
        database.now += 5
        return 7

    database.kept.read = slow
    asyncio.run(database.kept("client"))
    database.kept.read = database.read
    assert database.tell() == 7 and database.asked == 1


def test_a_failure_is_not_kept_and_hides_none():
    database = Database()
    database.tell()
    database.revision = None
    database.now += HOLDS
    for _ in range(2):
        with pytest.raises(ConnectionError):
            database.tell()
    database.revision = 9
    assert database.tell() == 9


def test_versions_that_do_not_ask_are_left_alone():
    older = SimpleNamespace()
    wrap(older)
    assert vars(older) == {}
    newer = SimpleNamespace(get_mcp_catalog_revision=Database().read)
    wrap(newer)
    assert asyncio.run(newer.get_mcp_catalog_revision("client")) == 7
