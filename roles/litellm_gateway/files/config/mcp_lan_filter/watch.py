# Ends LiteLLM's process where it has lost its query engine for good, so that the engine of containers starts it anew.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM 1.77.3 does not start Prisma's query engine again once it has ended (out of memory, say): it calls every key
wrong as soon as it has forgotten it, and says that its database is connected. 1.108.7 starts it again by itself.

That is seen by asking for nothing: an engine that is gone takes no connection. One that is busy, or that waits for the
database, answers late or with an error of its own, and is left alone.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

from mcp_lan_filter.log import say

# How often it is asked, how long an answer may take, and for how long it has to be gone, in seconds. What starts it
# again by itself has done so by then; and a process that ends each time is started at most once a minute.
EVERY = 10
PATIENCE = 5
GONE = 60
LAST_WORDS = "LiteLLM's connection to its database is gone, and does not come back; it is started anew"


def is_gone(error: BaseException) -> bool:
    """Whether an error means that nothing is there to be asked."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return False
    return isinstance(error, httpx.TransportError) or type(error).__module__.startswith("prisma.engine")


def end() -> None:
    """At once: what would be written on the way out needs the engine as well."""
    say("ERROR", LAST_WORDS)
    os._exit(1)


class Watch:
    """ask: one question to the query engine; end: what ends the process; seconds: the time."""

    def __init__(
        self,
        ask: Callable[[], Awaitable],
        end: Callable[[], None] = end,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ask, self.end, self.seconds = ask, end, seconds
        self.since: float | None = None

    async def look(self) -> None:
        """Ask once, and end the process where it has been gone for too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.ask()
            self.since = None
        except Exception as error:
            if not is_gone(error):
                self.since = None
            elif self.since is None:
                self.since = self.seconds()
            elif self.seconds() - self.since >= GONE:
                self.end()

    async def run(self) -> None:
        """For as long as the process lives."""
        while True:
            await asyncio.sleep(EVERY)
            await self.look()
