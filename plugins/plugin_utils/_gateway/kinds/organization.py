# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organizations: a bound for teams and keys, and a budget.

Oddities of the API: budget and limits live in a budget row of their own that the list includes; an update may not
name what is not changed about it; from 1.102 on a licence is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import limits
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    MARK,
    Context,
    Field,
    RemoteObject,
    own_metadata,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.scope import (
    MCP_FIELD_BOUND,
    Bounding,
    bound_mark,
    bound_permission,
    sorted_grants,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.unmanaged import bound_by_hand


class Organization(Bounding):
    kind = "organization"
    plural = "organizations"
    title = "organization"
    reads = ("mcp_server",)
    fields = {
        "name": Field("The organization's name, LiteLLM's C(organization_alias).", required=True),
        "models": Field("The models that may be used in it. Left out, all of them.", "list", "str", default=[]),
        "mcp": MCP_FIELD_BOUND,
        "budget": limits.budget_field("it"),
        "limits": limits.limits_field("it"),
        "metadata": Field("Whatever else should be kept with it.", "dict", default={}),
    }

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        try:
            organizations = ctx.client.get("/organization/list")
        except ApiError as error:
            if error.status == 403 and not ctx.capabilities.organizations_free:
                ctx.unavailable[self.kind] = f"organizations need a licence in LiteLLM {ctx.capabilities.version}"
                return []
            raise
        for one in organizations:
            if one.get("object_permission_id") and not self.mark(one):
                info = ctx.client.get("/organization/info", organization_id=one["organization_id"])
                one["object_permission"] = info.get("object_permission")
        return organizations

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw.get("organization_alias") or raw["organization_id"], raw["organization_id"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        mark = self.mark(raw)
        return {
            "models": raw.get("models") or [],
            "mcp": mark.get("mcp") if mark else bound_by_hand(ctx, raw.get("object_permission")),
            "metadata": own_metadata(raw.get("metadata")),
            **limits.observe(raw.get("litellm_budget_table") or {}),
        }

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = limits.tidy(super().complete(entry))
        whole["mcp"] = sorted_grants(whole.get("mcp"))
        return whole

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        if MARK in entry["metadata"]:
            raise UserError(f"metadata.{MARK} belongs to the collection: choose another name.", "entry_refused")
        if self.kind in ctx.unavailable:
            raise UserError(
                f"{ctx.unavailable[self.kind]}; leave it out, or use a version before 1.102.0.", "entry_refused"
            )

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        identifier = self.new_id(desired["name"])
        ctx.client.post("/organization/new", {"organization_id": identifier, **self._body(ctx, desired, None)})

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        ctx.client.patch(
            "/organization/update", {"organization_id": current.id, **self._body(ctx, desired, current.raw)}
        )

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.delete("/organization/delete", {"organization_ids": [current.id]})

    def _body(self, ctx: Context, desired: dict[str, Any], raw: dict[str, Any] | None) -> dict[str, Any]:
        budget = None if raw is None else raw.get("litellm_budget_table") or {}
        return {
            "organization_alias": desired["name"],
            "models": desired["models"],
            "metadata": {**desired["metadata"], MARK: bound_mark(ctx, self.kind, desired)},
            "object_permission": bound_permission(ctx, self.kind, desired),
            **limits.on_the_wire(desired, budget),
        }
