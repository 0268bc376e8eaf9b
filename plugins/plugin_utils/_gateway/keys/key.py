# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual keys. The controller chooses their values; the gateway keeps and shows only sha256 of one.

A key that is rotated has several of them at the gateway (versions.py); what they owe to an entry is the same.

Oddities of the API: minting a value that is there answers 200 and changes nothing, so the hash is looked up first; a
lifetime given at minting is rounded to a calendar boundary, so it is set by an update; a `null` clears nothing; an
alias is unique, so the successor takes it from a key that has another value before that one is removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys import versions
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.lifecycle import (
    LifecycleAction,
    carried_over,
    next_actions,
    terms_of,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import limits
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    MARK,
    Context,
    Field,
    RemoteObject,
    Resource,
    by_id,
    own_metadata,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.durations import alike, lifetime
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.scope import (
    MCP_FIELD,
    effective_grants,
    key_permission,
    observed_servers,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.unmanaged import key_by_hand
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets import store

LLM_API = "llm_api_routes"
# What LiteLLM itself keeps in a key's metadata.
MANAGED = ("model_rpm_limit", "model_tpm_limit", "guardrails", "prompts", "tags", "enforced_params", "soft_budget")
# LiteLLM's own names for what a list of models may say.
NO_MODELS, ALL_MODELS = ["no-default-models"], ["all-proxy-models"]
_SCOPE = ("mcp", "mcp_servers", "mcp_access_groups", "mcp_tool_permissions")
NOBODY = (None, "", "default_user_id")  # as a key's user: the last stands for the master key
_NOTHING = (None, "", [], {})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TOLERANCE = timedelta(seconds=90)


class Key(Resource):
    kind = "key"
    plural = "keys"
    returned = "virtual_keys"  # found.keys is a method of every dictionary in a template
    title = "key"
    removed_at_once = 50
    identifying = ("hash",)
    reads = ("organization", "team", "mcp_server")
    volatile_fields = ("spend",)
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
        "models": Field(
            "The models it may use, by name; C(all-proxy-models) are all of them. Left out or empty, those that its "
            "team names; without a team that names some, none.",
            "list",
            "str",
            default=[],
        ),
        "mcp": MCP_FIELD,
        "budget": limits.budget_field("it", soft=True),
        "limits": limits.limits_field("it"),
        "expires": Field(
            "When it stops working, as an ISO 8601 time such as C(2027-01-31T00:00:00Z). Left out, never.", default=""
        ),
        "duration": Field(
            "How long it works from its creation on, such as C(36h), C(2w) or C(90d). Set once; to set a time later "
            "use I(expires)."
        ),
        "rotate": Field(
            "When its value is replaced by a successor, and how long the one before lives on. Left out, what the run "
            "says for all keys; otherwise it is rotated only when that is asked for.",
            "dict",
            options={
                "after": Field("The age at which a value is replaced, such as C(30d). Left out, none is by itself."),
                "overlap": Field("How long the value before works on, once all clients have the new one. C(24h)."),
                "wait": Field("For how long clients that cannot be reached are waited for. C(30d)."),
            },
            default={},
            virtual=True,
        ),
        "allowed_routes": Field(
            "The gateway's routes it may use. Left out, those of the models and of MCP (V(llm_api_routes)), without "
            "the administration. An empty list, which a key that was made by hand may have, is all of them.",
            "list",
            "str",
            default=[LLM_API],
        ),
        "cache": Field(
            "Have answers to its requests kept by what the role cache runs, and given to it again when it asks the "
            "same. Left out, only those of the models that the role names.",
            "dict",
            options={
                "ttl": Field("For how many seconds an answer is kept.", "int"),
                "shared": Field(
                    "Whether it shares them with all keys that say the same: one is given what another one has been "
                    "answered. Left out, it does not.",
                    "bool",
                ),
            },
            default={},
        ),
        "blocked": Field("Whether it is refused.", "bool", default=False),
        "metadata": Field("Whatever else should be kept with it.", "dict", default={}),
    }

    controller_options = {
        "store": Field(
            "The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH). By "
            "default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else "
            "C(~/.config/mcp_lan/default).",
        ),
    }

    # Reading.

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        if names is None:
            return ctx.client.pages("/key/list", "keys", "page", "size", keep=_said, return_full_object="true")
        found = []
        current = ctx.found.get(self.kind, {})
        for name in names:
            # One that was there is asked for too: it may have another name by now.
            before = [one.id for one in (current.get(name), *self.previous_versions(ctx, name)) if one]
            tokens = dict.fromkeys([*(versions.sha256(value) for value in self._values(ctx, name)), *before])
            asked = [{"key_hash": token} for token in tokens]
            for ask in (*asked, {"key_alias": name}):
                if "key_alias" in ask and any(one.get("key_alias") == name for one in found):
                    continue  # an alias is unique: no other key has it
                found += ctx.client.get("/key/list", return_full_object="true", size=100, **ask)["keys"]
        return list({one["token"]: one for one in found}.values())

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw.get("key_alias") or f"unnamed-{raw['token'][:12]}", raw["token"]

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        mark = self.mark(raw) or {}
        policy = mark.get("policy")
        permission = raw.get("object_permission") or {}
        return {
            **versions.state_of(raw),
            "hash": raw["token"],
            "team": ctx.name_of("team", raw.get("team_id")) or "",
            "organization": mark.get("organization") or self._organization(ctx, raw, mark),
            "user": "" if raw.get("user_id") in NOBODY else raw["user_id"],
            "models": raw.get("models") or [],
            # As the guard reads it: what is no dictionary is no policy.
            "mcp": policy if isinstance(policy, dict) else None,
            "mcp_servers": observed_servers(ctx, permission),
            "mcp_access_groups": permission.get("mcp_access_groups") or [],
            "mcp_tool_permissions": {
                ctx.name_of("mcp_server", server): sorted(tools)
                for server, tools in (permission.get("mcp_tool_permissions") or {}).items()
            },
            "expires": versions.expires_at(raw.get("expires")),
            # A run that broke may have minted it and not set its lifetime: then it has none.
            "duration": (mark.get("duration") or "") if raw.get("expires") else "",
            "cache": mark.get("cache") or {},
            "allowed_routes": raw.get("allowed_routes") or [],
            "blocked": bool(raw.get("blocked")),
            "metadata": own_metadata(raw.get("metadata"), set(MANAGED) - set(mark.get("said", ()))),
            **limits.observe(raw, mark=mark),
        }

    def entry(self, ctx: Context, current: RemoteObject) -> dict[str, Any]:
        whole = {**super().entry(ctx, current), "hash": current.id}
        if current.state["models"] == NO_MODELS:
            whole.pop("models")
        elif not current.state["models"] and _models(ctx.as_it_will_be("team"), current.state):
            whole["models"] = [*ALL_MODELS]
        if current.state["mcp"] is None:
            whole["mcp"] = key_by_hand(ctx, current.raw, current.state["team"])
        else:
            policy = current.state["mcp"].items()
            whole["mcp"] = {
                name: scope
                for name, scope in policy
                if isinstance(scope, (list, dict)) and ctx.exists("mcp_server", name)
            }
        if "duration" in whole:
            whole.pop("expires", None)
        return {name: whole[name] for name in self.fields if whole.get(name, {}) != {}}

    def laid_over(self, ctx: Context, current: RemoteObject, given: Mapping[str, Any]) -> dict[str, Any]:
        whole = super().laid_over(ctx, current, given)
        for one, other in (("expires", "duration"), ("duration", "expires")):
            if given.get(one) is not None and given.get(other) is None:
                whole.pop(other, None)
        return whole

    def match(self, ctx: Context, desired: dict[str, Any]) -> RemoteObject | None:
        """By value, then by name: a key whose alias was changed by hand is still the same key."""
        known = ctx.derived(self.kind, by_id)
        mine = [versions.sha256(value) for value in self._values(ctx, desired["name"])] or [desired.get("hash")]
        current = next((known[one] for one in mine if one in known), None)
        return current or ctx.found[self.kind].get(desired["name"])

    def to_remove(self, ctx: Context, name: str) -> RemoteObject | None:
        """By name, then by the value that was seen there: one whose alias was changed by hand works on otherwise."""
        return super().to_remove(ctx, name) or ctx.derived(self.kind, by_id).get(ctx.minted.get(name, ""))

    def export_skip_reason(self, ctx: Context, current: RemoteObject) -> str | None:
        former = current.state["earlier_of"]
        return f"an earlier value of the key {former}" if former and ctx.exists(self.kind, former) else None

    # Deciding.

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = limits.tidy(super().complete(entry))
        if whole.get("hash"):
            whole["hash"] = whole["hash"].strip().lower()
        if whole.get("duration"):
            try:
                whole["duration"] = lifetime(whole["duration"])
            except UserError as error:
                raise UserError(f"duration: {error}", error.code) from None
        cache = {name: value for name, value in whole["cache"].items() if value not in (None, "")}
        whole["cache"] = {name: value for name, value in cache.items() if value is not False}
        if whole["cache"] and whole["cache"].get("ttl", 0) < 1:
            raise UserError("cache.ttl has to say for how many seconds answers are kept, from 1 on.", "entry_refused")
        if whole["expires"]:
            whole["expires"] = versions.expires_at(versions.moment(whole["expires"]).isoformat())
        return whole

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        if MARK in entry["metadata"]:
            raise UserError(f"metadata.{MARK} belongs to the collection: choose another name.", "entry_refused")
        if entry["expires"] and entry.get("duration"):
            raise UserError("expires and duration exclude each other.", "entry_refused")
        if versions.former_name(entry["name"]):
            raise UserError("such a name stands for an earlier value of a key: choose another one.", "entry_refused")
        if not entry.get("hash"):
            store.entry("keys", entry["name"])
        current = self.match(ctx, entry)
        # One that was made by hand is replaced by one of ours, which has no team from the beginning.
        stays = current and (self._ours(current) or not self._needs_value(ctx, entry, current))
        if stays and current.raw.get("team_id") and not entry["team"]:
            raise UserError(
                "LiteLLM cannot take a key out of its team: remove the key (state: absent) and make it again.",
                "entry_refused",
            )
        by_hand = entry.get("hash") or (current and not current.raw.get("allowed_routes"))
        if not entry["allowed_routes"] and not by_hand:
            raise UserError(
                "allowed_routes is empty, which LiteLLM takes for all routes, the administration's among them: name "
                "those that it may use, or leave it out.",
                "entry_refused",
            )
        terms_of(entry["rotate"], ctx.rotate)
        if entry["rotate"].get("after") and entry.get("hash"):
            raise UserError(
                "rotate.after: the value of a key with a hash is not known here and cannot be replaced.",
                "entry_refused",
            )
        if entry.get("hash"):
            self._check_hash(ctx, entry, current)

    def _check_hash(self, ctx: Context, entry: Mapping[str, Any], current: RemoteObject | None) -> None:
        if not _SHA256.fullmatch(entry["hash"]):
            raise UserError(
                "hash has to be the sha256 of a key's value, 64 digits from 0 to f, as key_info shows it.",
                "entry_refused",
            )
        others = [name for name, one in ctx.desired[self.kind].items() if one.get("hash") == entry["hash"]]
        if others[0] != entry["name"]:
            raise UserError(
                f"its hash is also that of {others[0]!r}: a key has one name, leave one of them out.", "duplicate_name"
            )
        if ctx.client and not current:
            raise UserError(
                "the gateway has no key of this hash: correct it, or leave it out to have a new key made.",
                "reference_missing",
            )

    def effective(self, ctx: Context, entries: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Of what a key's scope names, what its team and its organization let it call, and how the gateway is told."""
        grants, teams = effective_grants(ctx, entries), ctx.as_it_will_be("team")
        return {
            name: {**entry, "mcp": grants[name], **_told(ctx, grants[name]), "models": _models(teams, entry)}
            for name, entry in entries.items()
        }

    def same(self, name: str, desired: Any, current: Any) -> bool:
        if name == "models" and desired == ALL_MODELS and not current:
            return True
        if name == "expires" and desired and current:
            then, there = versions.moment(desired), versions.moment(current)
            # A time that has passed can only be given as the present one.
            return abs(then - there) <= _TOLERANCE or max(then, there) <= datetime.now(UTC) + _TOLERANCE
        if name == "duration":
            return alike(desired, current)
        return super().same(name, desired, current)

    def held(self, desired: Mapping[str, Any], current: RemoteObject, name: str) -> Any:
        """Of what LiteLLM itself keeps in metadata that which the entry says or has said, too, such as tags."""
        if name != "metadata":
            return super().held(desired, current, name)
        said = {*desired["metadata"], *versions.mark_of(current.raw).get("said", ())}
        return own_metadata(current.raw.get("metadata"), set(MANAGED) - said)

    def to_be(self, desired: Mapping[str, Any], current: RemoteObject, name: str) -> Any:
        if name == "generation":
            return current.state["generation"] + 1
        return name == "revokes" or super().to_be(desired, current, name)

    def changes(self, ctx: Context, desired: Mapping[str, Any], current: RemoteObject) -> list[str]:
        differing = super().changes(ctx, desired, current)
        if desired.get("duration"):
            # It ran from the creation; what is left of it is not a difference.
            differing = [name for name in differing if name != "expires"]
        if desired.get("hash") and not self.mark(current.raw) and self._means(ctx, desired, current):
            differing = [name for name in differing if name not in _SCOPE]
        if current.name != desired["name"]:
            differing.append("name")
        if self._needs_value(ctx, desired, current):
            differing.append("generation" if self._ours(current) else "value")
            return differing
        if desired["name"] in ctx.revoked and not current.state["revokes"]:
            differing.append("revokes")
        earlier = self._earlier(ctx, desired, current)
        if len(earlier) < len(self._set_aside(ctx, desired, current)):
            differing.append("replaced")
        if self._retirements(ctx, desired, current, earlier) or any(
            self._drifted(ctx, desired, one) for one in earlier
        ):
            differing.append("earlier")
        if any(self._uncounted(current, one.id, versions.listed_spend(one)) for one in earlier):
            differing.append("spend")
        return differing

    @staticmethod
    def _organization(ctx: Context, raw: dict[str, Any], mark: dict[str, Any]) -> str:
        return "" if mark else ctx.name_of("organization", raw.get("organization_id")) or ""

    def _means(self, ctx: Context, desired: Mapping[str, Any], current: RemoteObject) -> bool:
        """Whether an adopted key, as it was made by hand, may already call just what its entry says."""
        by_hand = {**desired, "mcp": key_by_hand(ctx, current.raw, desired["team"])}
        return effective_grants(ctx, {desired["name"]: by_hand})[desired["name"]] == desired["mcp"]

    # The versions of a key: the current one, and those before it that are still alive.

    def previous_versions(self, ctx: Context, name: str) -> list[RemoteObject]:
        return ctx.derived(self.kind, versions.by_former_name).get(name, [])

    @staticmethod
    def _values(ctx: Context, name: str) -> list[str]:
        """The values that are known of it, the pending one first."""
        return [value for value in (ctx.pending.get(name), ctx.values.get(name)) if value]

    @staticmethod
    def _needs_value(ctx: Context, desired: Mapping[str, Any], current: RemoteObject) -> bool:
        """Whether a value of the store has to follow the one that is there (it is empty: one that is to come)."""
        name = desired["name"]
        value = ctx.pending.get(name, ctx.values.get(name))
        return value is not None and versions.sha256(value) != current.id

    def _ours(self, current: RemoteObject) -> bool:
        """Whether clients may have its value from us; what was made by hand lends its name to an entry by chance."""
        return bool(self.mark(current.raw))

    def _set_aside(
        self, ctx: Context, desired: Mapping[str, Any], current: RemoteObject | None = None
    ) -> list[RemoteObject]:
        """Keys whose name was taken by a successor."""
        return [one for one in self.previous_versions(ctx, desired["name"]) if current is None or one.id != current.id]

    def _earlier(self, ctx: Context, desired: Mapping[str, Any], current: RemoteObject) -> list[RemoteObject]:
        """The versions before this one that are still alive."""
        return [one for one in self._set_aside(ctx, desired, current) if self._ours(one)]

    @staticmethod
    def _retirements(
        ctx: Context, desired: Mapping[str, Any], current: RemoteObject, earlier: list[RemoteObject]
    ) -> list[tuple[LifecycleAction, str | None]]:
        if not earlier:
            return []
        name = desired["name"]
        # What this run itself brings, clients are given by the next step only.
        given = name not in ctx.pending and ctx.minted.get(name) == current.id
        life = versions.life_of(current.id, [one.state for one in (current, *earlier)], given=given)
        terms = terms_of(desired["rotate"], ctx.rotate)
        # What was verified of one generation says nothing of the next, which another run may have brought since.
        verified = ctx.verified_generations.get(name) == current.state["generation"]
        todo = next_actions(life, terms, ctx.now(), verified=verified)
        return [(action, token) for action, token in todo if action in (LifecycleAction.EXPIRE, LifecycleAction.DELETE)]

    def _drifted(self, ctx: Context, desired: Mapping[str, Any], one: RemoteObject) -> bool:
        """Whether an earlier version may do another thing than the entry says."""
        differing = set(super().changes(ctx, desired, one)) - {"duration"}
        return bool(differing - {"expires"} if one.state["ends"] or desired.get("duration") else differing)

    @staticmethod
    def _uncounted(current: RemoteObject, token: str, spend: float) -> float:
        """What an earlier version has spent that this one does not know of yet."""
        carried = versions.mark_of(current.raw).get("carried") or {}
        return carried_over(spend, carried.get(token[:8]))

    # Writing.

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        aside = self._set_aside(ctx, desired)
        known = {one.id: versions.listed_spend(one) for one in aside}
        number = max((one.state["generation"] for one in aside), default=0) + 1
        self._create_version(ctx, desired, number, max(known.values(), default=0.0), known)
        self.delete_together(ctx, [one for one in aside if not self._ours(one)])

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        self.delete_together(ctx, [one for one in self._set_aside(ctx, desired, current) if not self._ours(one)])
        earlier = self._earlier(ctx, desired, current)
        if "generation" in changes or "value" in changes:
            self._replace(ctx, current, desired)
        else:
            self._update(ctx, current, desired, changes, earlier)
        self._retire_previous(ctx, current, desired, earlier)

    def _update(
        self,
        ctx: Context,
        current: RemoteObject,
        desired: dict[str, Any],
        changes: list[str],
        earlier: list[RemoteObject],
    ) -> None:
        body = {"key": current.id, **self._body(ctx, desired, current.raw)}
        if "revokes" in changes:
            body["metadata"][MARK]["revokes"] = True
        if "expires" in changes:
            body["duration"] = versions.duration_until(desired["expires"])
        elif desired.get("duration") and "duration" in changes:
            body["duration"] = self._lifetime(desired, current, earlier)
        # One that goes is asked once more: nobody counts later what it has spent since the keys were listed.
        retirements = self._retirements(ctx, desired, current, earlier)
        going = {token for action, token in retirements if action is LifecycleAction.DELETE}
        now = {
            one.id: versions.spent(ctx, one.id) if one.id in going else versions.listed_spend(one) for one in earlier
        }
        more = sum(self._uncounted(current, token, spend) for token, spend in now.items())
        if more:
            # One write says what was counted and counts it, so that nothing is counted twice or lost in between.
            body["spend"] = versions.spent(ctx, current.id) + more
            body["metadata"][MARK]["carried"] = {token[:8]: spend for token, spend in now.items()}
        if more or set(changes) - {"earlier", "replaced", "spend"}:
            ctx.client.post("/key/update", body)

    @staticmethod
    def _lifetime(desired: dict[str, Any], current: RemoteObject, earlier: list[RemoteObject]) -> str:
        """A lifetime that is set anew; or, where a run that broke has minted this version and not set it, what is left
        of the one that began with an earlier version.
        """
        begun = [one.state["expires"] for one in earlier if one.state["expires"] and not one.state["ends"]]
        left_out = not current.state["expires"] and versions.mark_of(current.raw).get("duration") == desired["duration"]
        return versions.duration_until(min(begun)) if begun and left_out else desired["duration"]

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        self.delete_together(ctx, [current])

    def delete_together(self, ctx: Context, current: Iterable[RemoteObject]) -> None:
        """With a key go its earlier versions."""
        tokens = {one.id: None for key in current for one in (key, *self.previous_versions(ctx, key.name))}
        if tokens:
            ctx.client.post("/key/delete", {"keys": list(tokens)})

    def _replace(self, ctx: Context, current: RemoteObject, desired: dict[str, Any]) -> None:
        """A successor takes the name; at no moment is there no value of the key that works.

        The one before lives on, as the entry says by now, unless it was made by hand.
        """
        whole = self._body(ctx, desired, current.raw) if self._ours(current) else {}
        ctx.client.post(
            "/key/update", {"key": current.id, **whole, "key_alias": versions.aside(desired["name"], current.id)}
        )
        # One that lives on counts as it was listed: what it has spent since is carried over with what it spends later.
        spend = versions.listed_spend(current) if self._ours(current) else versions.spent(ctx, current.id)
        # In its spending is what it has taken over from those before it that are still there.
        before, known = self._earlier(ctx, desired, current), versions.mark_of(current.raw).get("carried") or {}
        carried = {one.id: known[one.id[:8]] for one in before if one.id[:8] in known}
        lives_on = current.state["expires"] if desired.get("duration") else ""
        self._create_version(
            ctx, desired, current.state["generation"] + 1, spend, {**carried, current.id: spend}, lives_on
        )
        if not self._ours(current):
            ctx.client.post("/key/delete", {"keys": [current.id]})

    def _retire_previous(
        self, ctx: Context, current: RemoteObject, desired: dict[str, Any], earlier: list[RemoteObject]
    ) -> None:
        """Earlier versions: scheduled to expire, deleted, or as the entry says by now."""
        todo = {token: action for action, token in self._retirements(ctx, desired, current, earlier)}
        gone = []
        for one in earlier:
            body = {"key": one.id, **self._body(ctx, desired, one.raw), "key_alias": one.name}
            if todo.get(one.id) is LifecycleAction.DELETE:
                gone.append(one)
            elif todo.get(one.id) is LifecycleAction.EXPIRE:
                ends = ctx.now() + terms_of(desired["rotate"], ctx.rotate).overlap
                ends = min(ends, versions.moment(one.state["expires"])) if one.state["expires"] else ends
                body["metadata"][MARK]["ends"] = versions.written(ends)
                # LiteLLM counts from its own clock, and whatever becomes of us it then dies by itself.
                body["duration"] = f"{max(1, int((ends - ctx.now()).total_seconds()))}s"
                ctx.client.post("/key/update", body)
            elif self._drifted(ctx, desired, one):
                if not (one.state["ends"] or desired.get("duration")):
                    body["duration"] = versions.duration_until(desired["expires"])
                ctx.client.post("/key/update", body)
        self.delete_together(ctx, gone)

    def _create_version(
        self,
        ctx: Context,
        desired: dict[str, Any],
        number: int,
        spend: float,
        carried: Mapping[str, float],
        lives_on: str = "",
    ) -> None:
        """Send a new value. lives_on: when a lifetime ends that began with an earlier version."""
        name = desired["name"]
        value = next(iter(self._values(ctx, name)), None)
        if not value:
            raise UserError(
                "there is no value for it: a key's value is made and stored before it is sent.", "value_unknown"
            )
        body = self._body(ctx, desired, None)
        body["metadata"][MARK] |= {"generation": number, "minted": versions.written(ctx.now())}
        if carried:
            body["metadata"][MARK]["carried"] = {token[:8]: spent for token, spent in carried.items()}
        if name in ctx.revoked:
            body["metadata"][MARK]["revokes"] = True
        ctx.client.post("/key/generate", {"key": value, "spend": spend, **body})
        expires = lives_on or desired["expires"]
        lifetime = versions.duration_until(expires) if expires else desired.get("duration")
        if lifetime:
            ctx.client.post("/key/update", {"key": versions.sha256(value), "duration": lifetime})

    def _body(self, ctx: Context, desired: dict[str, Any], raw: dict[str, Any] | None) -> dict[str, Any]:
        former = versions.mark_of(raw or {})
        others = set(MANAGED) - set(former.get("said", ()))
        kept = {name: value for name, value in ((raw or {}).get("metadata") or {}).items() if name in others}
        mark = {name: former[name] for name in versions.KEPT if name in former}
        mark |= {"owner": ctx.owner, "policy": desired["mcp"], **limits.in_mark(desired)}
        if said := sorted(set(MANAGED) & set(desired["metadata"])):
            mark["said"] = said
        if desired["cache"]:
            mark["cache"] = desired["cache"]
        if desired["organization"]:
            mark["organization"] = desired["organization"]
        if desired.get("duration"):
            mark["duration"] = desired["duration"]
        body: dict[str, Any] = {
            "key_alias": desired["name"],
            "models": desired["models"],
            "allowed_routes": desired["allowed_routes"],
            "blocked": desired["blocked"],
            "metadata": {**kept, **desired["metadata"], MARK: mark},
            "object_permission": key_permission(ctx, desired["mcp"]),
            **limits.on_the_wire(desired, raw),
        }
        if desired["team"]:
            body["team_id"] = ctx.id_of("team", desired["team"])
        if desired["user"]:
            body["user_id"] = ctx.id_of("user", desired["user"])
        elif (raw or {}).get("user_id") not in NOBODY:
            body["user_id"] = ""
        return body


def _models(teams: Mapping[str, Mapping[str, Any]], entry: Mapping[str, Any]) -> list[str]:
    """The models of a key as the gateway is told: an empty list is to it those of the team, or all that there are."""
    bounded = teams.get(entry["team"], {}).get("models")
    return entry["models"] or ([] if bounded else [*NO_MODELS])


def _told(ctx: Context, grants: Mapping[str, list[str]]) -> dict[str, Any]:
    """The object permission of a key that may call just this, as it is observed."""
    permission = key_permission(ctx, grants)
    told = {"mcp_servers": observed_servers(ctx, permission), "mcp_access_groups": []}
    if "mcp_tool_permissions" in permission:
        told["mcp_tool_permissions"] = {
            ctx.name_of("mcp_server", server): sorted(tools)
            for server, tools in permission["mcp_tool_permissions"].items()
        }
    return told


def _said(raw: dict[str, Any]) -> dict[str, Any]:
    """A key without the many fields that say nothing; with thousands of keys they are most of what is held."""
    said = {name: value for name, value in raw.items() if value not in _NOTHING}
    if permission := said.get("object_permission"):
        said["object_permission"] = {name: value for name, value in permission.items() if value not in _NOTHING}
    return said
