# What is wrong with a key that LiteLLM knows, or with those that it belongs to; said so that its holder can act.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM says it in its own words, with a status that differs between versions (a budget: 400, 422) and protocols."""

from __future__ import annotations

import re
from typing import NamedTuple

ASK = "ask whoever runs the gateway"
BUDGET = re.compile(r"Budget has been exceeded|ExceededBudget|exceeded budget for model=", re.IGNORECASE)
RATE = re.compile(
    r"Rate limit exceeded for (?P<whose>\w+): .*?Limit type: (?P<what>\w+)\. Current limit: (?P<limit>\d+)"
    r"(?:.*?Limit resets at: (?P<until>[\d-]+ [\d:]+ \w+))?",
    re.DOTALL,
)
WHOSE = {
    "team": "The team of this key",
    "user": "The user of this key",
    "organization": "The organization of this key",
    "end user": "The end user of this request",
    "customer": "The end user of this request",
    "project": "The project of this key",
    "tag": "The tag of this request",
}
OWNER = re.compile(r"\b(End User|Customer|User|Team|Organization|Project|Tag)\w* ?=", re.IGNORECASE)
WHAT = {
    "requests": "requests per minute",
    "tokens": "tokens per minute",
    "max_parallel_requests": "requests at the same time",
}


class State(NamedTuple):
    """A status, the sentence for the key's holder, and the type that OpenAI's shape has where a program may want it."""

    status: int
    sentence: str
    kind: str | None = None


UNKNOWN = State(401, f"This key is wrong, or was removed; {ASK} for a new one.")
EXPIRED = State(401, f"This key has expired; {ASK} for a new one.")
BLOCKED = State(401, f"This key is blocked; {ASK} to have it unblocked.")
TEAM_BLOCKED = State(401, f"The team of this key is blocked; {ASK} to have it unblocked.")


def over_budget(whose: str = "This key") -> State:
    sentence = f"{whose} has used up its budget; try again when its period begins anew, or {ASK} for more."
    return State(429, sentence, "budget_exceeded")


def over_rate(whose: str, what: str, limit: str, until: str | None) -> State:
    when = "when another one has ended" if what == "max_parallel_requests" else f"after {until or 'a minute'}"
    named = WHAT.get(what, what.replace("_", " "))
    return State(429, f"{whose} has reached its limit of {named} ({limit}); try again {when}, or {ASK} for more.")


def said(kind: str, message: str) -> State | None:
    """The state that LiteLLM's own words mean; None where they mean something else, such as a provider's limit."""
    if kind == "budget_exceeded" or BUDGET.search(message):
        owner = OWNER.search(message)
        return over_budget(WHOSE[owner[1].lower()] if owner else "This key")
    if rate := RATE.search(message):
        return over_rate(WHOSE.get(rate["whose"], "This key"), rate["what"], rate["limit"], rate["until"])
    if re.search(r"\bTeam=\S+ is blocked", message):
        return TEAM_BLOCKED
    if re.search(r"\bKey is blocked", message):
        return BLOCKED
    if kind == "expired_key" or "Expired Key" in message:
        return EXPIRED
    return UNKNOWN if kind == "token_not_found_in_db" else None
