# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Budgets and rate limits, which keys, teams, organizations, users and budgets share.

On the wire `null` never clears a limit. A number that nobody reaches stands for "no limit", and is read back as that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Field, differing
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.durations import period

NO_LIMIT = 2**31 - 1  # the largest that the database's smallest column for a limit can hold

NO_PERIOD = "36500d"  # likewise for the time after which a budget starts again

BUDGET = {
    "max": Field("The most that may be spent, in US dollars.", "float"),
    "per": Field(
        "The time after which the spending starts again at nothing, such as C(12h), C(1d), C(2w), C(30d) or C(1mo). A "
        "time that LiteLLM would read as another one is sent as what it means, or refused. Periods end by the calendar "
        "of UTC: C(1h) at the full hour, C(1d) at midnight, C(7d) on Monday, C(30d) and C(1mo) on the first of the "
        "month, so that the first one is shorter. Another number of days is counted from the day on which it is "
        "written: C(28d) or C(31d) is a month that begins then."
    ),
}
SOFT = {
    "soft": Field(
        "The spending, in US dollars, from which on the role observability gives an alert. Nothing is refused for it.",
        "float",
    ),
}
LIMITS = {
    "rpm": Field("Requests per minute.", "int"),
    "tpm": Field("Tokens per minute.", "int"),
    "parallel": Field("Requests at the same time.", "int"),
}
_WIRE = {
    ("budget", "max"): "max_budget",
    ("limits", "rpm"): "rpm_limit",
    ("limits", "tpm"): "tpm_limit",
    ("limits", "parallel"): "max_parallel_requests",
}


def budget_field(whose: str, soft: bool = False) -> Field:
    """soft: whether it has a mark, which is where a soft budget is kept."""
    options = {**BUDGET, **SOFT} if soft else BUDGET
    return Field(f"What {whose} may spend. Left out, there is no budget.", "dict", options=options, default={})


def limits_field(whose: str, parallel: bool = True) -> Field:
    options = LIMITS if parallel else {name: each for name, each in LIMITS.items() if name != "parallel"}
    return Field(f"How much {whose} may ask. Left out, there is no limit.", "dict", options=options, default={})


def refuse_unreachable(option: str, value: Any) -> None:
    """A number that could not be a limit, or that would be read back as none."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value < NO_LIMIT:  # nan is neither
        raise UserError(
            f"{option} is {value!r}: write a number from 0 to {NO_LIMIT - 1}, or leave it out for no limit.",
            "entry_refused",
        )


def tidy(state: dict[str, Any]) -> dict[str, Any]:
    """Limits without the ones that are none, and a period as LiteLLM keeps it."""
    for name in ("budget", "limits"):
        if isinstance(state.get(name), Mapping):
            state[name] = {inner: value for inner, value in state[name].items() if value not in (None, "")}
            for inner, value in state[name].items():
                if (name, inner) in _WIRE or inner == "soft":
                    refuse_unreachable(f"{name}.{inner}", value)
    budget = state.get("budget") or {}
    if "per" in budget:
        try:
            budget["per"] = period(budget["per"])
        except UserError as error:
            raise UserError(f"budget.per: {error}", error.code) from None
        if "max" not in budget:
            raise UserError(
                "budget.per: there is no budget to start anew; give budget.max too, or leave per out.", "entry_refused"
            )
    return state


def in_mark(desired: Mapping[str, Any]) -> dict[str, Any]:
    """What of an entry's budget stands in its mark: LiteLLM has no soft budget that all versions keep and show."""
    soft = (desired.get("budget") or {}).get("soft")
    return {} if soft is None else {"soft_budget": soft}


def observe(raw: Mapping[str, Any], parallel: bool = True, mark: Mapping[str, Any] | None = None) -> dict[str, Any]:
    state: dict[str, dict[str, Any]] = {"budget": {}, "limits": {}}
    if (mark or {}).get("soft_budget") is not None:
        state["budget"]["soft"] = mark["soft_budget"]
    for (group, name), wire in _WIRE.items():
        value = raw.get(wire)
        if value is not None and value < NO_LIMIT and (parallel or name != "parallel"):
            state[group][name] = value
    # A period is kept by the gateway when its budget is taken away; alone it means nothing.
    if raw.get("budget_duration") not in (None, "", NO_PERIOD) and "max" in state["budget"]:
        state["budget"]["per"] = raw["budget_duration"]
    return state


def on_the_wire(desired: Mapping[str, Any], raw: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The fields to send; one that the gateway has and the entry has not is lifted.

    One that is as it should be is not sent: a budget's period starts anew whenever LiteLLM is told how long it is.
    """
    body: dict[str, Any] = {}
    for (group, name), wire in _WIRE.items():
        if group not in desired:
            continue
        value = desired[group].get(name)
        if value is not None:
            body[wire] = value
        elif raw is not None and raw.get(wire) is not None:
            body[wire] = NO_LIMIT
    if "budget" in desired and desired["budget"].get("per"):
        body["budget_duration"] = desired["budget"]["per"]
    elif (desired.get("budget") or {}).get("max") is not None and (raw or {}).get("budget_duration"):
        body["budget_duration"] = NO_PERIOD
    return differing(body, raw)
