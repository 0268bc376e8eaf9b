# Who may call what: organization and team and key, worked out once from the inventory. Pure: no network, no clock.
# Copyright: The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory's grants, resolved to servers and their tools, prompts and resources.

The rules, all of which only ever narrow:

- **Deny is the default.** A key without C(mcp) may call nothing. Nothing is inherited: a grant comes from the key's own
  entry, never from its team or organization.
- A team's or organization's C(mcp) is an upper bound: the key keeps what both name. C(mcp: {}) is the bound "nothing".
  One that says nothing about C(mcp) sets no bound, so a team that is there for a budget alone takes no tools away.
- A key is bound by its team, by its own organization and by its team's organization, by all of them that are named.
- C(mcp) maps a reference to a list of tools, or to C({tools, prompts, resources}), a list for each. A list alone is of
  tools, C(["*"]) as well. A reference is a server's name or alias, an access group, a toolset, or a pattern of server
  names (C(mon_*), C(*)). References that meet at one server add up.
- C("*") is every tool of the server, also those it gets later. Any other pattern (C(list_*)) is replaced by the names
  that it matches where the server's C(tools) are known. Where they are not, a pattern that ends in its only wildcard is
  kept as it is, because intersecting such prefixes is exact; any other one is refused. Prompts and resources are not
  known beforehand. A resource is named by its URI, in which only a C(*) at the end is a wildcard.
- What matches nothing (a server, a tool, a team) is refused: it is a slip of the pen, and silence would hide it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import reduce
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of

SEPARATOR = "-"
"""What LiteLLM puts between a server's name and a tool's; so neither a name nor an alias may contain it."""

PARTS = ("tools", "prompts", "resources")
_WILD = frozenset("*?[")

Written = list[str] | dict[str, list[str]]
"""What one server's part of a scope is in the inventory and in a key's metadata; a list is of tools."""


@dataclass(frozen=True)
class Names:
    """A set of names of one server: all of them, or names and prefixes (a prefix stands for C(prefix*))."""

    everything: bool = False
    names: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.everything or bool(self.names or self.prefixes)

    def __contains__(self, name: str) -> bool:
        return self.everything or name in self.names or name.startswith(tuple(self.prefixes))

    def __or__(self, other: Names) -> Names:
        if self.everything or other.everything:
            return ALL
        return Names(names=self.names | other.names, prefixes=self.prefixes | other.prefixes).simplified()

    def __and__(self, other: Names) -> Names:
        if self.everything:
            return other
        if other.everything:
            return self
        names = {name for name in self.names if name in other} | {name for name in other.names if name in self}
        # Two prefixes meet where one begins with the other, and there in the longer one.
        prefixes = {
            max(a, b, key=len) for a in self.prefixes for b in other.prefixes if a.startswith(b) or b.startswith(a)
        }
        return Names(names=frozenset(names), prefixes=frozenset(prefixes)).simplified()

    def simplified(self) -> Names:
        """The same set, written in one way only: nothing in it that a prefix already covers."""
        prefixes = frozenset(
            one for one in self.prefixes if not any(one != other and one.startswith(other) for other in self.prefixes)
        )
        names = frozenset(name for name in self.names if not name.startswith(tuple(prefixes)))
        return Names(names=names, prefixes=prefixes)

    def as_list(self) -> list[str]:
        """As it is written into the inventory and into a key's metadata."""
        return ["*"] if self.everything else sorted({*self.names, *(prefix + "*" for prefix in self.prefixes)})


ALL = Names(everything=True)
NONE = Names()


@dataclass(frozen=True)
class Grant:
    """What of one server may be used."""

    tools: Names = NONE
    prompts: Names = NONE
    resources: Names = NONE

    def __bool__(self) -> bool:
        return any(getattr(self, part) for part in PARTS)

    def __or__(self, other: Grant) -> Grant:
        return Grant(**{part: getattr(self, part) | getattr(other, part) for part in PARTS})

    def __and__(self, other: Grant) -> Grant:
        return Grant(**{part: getattr(self, part) & getattr(other, part) for part in PARTS})

    def written(self) -> Written:
        """As it is written into the inventory and into a key's metadata."""
        return shortest({part: getattr(self, part).as_list() for part in PARTS})


EVERYTHING = Grant(ALL, ALL, ALL)

Grants = dict[str, Grant]


def effective(
    keys: Iterable[Mapping[str, Any]],
    teams: Iterable[Mapping[str, Any]] = (),
    organizations: Iterable[Mapping[str, Any]] = (),
    servers: Iterable[Mapping[str, Any]] = (),
    toolsets: Iterable[Mapping[str, Any]] = (),
) -> dict[str, dict[str, Written]]:
    """What each key may use: C({key: {server: its part of the scope}}), every key named, servers with nothing not.

    keys: C({name, team?, organization?, mcp?}); teams: C({name, organization?, mcp?}); organizations: C({name, mcp?});
    servers: C({name, alias?, access_groups?, tools?}); toolsets: C({name, mcp}).
    """
    catalogue = Catalogue(servers, toolsets)
    orgs = _by_name("organization", organizations)
    groups = _by_name("team", teams)
    org_bounds = {name: catalogue.bound(org, f"organization '{name}'") for name, org in orgs.items()}
    team_bounds = {name: catalogue.bound(team, f"team '{name}'") for name, team in groups.items()}
    for name, team in groups.items():
        _known(orgs, team.get("organization"), "organization", f"team '{name}'")

    result = {}
    for name, key in _by_name("key", keys).items():
        place = f"key '{name}'"
        team = _known(groups, key.get("team"), "team", place)
        org = _known(orgs, key.get("organization"), "organization", place)
        bounds = [catalogue.bound(key, place) or {}]
        if team is not None:
            bounds.append(team_bounds[team])
            org_of_team = groups[team].get("organization")
            bounds.append(org_bounds[org_of_team] if org_of_team else None)
        if org is not None:
            bounds.append(org_bounds[org])
        grants = reduce(_meet, (bound for bound in bounds if bound is not None))
        result[name] = {server: grants[server].written() for server in sorted(grants)}
    return result


def allows(grants: Mapping[str, Written], server: str, name: str, part: str = "tools") -> bool:
    """Whether what M(effective) worked out for one key lets it use this tool, prompt or resource."""
    return name in _names(names_in(grants.get(server, []), part))


def names_in(scope: Written, part: str = "tools") -> list[str]:
    """The tools, prompts or resources that one server's part of a scope names."""
    if isinstance(scope, Mapping):
        return scope.get(part) or []
    return scope if part == "tools" else []


def shortest(scope: Mapping[str, list[str]]) -> Written:
    """One server's part of a scope without empty lists, and as a list where it is of tools alone."""
    some = {part: names for part, names in scope.items() if names}
    return some if some.keys() - {"tools"} else some.get("tools", [])


def parts_of(scope: Any, place: str) -> dict[str, list[str]]:
    """What is written for one server as C({part: names}); UserError where it is none of its forms."""
    parts = scope if isinstance(scope, Mapping) else {"tools": scope}
    for part, names in parts.items():
        if part not in PARTS:
            raise UserError(
                f"{place} has '{part}', which is none of {', '.join(PARTS)}; correct it or leave it out",
                "scope_invalid",
            )
        where = f"{place}.{part}" if isinstance(scope, Mapping) else place
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) and name for name in names):
            what = "tool names" if part == "tools" else "names of prompts" if part == "prompts" else "URIs"
            raise UserError(
                f"{where} must be a list of {what}, or ['*'] for all of them, not {_kind(names)}", "scope_invalid"
            )
    return {part: list(names) for part, names in parts.items()}


class Catalogue:
    """The servers there are, by every way to refer to them."""

    def __init__(self, servers: Iterable[Mapping[str, Any]], toolsets: Iterable[Mapping[str, Any]] = ()) -> None:
        self._servers = _by_name("server", servers)
        self._meanings: dict[str, list[Grants]] = {}
        prefixes: dict[str, str] = {}
        access_groups: dict[str, Grants] = {}
        for name, server in self._servers.items():
            for label in sorted({name, server.get("alias") or name}):
                if SEPARATOR in label:
                    raise UserError(
                        f"server '{name}': '{label}' contains '{SEPARATOR}', which LiteLLM puts between server and "
                        "tool; use '_' instead",
                        "scope_invalid",
                    )
                if prefixes.setdefault(label, name) != name:
                    raise UserError(
                        f"server '{name}': the name or alias '{label}' is also that of server '{prefixes[label]}'; "
                        "give each its own",
                        "scope_invalid",
                    )
                self._meanings.setdefault(label, []).append({name: EVERYTHING})
            for group in server.get("access_groups") or ():
                access_groups.setdefault(group, {})[name] = EVERYTHING
        for group, grants in access_groups.items():
            self._meanings.setdefault(group, []).append(grants)
        # Worked out before any of them is entered: a toolset is made of servers, not of other toolsets.
        resolved = [
            (name, self.bound(one, f"toolset '{name}'") or {}) for name, one in _by_name("toolset", toolsets).items()
        ]
        for name, grants in resolved:
            self._meanings.setdefault(name, []).append(grants)

    def bound(self, entry: Mapping[str, Any], place: str) -> Grants | None:
        """What an entry's C(mcp) names; None when it says nothing about it."""
        mcp = entry.get("mcp")
        if mcp is None:
            return None
        if not isinstance(mcp, Mapping):
            raise UserError(f"{place}: mcp must map servers to lists of tools, not be {_kind(mcp)}", "scope_invalid")
        grants: Grants = {}
        for reference, scope in mcp.items():
            for part, names in parts_of(scope, f"{place}: mcp.{reference}").items():
                for server, granted in self._resolve(str(reference), part, names, place).items():
                    grants[server] = grants.get(server, Grant()) | granted
        return grants

    def has(self, reference: str) -> bool:
        """Whether anything is called so."""
        try:
            return bool(self._scope(reference, ""))
        except UserError:
            return False

    def _resolve(self, reference: str, part: str, patterns: list[str], place: str) -> Grants:
        scope = self._scope(reference, place)
        grants: Grants = {}
        for pattern in patterns:
            found = {
                server: Grant(**{part: self._expand(server, part, pattern, place)}) & limit
                for server, limit in scope.items()
            }
            if not any(found.values()):
                raise UserError(
                    f"{place}: mcp.{reference} names the {part.removesuffix('s')} '{pattern}', which "
                    f"{self._described(scope, part)}; correct the name or leave it out",
                    "scope_invalid",
                )
            for server, granted in found.items():
                if granted:
                    grants[server] = grants.get(server, Grant()) | granted
        return grants

    def _scope(self, reference: str, place: str) -> Grants:
        meanings = self._meanings.get(reference, [])
        if meanings:
            if any(meaning != meanings[0] for meaning in meanings):
                raise UserError(
                    f"{place}: mcp.{reference} is the name of more than one thing (server, access group or toolset) "
                    "that do not mean the same servers; rename one of them",
                    "scope_invalid",
                )
            return meanings[0]
        if _WILD.intersection(reference):
            scope = {name: EVERYTHING for name in self._servers if fnmatchcase(name, reference)}
            if scope:
                return scope
        known = ", ".join(sorted(self._meanings)) or "none"
        raise UserError(
            f"{place}: mcp.{reference} matches no server, alias, access group or toolset; there are: {known}",
            "scope_invalid",
        )

    def _expand(self, server: str, part: str, pattern: str, place: str) -> Names:
        if pattern == "*":
            return ALL
        tools = self._servers[server].get("tools") if part == "tools" else None
        if tools is not None:
            return Names(names=frozenset(tool for tool in tools if tool == pattern or fnmatchcase(tool, pattern)))
        prefix = pattern.removesuffix("*")
        wild = frozenset("*") if part == "resources" else _WILD
        if not wild.intersection(prefix):
            return Names(names=frozenset([pattern])) if prefix == pattern else Names(prefixes=frozenset([prefix]))
        known = "list them as the server's 'tools', or name each tool" if part == "tools" else "name each of them"
        raise UserError(
            f"{place}: the pattern '{pattern}' for server '{server}' cannot be resolved, because the server's {part} "
            f"are not known; {known}",
            "scope_invalid",
        )

    def _described(self, scope: Grants, part: str) -> str:
        names = ", ".join(sorted(scope)) or "no server"
        if part != "tools":
            return f"{names} does not have: a toolset is of tools"
        known = sorted(
            {
                tool
                for server in scope
                for tool in self._servers[server].get("tools") or ()
                if tool in scope[server].tools
            }
        )
        return f"{names} does not have (it has: {', '.join(known) or 'none'})"


def _meet(one: Grants, other: Grants) -> Grants:
    both = {server: one[server] & other[server] for server in one.keys() & other.keys()}
    return {server: grant for server, grant in both.items() if grant}


def _names(entries: list[str]) -> Names:
    if "*" in entries:
        return ALL
    return Names(
        names=frozenset(entry for entry in entries if not entry.endswith("*")),
        prefixes=frozenset(entry.removesuffix("*") for entry in entries if entry.endswith("*")),
    )


def _by_name(kind: str, entries: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        name = entry.get("name")
        if not isinstance(name, str) or not name:
            raise UserError(f"a {kind} has no name; give it one", "scope_invalid")
        if name in found:
            raise UserError(f"{kind} '{name}' is there twice; give each its own name", "scope_invalid")
        found[name] = entry
    return found


def _known(entries: Mapping[str, Any], name: Any, kind: str, place: str) -> str | None:
    if not name:
        return None
    if name not in entries:
        raise UserError(
            f"{place}: its {kind} '{name}' is not in the inventory; add it or correct the name", "scope_invalid"
        )
    return str(name)


def _kind(value: Any) -> str:
    return "empty" if value in ("", None) else kind_of(value)
