# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of keys in the store around a run: made and stored before they are sent, removed after."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.lifecycle import (
    LifecycleAction,
    next_actions,
    terms_of,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import life_of, sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Context
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import PlannedChange
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import Store, is_name, new_secret

KEY_PREFIX = "sk-"
MINTED, REVOKED = ("records", "minted"), ("records", "revoked")


@dataclass(frozen=True)
class News:
    """The keys that need another value although nobody asked for one."""

    withdrawn: list[str] = field(default_factory=list)  # revoked at the gateway by hand
    lost: list[str] = field(default_factory=list)  # the store has none, new keys among them
    revived: set[str] = field(default_factory=set)  # one that was revoked is at the gateway again, by a restore


def stored(store: Store, keys: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The value of each key that should be there and is ours; an empty one where it is still to be made."""
    return {key["name"]: store.get("keys", key["name"]) or "" for key in _ours(keys)}


def held(store: Store, name: str) -> str | None:
    """The value of any key of the gateway's. A name that is none in the store is of a key that was made by hand."""
    return store.get("keys", name) if is_name(name) else None


def pending(
    store: Store,
    keys: Iterable[Mapping[str, Any]],
    states: Iterable[Mapping[str, Any]],
    now: datetime,
    *,
    rotate: Mapping[str, Any] | None = None,
    forced: Collection[str] = (),
    revoke: bool = False,
) -> dict[str, str]:
    """A value for each key that is due or forced (an empty one: still to be made), and each that waits to be minted.

    states: the gateway's keys, as they are observed. rotate: what a key means that says nothing about it. revoke: the
    present values of what is forced are not to live on, whatever else is going on with the key.
    """
    generations: dict[str, list[Mapping[str, Any]]] = {}
    for state in states:
        generations.setdefault(state["earlier_of"] or state["name"], []).append(state)
    found = {}
    for key in _ours(keys):
        name = key["name"]
        waiting, current = store.get("successors", name), store.get("keys", name)
        try:
            terms = terms_of(key.get("rotate"), rotate)
        except UserError:
            continue  # the plan refuses it, with the sentence
        if waiting:
            found[name] = waiting
        elif current and (terms.after or name in forced):
            life = life_of(sha256(current), generations.get(name, []))
            if (LifecycleAction.GENERATE, None) in next_actions(
                life, terms, now, forced=name in forced, revoked=revoke
            ):
                found[name] = ""
    return found


def make(store: Store, kind: str, values: Mapping[str, str]) -> dict[str, str]:
    """The same with a value in the place of each empty one, in the store before anybody is told of it."""
    made = {name: value or new_secret(KEY_PREFIX) for name, value in values.items()}
    for name, value in made.items():
        if not values[name]:
            store.put(kind, name, value)
    return made


def put(store: Store, ctx: Context, news: News) -> None:
    """All values that this run sends, and what it revokes, in the store before anybody is told of them."""
    ctx.values = make(store, "keys", ctx.values)
    ctx.pending = make(store, "successors", ctx.pending)
    dead = {name: {ctx.minted[name]} for name in news.withdrawn}
    for one in ctx.found["key"].values():
        name = one.state["earlier_of"] or one.name
        if name in ctx.revoked and one.id != sha256(ctx.pending.get(name) or ctx.values.get(name) or ""):
            dead.setdefault(name, set()).add(one.id)
    _never_again(store, dead)


def minted(store: Store) -> dict[str, str]:
    """Of each key whose value the gateway was seen to have, the sha256 of that."""
    return _record(store, MINTED)


def revived(store: Store, states: Iterable[Mapping[str, Any]]) -> set[str]:
    """The keys of which the gateway has a value that was revoked, or was of a key that was removed.

    A backup from before has it. states: the gateway's keys, as they are observed.
    """
    revoked, found = _record(store, REVOKED), set()
    for state in states if revoked else ():
        name = state["earlier_of"] or state["name"]
        if state["hash"] in revoked.get(name, ()) and state["hash"] != sha256(_next(store, name)):
            found.add(name)
    return found


def lost(store: Store, keys: Iterable[Mapping[str, Any]]) -> list[str]:
    """The keys of which the store has no value, new ones among them."""
    return [key["name"] for key in _ours(keys) if store.get("keys", key["name"]) is None]


def told(done: Iterable[PlannedChange], news: News, known: Collection[str]) -> list[str]:
    """Sentences about what happened to values that nobody asked for. known: keys that the gateway had a value of."""
    changes = {one.name: one.changes for one in done if one.kind == "key" and one.action in ("created", "changed")}
    said = [
        f"the gateway had a value of key '{name}' that was revoked, as it has after a backup from before was restored: "
        f"it ends{', and the key gets a new one' if name in changes else ''}."
        for name in sorted(news.revived)
    ]
    said += [
        f"key '{name}' was revoked at the gateway by hand, or a backup from before its value was restored, and it is "
        "still in the inventory: it gets a new value, the one that the store had never comes back. To have no such "
        "key, take it out of the inventory with state: absent."
        for name in news.withdrawn
        if name in changes and name not in news.revived
    ]
    return said + [
        f"the store had no value of key '{name}' any more: it gets a new one"
        + (", and the one that clients have works until they have it." if "generation" in changes[name] else ".")
        for name in news.lost
        if name in changes
        and name not in {*news.withdrawn, *news.revived}
        and (name in known or "generation" in changes[name])
    ]


def promote(store: Store, done: Iterable[PlannedChange], waiting: Mapping[str, str]) -> None:
    """Give clients the pending values from now on; only those that the gateway was seen to have."""
    there = {one.name for one in done if one.kind == "key" and one.action not in ("failed", "removed")}
    for name in sorted(there & set(waiting)):
        store.put("keys", name, waiting[name])
        store.remove("successors", name)


def forget(store: Store, done: Iterable[PlannedChange], keys: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """Take the values of keys that are gone out of the store; only after the gateway has let go of them."""
    actions = {one.name: one.action for one in done if one.kind == "key"}
    absent = {key["name"] for key in keys if key.get("state") == "absent"}
    removed = {name for name, action in actions.items() if action == "removed"}
    gone = sorted(filter(is_name, removed | {name for name in absent if actions.get(name) == "unchanged"}))
    _never_again(store, {name: {sha256(value)} for name in gone if (value := store.get("keys", name))})
    for name in gone:
        store.remove("successors", name)
    return [name for name in gone if store.remove("keys", name)]


def remember(store: Store, done: Iterable[PlannedChange]) -> None:
    """Which values the gateway has by now; written only where that is news."""
    before = minted(store)
    now = dict(before)
    for one in done:
        if one.kind != "key" or one.action == "failed":
            continue
        value = None if one.action == "removed" else held(store, one.name)
        if value:
            now[one.name] = sha256(value)
        else:
            now.pop(one.name, None)
    if now != before:
        store.put(*MINTED, json.dumps(now, sort_keys=True))


def _never_again(store: Store, dead: Mapping[str, Collection[str]]) -> None:
    """Remember what was revoked, by its sha256 and the name of its key; a backup may bring it back at any time."""
    before = _record(store, REVOKED)
    now = before | {name: sorted({*before.get(name, ()), *tokens}) for name, tokens in dead.items()}
    if now != before:
        store.put(*REVOKED, json.dumps(now, sort_keys=True))


def _record(store: Store, record: tuple[str, str]) -> dict[str, Any]:
    try:
        found = json.loads(store.get(*record) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _next(store: Store, name: str) -> str:
    """The value that clients have after this run, as far as the store has it by now."""
    return (store.get("successors", name) or store.get("keys", name) or "") if is_name(name) else ""


def _ours(keys: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The keys that should be there and whose values are made here."""
    return [key for key in keys if (key.get("state") or "present") == "present" and not key.get("hash")]
