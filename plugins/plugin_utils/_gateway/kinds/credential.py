# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored credentials, which models name as litellm_credential_name.

Oddities of the API: values come back masked or encrypted, so a digest in the mark is compared; an update does not reach
the running gateway and merges, so a change is a deletion and a creation; a deletion that failed is answered 200. The
list is the running gateway's own: every 10 s (30 s from 1.108) it reads the database and takes that for the whole, so
that a write in between is undone in the list, though not in the database, until it reads again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    MARK,
    Context,
    Field,
    RemoteObject,
    Resource,
    digest,
    mark_in,
    own_metadata,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be


class Credential(Resource):
    kind = "credential"
    plural = "credentials"
    title = "credential"
    one_by_one = True
    fields = {
        "name": Field("The credential's name, which a model gives as C(litellm_credential_name).", required=True),
        "values": Field(
            "What is kept, such as C(api_key) and C(api_base). All of it is treated as secret.",
            "dict",
            required=True,
            no_log=True,
            secret=True,
        ),
        "info": Field("What it is for, such as C(custom_llm_provider).", "dict", default={}),
    }

    def new_id(self, name: str) -> str:
        return name

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        return ctx.client.get("/credentials")["credentials"]

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw["credential_name"], raw["credential_name"]

    def mark(self, raw: dict[str, Any]) -> dict[str, Any] | None:
        return mark_in(raw.get("credential_info"))

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        return {"values": (self.mark(raw) or {}).get("digest"), "info": own_metadata(raw.get("credential_info"))}

    def entry(self, ctx: Context, current: RemoteObject) -> dict[str, Any]:
        values = dict.fromkeys(current.raw.get("credential_values") or {}, PLACEHOLDER)
        return {"name": current.name, "values": values, **super().entry(ctx, current)}

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        if MARK in entry["info"]:
            raise UserError(f"info.{MARK} belongs to the collection: choose another name.", "entry_refused")
        for name, value in (entry.get("values") or {}).items():
            if value is None or isinstance(value, (list, tuple, Mapping)):
                raise UserError(f"values.{name} {has_to_be('a text', value)}.", "entry_refused")

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        name, values = desired["name"], desired["values"]
        mark = {"owner": ctx.owner, "digest": digest(self.kind, name, values)}
        body = {
            "credential_name": name,
            "credential_values": {each: str(value) for each, value in values.items()},
            "credential_info": {**desired["info"], MARK: mark},
        }
        ctx.client.post("/credentials", body)

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        if "values" not in desired:
            raise UserError(
                "it is changed by making it anew, for which all its values have to be known: put them into the store "
                "by the names that their lookups say.",
                "entry_refused",
            )
        self.delete(ctx, current)
        self.create(ctx, desired)

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.delete(f"/credentials/{quote(current.id, safe='')}")
