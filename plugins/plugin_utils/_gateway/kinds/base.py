# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kind of object at the gateway declares: its fields, and how it is listed and written.

Everything is compared in the words of the inventory: what the gateway says is turned into the option names (observe),
references into names, and only a write turns them back into ids. A field that an entry leaves out has the meaning that
its declaration gives it (I(default)); one whose declaration gives none (KEEP) is left as it is.
"""

from __future__ import annotations

import copy
import hashlib
import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import Capabilities, require
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER

if TYPE_CHECKING:
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client

KEEP = object()
"""The default of a field that is left as it is when an entry does not name it."""

OWNER = "mcp_lan.litellm"
MARK = "mcp_lan"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/mcp-lan/litellm")


@dataclass(frozen=True)
class Field:
    """One option of a kind, from which the argument specification and the documentation are made."""

    description: str | list[str]
    type: str = "str"
    elements: str | None = None
    choices: tuple[str, ...] | None = None
    required: bool = False  # for an entry that is to be removed its name is enough
    no_log: bool | None = None
    options: Mapping[str, Field] | None = None
    default: Any = KEEP
    ordered: bool = False
    refers_to: str | None = None
    needs: str | None = None  # the capability without which the option is refused
    virtual: bool = False  # an option that is read, but not itself something that the gateway has
    secret: bool = False  # the gateway never gives it back; its digest in the ownership mark is compared instead

    def argument(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"type": self.type}
        if self.elements:
            spec["elements"] = self.elements
        if self.choices:
            spec["choices"] = list(self.choices)
        if self.required:
            spec["required"] = True
        if self.no_log is not None:
            spec["no_log"] = self.no_log
        if self.options:
            spec["options"] = {name: each.argument() for name, each in self.options.items()}
        return spec


@dataclass
class RemoteObject:
    """One object at the gateway: its raw answer, and the same in the words of the inventory."""

    name: str
    id: str
    raw: dict[str, Any]
    state: dict[str, Any] = field(default_factory=dict)
    owned: bool = False


@dataclass
class Context:
    """What reading and writing need to know of the others: names to ids, both ways, and what should be there."""

    client: Client
    capabilities: Capabilities
    owner: str = OWNER
    found: dict[str, dict[str, RemoteObject]] = field(default_factory=dict)
    desired: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)  # by kind and name, as entries say it
    effective: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)  # the same as it is written
    absent: dict[str, set[str]] = field(default_factory=dict)
    purged: dict[str, set[str]] = field(default_factory=dict)  # what goes because no entry names it
    values: dict[str, str] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)  # values that are to follow those of the keys
    verified_generations: Mapping[str, int] = field(default_factory=dict)  # what every client has, and works
    minted: Mapping[str, str] = field(default_factory=dict)  # of keys' values that the gateway had, the sha256 by name
    revoked: Collection[str] = ()  # the keys of which no value before the one that is wanted may live on
    rotate: Mapping[str, Any] = field(default_factory=dict)  # what keys that say nothing about rotation mean
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    unavailable: dict[str, str] = field(default_factory=dict)  # kinds that this gateway refuses as a whole, and why
    kinds: Mapping[str, Resource] = field(default_factory=dict)
    nameless: dict[str, list[str]] = field(default_factory=dict)  # the ids of what nothing can refer to
    guarded: bool = False  # whether the guard is loaded; asked only where it matters
    _derived: dict[Any, tuple[dict[str, RemoteObject], Any]] = field(default_factory=dict, repr=False)

    def derived(self, kind: str, work_out: Callable[[dict[str, RemoteObject]], Any]) -> Any:
        """What is worked out of all objects of a kind, once for as long as they are the same."""
        found = self.found.get(kind, {})
        kept = self._derived.get((kind, work_out))
        if kept is None or kept[0] is not found:
            kept = self._derived[kind, work_out] = (found, work_out(found))
        return kept[1]

    def id_of(self, kind: str, name: str) -> str:
        """The id of what is there, or the one that it will get: ids are chosen here, never by the gateway."""
        current = self.found.get(kind, {}).get(name)
        return current.id if current else self.kinds[kind].new_id(name)

    def name_of(self, kind: str, identifier: str | None) -> str | None:
        """The name of an id; an id of nothing stays as it is, so that a dangling one shows."""
        if not identifier:
            return None
        if current := self.derived(kind, by_id).get(identifier):
            return current.name
        for name in self.desired.get(kind, {}):
            if self.kinds[kind].new_id(name) == identifier:
                return name
        return identifier

    def exists(self, kind: str, name: str) -> bool:
        """Whether it is there when this run is done."""
        if name in self.desired.get(kind, {}):
            return True
        gone = self.absent.get(kind, ()), self.purged.get(kind, ())
        return name in self.found.get(kind, {}) and not any(name in names for names in gone)

    def as_it_will_be(self, kind: str) -> dict[str, dict[str, Any]]:
        """All entries of a kind after this run: what is there, and over it what is wanted, as it is known by now."""
        current = {name: each.state for name, each in self.found.get(kind, {}).items() if self.exists(kind, name)}
        return {**current, **self.desired.get(kind, {}), **self.effective.get(kind, {})}


def mark_in(kept: Any) -> dict[str, Any] | None:
    """The ownership mark in an object's metadata; what a person wrote in its place is none."""
    found = (kept or {}).get(MARK)
    return found if isinstance(found, dict) else None


def by_id(found: Mapping[str, RemoteObject]) -> dict[str, RemoteObject]:
    return {each.id: each for each in found.values()}


class Resource(ABC):
    """A kind. Subclasses declare, and override what their endpoints do differently."""

    kind: str
    plural: str
    returned: str = ""  # what a module returns a list of them as, where that is not the plural
    title: str
    fields: Mapping[str, Field]
    reads: tuple[str, ...] = ()  # the kinds whose names are needed to read or write this one
    controller_options: Mapping[str, Field] = {}  # options of its module that are for the controller, not the gateway
    removed_at_once = 1  # how many objects one request can remove
    one_by_one = False  # whether the running gateway may go on with what was there, if several are written at a time
    has_mark = True  # whether the API has a place for the ownership mark
    identifying: tuple[str, ...] = ()  # options that say which object is meant, and nothing of what it is
    volatile_fields: tuple[str, ...] = ()  # differences that the gateway's own work makes again at any moment

    def new_id(self, name: str) -> str:
        return _derived_id(self.kind, name)

    @abstractmethod
    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """The raw objects; of all, or (where that is cheaper) at least of those that are named."""

    @abstractmethod
    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        """Name and id of a raw object; an empty name leaves it out of everything."""

    def rank(self, raw: dict[str, Any]) -> int:
        """Of all that have one name that with the lowest rank is meant by it: ours."""
        name, identifier = self.identify(raw)
        return 0 if identifier == self.new_id(name) else 1

    def mark(self, raw: dict[str, Any]) -> dict[str, Any] | None:
        """The ownership mark of a raw object."""
        return mark_in(raw.get("metadata"))

    @abstractmethod
    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]: ...

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        """Refuse with a UserError what this gateway cannot hold, before anything is written."""
        return

    def effective(self, ctx: Context, entries: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The entries as they are written, with what their meaning owes to others, for all at once.

        UserError says what cannot be; the entries themselves stay as they are.
        """
        return dict(entries)

    def displaced(self, ctx: Context, desired: Mapping[str, Any]) -> list[RemoteObject]:
        """Objects at the gateway that are to go because of this entry, which is held elsewhere."""
        return []

    def take_over(self, ctx: Context, desired: list[dict[str, Any]]) -> None:
        """Give these objects, which were just made, what others have of them under an id of before; once for all."""
        return

    @abstractmethod
    def create(self, ctx: Context, desired: dict[str, Any]) -> None: ...

    @abstractmethod
    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None: ...

    def release(self, ctx: Context, current: list[RemoteObject]) -> None:
        """Take what others have of these objects from them, once for all, before the objects are removed."""
        return

    @abstractmethod
    def delete(self, ctx: Context, current: RemoteObject) -> None: ...

    def delete_together(self, ctx: Context, current: list[RemoteObject]) -> None:
        """Remove some objects, I(removed_at_once) at most."""
        for each in current:
            self.delete(ctx, each)

    def to_remove(self, ctx: Context, name: str) -> RemoteObject | None:
        """The object that goes by an entry of this name with C(state=absent)."""
        return ctx.found[self.kind].get(name)

    def previous_versions(self, ctx: Context, name: str) -> list[RemoteObject]:
        """Other objects at the gateway that an entry of this name means as well."""
        return []

    def named(self, entry: Mapping[str, Any]) -> str:
        """The name by which an entry is found among those of its kind."""
        return entry["name"]

    def shown(self, state: dict[str, Any]) -> dict[str, Any]:
        """A state for the diff, without secrets."""
        return state

    def entry(self, ctx: Context, current: RemoteObject) -> dict[str, Any]:
        """What an inventory would say of it: its name, and each option that is not what leaving it out means."""
        entry = {"name": current.name}
        for name, each in self.fields.items():
            value = current.state.get(name)
            if name == "name" or each.virtual or each.secret or value is None:
                continue
            if value not in ("", [], {}) if each.default is KEEP else value != each.default:
                entry[name] = copy.deepcopy(value)
        return entry

    def laid_over(self, ctx: Context, current: RemoteObject, given: Mapping[str, Any]) -> dict[str, Any]:
        """An entry that leaves out nothing: what it does not say is what an inventory would say of the object."""
        said = {name: value for name, value in given.items() if value is not None}
        now = {name: value for name, value in self.entry(ctx, current).items() if name not in self.identifying}
        return {**now, **said}

    def export_skip_reason(self, ctx: Context, current: RemoteObject) -> str | None:
        """Why an inventory does not name it although it is there."""
        return None

    # What all kinds share.

    def needed(self) -> list[str]:
        """The options beside its name that an entry must have, unless it is to be removed."""
        return [name for name, each in self.fields.items() if each.required and name != "name"]

    def required_if(self) -> list[tuple[str, str, list[str]]]:
        return [("state", "present", self.needed())] if self.needed() else []

    def argument_spec(self) -> dict[str, Any]:
        spec = {name: each.argument() for name, each in self.fields.items()}
        for name in self.needed():
            del spec[name]["required"]
        spec["state"] = {"type": "str", "choices": ["present", "absent"], "default": "present"}
        return spec

    def module_spec(self) -> dict[str, Any]:
        """The arguments of the kind's own module."""
        spec = self.argument_spec()
        for name, each in self.controller_options.items():
            spec[name] = each.argument()
            if each.default is not KEEP:
                spec[name]["default"] = each.default
        return spec

    def read(self, ctx: Context, names: Iterable[str] | None = None) -> dict[str, RemoteObject]:
        result: dict[str, RemoteObject] = {}
        current = [(*self.identify(raw), raw) for raw in self.list(ctx, names)]
        # Where two have one name, the plain one means ours; the other can still be told apart, and referred to.
        ctx.nameless[self.kind] = [identifier for name, identifier, _raw in current if not name]
        for name, identifier, raw in sorted(current, key=lambda one: (self.rank(one[2]), one[1])):
            if name:
                name = f"{name}#{identifier}" if name in result else name
                result[name] = RemoteObject(name, identifier, raw)
        # The names of this kind must be known before its objects are read: they may refer to each other.
        ctx.found[self.kind] = result
        for each in result.values():
            each.state = self.canonical({"name": each.name, **self.observe(ctx, each.raw)})
            mark = self.mark(each.raw)
            each.owned = bool(mark) and mark.get("owner") == ctx.owner
        return result

    def match(self, ctx: Context, desired: dict[str, Any]) -> RemoteObject | None:
        """The object at the gateway that an entry means."""
        return ctx.found[self.kind].get(desired["name"])

    def complete(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry with every left-out field at what that means; fields to be kept stay out."""
        whole = {}
        for name, each in self.fields.items():
            value = entry.get(name)
            if value is None:
                if each.default is KEEP:
                    continue
                value = copy.deepcopy(each.default)
            elif each.options and isinstance(value, Mapping):
                value = {inner: value.get(inner) for inner in each.options}
            whole[name] = value
        return self.canonical(whole)

    def canonical(self, state: dict[str, Any]) -> dict[str, Any]:
        """Lists whose order means nothing in one order and each item once, so that equal things compare equal."""
        for name, value in state.items():
            declared = self.fields.get(name)
            if isinstance(value, list) and not (declared and declared.ordered):
                items = {json.dumps(one, sort_keys=True, default=str): one for one in value}
                state[name] = [items[text] for text in sorted(items)]
        return state

    def references(self, desired: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The (kind, name) pairs that must be there for this entry."""
        found = []
        for name, each in self.fields.items():
            if each.refers_to and desired.get(name):
                value = desired[name]
                found += [(each.refers_to, one) for one in (value if isinstance(value, list) else [value])]
        return found

    def uses(self, desired: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The (kind, name) pairs that this entry cannot do without, once they are there."""
        return self.references(desired)

    def compared(self, desired: Mapping[str, Any]) -> list[str]:
        return [name for name in desired if name != "name" and not (name in self.fields and self.fields[name].virtual)]

    def same(self, name: str, desired: Any, current: Any) -> bool:
        return desired == current

    def within(self, name: str, desired: Any, current: Any) -> list[str]:
        """The names in two dictionaries that are not the same in both."""
        return [one for one in sorted({*desired, *current}, key=str) if desired.get(one) != current.get(one)]

    def not_kept(self, desired: Mapping[str, Any], current: RemoteObject, name: str) -> tuple[Any, Any]:
        """Of a field that is not as it should be: what should be, and what is there; of a dictionary what differs."""
        sides = desired.get(name), current.state.get(name)
        if all(isinstance(side, Mapping) for side in sides):
            named = self.within(name, *sides)
            return tuple({one: side.get(one) for one in named} for side in sides)
        return sides

    def changes(self, ctx: Context, desired: Mapping[str, Any], current: RemoteObject) -> list[str]:
        """The fields in which what is there is not as it should be."""
        differing = []
        for name in self.compared(desired):
            declared = self.fields.get(name)
            value = desired[name]
            if declared and declared.secret:
                value = digest(self.kind, desired["name"], value)
            if not self.same(name, value, self.held(desired, current, name)):
                differing.append(name)
        return differing

    def held(self, desired: Mapping[str, Any], current: RemoteObject, name: str) -> Any:
        """What is there of a field of the entry."""
        return current.state.get(name)

    def to_be(self, desired: Mapping[str, Any], current: RemoteObject, name: str) -> Any:
        """For the diff: what a field that changes is going to be."""
        return desired.get(name)

    def with_known(self, desired: dict[str, Any], current: RemoteObject | None) -> dict[str, Any]:
        """A placeholder of the store stands for a value that nobody here knows: what the gateway has is kept."""
        if current is None:
            return desired
        unknown = {name: value for name, value in desired.items() if has_placeholder(value)}
        secret = {name for name in unknown if name in self.fields and self.fields[name].secret}
        filled = {name: _filled(value, current.state.get(name)) for name, value in unknown.items()}
        return {name: filled.get(name, value) for name, value in desired.items() if name not in secret}

    def refuse_unknown(self, desired: Mapping[str, Any]) -> None:
        """A placeholder that stands for nothing must not become the value."""
        unknown = [name for name, value in desired.items() if has_placeholder(value)]
        if unknown:
            raise UserError(
                f"a value in {unknown[0]} is not known: the store has none of the name that the lookup there says; put "
                "it there, or write another lookup.",
                "value_unknown",
            )

    def refuse_unsupported(self, ctx: Context, entry: Mapping[str, Any]) -> None:
        for name, each in self.fields.items():
            if each.needs and entry.get(name):
                refusal = require(ctx.capabilities.version, each.needs)
                if refusal:
                    raise UserError(f"the option {name} cannot be used: {refusal}.", "unsupported")


def differing(body: Mapping[str, Any], raw: Mapping[str, Any] | None) -> dict[str, Any]:
    """Of what is to be sent, what the gateway has not; of some fields it does more than to keep them."""
    return {name: value for name, value in body.items() if name not in (raw or {}) or raw[name] != value}


def has_placeholder(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(has_placeholder(one) for one in value.values())
    if isinstance(value, list):
        return any(has_placeholder(one) for one in value)
    return isinstance(value, str) and value == PLACEHOLDER


def _filled(desired: Any, current: Any) -> Any:
    """What is wanted, with what is there in place of each placeholder that it has something for."""
    if isinstance(desired, str) and desired == PLACEHOLDER:
        return desired if current is None else current
    if isinstance(desired, Mapping) and isinstance(current, Mapping):
        return {name: _filled(value, current.get(name)) for name, value in desired.items()}
    if isinstance(desired, list) and isinstance(current, list) and len(desired) == len(current):
        return [_filled(value, other) for value, other in zip(desired, current, strict=True)]
    return desired


@cache
def _derived_id(kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))


def digest(kind: str, name: str, value: Any) -> str | None:
    """What stands for a secret in the ownership mark: enough to see that it changed, too little to find it."""
    if value in (None, "", {}, []):
        return None
    text = json.dumps([kind, name, value], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def own_metadata(raw: Mapping[str, Any] | None, managed: Iterable[str] = ()) -> dict[str, Any]:
    """Metadata as a person wrote it: without our mark and what LiteLLM keeps there itself."""
    hidden = {MARK, *managed}
    return {name: value for name, value in (raw or {}).items() if name not in hidden}
