# How often LiteLLM asks for the address of an MCP server.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM opens a connection for each request to an MCP server, four or more for a tools/call, and has the name looked
up for each of them, in a thread and over the network. What was answered holds for a second instead, unlike the ten
minutes for which Docker's own name server lets an answer hold. That is how long one that has moved is missed.

Of httpx, by anyio's function (https://anyio.readthedocs.io/en/stable/api.html#anyio.getaddrinfo), which MCP's clients
use; models are asked by another client.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_UP = "getaddrinfo"
# For how long an answer holds, in seconds, and how many there are at most.
HOLDS = 1
MOST = 256


class Kept:
    """anyio's function, asked once for a name within that time."""

    def __init__(self, look_up: Callable, seconds: Callable[[], float] = time.monotonic) -> None:
        self.look_up, self.seconds = look_up, seconds
        self.found: dict[tuple, tuple[float, list]] = {}

    async def __call__(self, host, port, **options):
        asked = host, port, tuple(sorted(options.items()))
        began = self.seconds()
        until, found = self.found.get(asked, (began, []))
        if began >= until:
            if len(self.found) >= MOST:
                self.found.clear()
            # One that fails is not kept.
            found = await self.look_up(host, port, **options)
            self.found[asked] = began + HOLDS, found
        return list(found)


def wrap(module) -> None:
    """The module whose functions open connections, and look it up there."""
    setattr(module, LOOK_UP, Kept(getattr(module, LOOK_UP)))
