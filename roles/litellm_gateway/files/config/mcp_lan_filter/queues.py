# Whose turn it is where a model has less room than it is asked for.
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's server serves so many requests at once, and others in the order of their coming, whoever asks. Here those
of some keys and teams come sooner, and places are reserved for them.

LiteLLM has a queue of its own (litellm/scheduler.py), which orders requests only while each deployment is cooled down,
not while they are busy, and which 1.77.3 never empties.
"""

from __future__ import annotations

import asyncio
import bisect
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from mcp_lan_filter.bodies import Names
from mcp_lan_filter.refusal import Refusal

# LiteLLM's scale: the smaller, the sooner.
FIRST, USUAL = 0, 100
# What a rotated key's former value is called after its name.
REPLACED = ".replaced-"
# Bodies that name a model, and ask it nothing.
ASK_NOTHING = ("count_tokens", "count_tokens_google")


@dataclass(order=True)
class _Waiting:
    due: float
    number: int
    owners: tuple[str, ...] = field(compare=False)
    turn: asyncio.Future = field(compare=False)


class Queue:
    """The requests of some models; rules: of requests.json; seconds: the time.

    A request's priority is for how many seconds others, which come after it with a smaller one, are let past. So nobody
    waits for ever: what has waited for so long comes before whatever comes then.
    """

    def __init__(self, rules: Mapping, seconds: Callable[[], float] = time.monotonic) -> None:
        self.models = Names(rules["models"])
        self.places: int = rules["places"]
        self.owners: Mapping[str, Mapping] = rules["owners"]
        self.seconds = seconds
        self.running = 0
        self.running_of: Counter[str] = Counter()
        self.waiting: list[_Waiting] = []
        self.numbers = count()

    def priority(self, owners: Iterable[str]) -> int:
        """The key's own, or else its team's."""
        return next((said["priority"] for one in owners if "priority" in (said := self.owners.get(one, {}))), USUAL)

    @asynccontextmanager
    async def place(self, owners: tuple[str, ...], priority: int, gone: Callable[[], Awaitable]) -> AsyncIterator[None]:
        """The time for which a request has a place. gone() ends when its client is no longer there."""
        await self._wait(owners, priority, gone)
        try:
            yield
        finally:
            self._leave(owners)

    async def _wait(self, owners: tuple[str, ...], priority: int, gone: Callable[[], Awaitable]) -> None:
        turn = asyncio.get_running_loop().create_future()
        mine = _Waiting(self.seconds() + priority, next(self.numbers), owners, turn)
        bisect.insort(self.waiting, mine)
        self._go_on()
        if turn.done():
            return
        left = asyncio.ensure_future(gone())
        try:
            await asyncio.wait({turn, left}, return_when=asyncio.FIRST_COMPLETED)
            if not turn.done():
                raise Refusal(400, "The client went away before its turn came.")
        except BaseException:
            # Its turn may have come while it was given up.
            if turn.done():
                self._leave(owners)
            else:
                self.waiting.remove(mine)
            raise
        finally:
            left.cancel()

    def _go_on(self) -> None:
        """Give each place that is free to the first who may have it."""
        for one in [*self.waiting]:
            if self.running >= self.places:
                return
            if self._may(one.owners):
                self.waiting.remove(one)
                self.running += 1
                self.running_of.update(one.owners)
                one.turn.set_result(None)

    def _may(self, owners: tuple[str, ...]) -> bool:
        """Whether a place is free that is reserved for nobody else."""
        kept = sum(
            max(0, said.get("reserved", 0) - self.running_of[name])
            for name, said in self.owners.items()
            if name not in owners
        )
        return self.places - self.running > kept

    def _leave(self, owners: tuple[str, ...]) -> None:
        self.running -= 1
        self.running_of.subtract(owners)
        self._go_on()


class Queues:
    """All of them."""

    def __init__(self, rules: Iterable[Mapping]) -> None:
        self.queues = [Queue(one) for one in rules]

    def of(self, model: str | None) -> Queue | None:
        """The one in which a request for this model waits."""
        return next((one for one in self.queues if model and one.models.have(model)), None)


def owners_of(key) -> tuple[str, ...]:
    """Whose a request is, by what LiteLLM knows of its key: the key's own name, then its team's."""
    name, team = str(key.key_alias or "").partition(REPLACED)[0], key.team_alias
    return (*([f"key:{name}"] if name else []), *([f"team:{team}"] if team else []))
