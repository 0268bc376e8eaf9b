# SPDX-License-Identifier: GPL-3.0-or-later
"""What an MCP server may be asked, and may cost, by all keys together: counted as the clock and the spend log say."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter import request_rules as filters
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from mcp_lan_filter.server_limits import LATE, SPEND_EVERY, ServerLimits, begin_of, end_of

NOON = datetime(2026, 11, 29, 12, 0, 0, tzinfo=UTC)


class Clock:
    """The time, the spend log, and the limits over them."""

    def __init__(self, limits: dict, cost: float = 0.0, tools: dict | None = None) -> None:
        self.at, self.rows, self.away, self.asked = NOON, [], False, 0
        costs = {"default_cost_per_query": cost, "tool_name_to_cost_per_query": tools}
        self.server = SimpleNamespace(
            alias="a", server_name="alpha", name="alpha", mcp_info={"mcp_server_cost_info": costs}
        )
        self.limits = ServerLimits(self._query, lambda: self.at, lambda: self.at.timestamp())
        self.limits.limits = {"alpha": limits}

    async def _query(self, _statement, since, until, *names):
        assert names == ("a", "alpha")
        self.asked += 1
        if self.away:
            raise OSError("the database is away")
        since, until = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (since, until))
        return [{"spent": sum(cost for at, cost in self.rows if since <= at < until)}]

    def take(self, tool: str = "x", written: bool = True):
        """One call: why it is refused, and what ends it."""
        state, ended = asyncio.run(self.limits.take([self.server], tool))
        if state is None and written:
            costs = self.server.mcp_info["mcp_server_cost_info"]
            self.rows.append(
                (self.at, (costs["tool_name_to_cost_per_query"] or {}).get(tool, costs["default_cost_per_query"]))
            )
        return state, ended

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def test_calls_of_a_minute_are_counted_by_the_clock():
    clock = Clock({"limits": {"rpm": 2}})
    clock.passes(59)
    assert [clock.take()[0] for _time in range(2)] == [None, None]
    state, _ended = clock.take()
    assert state.status == 429 and "The MCP server a has reached its limit of requests per minute (2)" in state.sentence
    assert state.until == NOON + timedelta(minutes=1) and "after 2026-11-29 12:01:00 UTC" in state.sentence
    clock.passes(1)
    assert clock.take()[0] is None


def test_calls_at_the_same_time_are_given_back_when_they_end():
    clock = Clock({"limits": {"parallel": 1}})
    _state, ended = clock.take()
    assert "requests at the same time (1); try again when another one has ended" in clock.take()[0].sentence
    ended()
    assert clock.take()[0] is None


def test_a_budget_counts_each_call_once_whether_its_row_is_written_or_not():
    clock = Clock({"budget": {"max": 1.0, "per": "1d"}}, cost=0.1)
    for _call in range(10):
        assert clock.take()[0] is None
        clock.passes(SPEND_EVERY * 0.7)
    state = clock.take()[0]
    assert "The MCP server a has used up its budget of $1; try again after 2026-11-30 00:00:00 UTC" in state.sentence
    assert clock.asked < 10
    clock.at = NOON + timedelta(hours=12)
    assert clock.take()[0] is None


def test_what_was_spent_before_the_start_counts():
    clock = Clock({"budget": {"max": 1.0, "per": "1d"}}, cost=0.1)
    clock.rows = [(NOON - timedelta(hours=1), 0.95), (NOON - timedelta(days=1), 5.0)]
    assert clock.take()[0] is not None
    clock.rows[0] = (NOON - timedelta(hours=1), 0.9)
    clock.passes(SPEND_EVERY)
    fresh = Clock({"budget": {"max": 1.0, "per": "1d"}}, cost=0.1)
    fresh.rows = clock.rows
    assert fresh.take()[0] is None and fresh.take()[0] is not None


def test_a_tool_has_its_own_price_and_one_without_may_be_called_until_nothing_is_left():
    clock = Clock({"budget": {"max": 1.0}}, cost=0.0, tools={"dear": 0.6})
    assert clock.take("dear")[0] is None and clock.take("dear")[0] is not None
    assert clock.take("free")[0] is None


def test_a_database_that_goes_away_stops_nothing_and_one_that_never_was_does():
    clock = Clock({"budget": {"max": 1.0, "per": "1d"}}, cost=0.1)
    assert clock.take()[0] is None
    clock.away = True
    clock.passes(SPEND_EVERY + 1)
    assert clock.take()[0] is None
    unknown = Clock({"budget": {"max": 1.0, "per": "1d"}}, cost=0.1)
    unknown.away = True
    with pytest.raises(OSError, match="away"):
        unknown.take()


@pytest.mark.parametrize(
    ("per", "begin", "end"),
    [
        ("1h", "2026-11-29 12:00", "2026-11-29 13:00"),
        ("1d", "2026-11-29 00:00", "2026-11-30 00:00"),
        ("7d", "2026-11-23 00:00", "2026-11-30 00:00"),
        ("30d", "2026-11-01 00:00", "2026-12-01 00:00"),
        ("1mo", "2026-11-01 00:00", "2026-12-01 00:00"),
        ("90m", "2026-11-29 12:00", "2026-11-29 13:30"),
    ],
)
def test_periods_are_those_of_the_calendar(per, begin, end):
    at = NOON + timedelta(seconds=LATE)
    assert [f"{each:%Y-%m-%d %H:%M}" for each in (begin_of(per, at), end_of(per, at))] == [begin, end]


def test_what_is_refused_of_an_entry_ends_as_a_sentence():
    for entry in ({"limits": {"tpm": 3}}, {"limits": {"rpm": -1}}, {"limits": "5"}, {"budget": [5]}):
        with pytest.raises(AnsibleFilterError, match=r"[a-z]\.$"):
            filters.request_rules({}, "1.77.3", mcp_servers=[{"name": "x", **entry}])


def test_the_limits_of_entries_are_told_to_the_filter_and_nothing_else_of_them():
    entries = [
        {"name": "one", "url": "http://x", "budget": {"max": "5", "per": "1w"}, "limits": {"rpm": 3}},
        {"name": "two"},
        {"name": "gone", "state": "absent", "limits": {"rpm": 3}},
    ]
    made = request_rules.complete({}, "1.77.3", mcp_servers=entries)["server_limits"]
    assert made == {"one": {"budget": {"max": 5.0, "per": "7d"}, "limits": {"rpm": 3}}}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"limits": {"tpm": 3}}, "MCP server 'x': limits.tpm is for models"),
        ({"limits": {"rpm": -1}}, "MCP server 'x': limits.rpm is -1: write a number from 0"),
        (
            {"budget": {"max": 1, "per": "1y"}},
            "MCP server 'x': budget.per: '1y' cannot be used, LiteLLM counts no years",
        ),
        ({"budget": {"per": "1d"}}, "MCP server 'x': budget.per: there is no budget to start anew"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_by_the_servers_name(entry, words):
    with pytest.raises(UserError, match=words):
        request_rules.complete({}, "1.77.3", mcp_servers=[{"name": "x", **entry}])


def test_what_is_just_enough_is_enough():
    """0.1 + 0.1 + 0.1 is a little more than 0.3 to a computer."""
    clock = Clock({"budget": {"max": 0.3}}, cost=0.1)
    assert [clock.take(written=False)[0] for _call in range(3)] == [None] * 3
    assert clock.take(written=False)[0].status == 429
