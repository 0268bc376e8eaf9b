# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From grants in the words of the inventory to the object permission that LiteLLM reads, and back.

Oddities of the API: an object permission is merged, so every part of it is sent each time; an empty list of servers
means all of them to old versions, so a scope without servers names one that no gateway has; an empty list of tools
means all of the server's, so a scope without them names one that no server has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import require
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    Context,
    Field,
    RemoteObject,
    Resource,
    digest,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.policy import (
    Catalogue,
    Written,
    effective,
    names_in,
    parts_of,
    shortest,
)

NO_SERVER = "mcp-lan-no-server"
NO_TOOL = "mcp-lan-no-tool"
NO_MCP_SERVERS = "no-mcp-servers"
BOUND = "bound"
Grants = Mapping[str, Written]

_HOW = (
    "Maps servers (by name, alias, access group, toolset or pattern) to lists of their tools. C(['*']) is all of them."
)
_MORE = (
    "For prompts and resources as well, to C({tools, prompts, resources}), a list for each: prompts by their names, "
    "resources by their URIs, C(*) at the end for whatever begins so. LiteLLM passes them on from 1.108.0."
)
MCP_FIELD = Field([_HOW, _MORE, "Left out, the key may use nothing of any MCP server."], "dict", default={})
# Unlike an empty one, which is the bound "nothing", one that is left out is none: so they must not be the same.
MCP_FIELD_BOUND = Field(
    [_HOW, _MORE, "An upper bound for the keys below; C({}) allows nothing. Left out, it sets no bound."],
    "dict",
    default=None,
)


def servers_as_they_will_be(ctx: Context) -> list[dict[str, Any]]:
    return [{**one, "name": name} for name, one in ctx.as_it_will_be("mcp_server").items()]


def effective_grants(ctx: Context, keys: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Written]]:
    """What each of these keys may use, its team and organization considered."""
    teams = _named(ctx, "team", (one.get("team") for one in keys.values()))
    organizations = _named(ctx, "organization", (one.get("organization") for one in (*keys.values(), *teams)))
    try:
        return effective(
            [{**one, "name": name} for name, one in keys.items()],
            teams,
            organizations,
            servers_as_they_will_be(ctx),
            _toolsets(ctx),
        )
    except UserError as error:
        raise UserError(f"{error}.", error.code) from None


def _toolsets(ctx: Context) -> list[dict[str, Any]]:
    """The toolsets, without what they have of servers that are gone."""
    current = ctx.as_it_will_be("mcp_server")
    return [
        {"name": name, "mcp": {server: tools for server, tools in one["mcp"].items() if server in current}}
        for name, one in ctx.as_it_will_be("toolset").items()
    ]


def refers_to_others(entries: Mapping[str, Iterable[Mapping[str, Any]]]) -> bool:
    """Whether a scope names what is no MCP server of these entries, and so may be a toolset of the gateway."""
    known = {"*"}
    for server in entries.get("mcp_server", ()):
        known |= {server["name"], server.get("alias"), *(server.get("access_groups") or ())}
    scopes = [one.get("mcp") or {} for kind in ("organization", "team", "key") for one in entries.get(kind, ())]
    return any(reference not in known and not set("*?[").intersection(reference) for one in scopes for reference in one)


def _named(ctx: Context, kind: str, names: Iterable[str | None]) -> list[dict[str, Any]]:
    """Those of a kind that are named; what is wrong with others is nobody's business here."""
    named = {name for name in names if name}
    return [{**one, "name": name} for name, one in ctx.as_it_will_be(kind).items() if name in named]


def sorted_grants(mcp: Grants | None) -> dict[str, Written] | None:
    """A declared scope in one way of writing."""
    if mcp is None:
        return None
    try:
        parts = {name: parts_of(scope, f"mcp.{name}") for name, scope in mcp.items()}
    except UserError as error:
        raise UserError(f"{error}.", error.code) from None
    return {name: shortest({part: sorted(names) for part, names in scope.items()}) for name, scope in parts.items()}


def key_permission(ctx: Context, grants: Grants) -> dict[str, Any]:
    """The object permission of a key that may use exactly this."""
    if refusal := require(ctx.capabilities.version, "prompts_and_resources"):
        for name, scope in grants.items():
            if isinstance(scope, Mapping):
                named = " and ".join(part for part in ("prompts", "resources") if names_in(scope, part))
                raise UserError(f"{refusal}; leave out the {named} of MCP server {name!r}.", "scope_invalid")
    servers = sorted(ctx.id_of("mcp_server", name) for name in grants)
    permission: dict[str, Any] = {"mcp_servers": servers or [nobody(ctx)], "mcp_access_groups": []}
    if ctx.capabilities.tool_permissions:
        tools = {}
        for name, scope in grants.items():
            named = names_in(scope) or [NO_TOOL]
            if named == ["*"]:
                continue
            unresolved = [tool for tool in named if tool.endswith("*")]
            if unresolved:
                raise UserError(
                    f"the pattern {unresolved[0]!r} for MCP server {name!r} cannot be given to the gateway: "
                    "list the server's tools, or name each tool.",
                    "scope_invalid",
                )
            tools[ctx.id_of("mcp_server", name)] = named
        permission["mcp_tool_permissions"] = tools
    return permission


def bound_permission(ctx: Context, kind: str, desired: Mapping[str, Any]) -> dict[str, Any]:
    """The object permission of a team or organization: the servers of its bound; empty lists set none.

    Except that versions which read a team's scope refuse to write a key with servers into a team that names none: there
    a team without a bound names all of them.
    """
    if desired.get("mcp") is None:
        all_of_them = kind == "team" and ctx.capabilities.team_scope
        servers = sorted(ctx.id_of("mcp_server", name) for name in ctx.as_it_will_be("mcp_server"))
        return {"mcp_servers": servers if all_of_them else [], "mcp_access_groups": [], **_no_tools(ctx)}
    try:
        bound = (
            Catalogue(servers_as_they_will_be(ctx), _toolsets(ctx)).bound(desired, f"{kind} '{desired['name']}'") or {}
        )
    except UserError as error:
        raise UserError(f"{error}.", error.code) from None
    return key_permission(ctx, {server: grant.written() for server, grant in bound.items()})


def bound_mark(ctx: Context, kind: str, desired: Mapping[str, Any]) -> dict[str, Any]:
    """The ownership mark of a team or organization, with the scope that the lists do not show: as declared and written.

    What is written depends on the servers that there are: its digest tells when they have become others.
    """
    mark = {"owner": ctx.owner, BOUND: digest(kind, desired["name"], bound_permission(ctx, kind, desired))}
    return mark if desired["mcp"] is None else {**mark, "mcp": desired["mcp"]}


class Bounding(Resource):
    """What teams and organizations share: a scope that bounds the keys below them."""

    def effective(self, ctx: Context, entries: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for entry in entries.values():
            bound_permission(ctx, self.kind, entry)  # refuses what the gateway cannot hold
        return super().effective(ctx, entries)

    def entry(self, ctx: Context, current: RemoteObject) -> dict[str, Any]:
        """What a bound names and nothing is called any more allows nothing, and no entry may name it."""
        entry = super().entry(ctx, current)
        if entry.get("mcp"):
            catalogue = Catalogue(servers_as_they_will_be(ctx), _toolsets(ctx))
            entry["mcp"] = {name: tools for name, tools in entry["mcp"].items() if catalogue.has(name)}
        return entry

    def changes(self, ctx: Context, desired: Mapping[str, Any], current: RemoteObject) -> list[str]:
        """A bound of ours that has come to mean other servers than when it was written has changed as well."""
        differing = super().changes(ctx, desired, current)
        mark = self.mark(current.raw)
        moved = bool(mark) and mark.get(BOUND) != bound_mark(ctx, self.kind, desired)[BOUND]
        return [*differing, "mcp"] if moved and "mcp" not in differing else differing


def _no_tools(ctx: Context) -> dict[str, Any]:
    return {"mcp_tool_permissions": {}} if ctx.capabilities.tool_permissions else {}


def nobody(ctx: Context) -> str:
    return NO_MCP_SERVERS if ctx.capabilities.no_mcp_servers else NO_SERVER


def observed_servers(ctx: Context, permission: Mapping[str, Any] | None) -> list[str]:
    """The names of the servers that a permission names; ids of nothing stay ids, so that they show as a change.

    A permission that names none at all is not the same as one for no server: to old versions it means all of them.
    """
    ids = (permission or {}).get("mcp_servers") or []
    if not ids:
        return ["*"]
    return sorted(ctx.name_of("mcp_server", one) or one for one in ids if one not in (NO_SERVER, NO_MCP_SERVERS))
