# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of keys around a run, for the action plugins: made and stored before they are sent, removed after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.arguments import CONNECTION
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import ResourceError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.generations import life_of, sha256
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.rotation import Step, steps, terms_of
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import Store, new_secret

KEY_PREFIX = "sk-"


class LookFailed(Exception):
    """The gateway's keys could not be read; `result` is that of the module that tried."""

    def __init__(self, result: dict[str, Any]):
        super().__init__(result.get("msg"))
        self.result = result


def look(action: Any, arguments: Mapping[str, Any], task_vars: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The gateway's keys, asked by an action before it is known which of them need a successor."""
    connection = {name: arguments[name] for name in CONNECTION if name in arguments}
    seen = action._execute_module("mcp_lan.litellm.key_info", module_args=connection, task_vars=task_vars)
    if seen.get("failed"):
        raise LookFailed(seen)
    return seen["keys"]


def values_for(store: Store, keys: Iterable[Mapping[str, Any]], check_mode: bool) -> dict[str, str]:
    """A value for each key that should be there and is ours; in check mode an empty one for what would be made."""
    values = {}
    for key in keys:
        name = key.get("name")
        if not isinstance(name, str) or key.get("state", "present") != "present" or key.get("hash"):
            continue
        value = store.get("keys", name)
        if value is None and not check_mode:
            value = new_secret(KEY_PREFIX)
            store.put("keys", name, value)
        values[name] = value or ""
    return values


def successors_for(
    store: Store,
    keys: Iterable[Mapping[str, Any]],
    default: Mapping[str, Any] | None,
    forced: Collection[str],
    look: Callable[[], Iterable[Mapping[str, Any]]],
    now: datetime,
    check_mode: bool,
    revoked: bool = False,
) -> dict[str, str]:
    """A value for each key that is due or forced, and those that an earlier run has made and not seen minted.

    look: the gateway's keys, as key_info gives them; asked only where something may be due. revoked: the present values
    of what is forced are not to live on, whatever else is going on with the key.
    """
    successors, asked = {}, {}
    for key in keys:
        name = key.get("name")
        if not isinstance(name, str) or key.get("state", "present") != "present" or key.get("hash"):
            continue
        waiting, current = store.get("successors", name), store.get("keys", name)
        try:
            terms = terms_of(key.get("rotate"), default)
        except ResourceError:
            continue  # the module refuses it, with the sentence
        if waiting:
            successors[name] = waiting
        elif current and (terms.after or name in forced):
            asked[name] = (terms, sha256(current))
    generations: dict[str, list[Mapping[str, Any]]] = {}
    for row in look() if asked else ():
        generations.setdefault(row["earlier_of"] or row["name"], []).append(row)
    for name, (terms, current) in asked.items():
        todo = steps(life_of(current, generations.get(name, [])), terms, now, forced=name in forced, revoked=revoked)
        if (Step.MAKE, None) in todo:
            successors[name] = "" if check_mode else new_secret(KEY_PREFIX)
            if not check_mode:
                store.put("successors", name, successors[name])
    return successors


def rotated(
    store: Store,
    keys: list[Mapping[str, Any]],
    default: Mapping[str, Any] | None,
    forced: Collection[str],
    look: Callable[[], Iterable[Mapping[str, Any]]],
    module: Callable[..., dict[str, Any]],
    now: datetime,
    check_mode: bool,
    revoke: bool = False,
) -> dict[str, Any]:
    """The module's result; clients are given a successor's value only when the gateway has it.

    module: runs gateway_state with these options filled in. revoke: no value before those of what is forced lives on.
    """
    successors = successors_for(store, keys, default, forced, look, now, check_mode, revoke)
    values = values_for(store, keys, check_mode)
    revoked = list(forced) if revoke else []
    result = module(key_values=values, key_successors=successors, revoked_keys=revoked)
    if check_mode:
        return result
    take_successors(store, result.get("results") or [], successors)
    if result.get("failed") or not any(one["revokes"] for one in result["rotations"]):
        return result
    # Only now that clients are given the new values: a run that dies here leaves a store whose values work.
    again = module(key_values=values_for(store, keys, check_mode))
    before = {(one["kind"], one["name"]): one for one in result["results"]}
    for number, one in enumerate(again.get("results") or []):
        if one["action"] == "unchanged":
            again["results"][number] = before[one["kind"], one["name"]]
    return {**again, "changed": result["changed"] or again.get("changed", False)}


def take_successors(store: Store, results: Iterable[Mapping[str, Any]], successors: Mapping[str, str]) -> None:
    """Give clients the successors from now on; only those that the gateway was seen to have."""
    minted = {one["name"] for one in results if one["kind"] == "key" and one["action"] not in ("failed", "removed")}
    for name in sorted(minted & set(successors)):
        store.put("keys", name, successors[name])
        store.remove("successors", name)


def forget_removed(store: Store, results: Iterable[Mapping[str, Any]], absent: Iterable[str] = ()) -> list[str]:
    """Take the values of keys that are gone out of the store; only after the gateway has let go of them."""
    removed = {one["name"] for one in results if one["kind"] == "key" and one["action"] == "removed"}
    unchanged = {one["name"] for one in results if one["kind"] == "key" and one["action"] == "unchanged"}
    gone = sorted(removed | (set(absent) & unchanged))
    for name in gone:
        store.remove("successors", name)
    return [name for name in gone if store.remove("keys", name)]
