# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the grants of an MCP server that goes out of every key and team, whoever made them.

LiteLLM leaves its id behind in them, and a server that takes the name later would get the same id and all those grants.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import MARK, Context, Found
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.scope import nobody


def revoke_server(ctx: Context, server: Found) -> None:
    for key in ctx.client.pages("/key/list", "keys", "page", "size", return_full_object="true"):
        change = {**_permission(ctx, key.get("object_permission"), server), **_metadata(key, "policy", server)}
        if change:
            ctx.client.post("/key/update", {"key": key["token"], **change})
    for team in ctx.client.pages("/v2/team/list", "teams", "page", "page_size"):
        # The list does not show a team's permission, only that there is one.
        permission = None
        if team.get("object_permission_id"):
            info = ctx.client.get("/team/info", team_id=team["team_id"])["team_info"]
            permission = info.get("object_permission")
        change = {**_permission(ctx, permission, server), **_metadata(team, "mcp", server)}
        if change:
            ctx.client.post("/team/update", {"team_id": team["team_id"], **change})


def _permission(ctx: Context, permission: dict[str, Any] | None, server: Found) -> dict[str, Any]:
    granted = (permission or {}).get("mcp_servers") or []
    if server.id not in granted:
        return {}
    left: dict[str, Any] = {"mcp_servers": [one for one in granted if one != server.id] or [nobody(ctx)]}
    tools = (permission or {}).get("mcp_tool_permissions") or {}
    if server.id in tools:
        left["mcp_tool_permissions"] = {one: named for one, named in tools.items() if one != server.id}
    return {"object_permission": left}


def _metadata(holder: dict[str, Any], part: str, server: Found) -> dict[str, Any]:
    metadata = holder.get("metadata") or {}
    grants = (metadata.get(MARK) or {}).get(part) or {}
    if server.name not in grants:
        return {}
    left = {one: tools for one, tools in grants.items() if one != server.name}
    return {"metadata": {**metadata, MARK: {**metadata[MARK], part: left}}}
