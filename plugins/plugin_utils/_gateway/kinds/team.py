# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teams, and what teams and organizations share: a scope that bounds the keys below them.

Oddities of the API: the lists leave out the object permission, so the scope as it was declared is kept in the metadata,
and that of one made by hand is asked for; a name is not required, then the id stands for it;
metadata is replaced as a whole by an update; members are not part of an update but have endpoints of their own. From
1.81.6 on the list of members holds each one's address of the time when it was added, and who is added with an address
that is in it already is passed over without a word (C(_member_already_in_team) of LiteLLM's team_endpoints.py).
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

# What LiteLLM itself writes into a team's metadata.
MANAGED = ("team_member_budget_id", "team_member_key_duration")
ROLES = ("user", "admin")


class Team(Bounding):
    kind = "team"
    plural = "teams"
    title = "team"
    reads = ("organization", "mcp_server")
    fields = {
        "name": Field("The team's name, LiteLLM's C(team_alias).", required=True),
        "organization": Field("The organization it belongs to.", refers_to="organization", default=""),
        "models": Field("The models that its keys may use, by name. Left out, all of them.", "list", "str", default=[]),
        "mcp": MCP_FIELD_BOUND,
        "budget": limits.budget_field("the team", soft=True),
        "limits": limits.limits_field("the team", parallel=False),
        "blocked": Field("Whether the team's keys are refused.", "bool", default=False),
        "members": Field(
            "The users who belong to it. Left out, they are left as they are. From LiteLLM 1.81.6 on each needs an "
            "e-mail address of its own, or none.",
            "list",
            "dict",
            options={
                "user": Field("The user's name.", required=True),
                "role": Field("What the user may do in the team. Left out, V(user).", choices=ROLES),
            },
        ),
        "metadata": Field("Whatever else should be kept with it.", "dict", default={}),
    }

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        teams = ctx.client.pages("/v2/team/list", "teams", "page", "page_size")
        for team in teams:
            if team.get("object_permission_id") and not self.mark(team):
                info = ctx.client.get("/team/info", team_id=team["team_id"])["team_info"]
                team["object_permission"] = info.get("object_permission")
        return teams

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw.get("team_alias") or raw["team_id"], raw["team_id"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        mark = self.mark(raw) or {}
        return {
            "organization": ctx.name_of("organization", raw.get("organization_id")) or "",
            "models": raw.get("models") or [],
            "mcp": mark.get("mcp") if mark else bound_by_hand(ctx, raw.get("object_permission")),
            "blocked": bool(raw.get("blocked")),
            "members": [
                {"user": one["user_id"], "role": one.get("role") or "user"}
                for one in raw.get("members_with_roles") or []
                if one.get("user_id") and one["user_id"] != "default_user_id"
            ],
            "metadata": own_metadata(raw.get("metadata"), MANAGED),
            **limits.observe(raw, parallel=False, mark=mark),
        }

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = limits.tidy(super().complete(entry))
        if "members" in whole:
            whole["members"] = [{"user": one["user"], "role": one.get("role") or "user"} for one in whole["members"]]
        whole["mcp"] = sorted_grants(whole.get("mcp"))
        return self.canonical(whole)

    def uses(self, desired: Any) -> list[tuple[str, str]]:
        """LiteLLM itself makes a member who is no user, with rights of its own choice."""
        return [*super().uses(desired), *(("user", one["user"]) for one in desired.get("members") or ())]

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        if MARK in entry["metadata"]:
            raise UserError(f"metadata.{MARK} belongs to the collection: choose another name.", "entry_refused")
        members = [one["user"] for one in entry.get("members") or []]
        if twice := sorted({user for user in members if members.count(user) > 1}):
            raise UserError(f"members has {twice[0]!r} with two roles: leave one of them out.", "entry_refused")
        if not ctx.capabilities.members_by_id:
            self._refuse_same_address(ctx, entry.get("members") or [])

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        identifier = self.new_id(desired["name"])
        body = {"team_id": identifier, **self._body(ctx, desired, None)}
        if desired.get("members"):
            body["members_with_roles"] = [{"user_id": one["user"], "role": one["role"]} for one in desired["members"]]
        ctx.client.post("/team/new", body)

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        if set(changes) != {"members"}:
            ctx.client.post("/team/update", {"team_id": current.id, **self._body(ctx, desired, current.raw)})
        if "members" in changes:
            self._members(ctx, current, desired["members"])

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.post("/team/delete", {"team_ids": [current.id]})

    def _body(self, ctx: Context, desired: dict[str, Any], raw: dict[str, Any] | None) -> dict[str, Any]:
        kept = {name: value for name, value in ((raw or {}).get("metadata") or {}).items() if name in MANAGED}
        body = {
            "team_alias": desired["name"],
            "models": desired["models"],
            "blocked": desired["blocked"],
            "metadata": {
                **kept,
                **desired["metadata"],
                MARK: {**bound_mark(ctx, self.kind, desired), **limits.in_mark(desired)},
            },
            "object_permission": bound_permission(ctx, self.kind, desired),
            **limits.on_the_wire(desired, raw),
        }
        if desired["organization"] or (raw or {}).get("organization_id"):
            body["organization_id"] = (
                ctx.id_of("organization", desired["organization"]) if desired["organization"] else ""
            )
        return body

    def _members(self, ctx: Context, current: RemoteObject, desired: list[dict[str, str]]) -> None:
        now = {one["user"]: one["role"] for one in current.state["members"]}
        then = {one["user"]: one["role"] for one in desired}
        for user in now.keys() - then.keys():
            ctx.client.post("/team/member_delete", {"team_id": current.id, "user_id": user})
        for user, role in then.items():
            if user not in now:
                self._make_room(ctx, current, then, user)
                member = {"user_id": user, "role": role}
                ctx.client.post("/team/member_add", {"team_id": current.id, "member": member})
            elif now[user] != role:
                ctx.client.post("/team/member_update", {"team_id": current.id, "user_id": user, "role": role})

    @staticmethod
    def _address(ctx: Context, user: str) -> str:
        """The user's address after this run; empty if there is none."""
        if user in ctx.desired.get("user", {}):
            return ctx.desired["user"][user]["email"]
        current = ctx.found.get("user", {}).get(user)
        return current.state["email"] if current else ""

    def _refuse_same_address(self, ctx: Context, members: Iterable[dict[str, Any]]) -> None:
        seen: dict[str, str] = {}
        for one in members:
            address = self._address(ctx, one["user"])
            other = seen.setdefault(address, one["user"])
            if address and other != one["user"]:
                raise UserError(
                    f"its members {other!r} and {one['user']!r} have the same e-mail address, and LiteLLM "
                    f"{ctx.capabilities.version} takes them for one: give each user an address of its own, or none.",
                    "entry_refused",
                )

    def _make_room(self, ctx: Context, current: RemoteObject, then: dict[str, str], user: str) -> None:
        """Bring the address of a member up to date that the list still holds, and that is this user's now."""
        address = self._address(ctx, user)
        if ctx.capabilities.members_by_id or not address:
            return
        for one in current.raw.get("members_with_roles") or []:
            other = one.get("user_id")
            if other in then and one.get("user_email") == address:
                # It cannot be emptied; the user's name stands for the address that it has not.
                body = {"user_id": other, "role": then[other], "user_email": self._address(ctx, other) or other}
                ctx.client.post("/team/member_update", {"team_id": current.id, **body})
