# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired and actual state to a plan, and the plan to writes in the order that references need.

Reading: each kind that an entry has or refers to is listed once. Planning: pure, in memory, everything that can be
refused is refused here, before anything is written. Applying: kind after kind, several objects at once, except where
the gateway's own memory mixes them up; one failure stops what refers to it and nothing else. Afterwards each kind that
was written is read again, because this API answers 200 to much that it does not do, and because an answer that was lost
may belong to a write that was done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError, for_version
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import HIDDEN, without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client, readiness
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    OWNER,
    Context,
    RemoteObject,
    Resource,
    by_id,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS, ORDER
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.scope import refers_to_others
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.unmanaged import ask_for_guard

# Up to so many objects of a kind, or such a part of them, are read again one by one where the API can.
FEW, PART = 3, 20
SCOPES = ("mcp", "mcp_tool_permissions")
# LiteLLM reads its database every 10 s (30 s from 1.108), and takes what it read before a write for the present.
PAUSES = (0, 12, 20)


@dataclass
class PlannedChange:
    """What is to happen, or has happened, to one object."""

    kind: str
    name: str
    action: str  # created, changed, unchanged, removed, failed
    changes: list[str] = field(default_factory=list)
    error: str | None = None
    code: str | None = None  # what kind of error it is, for programs
    desired: dict[str, Any] | None = None  # as it is written, with what its meaning owes to others
    found: RemoteObject | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def result(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "action": self.action,
            "changes": self.changes,
            "error": self.error,
            "code": self.code,
        }

    def fail(self, error: UserError | ApiError | None) -> None:
        """Keep what went wrong; None: nothing, after all."""
        self.error = None if error is None else str(error)
        self.code = None if error is None else error.code

    def sentence(self) -> str:
        place = f"{KINDS[self.kind].title} {self.name!r}: "
        return place + self.error.removeprefix(place)


class Reconciler:
    """One run against one gateway."""

    def __init__(
        self,
        client: Client,
        owner: str = OWNER,
        workers: int = 4,
        values: Mapping[str, str] | None = None,
        version: str | None = None,
        partial: bool = False,
        **rotation: Any,
    ):
        """partial: whether what an entry leaves out is left as it is at the gateway. rotation: what of the context is
        about the values of keys and their times.
        """
        self.client = client
        self.workers = workers
        self.version = version or str(readiness(client).get("litellm_version") or "")
        try:
            capabilities = for_version(self.version)
        except CapabilityError as error:
            raise ApiError(f"The gateway at {client.api_url} cannot be managed: {error}.", code=error.code) from None
        self.partial = partial
        self.purged: set[str] = set()
        self.watched: set[str] = set()
        self.left_over: list[PlannedChange] = []  # what is ours and no entry names, as it would be removed
        self.ctx = Context(client, capabilities, owner, values=dict(values or {}), kinds=KINDS, **rotation)

    def plan(
        self,
        entries: Mapping[str, list[dict[str, Any]]],
        purge: Iterable[str] = (),
        watched: Iterable[str] = (),
    ) -> list[PlannedChange]:
        """What would have to happen. Sends GET only.

        purge: the kinds of which nothing of ours is to be left that no entry names. watched: those of which it is to be
        known what that is.
        """
        self.read(entries, purge, watched)
        return self.decide(entries)

    def read(
        self, entries: Mapping[str, list[dict[str, Any]]], purge: Iterable[str] = (), watched: Iterable[str] = ()
    ) -> None:
        """What the entries have and refer to, as it is at the gateway."""
        self.purged = {kind for kind in purge if KINDS[kind].has_mark}
        self.watched = {kind for kind in watched if KINDS[kind].has_mark} - self.purged
        self._read({kind: listed for kind, listed in entries.items() if listed}, self.purged | self.watched)
        if self.partial or any(entry.get("hash") for entry in entries.get("key", ())):
            ask_for_guard(self.ctx)

    def decide(self, entries: Mapping[str, list[dict[str, Any]]]) -> list[PlannedChange]:
        """The plan for what has been read: asks nobody, and leaves the entries as they are."""
        entries = {kind: listed for kind, listed in entries.items() if listed}
        failures = self._take_in(entries)
        steps = self._steps(entries, self.purged, failures)
        self.left_over = [
            _removal(KINDS[kind], one, one.name)
            for kind in ORDER
            if kind in self.watched
            for one in self._unnamed(KINDS[kind])
        ]
        return steps

    def refusals(self, entries: Mapping[str, list[dict[str, Any]]], alone: bool) -> list[str]:
        """A sentence for each entry that no gateway of this version could hold. Asks nobody.

        alone: nothing is at the gateway yet, so that a reference to what the entries do not name is one to nothing.
        """
        self.ctx.found = {kind: {} for kind in ORDER}
        failures = self._take_in(entries, references=alone)
        if alone:
            return [step.sentence() for step in self._steps(entries, set(), failures) if step.error]
        return [_failed(kind, name, error).sentence() for (kind, name), error in failures.items()]

    def apply(self, steps: list[PlannedChange]) -> None:
        """Make the plan true; each step's action and error tell how it went."""
        failed = {(one.kind, one.name) for one in steps if one.action == "failed"}
        with ThreadPoolExecutor(self.workers) as pool:
            for kind in ORDER:
                written = [s for s in steps if s.kind == kind and s.action in ("created", "changed")]
                self._run(pool, written, failed, self._write_all)
            for kind in reversed(ORDER):
                self._keep_what_is_used(steps)
                removed = [s for s in steps if s.kind == kind and s.action == "removed"]
                self._run(pool, removed, failed, self._remove_all)

    def compare(self, entries: Mapping[str, list[dict[str, Any]]]) -> list[PlannedChange]:
        """The plan for what has been read already, without anything that goes. Asks nobody."""
        return self._steps(entries, set(), self._take_in(entries))

    def read_all(self) -> dict[str, dict[str, RemoteObject]]:
        """Everything that there is, by kind and name."""
        for kind in ORDER:
            KINDS[kind].read(self.ctx)
        ask_for_guard(self.ctx)
        return self.ctx.found

    def look(self, kind: str) -> dict[str, RemoteObject]:
        """All objects of a kind, by name."""
        for other in ORDER:
            if other in KINDS[kind].reads:
                KINDS[other].read(self.ctx)
        return KINDS[kind].read(self.ctx)

    # Planning.

    def _steps(
        self, entries: Mapping[str, list[dict[str, Any]]], purged: set[str], failures: dict[tuple[str, str], UserError]
    ) -> list[PlannedChange]:
        """Only when all names are known is it clear what each entry means."""
        steps: list[PlannedChange] = []
        for kind in ORDER:
            if entries.get(kind) or kind in purged:
                steps += self._plan_kind(KINDS[kind], failures)
            if kind in purged:
                steps += [_removal(KINDS[kind], one, one.name) for one in self._unnamed(KINDS[kind])]
        return steps

    def _read(self, entries: Mapping[str, list[dict[str, Any]]], purged: set[str]) -> None:
        needed = set(entries) | purged
        if refers_to_others(entries) or (self.partial and any("mcp" in KINDS[kind].fields for kind in entries)):
            needed.add("toolset")
        for kind in reversed(ORDER):
            if kind not in needed:
                continue
            resource = KINDS[kind]
            needed |= set(resource.reads)
            for entry in entries.get(kind, []):
                needed |= {other for other, name in resource.references(entry)}
        for kind in ORDER:
            if kind in needed:
                KINDS[kind].read(self.ctx)

    def _take_in(
        self, entries: Mapping[str, list[dict[str, Any]]], references: bool = True
    ) -> dict[tuple[str, str], UserError]:
        """Put the entries into the context; what is wrong with one is kept by its kind and name."""
        self.ctx.desired, self.ctx.effective, self.ctx.absent, self.ctx.purged = {}, {}, {}, {}
        failures: dict[tuple[str, str], UserError] = {}
        for kind in ORDER:
            resource = KINDS[kind]
            gone = {resource.named(entry) for entry in entries.get(kind, []) if _is_absent(entry)}
            self.ctx.absent[kind] = set(gone)
            for entry in entries.get(kind, []):
                if _is_absent(entry):
                    continue
                try:
                    if not resource.named(entry).strip():
                        raise UserError("it has no name: give it its name.", "entry_invalid")
                    whole = resource.complete(entry)
                    current = self._there(resource, whole)
                    if current and self.partial:
                        whole = resource.complete(resource.laid_over(self.ctx, current, entry))
                    whole = resource.with_known(whole, current)
                    if whole["name"] in gone or whole["name"] in self.ctx.desired.get(kind, {}):
                        raise UserError("it is there twice: give each entry its own name.", "duplicate_name")
                    self.ctx.desired.setdefault(kind, {})[whole["name"]] = whole
                    self.ctx.absent[kind].update(x.name for x in resource.displaced(self.ctx, whole))
                    resource.check(self.ctx, whole)
                except UserError as error:
                    failures[kind, resource.named(entry)] = error
        for kind in self.purged:
            self.ctx.purged[kind] = {one.name for one in self._unnamed(KINDS[kind])}
        for kind, desired in self.ctx.desired.items() if references else ():
            for name, whole in desired.items():
                for other, named in KINDS[kind].uses(whole):
                    if not self.ctx.exists(other, named) and not self._may_dangle(kind, whole, (other, named)):
                        sentence = f"there is no {KINDS[other].title} {named!r}: add it or correct the name."
                        failures.setdefault((kind, name), UserError(sentence, "reference_missing"))
        return failures

    def _there(self, resource: Resource, desired: dict[str, Any]) -> RemoteObject | None:
        return resource.match(self.ctx, desired) if resource.kind in self.ctx.found else None

    def _may_dangle(self, kind: str, desired: dict[str, Any], reference: tuple[str, str]) -> bool:
        """Whether what is there refers to it already: LiteLLM keeps references to what it has not, such as a user.

        Not to what goes in this run.
        """
        other, named = reference
        if named in self.ctx.found.get(other, {}) or named in self.ctx.absent.get(other, ()):
            return False
        current = self._there(KINDS[kind], desired)
        return reference not in KINDS[kind].references(desired) or (
            current is not None and reference in KINDS[kind].references(current.state)
        )

    def _plan_kind(self, resource: Resource, failures: Mapping[tuple[str, str], UserError]) -> list[PlannedChange]:
        kind = resource.kind
        desired = self.ctx.desired.get(kind, {})
        wrong = {name: sentence for (one, name), sentence in failures.items() if one == kind}
        effective, more = self._effective(resource, {name: one for name, one in desired.items() if name not in wrong})
        self.ctx.effective[kind] = effective
        wrong |= more
        steps = [_failed(kind, name, error) for name, error in wrong.items() if name not in desired]
        for name, one in desired.items():
            current = resource.match(self.ctx, one)
            if name in wrong:
                steps.append(_failed(kind, name, wrong[name], one, current))
            else:
                steps.append(self._compare(resource, name, effective[name], current))
        wanted = {step.found.id for step in steps if step.found}
        for name in sorted(self.ctx.absent.get(kind, set()) - set(desired)):
            current = resource.to_remove(self.ctx, name)
            gone = current is None or current.id in wanted
            steps.append(PlannedChange(kind, name, "unchanged") if gone else _removal(resource, current, name))
        return steps

    def _unnamed(self, resource: Resource) -> list[RemoteObject]:
        """What is ours and no entry names."""
        desired = self.ctx.desired.get(resource.kind, {})
        meant = [resource.match(self.ctx, one) for one in desired.values()]
        meant += [resource.to_remove(self.ctx, name) for name in self.ctx.absent.get(resource.kind, ())]
        matched = {one.id for one in meant if one}
        matched |= {one.id for name in desired for one in resource.previous_versions(self.ctx, name)}
        return [
            current
            for current in self.ctx.found[resource.kind].values()
            if current.owned and current.id not in matched and current.name not in desired
        ]

    def _effective(
        self, resource: Resource, entries: dict[str, dict[str, Any]]
    ) -> tuple[dict[str, dict[str, Any]], dict[str, UserError]]:
        """Together, because that is what is fast; one by one only to find out whose fault it is."""
        try:
            return resource.effective(self.ctx, entries), {}
        except UserError:
            effective: dict[str, dict[str, Any]] = {}
            wrong: dict[str, UserError] = {}
            for name, entry in entries.items():
                try:
                    effective |= resource.effective(self.ctx, {name: entry})
                except UserError as error:
                    wrong[name] = error
            return effective, wrong

    def _compare(
        self, resource: Resource, name: str, desired: dict[str, Any], current: RemoteObject | None
    ) -> PlannedChange:
        if current is None:
            after = {each: desired[each] for each in resource.compared(desired)}
            return PlannedChange(resource.kind, name, "created", desired=desired, after=_shown(resource, after))
        changes = resource.changes(self.ctx, desired, current)
        if not changes:
            return PlannedChange(resource.kind, name, "unchanged", desired=desired, found=current)
        return PlannedChange(
            resource.kind,
            name,
            "changed",
            changes=changes,
            desired=desired,
            found=current,
            before=_shown(resource, {each: current.state.get(each) for each in changes}),
            after=_shown(resource, {each: resource.to_be(desired, current, each) for each in changes}),
        )

    # Applying.

    def _run(
        self,
        pool: ThreadPoolExecutor,
        steps: list[PlannedChange],
        failed: set[tuple[str, str]],
        act: Callable[[ThreadPoolExecutor, list[PlannedChange]], None],
    ) -> None:
        if not steps:
            return
        ready = []
        for step in steps:
            missing = [one for one in KINDS[step.kind].uses(step.desired or {}) if one in failed]
            if missing:
                kind, name = missing[0]
                step.fail(UserError(f"not written, because {KINDS[kind].title} {name!r} failed.", "dependency_failed"))
            else:
                ready.append(step)
        if ready:
            act(pool, ready)
        late = self._verify(steps[0].kind, ready)
        for pause in PAUSES if KINDS[steps[0].kind].one_by_one else ():
            if late:
                time.sleep(pause)
                late = self._once_more(pool, late, act)
        for step in steps:
            if step.error:
                step.action = "failed"
                failed.add((step.kind, step.name))

    @staticmethod
    def _keep_what_is_used(steps: list[PlannedChange]) -> None:
        """With a team or a user LiteLLM removes the keys that it has, and so one that could not be given another."""
        users = {
            used: step
            for step in steps
            if step.action == "failed" and step.found
            for used in KINDS[step.kind].uses(step.found.state)
        }
        for step in steps:
            user = users.get((step.kind, step.found.name)) if step.action == "removed" else None
            if user:
                sentence = f"not removed, because {KINDS[user.kind].title} {user.name!r} failed, and still has it."
                step.action = "failed"
                step.fail(UserError(sentence, "dependency_failed"))

    def _once_more(
        self,
        pool: ThreadPoolExecutor,
        steps: list[PlannedChange],
        act: Callable[[ThreadPoolExecutor, list[PlannedChange]], None],
    ) -> list[PlannedChange]:
        """What the running gateway does not have as it was written; its own work may have come in between."""
        actions = [(step, step.action) for step in steps]
        for step in steps:
            step.fail(None)
            current = None if step.action == "removed" else KINDS[step.kind].match(self.ctx, step.desired)
            if current:
                step.action, step.found = "changed", current
                step.changes = KINDS[step.kind].changes(self.ctx, step.desired, current)
        act(pool, steps)
        for step, action in actions:
            step.action = action
        self._verify(steps[0].kind, steps)
        return [step for step in steps if step.error]

    def _write_all(self, pool: ThreadPoolExecutor, steps: list[PlannedChange]) -> None:
        for step, error in zip(steps, _map(pool, steps[0].kind)(self._write, steps), strict=True):
            step.fail(error)
        made = [step for step in steps if step.action == "created" and not step.error]
        if made:
            try:
                KINDS[made[0].kind].take_over(self.ctx, [step.desired for step in made])
            except (ApiError, UserError) as error:
                for step in made:
                    step.fail(error)

    def _write(self, step: PlannedChange) -> UserError | ApiError | None:
        resource = KINDS[step.kind]
        try:
            resource.refuse_unknown(step.desired)
            if step.action == "created":
                resource.create(self.ctx, step.desired)
            else:
                resource.update(self.ctx, step.found, step.desired, step.changes)
        except (ApiError, UserError) as error:
            return error
        return None

    def _remove_all(self, pool: ThreadPoolExecutor, steps: list[PlannedChange]) -> None:
        resource = KINDS[steps[0].kind]
        try:
            resource.release(self.ctx, [one.found for one in steps])
        except (ApiError, UserError) as error:
            for step in steps:
                step.fail(error)
            return
        size = resource.removed_at_once
        list(_map(pool, resource.kind)(self._remove, [steps[at : at + size] for at in range(0, len(steps), size)]))

    def _remove(self, steps: list[PlannedChange]) -> None:
        """Together; where that fails, one by one, so that one failure does not keep the others."""
        try:
            KINDS[steps[0].kind].delete_together(self.ctx, [one.found for one in steps])
        except (ApiError, UserError) as error:
            if len(steps) == 1:
                steps[0].fail(error)
                return
            for step in steps:
                self._remove([step])

    def _verify(self, kind: str, steps: list[PlannedChange]) -> list[PlannedChange]:
        """Read again what was written: it counts what is there, not what was answered. Gives what was accepted only."""
        if not steps:
            return []
        resource = KINDS[kind]
        before = dict(self.ctx.found.get(kind, {}))
        try:
            few = len(steps) <= max(FEW, len(before) // PART)
            names = [one.found.name if one.action == "removed" else one.name for one in steps]
            resource.read(self.ctx, names if few else None)
        except ApiError as error:
            for step in steps:
                if not step.error:
                    step.fail(UserError(f"written, but it could not be read again: {error}", error.code))
            return []
        there_still = by_id(self.ctx.found[kind])
        accepted = [step for step in steps if not step.error]
        for step in steps:
            if step.action == "removed":
                if step.found.id not in there_still:
                    step.fail(None)
                elif not step.error:
                    step.fail(UserError("the gateway answered, but it is still there.", "not_kept"))
                continue
            current = resource.match(self.ctx, step.desired)
            left = resource.changes(self.ctx, step.desired, current) if current else ["the whole of it"]
            left = [one for one in left if one not in resource.volatile_fields]
            if not left:
                step.fail(None)
            elif not step.error:
                said = [_not_kept(resource, step.desired, current, one) for one in left]
                sentence = f"the gateway accepted it, but did not keep {'; '.join(said)}."
                step.fail(UserError(sentence, "not_kept"))
        kept = {name: one for name, one in before.items() if one.id not in there_still}
        self.ctx.found[kind] = {**kept, **self.ctx.found[kind]}
        return [step for step in accepted if step.error]


def _is_absent(entry: Mapping[str, Any]) -> bool:
    return entry.get("state", "present") == "absent"


def _map(pool: ThreadPoolExecutor, kind: str) -> Callable[..., Iterable[Any]]:
    """How a kind's objects are written: several at a time, or one after the other."""
    return map if KINDS[kind].one_by_one else pool.map


def _not_kept(resource: Resource, desired: Mapping[str, Any], current: RemoteObject | None, name: str) -> str:
    """Which it is that was not kept, and what came back instead; without the values of secrets."""
    if current is None or (name not in desired and name not in current.state):
        return name
    asked, came = (_shown(resource, {name: side})[name] for side in resource.not_kept(desired, current, name))
    if isinstance(asked, Mapping) and isinstance(came, Mapping) and asked:
        return "; ".join(_said(f"{name}.{one}", asked[one], came.get(one)) for one in asked)
    return _said(name, asked, came)


def _said(name: str, asked: Any, came: Any) -> str:
    sides = [without_secrets(value, name=name.rpartition(".")[2]) for value in (asked, came)]
    if HIDDEN in sides:
        return f"{name} (its value is not shown)"
    asked, came = (
        "nothing" if side in (None, "", [], {}) else f"{text[:80]}…" if len(text := repr(side)) > 80 else text
        for side in sides
    )
    return f"{name} (it was to be {asked}, and {came} came back)"


def _failed(
    kind: str, name: str, error: UserError, desired: dict[str, Any] | None = None, current: RemoteObject | None = None
) -> PlannedChange:
    return PlannedChange(kind, name, "failed", error=str(error), code=error.code, desired=desired, found=current)


def _removal(resource: Resource, current: RemoteObject, name: str) -> PlannedChange:
    return PlannedChange(resource.kind, name, "removed", found=current, before=_shown(resource, current.state))


def _shown(resource: Resource, state: Mapping[str, Any]) -> dict[str, Any]:
    """For the diff: without the values of secrets, of which metadata, arguments and an address may have some, too."""
    shown = {}
    for name, value in state.items():
        declared = resource.fields.get(name)
        hidden = declared and (declared.secret or declared.no_log) and value not in (None, "", {}, [])
        # What a scope maps are names of servers, whatever they are called.
        shown[name] = HIDDEN if hidden else value if name in SCOPES else without_secrets(value, name=name)
    return resource.shown(shown)
