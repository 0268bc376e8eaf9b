# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual keys. The controller chooses their values; the gateway keeps and shows only sha256 of one.

Oddities of the API: minting a value that is there answers 200 and changes nothing, so the hash is looked up first; a
lifetime given at minting is rounded to a calendar boundary, so it is set by an update; a `null` clears nothing; an
alias is unique, so the successor takes it from a key that has another value before that one is removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources import limits
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import (
    MARK,
    Context,
    Field,
    Found,
    Resource,
    ResourceError,
    by_id,
    own_metadata,
)
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.by_hand import key_by_hand
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.durations import in_seconds
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.scope import (
    MCP_FIELD,
    effective_grants,
    key_permission,
    observed_servers,
)

LLM_API = "llm_api_routes"
# What LiteLLM itself keeps in a key's metadata.
MANAGED = ("model_rpm_limit", "model_tpm_limit", "guardrails", "prompts", "tags", "enforced_params", "soft_budget")
_SCOPE = ("mcp", "mcp_servers", "mcp_access_groups", "mcp_tool_permissions")
NOBODY = (None, "", "default_user_id")  # as a key's user: the last stands for the master key
_REPLACED = ".replaced-"
_FOREVER = timedelta(days=365 * 20)
_TOLERANCE = timedelta(seconds=90)


def sha256(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


class Key(Resource):
    kind = "key"
    plural = "keys"
    title = "key"
    removed_at_once = 50
    reads = ("organization", "team", "mcp_server")
    fields = {
        "name": Field("The key's name, LiteLLM's C(key_alias), unique at the gateway.", required=True),
        "hash": Field(
            "The sha256 of an existing key whose value is not known here. Such a key is never minted or replaced. One "
            "that was made by hand is left as it is while it may do what its entry says.",
            no_log=False,
            virtual=True,
        ),
        "team": Field("The team it belongs to.", refers_to="team", default=""),
        "organization": Field(
            "An organization that bounds it, besides its team's.", refers_to="organization", default=""
        ),
        "user": Field("The user it belongs to.", refers_to="user", default=""),
        "models": Field("The models it may use, by name. Left out, all those of its team.", "list", "str", default=[]),
        "mcp": MCP_FIELD,
        "budget": limits.budget_field("it"),
        "limits": limits.limits_field("it"),
        "expires": Field(
            "When it stops working, as an ISO 8601 time such as C(2027-01-31T00:00:00Z). Left out, never.", default=""
        ),
        "duration": Field(
            "How long it works from its creation on, such as C(90d). Set once; to set a time later use I(expires)."
        ),
        "allowed_routes": Field(
            "The gateway's routes it may use. Left out, those of the models and of MCP (V(llm_api_routes)), without "
            "the administration.",
            "list",
            "str",
            default=[LLM_API],
        ),
        "blocked": Field("Whether it is refused.", "bool", default=False),
        "metadata": Field("Whatever else should be kept with it.", "dict", default={}),
    }

    controller_options = {
        "store": Field(
            "The directory on the controller where the values of keys are kept; by default that of the variable "
            "C(mcp_lan_store), or C(~/.config/mcp_lan/default).",
            "path",
        ),
        "value": Field("The key's value. Filled in by the action plugin; not to be given.", no_log=True),
    }

    # Reading.

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        if names is None:
            return ctx.client.pages("/key/list", "keys", "page", "size", return_full_object="true")
        found = []
        for name in names:
            asked = [{"key_alias": name}]
            if ctx.values.get(name):
                asked.insert(0, {"key_hash": sha256(ctx.values[name])})
            for ask in asked:
                listed = ctx.client.get("/key/list", return_full_object="true", size=100, **ask)["keys"]
                found += listed
                if any(one.get("key_alias") == name for one in listed):
                    break  # an alias is unique: no other key has it
        return list({one["token"]: one for one in found}.values())

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw.get("key_alias") or f"unnamed-{raw['token'][:12]}", raw["token"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        mark = self.mark(raw) or {}
        permission = raw.get("object_permission") or {}
        return {
            "hash": raw["token"],
            "team": ctx.name_of("team", raw.get("team_id")) or "",
            "organization": mark.get("organization") or self._organization(ctx, raw, mark),
            "user": "" if raw.get("user_id") in NOBODY else raw["user_id"],
            "models": raw.get("models") or [],
            "mcp": mark.get("policy"),
            "mcp_servers": observed_servers(ctx, permission),
            "mcp_access_groups": permission.get("mcp_access_groups") or [],
            "mcp_tool_permissions": {
                ctx.name_of("mcp_server", server): sorted(tools)
                for server, tools in (permission.get("mcp_tool_permissions") or {}).items()
            },
            "expires": _expires(raw.get("expires")),
            "duration": mark.get("duration") or "",
            "allowed_routes": raw.get("allowed_routes") or [],
            "blocked": bool(raw.get("blocked")),
            "metadata": own_metadata(raw.get("metadata"), MANAGED),
            **limits.observe(raw),
        }

    def entry(self, ctx: Context, there: Found) -> dict[str, Any]:
        whole = {**super().entry(ctx, there), "hash": there.id}
        if there.state["mcp"] is None:
            whole["mcp"] = key_by_hand(ctx, there.raw, there.state["team"])
        else:
            policy = there.state["mcp"].items()
            whole["mcp"] = {name: tools for name, tools in policy if ctx.exists("mcp_server", name)}
        if "duration" in whole:
            whole.pop("expires", None)
        return {name: whole[name] for name in self.fields if whole.get(name, {}) != {}}

    def match(self, ctx: Context, wanted: dict[str, Any]) -> Found | None:
        """By value, then by name: a key whose alias was changed by hand is still the same key."""
        value = ctx.values.get(wanted["name"])
        mine = sha256(value) if value else wanted.get("hash")
        there = ctx.derived(self.kind, by_id).get(mine)
        return there or ctx.found[self.kind].get(wanted["name"])

    # Deciding.

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = limits.tidy(super().complete(entry))
        if whole["expires"]:
            whole["expires"] = _expires(_moment(whole["expires"]).isoformat())
        return whole

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        if MARK in entry["metadata"]:
            raise ResourceError(f"metadata.{MARK} belongs to the collection: choose another name.")
        if entry["expires"] and entry.get("duration"):
            raise ResourceError("expires and duration exclude each other.")
        if entry.get("duration"):
            in_seconds(entry["duration"])

    def prepare(self, ctx: Context, entries: dict[str, dict[str, Any]]) -> None:
        grants = effective_grants(ctx, entries)
        for name, entry in entries.items():
            entry["mcp"] = grants[name]
            permission = key_permission(ctx, grants[name])
            entry["mcp_servers"] = observed_servers(ctx, permission)
            entry["mcp_access_groups"] = []
            if "mcp_tool_permissions" in permission:
                entry["mcp_tool_permissions"] = {
                    ctx.name_of("mcp_server", server): sorted(tools)
                    for server, tools in permission["mcp_tool_permissions"].items()
                }

    def same(self, name: str, wanted: Any, there: Any) -> bool:
        if name == "expires" and wanted and there:
            return abs(_moment(wanted) - _moment(there)) <= _TOLERANCE
        return super().same(name, wanted, there)

    def changes(self, ctx: Context, wanted: Mapping[str, Any], there: Found) -> list[str]:
        differing = super().changes(ctx, wanted, there)
        if wanted.get("duration"):
            # It ran from the creation; what is left of it is not a difference.
            differing = [name for name in differing if name != "expires"]
        if wanted.get("hash") and not self.mark(there.raw) and self._means(ctx, wanted, there):
            differing = [name for name in differing if name not in _SCOPE]
        if there.name != wanted["name"]:
            differing.append("name")
        if self._foreign_value(ctx, wanted, there):
            differing.append("value")
        if self._set_aside(ctx, wanted):
            differing.append("replaced")
        return differing

    @staticmethod
    def _organization(ctx: Context, raw: dict[str, Any], mark: dict[str, Any]) -> str:
        return "" if mark else ctx.name_of("organization", raw.get("organization_id")) or ""

    def _means(self, ctx: Context, wanted: Mapping[str, Any], there: Found) -> bool:
        """Whether an adopted key, as it was made by hand, may already call just what its entry says."""
        by_hand = {**wanted, "mcp": key_by_hand(ctx, there.raw, wanted["team"])}
        return effective_grants(ctx, {wanted["name"]: by_hand})[wanted["name"]] == wanted["mcp"]

    def _foreign_value(self, ctx: Context, wanted: Mapping[str, Any], there: Found) -> bool:
        """Whether the key that has the name has another value than the store (which is empty: one that is to come)."""
        value = ctx.values.get(wanted["name"])
        return value is not None and sha256(value) != there.id

    def _set_aside(self, ctx: Context, wanted: Mapping[str, Any]) -> list[Found]:
        """Keys whose name was taken by ours in a run that did not get to their end."""
        return ctx.derived(self.kind, _by_former_name).get(wanted["name"], [])

    # Writing.

    def create(self, ctx: Context, wanted: dict[str, Any]) -> None:
        aside = self._set_aside(ctx, wanted)
        self._mint(ctx, wanted, spend=max((float(one.raw.get("spend") or 0.0) for one in aside), default=0.0))
        for one in aside:
            self.delete(ctx, one)

    def update(self, ctx: Context, there: Found, wanted: dict[str, Any], changes: list[str]) -> None:
        for one in self._set_aside(ctx, wanted):
            self.delete(ctx, one)
        if "value" in changes:
            self._replace(ctx, there, wanted)
            return
        body = {"key": there.id, **self._body(ctx, wanted, there.raw)}
        if "expires" in changes:
            body["duration"] = _duration(wanted["expires"])
        elif wanted.get("duration") and "duration" in changes:
            body["duration"] = wanted["duration"]
        ctx.client.post("/key/update", body)

    def delete(self, ctx: Context, there: Found) -> None:
        self.delete_together(ctx, [there])

    def delete_together(self, ctx: Context, there: Iterable[Found]) -> None:
        ctx.client.post("/key/delete", {"keys": [one.id for one in there]})

    def _mint(self, ctx: Context, wanted: dict[str, Any], spend: float) -> None:
        name = wanted["name"]
        value = ctx.values.get(name)
        if not value:
            raise ResourceError(
                "there is no value for it: the key's value is made and stored on the controller before it is sent, by "
                "the action plugin of this module."
            )
        ctx.client.post("/key/generate", {"key": value, "spend": spend, **self._body(ctx, wanted, None)})
        lifetime = wanted.get("duration") or (_duration(wanted["expires"]) if wanted["expires"] else None)
        if lifetime:
            ctx.client.post("/key/update", {"key": sha256(value), "duration": lifetime})

    def _replace(self, ctx: Context, there: Found, wanted: dict[str, Any]) -> None:
        """Ours takes the name, then the other one goes; at no moment is there no key of this name."""
        aside = f"{wanted['name']}{_REPLACED}{there.id[:8]}"
        ctx.client.post("/key/update", {"key": there.id, "key_alias": aside})
        self._mint(ctx, wanted, spend=float(there.raw.get("spend") or 0.0))
        self.delete(ctx, there)

    def _body(self, ctx: Context, wanted: dict[str, Any], raw: dict[str, Any] | None) -> dict[str, Any]:
        kept = {name: value for name, value in ((raw or {}).get("metadata") or {}).items() if name in MANAGED}
        mark = {"owner": ctx.owner, "policy": wanted["mcp"]}
        if wanted["organization"]:
            mark["organization"] = wanted["organization"]
        if wanted.get("duration"):
            mark["duration"] = wanted["duration"]
        body: dict[str, Any] = {
            "key_alias": wanted["name"],
            "models": wanted["models"],
            "allowed_routes": wanted["allowed_routes"],
            "blocked": wanted["blocked"],
            "metadata": {**kept, **wanted["metadata"], MARK: mark},
            "object_permission": key_permission(ctx, wanted["mcp"]),
            **limits.on_the_wire(wanted, raw),
        }
        if wanted["team"]:
            body["team_id"] = ctx.id_of("team", wanted["team"])
        elif (raw or {}).get("team_id"):
            raise ResourceError(
                "LiteLLM cannot take a key out of its team: remove the key (state: absent) and make it again."
            )
        if wanted["user"]:
            body["user_id"] = ctx.id_of("user", wanted["user"])
        elif (raw or {}).get("user_id") not in NOBODY:
            body["user_id"] = ""
        return body


def _by_former_name(found: Mapping[str, Found]) -> dict[str, list[Found]]:
    """The keys that were set aside, by the name that was taken from them."""
    aside: dict[str, list[Found]] = {}
    for name, one in found.items():
        former, taken, _token = name.rpartition(_REPLACED)
        if taken:
            aside.setdefault(former, []).append(one)
    return aside


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ResourceError(f"{text!r} is not an ISO 8601 time such as 2027-01-31T00:00:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _expires(text: str | None) -> str:
    """A time in one way of writing; one that is further away than anybody plans stands for never."""
    if not text:
        return ""
    moment = _moment(text).astimezone(UTC)
    if moment - datetime.now(UTC) > _FOREVER:
        return ""
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _duration(expires: str) -> str:
    """What makes a key expire at that time; no time at all is one that nobody lives to see."""
    if not expires:
        return f"{365 * 100}d"
    return f"{max(1, int((_moment(expires) - datetime.now(UTC)).total_seconds()))}s"
