# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the grants of MCP servers that go out of every key and team, whoever made them.

LiteLLM leaves their ids behind in them, and a server that takes a name later would get the same id and all its grants.
Where a server goes on under another id its grants go on as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    MARK,
    Context,
    RemoteObject,
    mark_in,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.scope import BOUND, nobody


def revoke_servers(ctx: Context, servers: list[RemoteObject], now: Mapping[str, str]) -> None:
    """now: the ids under which some of them go on, by those that go out."""
    if not servers:
        return
    ids = {one.id: now.get(one.id) for one in servers}
    names = {one.name for one in servers if one.id not in now}
    keys = ctx.client.pages("/key/list", "keys", "page", "size", return_full_object="true")
    teams = ctx.client.pages("/v2/team/list", "teams", "page", "page_size")

    def revoke_key(key: dict[str, Any]) -> None:
        change = {**_permission(ctx, key.get("object_permission"), ids), **_metadata(key, "policy", names)}
        if change:
            ctx.client.post("/key/update", {"key": key["token"], **change})

    def revoke_team(team: dict[str, Any]) -> None:
        # The list does not show a team's permission, only that there is one.
        permission = None
        if team.get("object_permission_id"):
            info = ctx.client.get("/team/info", team_id=team["team_id"])["team_info"]
            permission = info.get("object_permission")
        change = {**_permission(ctx, permission, ids), **_metadata(team, "mcp", names)}
        mark = mark_in(change.get("metadata") or team.get("metadata"))
        if "object_permission" in change and mark:
            # What its mark says was written is no longer what is there.
            kept = {part: value for part, value in mark.items() if part != BOUND}
            change["metadata"] = {**(change.get("metadata") or team["metadata"]), MARK: kept}
        if change:
            ctx.client.post("/team/update", {"team_id": team["team_id"], **change})

    with ThreadPoolExecutor(ctx.client.connections) as pool:
        # The results are asked for, so that a failure shows here.
        list(pool.map(revoke_key, keys))
        list(pool.map(revoke_team, teams))


def _permission(ctx: Context, permission: dict[str, Any] | None, ids: Mapping[str, str | None]) -> dict[str, Any]:
    granted = (permission or {}).get("mcp_servers") or []
    if not any(one in ids for one in granted):
        return {}
    # One that went on under an id which the permission names already is named once.
    left = dict.fromkeys(new for one in granted if (new := ids.get(one, one)))
    changed: dict[str, Any] = {"mcp_servers": list(left) or [nobody(ctx)]}
    tools = (permission or {}).get("mcp_tool_permissions") or {}
    if any(one in ids for one in tools):
        changed["mcp_tool_permissions"] = {new: named for one, named in tools.items() if (new := ids.get(one, one))}
    return {"object_permission": changed}


def _metadata(holder: dict[str, Any], part: str, names: Collection[str]) -> dict[str, Any]:
    metadata = holder.get("metadata") or {}
    grants = (mark_in(metadata) or {}).get(part)
    if not isinstance(grants, dict) or not any(one in names for one in grants):
        return {}
    left = {one: tools for one, tools in grants.items() if one not in names}
    return {"metadata": {**metadata, MARK: {**metadata[MARK], part: left}}}
