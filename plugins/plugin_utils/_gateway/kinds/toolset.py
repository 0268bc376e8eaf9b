# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Toolsets: tools of several MCP servers under one name, to which keys and teams may refer.

Oddities of the API: the id is chosen by the gateway; there is no place for an ownership mark, so they are never purged;
the deletion of one that is gone is answered 500.
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
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.scope import (
    servers_as_they_will_be,
    sorted_grants,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.policy import Catalogue


class Toolset(Resource):
    kind = "toolset"
    plural = "toolsets"
    title = "toolset"
    has_mark = False
    reads = ("mcp_server",)
    fields = {
        "name": Field("The toolset's name.", required=True),
        "description": Field("What it is for.", default=""),
        "mcp": Field(
            "Maps servers (by name, alias, access group or pattern) to lists of their tools, each by its name. A "
            "pattern of tools needs the server's I(tools).",
            "dict",
            required=True,
        ),
    }

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        return ctx.client.get("/v1/mcp/toolset") if ctx.capabilities.toolsets else []

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw["toolset_name"], raw["toolset_id"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        grants: dict[str, list[str]] = {}
        for one in raw.get("tools") or []:
            grants.setdefault(ctx.name_of("mcp_server", one["server_id"]), []).append(one["tool_name"])
        return {"description": raw.get("description") or "", "mcp": sorted_grants(grants)}

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        refusal = require(ctx.capabilities.version, "toolsets")
        if refusal:
            raise UserError(f"{refusal}; name the tools in the mcp of each key.", "entry_refused")

    def effective(self, ctx: Context, entries: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        catalogue = _catalogue(ctx)
        return {name: {**entry, "mcp": self._named(ctx, catalogue, entry)} for name, entry in entries.items()}

    def _named(self, ctx: Context, catalogue: Catalogue, entry: dict[str, Any]) -> dict[str, list[str]]:
        """Each tool by its name: LiteLLM's toolsets know no pattern."""
        current = ctx.as_it_will_be("mcp_server")
        try:
            bound = catalogue.bound(entry, f"toolset '{entry['name']}'") or {}
        except UserError as error:
            raise UserError(f"{error}.", error.code) from None
        grants = {}
        for server, grant in bound.items():
            if grant.prompts or grant.resources:
                raise UserError(
                    f"a toolset is of tools, and mcp.{server} names others: leave them out.", "entry_refused"
                )
            listed = current[server].get("tools") if grant.tools.everything else grant.tools.as_list()
            if listed is None or any(one.endswith("*") for one in listed):
                raise UserError(
                    f"a toolset names each of its tools, and those of MCP server {server!r} are not known: list them "
                    "here or as the server's tools.",
                    "entry_refused",
                )
            grants[server] = sorted(listed)
        return grants

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        ctx.client.post("/v1/mcp/toolset", self._body(ctx, desired))

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        ctx.client.put("/v1/mcp/toolset", {"toolset_id": current.id, **self._body(ctx, desired)})

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.delete(f"/v1/mcp/toolset/{current.id}")

    @staticmethod
    def _body(ctx: Context, desired: dict[str, Any]) -> dict[str, Any]:
        tools = [
            {"server_id": ctx.id_of("mcp_server", server), "tool_name": tool}
            for server, named in desired["mcp"].items()
            for tool in named
        ]
        return {"toolset_name": desired["name"], "description": desired["description"], "tools": tools}


def _catalogue(ctx: Context) -> Catalogue:
    try:
        return Catalogue(servers_as_they_will_be(ctx))
    except UserError as error:
        raise UserError(f"{error}.", error.code) from None
