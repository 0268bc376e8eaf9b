# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of keys around a run, for the action plugins: made and stored before they are sent, removed after."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.arguments import CONNECTION
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import ResourceError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.generations import life_of, sha256
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.rotation import Step, steps, terms_of
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import Store, new_secret

KEY_PREFIX = "sk-"
RECORD = ("records", "minted")


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
    lost, known = lost_values(store, keys), minted(store)
    filled_in = {"key_successors": successors, "revoked_keys": list(forced) if revoke else []}
    result = with_new_values(store, keys, check_mode, lambda **more: module(**filled_in, **more))
    done = result.get("results") or []
    tell(result, done, [name for name in lost if name in known or _had_another(done, name)])
    if check_mode:
        return result
    take_successors(store, done, successors)
    remember(store, done)
    if result.get("failed") or not any(one["revokes"] for one in result["rotations"]):
        return result
    # Only now that clients are given the new values: a run that dies here leaves a store whose values work.
    again = module(key_values=values_for(store, keys, check_mode))
    before = {(one["kind"], one["name"]): one for one in result["results"]}
    for number, one in enumerate(again.get("results") or []):
        if one["action"] == "unchanged":
            again["results"][number] = before[one["kind"], one["name"]]
    return {**again, "said": result["said"], "changed": result["changed"] or again.get("changed", False)}


def minted(store: Store) -> dict[str, str]:
    """Of each key whose value the gateway was seen to have, the sha256 of that."""
    try:
        found = json.loads(store.get(*RECORD) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def with_new_values(
    store: Store, keys: list[Mapping[str, Any]], check_mode: bool, module: Callable[..., dict[str, Any]]
) -> dict[str, Any]:
    """The module's result; a value that was revoked at the gateway by hand is replaced, for it must never come back.

    module: writes nothing where it finds such values, and names them (withdrawn).
    """
    result = module(key_values=values_for(store, keys, check_mode), minted_keys=minted(store))
    withdrawn = result.get("withdrawn") or []
    if withdrawn and not check_mode:
        for name in withdrawn:
            store.put("keys", name, new_secret(KEY_PREFIX))
        result = module(key_values=values_for(store, keys, check_mode), minted_keys=minted(store))
        result["withdrawn"] = withdrawn
    return result


def lost_values(store: Store, keys: Iterable[Mapping[str, Any]]) -> list[str]:
    """The keys of which the store has no value, new ones among them."""
    named = [one["name"] for one in keys if isinstance(one.get("name"), str) and not one.get("hash")]
    return [name for name in named if store.get("keys", name) is None]


def _had_another(results: Iterable[Mapping[str, Any]], name: str) -> bool:
    """Whether the gateway had a value of ours that is replaced."""
    return any((one["kind"], one["name"]) == ("key", name) and "generation" in one["changes"] for one in results)


def tell(result: dict[str, Any], results: Iterable[Mapping[str, Any]], lost: Collection[str]) -> None:
    """Put into a module's result, as sentences, what happened to values that nobody asked for."""
    keys = [one for one in results if one["kind"] == "key" and one["action"] in ("created", "changed")]
    changed = {one["name"]: one["changes"] for one in keys}
    withdrawn = result.pop("withdrawn", None) or []
    said = [
        f"key '{name}' was revoked at the gateway by hand and is still in the inventory: it gets a new value, the one "
        "before never comes back. To have no such key, take it out of the inventory with state: absent."
        for name in withdrawn
        if name in changed
    ]
    said += [
        f"the store had no value of key '{name}' any more: it gets a new one"
        + (", and the one that clients have works until they have it." if "generation" in changed[name] else ".")
        for name in lost
        if name in changed and name not in withdrawn
    ]
    result["said"] = said
    if said:
        result["warnings"] = [*(result.get("warnings") or []), *said]


def remember(store: Store, results: Iterable[Mapping[str, Any]]) -> None:
    """Which values the gateway has by now; written only where that is news."""
    before = minted(store)
    now = dict(before)
    for one in results:
        if one["kind"] != "key" or one["action"] == "failed":
            continue
        value = None if one["action"] == "removed" else store.get("keys", one["name"])
        if value:
            now[one["name"]] = sha256(value)
        else:
            now.pop(one["name"], None)
    if now != before:
        store.put(*RECORD, json.dumps(now, sort_keys=True))


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
