# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a key is at the gateway besides what it may: blocked, expired, over a budget or a rate. Pure.

The words are those of the request filter (mcp_lan_filter/states.py), and LiteLLM's own where there is no filter.
"""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import NamedTuple

BLOCKED, EXPIRED, SPENT, LIMITED, UNKNOWN = "blocked", "expired", "over its budget", "over its rate", "not known"
# What such a key may do by its entry it does not get, and nothing is wrong with that.
HELD = (BLOCKED, EXPIRED, SPENT, LIMITED)
_WORDS = (
    (SPENT, re.compile(r"used up its budget|Budget has been exceeded|ExceededBudget|exceeded budget for model")),
    (LIMITED, re.compile(r"reached its limit of|Rate limit exceeded for \w+:")),
    (BLOCKED, re.compile(r"This key is blocked|The team of this key is blocked|Key is blocked|Team=\S+ is blocked")),
    (EXPIRED, re.compile(r"This key has expired|Expired Key|expired_key", re.IGNORECASE)),
)
_REFUSING = (400, 401, 403, 422, 429)


class State(NamedTuple):
    """One of the words above, or nothing; and what the gateway says."""

    word: str = ""
    says: str = ""


def state_of(status: int, text: str) -> State:
    """What an answer to a key says of the key itself."""
    if status not in _REFUSING:
        return State()
    for word, pattern in _WORDS:
        if pattern.search(text):
            return State(word, sentence(text))
    return State(UNKNOWN, sentence(text)) if status == 401 else State()


def held(text: str) -> State:
    """The same of the text that LiteLLM gives as a tool's answer."""
    return state_of(429, text) if text.startswith("Error: ") else State()


def sentence(text: str) -> str:
    """The words of an error, in whichever shape it comes."""
    try:
        said = json.loads(text)
    except ValueError:
        return " ".join(text.split())[:300]
    while isinstance(said, dict):
        said = next((said[name] for name in ("error", "message", "detail") if said.get(name)), "")
    return " ".join(str(said).split())[:300]


def blocked_by_inventory(key, teams) -> str:
    """Which entry of the inventory blocks a key; nothing where none does."""
    if key.get("blocked"):
        return f"key '{key['name']}'"
    team = next((one for one in teams if one.get("name") == key.get("team")), {})
    return f"team '{team['name']}'" if team.get("blocked") else ""


def judge_state(name, state, blocked_by):
    """The sentence if a key is not as the inventory has it; blocked_by: which of its entries blocks it."""
    if state.word == UNKNOWN:
        return [f"key '{name}' is not known at the gateway: run site.yml, which makes it"]
    if blocked_by and state.word != BLOCKED:
        return [f"{blocked_by} is blocked in the inventory, and the gateway lets key '{name}' in"]
    return []


def judge_names(name, grants, offered):
    """The sentences for what a key is granted by a name that none of the server's tools has."""
    problems = []
    for server, tools in grants.items():
        current = offered.get(server) or ()
        for tool in tools if current else ():
            if (
                tool == "*"
                or tool in current
                or (tool.endswith("*") and any(one.startswith(tool[:-1]) for one in current))
            ):
                continue
            near = get_close_matches(tool, current, n=1, cutoff=0.6)
            problems.append(
                f"key '{name}' may call {tool} of {server}, which has no such tool; "
                + (f"did you mean '{near[0]}'?" if near else f"it has {', '.join(current)}")
            )
    return problems
