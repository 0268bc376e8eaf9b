# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customers: the end users that a request names. There is no place for an ownership mark, so they are never purged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    Context,
    Field,
    RemoteObject,
    Resource,
)


class Customer(Resource):
    kind = "customer"
    plural = "customers"
    title = "customer"
    has_mark = False
    reads = ("budget",)
    fields = {
        "name": Field("The customer's name, LiteLLM's C(user_id) and what a request gives as C(user).", required=True),
        "alias": Field("The name to show.", default=""),
        "budget": Field("The name of the budget that the customer has.", refers_to="budget", default=""),
        "blocked": Field("Whether the customer's requests are refused.", "bool", default=False),
        "default_model": Field("The model that the customer's requests get.", default=""),
        "region": Field("The region in which the models must be.", choices=("eu", "us")),
    }

    def new_id(self, name: str) -> str:
        return name

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        return ctx.client.get("/customer/list")

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw["user_id"], raw["user_id"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        return {
            "alias": raw.get("alias") or "",
            "budget": (raw.get("litellm_budget_table") or {}).get("budget_id") or "",
            "blocked": bool(raw.get("blocked")),
            "default_model": raw.get("default_model") or "",
            "region": raw.get("allowed_model_region"),
        }

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        current = self.match(ctx, entry)
        if current and current.state["budget"] and not entry["budget"]:
            raise UserError(
                "LiteLLM cannot take a budget away from a customer: name another one, or remove the customer and make "
                "it again.",
                "entry_refused",
            )

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        ctx.client.post("/customer/new", self._body(desired, None))

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        ctx.client.post("/customer/update", self._body(desired, current))

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.post("/customer/delete", {"user_ids": [current.id]})

    @staticmethod
    def _body(desired: dict[str, Any], current: RemoteObject | None) -> dict[str, Any]:
        body = {"user_id": desired["name"], "blocked": desired["blocked"]}
        for option, wire in (
            ("alias", "alias"),
            ("budget", "budget_id"),
            ("default_model", "default_model"),
            ("region", "allowed_model_region"),
        ):
            if desired.get(option) or (current and current.state.get(option)):
                body[wire] = desired.get(option)
        return body
