# SPDX-License-Identifier: GPL-3.0-or-later
"""How many tool calls of one key are under way at the same time."""

from __future__ import annotations

import asyncio

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from filtered import GOOD, KEY, MASTER, Filtered
from mcp_lan_filter.turns import Turns

CALL = {**GOOD["jsonrpc"], "method": "tools/call", "params": {"name": "notes-read"}}


def most_at_once(filtered, asked: list[tuple[str, dict]]) -> int:
    """The calls at the same time that reach what stands behind the filter."""
    return filtered.most_at_once(("/mcp/", key, body) for key, body in asked)


@pytest.mark.parametrize(
    ("limit", "asked", "most"),
    [
        (2, [(KEY, CALL)] * 7, 2),
        (2, [(KEY, CALL)] * 5 + [(MASTER, CALL)] * 5, 4),
        (2, [(KEY, GOOD["jsonrpc"])] * 7, 7),
        (0, [(KEY, CALL)] * 7, 7),
    ],
)
def test_a_keys_further_calls_wait(tmp_path, limit, asked, most):
    rules = request_rules.complete({}, "1.77.3", tool_calls_per_key=limit)
    filtered = Filtered(rules, tmp_path / "requests.json")
    assert most_at_once(filtered, asked) == most
    assert not filtered.filter.turns.keys, "what nobody waits for is kept"


def test_a_call_that_fails_or_is_given_up_leaves_its_place():
    async def go():
        turns = Turns(1)

        async def call():
            async with turns.one("key"):
                await asyncio.Event().wait()

        first = asyncio.create_task(call())
        await asyncio.sleep(0)
        second = asyncio.create_task(call())
        await asyncio.sleep(0)
        second.cancel()
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        async with asyncio.timeout(1), turns.one("key"):
            return len(turns.keys)

    assert asyncio.run(go()) == 1


def test_a_number_below_zero_is_refused():
    with pytest.raises(UserError, match="litellm_gateway_tool_calls_per_key: -1 is no number of calls"):
        request_rules.complete({}, "1.77.3", tool_calls_per_key=-1)
