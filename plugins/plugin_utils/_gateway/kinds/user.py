# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Internal users: people who own keys, belong to teams and may log in to the admin UI.

Oddities of the API: a new user gets a key of its own unless it is told not to; an update ignores an empty list of
models, so that a list is taken away by LiteLLM's name for all of them; one that names the role sets what budget and
period are not named with it to the gateway's defaults.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import limits
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    MARK,
    Context,
    Field,
    RemoteObject,
    Resource,
    own_metadata,
)

ALL_MODELS = "all-proxy-models"


class User(Resource):
    kind = "user"
    plural = "users"
    title = "user"
    fields = {
        "name": Field("The user's name, LiteLLM's C(user_id).", required=True),
        "alias": Field("The name to show.", default=""),
        "email": Field("The user's address.", default=""),
        "role": Field(
            "What the user may do at the gateway.",
            choices=("proxy_admin", "proxy_admin_viewer", "internal_user", "internal_user_viewer"),
            default="internal_user",
        ),
        "models": Field("The models that the user may use. Left out, all of them.", "list", "str", default=[]),
        "budget": limits.budget_field("the user", soft=True),
        "limits": limits.limits_field("the user", parallel=False),
        "metadata": Field("Whatever else should be kept with it.", "dict", default={}),
    }

    def new_id(self, name: str) -> str:
        return name

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        return ctx.client.pages("/user/list", "users", "page", "page_size")

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw["user_id"], raw["user_id"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        return {
            "alias": raw.get("user_alias") or "",
            "email": raw.get("user_email") or "",
            "role": raw.get("user_role") or "internal_user",
            "models": [] if raw.get("models") == [ALL_MODELS] else raw.get("models") or [],
            "metadata": own_metadata(raw.get("metadata")),
            **limits.observe(raw, parallel=False, mark=self.mark(raw)),
        }

    def export_skip_reason(self, ctx: Context, current: RemoteObject) -> str | None:
        return "it stands for the master key" if current.name == "default_user_id" else None

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = limits.tidy(super().complete(entry))
        if whole["models"] == [ALL_MODELS]:
            whole["models"] = []
        return whole

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        if MARK in entry["metadata"]:
            raise UserError(f"metadata.{MARK} belongs to the collection: choose another name.", "entry_refused")

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        ctx.client.post("/user/new", {"auto_create_key": False, **self._body(ctx, desired, None)})

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        ctx.client.post("/user/update", self._body(ctx, desired, current.raw))

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.post("/user/delete", {"user_ids": [current.id]})

    @staticmethod
    def _body(ctx: Context, desired: dict[str, Any], raw: dict[str, Any] | None) -> dict[str, Any]:
        body = {
            "user_id": desired["name"],
            "models": desired["models"] or ([ALL_MODELS] if (raw or {}).get("models") else []),
            "metadata": {**desired["metadata"], MARK: {"owner": ctx.owner, **limits.in_mark(desired)}},
            **limits.on_the_wire(desired, raw),
        }
        if (raw or {}).get("user_role") != desired["role"]:
            body["user_role"] = desired["role"]
            if "max" in desired["budget"]:
                body["max_budget"] = desired["budget"]["max"]
        for option, wire in (("alias", "user_alias"), ("email", "user_email")):
            if desired[option] or (raw or {}).get(wire):
                body[wire] = desired[option]
        return body
