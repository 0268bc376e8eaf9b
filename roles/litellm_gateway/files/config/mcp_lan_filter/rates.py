# Rates while what LiteLLM counts them in does not answer.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM 1.77.3 answers 500 to each key with a limit while its Redis is away (should_rate_limit in
litellm/proxy/hooks/parallel_request_limiter_v3.py). Newer versions count in their own memory then, and so does this.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

HANDLER = "_PROXY_MaxParallelRequestsHandler_v3"
# What a handler has that goes on by itself.
GOES_ON = "_execute_redis_batch_rate_limiter_script"
# For how long it is not asked again, in seconds: a host that is away takes a while to be found so.
AWAY = 10


class Shared:
    """The script that counts for all workers, or what counts for this one while that fails."""

    def __init__(self, script: Callable, alone: Callable, seconds: Callable[[], float] = time.monotonic) -> None:
        self.script, self.alone, self.seconds = script, alone, seconds
        self.until, self.away = 0.0, False

    async def __call__(self, keys: list, args: list):
        if self.seconds() >= self.until:
            try:
                counted = await self.script(keys=keys, args=args)
                self._tell(False, "")
                return counted
            except Exception as error:  # whatever Redis' client raises
                self.until = self.seconds() + AWAY
                self._tell(True, type(error).__name__)
        return await self.alone(keys=keys, now_int=args[0], window_size=args[1])

    def _tell(self, away: bool, why: str) -> None:
        """Once for as long as it lasts."""
        if away != self.away:
            says = f"does not answer ({why}); each worker counts rates for itself" if away else "answers again"
            print(f"mcp_lan_filter: the cache {says}", file=sys.stderr, flush=True)
        self.away = away


def wrap(module) -> None:
    """Put it around the script of each handler that is made."""
    handler = getattr(module, HANDLER)
    begin = handler.__init__

    def __init__(self, internal_usage_cache):  # LiteLLM looks at what it takes
        begin(self, internal_usage_cache)
        if self.batch_rate_limiter_script is not None:
            self.batch_rate_limiter_script = Shared(self.batch_rate_limiter_script, self.in_memory_cache_sliding_window)

    if not hasattr(handler, GOES_ON):
        handler.__init__ = __init__
