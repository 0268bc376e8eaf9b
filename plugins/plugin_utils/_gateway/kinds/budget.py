# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Budgets that customers share. The API has no place for an ownership mark, so they are never purged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import limits
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    Context,
    Field,
    RemoteObject,
    Resource,
)

_MADE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # the name that LiteLLM gives to one


class Budget(Resource):
    kind = "budget"
    plural = "budgets"
    title = "budget"
    has_mark = False
    fields = {
        "name": Field("The budget's name, LiteLLM's C(budget_id).", required=True),
        "budget": limits.budget_field("each of those that have it"),
        "limits": limits.limits_field("each of those that have it"),
        "soft_max": Field("The spending, in US dollars, from which on alerts are sent.", "float"),
    }

    def new_id(self, name: str) -> str:
        return name

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        return ctx.client.get("/budget/list")

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw["budget_id"], raw["budget_id"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        return {"soft_max": raw.get("soft_budget"), **limits.observe(raw)}

    def export_skip_reason(self, ctx: Context, current: RemoteObject) -> str | None:
        shared = any(one.state["budget"] == current.name for one in ctx.found.get("customer", {}).values())
        if _MADE.fullmatch(current.name) and not shared:
            return "LiteLLM made it for an organization or for a member of a team"
        return None

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = limits.tidy(super().complete(entry))
        if whole.get("soft_max") not in (None, ""):
            limits.refuse_unreachable("soft_max", whole["soft_max"])
        return whole

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        ctx.client.post("/budget/new", self._body(desired, None))

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        ctx.client.post("/budget/update", self._body(desired, current.raw))

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.post("/budget/delete", {"id": current.id})

    @staticmethod
    def _body(desired: dict[str, Any], raw: dict[str, Any] | None) -> dict[str, Any]:
        soft = {} if desired.get("soft_max") is None else {"soft_budget": desired["soft_max"]}
        return {"budget_id": desired["name"], **soft, **limits.on_the_wire(desired, raw)}
