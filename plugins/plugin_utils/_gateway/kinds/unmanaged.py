# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object permission that was made by hand grants, in the words of the inventory.

A permission that names nothing means something else at every level and to every version: for a team or organization
that it sets no bound; for a key every server (old versions), or what its team may (newer ones).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Context
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.scope import (
    NO_MCP_SERVERS,
    NO_SERVER,
    sorted_grants,
)

GUARD = "mcp_lan_guard"
Mcp = dict[str, list[str]]


def bound_by_hand(ctx: Context, permission: Mapping[str, Any] | None) -> Mcp | None:
    """The bound that a team's or organization's permission sets; None where it sets none."""
    permission = permission or {}
    servers = permission.get("mcp_servers") or []
    groups = permission.get("mcp_access_groups") or []
    limits = permission.get("mcp_tool_permissions") or {}
    toolsets = permission.get("mcp_toolsets") or []
    if not servers and not groups and not limits and not toolsets:
        return None
    current = ctx.found.get("mcp_server", {})
    grants: Mcp = {}
    for one in (*servers, *limits):
        name = ctx.name_of("mcp_server", one)
        # An id of nothing grants nothing.
        if one not in (NO_SERVER, NO_MCP_SERVERS) and name in current:
            grants[name] = sorted(limits.get(one) or ["*"])
    for group in groups:
        members = [name for name, one in current.items() if group in one.state.get("access_groups", ())]
        if group in current or any(one.id in limits for name, one in current.items() if name in members):
            # Its name would mean something else, or more.
            grants |= {name: ["*"] for name in members if name not in grants}
        elif members:
            grants[group] = ["*"]
    for one in toolsets:
        name = ctx.name_of("toolset", one)
        if name in ctx.found.get("toolset", {}):
            grants[name] = ["*"]
    return sorted_grants(grants)


def key_by_hand(ctx: Context, raw: Mapping[str, Any], team: str) -> Mcp:
    """What a key that carries no policy of this collection may call, by itself or by way of its team."""
    if ctx.guarded:
        return {}  # the guard refuses each of its calls
    permission = raw.get("object_permission")
    named = bound_by_hand(ctx, permission)
    if named is not None:
        return named
    held = ctx.capabilities
    if held.empty_list_means_none or (held.no_permission_means_none and not permission):
        return ctx.as_it_will_be("team").get(team, {}).get("mcp") or {} if held.team_scope else {}
    return {"*": ["*"]} if ctx.as_it_will_be("mcp_server") else {}


def ask_for_guard(ctx: Context) -> None:
    """Whether the gateway has the guard loaded; asked only where it has keys that carry no policy of ours."""
    if any(one.state["mcp"] is None for one in ctx.found.get("key", {}).values()):
        ctx.guarded = GUARD in str(ctx.client.get("/active/callbacks"))
