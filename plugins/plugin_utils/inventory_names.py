# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of variables that are meant for the site and that nothing reads: Ansible passes over them without a word."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import ROLES, specifications

# Of the roles whose names are words that others begin their variables with as well, only what is nearly one is meant.
_COMMON = frozenset({"acme", "backup", "cache", "docker_engine", "firewall", "observability", "postgres_db", "swarm"})
_NEAR = 0.92
_NEAR_WITHIN = 0.8
# What Ansible itself has among a host's variables.
_MAGIC = frozenset({"hostvars", "vars", "groups", "group_names"})


def suspects(names: Iterable[str]) -> dict[str, str]:
    """Each name that no role declares, though it is one of the site's by how it begins or is nearly one; and the
    sentence that refuses it.
    """
    known = specifications()
    found = {}
    for name in names:
        if name in known or name.startswith("ansible_"):
            continue
        begins = _begins(name)
        near = _nearest(name, begins)
        if begins or near:
            found[name] = f"{name} is no variable of this collection" + (
                f": did you mean {near}?" if near else ": remove it, or give one of your own another name."
            )
    return found


def read_here() -> set[str]:
    """Every word of the roles and playbooks, what they set and register for themselves among them."""
    folders = (ROLES, ROLES.parent / "playbooks")
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".yml", ".j2")]
    words = {word for path in files for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    return words - {path.name for path in ROLES.iterdir()}


def named_in(variables: Mapping[str, Any], names: Iterable[str]) -> set[str]:
    """Those of the names that the values of other variables ask for, as templates do; nothing is worked out for it."""
    asked = set()
    for name, value in variables.items():
        if name not in _MAGIC:
            asked |= {word for text in _texts(value) for word in re.findall(r"\w+", text)} - {name}
    return asked & set(names)


@functools.cache
def _beginnings() -> tuple[str, ...]:
    roles = [f"{path.name}_" for path in ROLES.iterdir() if path.name not in _COMMON]
    return tuple(sorted((*roles, "mcp_lan_"), key=len, reverse=True))


def _begins(name: str) -> str:
    """The role that a name begins with, and `_`; empty for none."""
    return next((one for one in _beginnings() if name.startswith(one)), "")


def _nearest(name: str, begins: str) -> str:
    known = sorted(specifications())
    if near := get_close_matches(name, known, n=1, cutoff=_NEAR):
        return near[0]
    # What is behind the role's name says more than the name, which is most of it.
    ends = {one.removeprefix(role): one for role in ("litellm_", begins) for one in known if _begins(one) == role}
    near = get_close_matches(name.removeprefix(begins), ends, n=1, cutoff=_NEAR_WITHIN) if begins else []
    return ends[near[0]] if near else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from (*_texts(name), *_texts(inner))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
