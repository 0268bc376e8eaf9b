# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags: words in a request that choose among the deployments of a model.

Oddities of the API: the list also has every tag that a request ever carried, which are no objects; models are ids;
there is no place for an ownership mark, so tags are never purged.
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


class Tag(Resource):
    kind = "tag"
    plural = "tags"
    title = "tag"
    has_mark = False
    reads = ("model",)
    fields = {
        "name": Field("The tag.", required=True),
        "description": Field("What it is for.", default=""),
        "models": Field(
            "The models that requests with this tag get, by name.", "list", "str", default=[], refers_to="model"
        ),
    }

    def new_id(self, name: str) -> str:
        return name

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        return [one for one in ctx.client.get("/tag/list") if one.get("models") is not None]

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw["name"], raw["name"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        return {
            "description": raw.get("description") or "",
            "models": [ctx.name_of("model", one) for one in raw.get("models") or []],
        }

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        old = require(ctx.capabilities.version, "tags_keep_models") if entry["models"] else None
        if old:
            raise UserError(
                f"{old}: before, they are lost at its next restart. Leave models out of the tag, or use a newer one.",
                "entry_refused",
            )

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        ctx.client.post("/tag/new", self._body(ctx, desired))

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        ctx.client.post("/tag/update", self._body(ctx, desired))

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.post("/tag/delete", {"name": current.id})

    @staticmethod
    def _body(ctx: Context, desired: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": desired["name"],
            "description": desired["description"],
            "models": [ctx.id_of("model", one) for one in desired["models"]],
        }
