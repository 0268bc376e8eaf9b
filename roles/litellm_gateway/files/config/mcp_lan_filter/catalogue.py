# How often LiteLLM asks its database whether the MCP servers are still the same.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM 1.108.7 asks four times for each tools/call (_fresh_snapshot in
litellm/proxy/_experimental/mcp_server/catalog.py), which takes a third of its processor time. What was answered holds
for a second instead: so long another worker may still have a server that is gone, or not yet have a new one. The worker
that changes one reads them all again, whatever the answer was.
"""

from __future__ import annotations

import time
from collections.abc import Callable

READER = "get_mcp_catalog_revision"
# For how long an answer holds, in seconds.
HOLDS = 1


class Kept:
    """LiteLLM's function, asked once for all that is wanted of it within that time."""

    def __init__(self, read: Callable, seconds: Callable[[], float] = time.monotonic) -> None:
        self.read, self.seconds = read, seconds
        self.until, self.revision = float("-inf"), None

    async def __call__(self, prisma_client):
        began = self.seconds()
        if began >= self.until:
            # One that fails is not kept.
            self.revision = await self.read(prisma_client)
            self.until = began + HOLDS
        return self.revision


def wrap(module) -> None:
    """The module that reads it, in versions that have it; others take it from there when they want it."""
    if read := getattr(module, READER, None):
        setattr(module, READER, Kept(read))
