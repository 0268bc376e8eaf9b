# How many tool calls of one key are under way at the same time.
# SPDX-License-Identifier: GPL-3.0-or-later
"""An MCP server sees one client, the gateway, and gives its places to whoever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class _Key:
    places: asyncio.Semaphore
    present: int = 0
    """Its calls, those that wait among them."""


class Turns:
    """A key's calls beyond C(most) wait until others of it have ended, in the order of their coming. 0: no limit."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.keys: dict[str, _Key] = {}

    @asynccontextmanager
    async def one(self, key: str) -> AsyncIterator[None]:
        """The time of one call."""
        if not self.most:
            yield
            return
        own = self.keys.setdefault(key, _Key(asyncio.Semaphore(self.most)))
        own.present += 1
        try:
            async with own.places:
                yield
        finally:
            own.present -= 1
            if not own.present:
                del self.keys[key]
