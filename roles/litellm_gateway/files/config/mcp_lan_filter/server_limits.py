# How much an MCP server may be asked, and may cost, by all keys together: LiteLLM has nothing for it.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits stand in requests.json, by the names of the servers: LiteLLM 1.77.3 keeps nothing beside a server that it
does not know.

What was spent in a period is what the spend log says, and since then what was let through: LiteLLM writes its rows some
seconds later. A call is charged when it is let through.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mcp_lan_filter import states
from mcp_lan_filter.policy import name_of, prefix_of

# How often the spend log's new rows are read, and how late a row may be there, in seconds.
SPEND_EVERY = 60
LATE = 20
MINUTE = 60
SPENT = """
SELECT coalesce(sum(spend), 0)::double precision AS spent FROM "LiteLLM_SpendLogs"
WHERE "startTime" >= $1::timestamp AND "startTime" < $2::timestamp
AND split_part(mcp_namespaced_tool_name, '/', 1) IN ($3, $4)
"""


def begin_of(per: str | None, at: datetime) -> datetime:
    """When the period began that this moment is in, by UTC's calendar: weeks on Monday, months on their first day."""
    if not per:
        return datetime(1970, 1, 1, tzinfo=UTC)
    if per in ("1mo", "30d"):  # LiteLLM takes 30 days for a month
        return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    monday = datetime(1970, 1, 5, tzinfo=UTC)
    return at - (at - monday) % span_of(per)


def end_of(per: str | None, at: datetime) -> datetime | None:
    """When the period ends that this moment is in; None for one that does not end."""
    if not per:
        return None
    if per in ("1mo", "30d"):
        return (begin_of(per, at) + timedelta(days=32)).replace(day=1)
    return begin_of(per, at) + span_of(per)


def span_of(per: str) -> timedelta:
    """A period of the inventory's words, which the module has checked: a number and a letter."""
    return int(per[:-1]) * timedelta(**{{"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[per[-1]]: 1})


@dataclass
class _Server:
    """What is known of one server."""

    minute: int = 0
    calls: int = 0
    """Those of this minute."""
    under_way: int = 0
    began: datetime | None = None
    """The period that C(logged) is of."""
    logged: float = 0.0
    until: datetime | None = None
    """Up to when rows are in C(logged)."""
    asked: float = float("-inf")
    own: deque = field(default_factory=deque)
    """When a call was let through, and what it costs: those that C(logged) may not have."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class ServerLimits:
    """query: asks the database, as Prisma's query_raw does; now and seconds: the time."""

    def __init__(self, query: Callable, now=lambda: datetime.now(UTC), seconds=time.monotonic) -> None:
        self.query, self.now, self.seconds = query, now, seconds
        self.limits: Mapping[str, Mapping] = {}
        """Of each server that has any, C(budget) and C(limits) as the inventory has them."""
        self.servers: dict[str, _Server] = {}

    async def take(self, servers: list, tool: str) -> tuple[states.State | None, Callable[[], None]]:
        """Let a call through that may reach these servers, or say why not; and what is to be called at its end."""
        wanted = [(server, self.limits[name_of(server)]) for server in servers if name_of(server) in self.limits]
        for server, limits in wanted:
            if limits.get("budget", {}).get("max") is not None:
                await self._read_spend(server, limits["budget"])
        for server, limits in wanted:  # from here on nobody else is served in between
            if state := self._over(server, limits, tool):
                return state, lambda: None
        for server, _limits in wanted:
            self._charge(server, tool)
        return None, lambda: self._ended([server for server, _limits in wanted])

    async def _read_spend(self, server, budget: Mapping) -> None:
        known = self.servers.setdefault(name_of(server), _Server())
        async with known.turn:
            now = self.now()
            began, until = begin_of(budget.get("per"), now), now - timedelta(seconds=LATE)
            if known.began != began:
                known.began, known.logged, known.until, known.asked = began, 0.0, None, float("-inf")
                known.own = deque(each for each in known.own if each[0] >= began)
            if self.seconds() - known.asked < SPEND_EVERY or until <= began:
                return
            since = known.until or began
            try:
                rows = await self.query(SPENT, _plain(since), _plain(until), prefix_of(server), name_of(server))
            except Exception:
                if known.until is None:
                    raise
                return
            known.asked, known.until = self.seconds(), until
            known.logged += float(rows[0]["spent"])
            known.own = deque(each for each in known.own if each[0] >= until)

    def _over(self, server, limits: Mapping, tool: str) -> states.State | None:
        known, now = self.servers.setdefault(name_of(server), _Server()), self.now()
        whose = f"The MCP server {prefix_of(server)}"
        budget, most = limits.get("budget", {}), limits.get("limits", {})
        if budget.get("max") is not None:
            spent = known.logged + sum(cost for _at, cost in known.own)
            if spent >= budget["max"] or spent + cost_of(server, tool) > budget["max"] * (1 + 1e-9):
                return states.over_budget(whose, budget["max"], end_of(budget.get("per"), now))
        minute = int(now.timestamp()) // MINUTE
        if known.minute != minute:
            known.minute, known.calls = minute, 0
        if most.get("rpm") is not None and known.calls >= most["rpm"]:
            until = datetime.fromtimestamp((minute + 1) * MINUTE, UTC)
            return states.over_rate(whose, "requests", str(most["rpm"]), until)
        if most.get("parallel") is not None and known.under_way >= most["parallel"]:
            return states.over_rate(whose, "max_parallel_requests", str(most["parallel"]), None)
        return None

    def _charge(self, server, tool: str) -> None:
        known = self.servers.setdefault(name_of(server), _Server())
        known.calls += 1
        known.under_way += 1
        if cost := cost_of(server, tool):
            known.own.append((self.now(), cost))

    def _ended(self, servers: list) -> None:
        for server in servers:
            self.servers[name_of(server)].under_way -= 1


def cost_of(server, tool: str) -> float:
    """What LiteLLM charges for a call."""
    costs = (server.mcp_info or {}).get("mcp_server_cost_info") or {}
    own = (costs.get("tool_name_to_cost_per_query") or {}).get(tool)
    return float(own if own is not None else costs.get("default_cost_per_query") or 0)


def _plain(at: datetime) -> str:
    """As LiteLLM writes times: of UTC, without saying so."""
    return at.replace(tzinfo=None).isoformat(sep=" ")
