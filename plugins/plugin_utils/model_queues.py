# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""litellm_gateway_queues, as the request filter reads it: places and reservations of one worker; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be

VARIABLE = "litellm_gateway_queues"
FIELDS = ("models", "parallel", "keys", "teams")
KINDS = {"keys": "key", "teams": "team"}
LAST = 255  # LiteLLM's scale of priorities begins with 0


def rules(queues: Iterable[Any], workers: int) -> list[dict[str, Any]]:
    """What requests.json holds of them; UserError at the first that cannot be."""
    made, seen = [], {}
    for number, said in enumerate(queues):
        place = f"{VARIABLE}[{number}]"
        _check_fields(said, place)
        models = _models(said.get("models"), place)
        for name in models:
            if name in seen:
                _refuse(f"{place}: the model '{name}' is in {seen[name]} already: name it once")
            seen[name] = place
        parallel = _number(said.get("parallel"), f"{place}.parallel", int)
        if parallel < workers:
            _refuse(f"{place}.parallel is {parallel}: write {workers} or more, one for each of LiteLLM's workers")
        places = parallel // workers
        owners = {
            f"{kind}:{name}": _owner(one, f"{place}.{field}.{name}", places)
            for field, kind in KINDS.items()
            for name, one in _named(said.get(field), f"{place}.{field}").items()
        }
        reserved = sum(one.get("reserved", 0) for one in owners.values())
        if reserved >= places:
            of_each = f" of each of the {workers} workers" if workers > 1 else ""
            _refuse(
                f"{place}: {reserved} of {places} places{of_each} are reserved, so that nobody else is ever served: "
                "leave one, by a larger 'parallel' or smaller shares"
            )
        made.append({"models": models, "places": places, "owners": owners})
    return made


def named(queues: Iterable[Any]) -> dict[str, list[str]]:
    """The names that stand in them, of C(models), C(keys) and C(teams)."""
    found = {field: [name for one in queues for name in one.get(field) or []] for field in ("models", *KINDS)}
    return {field: sorted(set(names)) for field, names in found.items()}


def _check_fields(said: Any, place: str) -> None:
    if not isinstance(said, Mapping):
        _refuse(f"{place} {has_to_be('a dictionary such as {models: [qwen], parallel: 4}', said)}")
    for name in said:
        if name not in FIELDS:
            _refuse(f"{place}: there is no '{name}'; there are {', '.join(FIELDS)}")


def _models(value: Any, place: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) and name for name in value):
        _refuse(f"{place}.models {has_to_be('a list of names of models', value)}")
    return [str(name) for name in value]


def _named(value: Any, place: str) -> dict[str, Mapping]:
    if value is not None and not isinstance(value, Mapping):
        _refuse(f"{place} {has_to_be('a dictionary of names, such as {door: {priority: 0}}', value)}")
    return {str(name): one for name, one in (value or {}).items()}


def _owner(said: Any, place: str, places: int) -> dict[str, int]:
    """C(priority), and C(reserved) as a number of places."""
    if not isinstance(said, Mapping) or not said or set(said) - {"priority", "reserved"}:
        _refuse(f"{place} has to have 'priority', 'reserved' or both, and nothing else")
    made = {}
    if "priority" in said:
        made["priority"] = _number(said["priority"], f"{place}.priority", int)
        if not 0 <= made["priority"] <= LAST:
            _refuse(f"{place}.priority is {made['priority']}: write a number from 0, the first, to {LAST}")
    if "reserved" in said:
        share = _number(said["reserved"], f"{place}.reserved", float)
        if not 0 < share < 1:
            _refuse(f"{place}.reserved is {share:g}: write a share between 0 and 1, such as 0.25")
        made["reserved"] = int(share * places + 1e-9)
        if not made["reserved"]:
            _refuse(
                f"{place}.reserved is {share:g}, which of {places} places is none: write {1 / places:.2g} or more, or "
                "a larger 'parallel'"
            )
    return made


def _number(value: Any, place: str, kind: type) -> Any:
    """Templates of ansible-core before 2.19 give numbers as text."""
    try:
        if isinstance(value, bool) or (kind is int and int(value) != float(value)):
            raise ValueError
        return kind(value)
    except (TypeError, ValueError, OverflowError):
        _refuse(f"{place} {has_to_be('a whole number' if kind is int else 'a number', value)}")


def _refuse(what: str) -> None:
    raise UserError(what, "request_rule_invalid")
