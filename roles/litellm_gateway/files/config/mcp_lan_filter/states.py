# What is wrong with a key that LiteLLM knows, or with those that it belongs to; said so that its holder can act.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM says it in its own words, with a status that differs between versions (a budget: 400, 422) and protocols."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

ASK = "ask whoever runs the gateway"
THIS_KEY = "This key"
BUDGET = re.compile(r"Budget has been exceeded|ExceededBudget|exceeded budget for model=", re.IGNORECASE)
RATE = re.compile(
    r"Rate limit exceeded for (?P<whose>\w+): .*?Limit type: (?P<what>\w+)\. Current limit: (?P<limit>\d+)"
    r"(?:.*?Limit resets at: (?P<until>[\d-]{10} [\d:]{8} UTC))?",
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
MODEL_BUDGET = re.compile(r"crossed budget: Exceeded budget for deployment model_name: (?P<model>[^,\s]+)")
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
    until: datetime | None = None
    """When it is over, where that is known."""
    owner: str = ""
    """Whose budget it is, or the name of the model whose it is."""


UNKNOWN = State(401, f"This key is wrong, or was removed; {ASK} for a new one.")
EXPIRED = State(401, f"This key has expired; {ASK} for a new one.")
BLOCKED = State(401, f"This key is blocked; {ASK} to have it unblocked.")
TEAM_BLOCKED = State(401, f"The team of this key is blocked; {ASK} to have it unblocked.")


def over_budget(whose: str = THIS_KEY, most: float | None = None, until: datetime | None = None, again="") -> State:
    """most and until: where they are known; again: what is to happen before it works again, where no time says it."""
    of = "" if most is None else f" of {dollars(most)}"
    again = f"after {shown(until)}" if until else again or "when its period begins anew"
    sentence = f"{whose} has used up its budget{of}; try again {again}, or {ASK} for more."
    return State(429, sentence, "budget_exceeded", until, whose)


def over_rate(whose: str, what: str, limit: str, until: datetime | None) -> State:
    when = f"after {shown(until) if until else 'a minute'}"
    if what == "max_parallel_requests":
        when, until = "when another one has ended", None
    named = WHAT.get(what, what.replace("_", " "))
    sentence = f"{whose} has reached its limit of {named} ({limit}); try again {when}, or {ASK} for more."
    return State(429, sentence, None, until, whose)


def dollars(amount: float) -> str:
    """An amount as people write it: $5, $0.50, $0.0015."""
    text = f"{amount:,.10f}".rstrip("0").rstrip(".")
    return f"${text}0" if re.search(r"\.\d$", text) else f"${text}"


def shown(at: datetime) -> str:
    """A time as LiteLLM writes it in its own sentences."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def said(kind: str, message: str) -> State | None:
    """The state that LiteLLM's own words mean; None where they mean something else, such as a provider's limit."""
    if kind == "budget_exceeded" or BUDGET.search(message):
        owner = OWNER.search(message)
        return over_budget(WHOSE[owner[1].lower()] if owner else THIS_KEY)
    if model := MODEL_BUDGET.search(message):
        return over_budget(f"The model {model['model']}")
    if rate := RATE.search(message):
        until = datetime.strptime(rate["until"], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC) if rate["until"] else None
        return over_rate(WHOSE.get(rate["whose"], THIS_KEY), rate["what"], rate["limit"], until)
    if re.search(r"\bTeam=\S+ is blocked", message):
        return TEAM_BLOCKED
    if re.search(r"\bKey is blocked", message):
        return BLOCKED
    if kind == "expired_key" or "Expired Key" in message:
        return EXPIRED
    return UNKNOWN if kind == "token_not_found_in_db" else None
