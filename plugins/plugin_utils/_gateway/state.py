# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run that makes entries true at a gateway: read, plan, store, apply, promote."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys import key_values
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import rotations, withdrawn
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import OWNER, Context
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import PlannedChange, Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import Store

CHANGING = ("created", "changed", "removed")


@dataclass(frozen=True, kw_only=True)
class Desired:
    """What is to be true after a run, by kind, and what becomes of the values of keys."""

    entries: Mapping[str, list[dict[str, Any]]]
    partial: bool = False  # what an entry leaves out is left as it is
    purge: bool = False
    owner: str = OWNER
    workers: int = 4
    rotate: Mapping[str, Any] = field(default_factory=dict)  # what keys that say nothing about rotation mean
    forced: Collection[str] = ()  # the keys that are rotated now
    revoke: bool = False  # of what is forced no value before the new one lives on
    verified_generations: Mapping[str, int] = field(default_factory=dict)  # what every client has, and works
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass
class Done:
    """What a run has done, or (in check mode) would do."""

    engine: Reconciler
    steps: list[PlannedChange]
    refused: bool = False  # nothing was written, because of what the steps say
    rotations: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def failed(self) -> list[PlannedChange]:
        return [step for step in self.steps if step.error]

    @property
    def changed(self) -> bool:
        return any(step.action in CHANGING for step in self.steps)


def make_true(store: Store | None, client: Client, desired: Desired, check_mode: bool = False) -> Done:
    """store: where the values of keys are; needed where the entries have keys.

    A value is in the store before it is sent, and clients are given a successor's only when the gateway has it.
    """
    done = _once(store, client, desired, check_mode)
    if check_mode or done.failed or not any(one["revokes"] for one in done.rotations):
        return done
    # Only now that clients are given the new values: a run that dies here leaves a store whose values work.
    after = _once(store, client, replace(desired, forced=(), revoke=False), check_mode)
    steps = {(one.kind, one.name): one for one in done.steps}
    steps |= {(one.kind, one.name): one for one in after.steps if one.action != "unchanged"}
    after.steps = [*steps.values()]
    after.said = done.said
    return after


def _once(store: Store | None, client: Client, desired: Desired, check_mode: bool) -> Done:
    keys = desired.entries.get("key", [])
    engine = Reconciler(
        client,
        desired.owner,
        desired.workers,
        partial=desired.partial,
        rotate=desired.rotate,
        verified_generations=desired.verified_generations,
        revoked=desired.forced if desired.revoke else (),
        now=desired.now,
    )
    engine.read(desired.entries, desired.entries if desired.purge else (), desired.entries)
    news = _next_values(store, engine.ctx, desired) if keys else key_values.News()
    # A key that was removed, and is there again with no entry, goes again.
    again = [{"name": name, "state": "absent"} for name in sorted(news.revived - {key["name"] for key in keys})]
    done = Done(engine, engine.decide({**desired.entries, "key": [*keys, *again]} if again else desired.entries))
    if done.failed:
        return Done(engine, done.failed, refused=True)
    if not check_mode:
        if keys:
            key_values.put(store, engine.ctx, news)
        engine.apply(done.steps)
        if store is not None:
            key_values.promote(store, done.steps, engine.ctx.pending)
            key_values.forget(store, done.steps, keys)
            key_values.remember(store, done.steps)
    done.said = key_values.told(done.steps, news, engine.ctx.minted)
    done.rotations = rotations(engine.ctx)
    return done


def _next_values(store: Store, ctx: Context, desired: Desired) -> key_values.News:
    """What the store has of the keys, and what comes next for each; an empty value is still to be made."""
    keys, states = desired.entries["key"], [one.state for one in ctx.found["key"].values()]
    ctx.values, ctx.minted = key_values.stored(store, keys), key_values.minted(store)
    ctx.pending = key_values.pending(
        store,
        keys,
        states,
        desired.now(),
        rotate=desired.rotate,
        forced=desired.forced,
        revoke=desired.revoke,
    )
    revived = key_values.revived(store, states)
    if desired.partial:
        revived &= {key["name"] for key in keys}
    news = key_values.News(withdrawn(ctx), key_values.lost(store, keys), revived)
    ctx.values |= dict.fromkeys(news.withdrawn, "")
    ctx.revoked = {*ctx.revoked, *revived}
    return news


def object_now(done: Done, step: PlannedChange, pretended: bool) -> dict[str, Any]:
    """An object as it is after the run, or would be."""
    if step.action == "removed":
        return {}
    resource = KINDS[step.kind]
    if pretended or step.action == "unchanged":
        state = {**(step.found.state if step.found else {}), **(step.after if step.action != "unchanged" else {})}
        identifier = step.found.id if step.found else resource.new_id(step.name)
        return without_secrets(resource, {**state, "name": step.name, "id": identifier}) if state else {}
    current = resource.match(done.engine.ctx, step.desired)
    return without_secrets(resource, {**current.state, "id": current.id})


def without_secrets(resource: Any, state: dict[str, Any]) -> dict[str, Any]:
    hidden = {name for name, one in resource.fields.items() if one.no_log or one.secret}
    return resource.shown({name: value for name, value in state.items() if name not in hidden})


def diff(steps: list[PlannedChange]) -> dict[str, str]:
    """The differing fields of all objects, and nothing else."""
    texts = {}
    for side in ("before", "after"):
        shown = {}
        for step in steps:
            if step.action in CHANGING or (step.action == "failed" and (step.before or step.after)):
                shown[f"{step.kind} {step.name}"] = getattr(step, side)
        texts[side] = json.dumps(shown, indent=2, sort_keys=True, default=str) + "\n" if shown else ""
    return texts
