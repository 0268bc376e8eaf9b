# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway holds, as entries of an inventory: without secrets, and such that applying them changes nothing.

Each entry is held against what was read, by the engine itself: one that would change something is left out, with the
reason. Asks nobody; the engine has read everything before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import RemoteObject
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS, ORDER
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER

HIDDEN_PARAMETERS = (
    "Of a model that was made by hand LiteLLM does not tell secret parameters such as api_key: they are not in here, "
    "and stay at the gateway as they are."
)
LEAST = 40  # what a name in the store may have left for the option, when the object's own name is long
_PLAIN = ("name", "id", "hash", "mcp")  # never secrets, whatever they look like


@dataclass(frozen=True)
class Unknown:
    """Stands in an entry for a secret: the name in the store by which a person can give it."""

    secret: str


@dataclass
class Entry:
    """One object as the inventory has it."""

    options: dict[str, Any]
    to_fill_in: list[str] = field(default_factory=list)
    note: str = ""


@dataclass
class Section:
    """All entries of one kind, and a sentence for each object that has none."""

    kind: str
    variable: str
    note: str = ""
    entries: list[Entry] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def sections(engine: Reconciler, kept: Mapping[str, str]) -> list[Section]:
    """The whole inventory. kept: of the keys whose values the store has, the sha256 by name."""
    found = engine.ctx.found
    result = []
    entries: dict[str, dict[str, Entry]] = {}
    for kind in ORDER:
        section = Section(kind, f"litellm_{KINDS[kind].plural}")
        entries[kind] = {}
        if kind in engine.ctx.unavailable:
            section.left_out.append(f"{engine.ctx.unavailable[kind]}.")
        for identifier in engine.ctx.nameless.get(kind, []):
            section.left_out.append(f"{_called(kind, identifier)}: it has no name, by which an entry could mean it.")
        for name, current in sorted(found[kind].items()):
            reason = KINDS[kind].export_skip_reason(engine.ctx, current)
            if reason:
                section.left_out.append(f"{_called(kind, name)}: {reason}.")
            else:
                entries[kind][name] = _entry(engine, kind, current)
        if kind == "model" and any(not found[kind][name].owned for name in entries[kind]):
            section.note = HIDDEN_PARAMETERS
        result.append(section)
    _leave_out_what_would_change(engine, result, entries)
    for section in result:
        for name, entry in entries[section.kind].items():
            if section.kind == "key" and kept.get(name) == entry.options["hash"]:
                del entry.options["hash"]
                entry.note = "The store has its value."
            section.entries.append(entry)
    return result


def _called(kind: str, name: str) -> str:
    return f"{KINDS[kind].title} {name!r}"


def _entry(engine: Reconciler, kind: str, current: RemoteObject) -> Entry:
    resource = KINDS[kind]
    options = resource.entry(engine.ctx, current)
    to_fill_in: list[str] = []

    def stand_in(path: tuple[str, ...]) -> Unknown:
        to_fill_in.append(_secret_name(kind, current.name, path))
        return Unknown(to_fill_in[-1])

    for name, value in options.items():
        declared = resource.fields[name]
        if name in _PLAIN or declared.refers_to:
            continue
        hidden = bool(declared.no_log or declared.secret)
        if hidden and isinstance(value, str):
            options[name] = stand_in((name,))
        else:
            # An option's own name is not judged, only what is in it: extra_headers are but names of headers.
            options[name] = without_secrets(value, stand_in, all_of_it=hidden, path=(name,))
    return Entry(options, to_fill_in)


def _secret_name(kind: str, name: str, path: tuple[str, ...]) -> str:
    option = ".".join(path)
    return re.sub(r"[^A-Za-z0-9_.@+\-]", "_", f"{kind}.{name}"[: 199 - min(len(option), LEAST)] + f".{option}")[:200]


def _leave_out_what_would_change(
    engine: Reconciler, listed: list[Section], entries: dict[str, dict[str, Entry]]
) -> None:
    validated: dict[str, list[dict[str, Any]]] = {}
    left_out = {section.kind: section.left_out for section in listed}
    for kind in ORDER:
        validated[kind] = []
        for name in list(entries[kind]):
            try:
                options = _as_looked_up(entries[kind][name].options)
                validated[kind] += checked({KINDS[kind].plural: [options]})[kind]
            except UserError as error:
                del entries[kind][name]
                left_out[kind] += [sentence.partition(" ")[2] for sentence in error.sentences]
    for step in engine.compare(validated):
        if step.action == "changed" and step.found and step.found.owned:
            # Ours, and not as it was left: named all the same, for what no inventory names may be purged.
            entries[step.kind][step.name].note = f"The next run puts {', '.join(step.changes)} right."
        elif step.error or step.action != "unchanged":
            del entries[step.kind][step.name]
            called = _called(step.kind, step.name)
            what = step.error or f"this collection cannot say all of it ({', '.join(step.changes)} would change)."
            left_out[step.kind].append(f"{called}: {what.removeprefix(called + ': ')}")


def _as_looked_up(value: Any) -> Any:
    """What Ansible makes of it while the store has nothing of the name."""
    if isinstance(value, Unknown):
        return PLACEHOLDER
    if isinstance(value, Mapping):
        return {name: _as_looked_up(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_looked_up(one) for one in value]
    return value
