# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access groups: models and MCP servers under one name, which teams are given.

They widen what a team may be granted, never what a key is: a key's grants come from its own entry. The groups that MCP
servers name themselves (I(access_groups)) are something else, and so are those of a model's C(model_info).

Oddities of the API: the id is chosen by the gateway; there is no place for an ownership mark, so they are never purged;
an update merges, so agents and single keys that were assigned by hand stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import require
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    Context,
    Field,
    RemoteObject,
    Resource,
)


class AccessGroup(Resource):
    kind = "access_group"
    plural = "access_groups"
    title = "access group"
    has_mark = False
    reads = ("mcp_server", "organization", "team")
    fields = {
        "name": Field("The access group's name.", required=True),
        "description": Field("What it is for.", default=""),
        "models": Field("The models that it gives access to, by name.", "list", "str", default=[]),
        "mcp_servers": Field(
            "The MCP servers that it gives access to, by name.", "list", "str", default=[], refers_to="mcp_server"
        ),
        "teams": Field("The teams that have it, by name.", "list", "str", default=[], refers_to="team"),
    }

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        return ctx.client.get("/v1/access_group") if ctx.capabilities.access_groups else []

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw["access_group_name"], raw["access_group_id"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        return {
            "description": raw.get("description") or "",
            "models": raw.get("access_model_names") or [],
            "mcp_servers": [ctx.name_of("mcp_server", one) for one in raw.get("access_mcp_server_ids") or []],
            "teams": [ctx.name_of("team", one) for one in raw.get("assigned_team_ids") or []],
        }

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        refusal = require(ctx.capabilities.version, "access_groups")
        if refusal:
            raise UserError(f"{refusal}; name models and servers at each team.", "entry_refused")

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        ctx.client.post("/v1/access_group", self._body(ctx, desired))

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        ctx.client.put(f"/v1/access_group/{current.id}", self._body(ctx, desired))

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.delete(f"/v1/access_group/{current.id}")

    @staticmethod
    def _body(ctx: Context, desired: dict[str, Any]) -> dict[str, Any]:
        return {
            "access_group_name": desired["name"],
            "description": desired["description"],
            "access_model_names": desired["models"],
            "access_mcp_server_ids": [ctx.id_of("mcp_server", one) for one in desired["mcp_servers"]],
            "assigned_team_ids": [ctx.id_of("team", one) for one in desired["teams"]],
        }
