# When the filter ends LiteLLM's process. With LiteLLM itself: tests/integration/guard/test_watch.py.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio

import httpx
import pytest
from mcp_lan_filter.watch import GONE, Watch


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def watched(*answers):
    """How often it was ended after these answers, each half as long after the one before as it may be gone."""
    ended, clock, left = [], Clock(), list(answers)

    async def ask():
        answer = left.pop(0)
        if answer is not None:
            raise answer

    async def look():
        watch = Watch(ask, lambda: ended.append(1), clock)
        for _answer in answers:
            await watch.look()
            clock.now += GONE / 2

    asyncio.run(look())
    return len(ended)


REFUSED = httpx.ConnectError("All connection attempts failed")


def test_one_that_stays_gone_is_ended():
    assert watched(REFUSED, REFUSED) == 0
    assert watched(REFUSED, REFUSED, REFUSED) == 1


@pytest.mark.parametrize("other", [None, httpx.ReadTimeout("late"), TimeoutError(), RuntimeError("P1001")])
def test_one_that_answers_or_is_late_is_left_alone(other):
    assert watched(*[other] * 5) == 0
    assert watched(REFUSED, REFUSED, other, REFUSED, REFUSED) == 0
