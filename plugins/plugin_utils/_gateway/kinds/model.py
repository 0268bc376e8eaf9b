# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that the gateway's database holds (those of config.yaml can be referred to, but not changed).

Oddities of the API: several deployments may share a name, so the id tells them apart; the list adds what the cost map
knows of a model and leaves out secrets, so only what an entry names is compared, and secrets by a digest in the mark;
an update merges, so a parameter that is to go needs a deletion and a creation with the same id; each write has the
router read all models of the database again, and of several at a time the last to end may have read the oldest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import is_secret, without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    MARK,
    Context,
    Field,
    RemoteObject,
    Resource,
    digest,
    has_placeholder,
    mark_in,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.durations import lifetime
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.values import alike, as_meant

# What a person tells of a model; the rest of what the list has is from LiteLLM's own tables.
_TOLD = (
    "access_groups",
    "base_model",
    "description",
    "disable_background_health_check",
    "health_check_model",
    "supported_environments",
    "team_id",
    "team_public_model_name",
    "tier",
    "version",
)
_DIGEST = "(secret, digest {})"
BY_HAND = "by_hand"  # in the mark of one whose id was chosen before an entry without an id took it over


def refuse_without_model(parameters: Mapping[str, Any]) -> None:
    """What says which model it is, is needed."""
    if not isinstance(parameters.get("model"), str) or not parameters["model"].strip():
        near = get_close_matches("model", [str(name) for name in parameters if name != "model"], n=1, cutoff=0.75)
        raise UserError(
            "litellm_params.model is missing: it names provider and model, such as openai/gpt-5"
            + (f" (there is {near[0]!r})." if near else "."),
            "entry_refused",
        )


class Model(Resource):
    kind = "model"
    plural = "models"
    title = "model"
    one_by_one = True
    identifying = ("id",)
    fields = {
        "name": Field("The name by which clients ask for it, LiteLLM's C(model_name).", required=True),
        "id": Field(
            "Tells the deployments apart that share a name and balance its load. Left out, it is made from the name.",
            virtual=True,
        ),
        "litellm_params": Field(
            "LiteLLM's parameters of the deployment, such as C(model), C(api_base), C(api_key). A secret is best given "
            "by reference (C(os.environ/NAME)) or by C(litellm_credential_name).",
            "dict",
            required=True,
        ),
        "model_info": Field(
            "What else is known of the model, such as C(mode), C(base_model) or C(access_groups).", "dict", default={}
        ),
    }

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        try:
            models = ctx.client.get("/model/info")["data"]
        except ApiError as error:
            if "not loaded" in str(error).lower():  # how LiteLLM says that there is no model
                return []
            raise
        # One with a * in its name comes once more for each model that LiteLLM knows of its provider, with the same id.
        models.sort(key=lambda one: "*" in one["model_name"])
        return list({one["model_info"]["id"]: one for one in models}.values())

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        identifier = raw["model_info"]["id"]
        name = raw["model_name"]
        return (name if identifier in ("", self.new_id(name)) else f"{name}#{identifier}"), identifier

    def mark(self, raw: dict[str, Any]) -> dict[str, Any] | None:
        return mark_in(raw["model_info"])

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        digests = (self.mark(raw) or {}).get("digests") or {}
        # LiteLLM adds its own switches, which differ from version to version; all of them are off.
        parameters = {name: value for name, value in raw["litellm_params"].items() if value not in (None, False, "")}
        parameters.update({name: _DIGEST.format(value) for name, value in digests.items()})
        info = {name: value for name, value in raw["model_info"].items() if name not in (MARK, "id", "db_model")}
        return {"id": raw["model_info"]["id"], "litellm_params": parameters, "model_info": info}

    def entry(self, ctx: Context, current: RemoteObject) -> dict[str, Any]:
        known = {name: value for name, value in current.state["model_info"].items() if name in _TOLD and value}
        entry = {
            "name": current.raw["model_name"],
            "id": current.id,
            "litellm_params": dict(current.state["litellm_params"]),
        }
        entry["litellm_params"].pop("tags", None)  # those are the tags' own doing
        if current.id == self.new_id(entry["name"]):
            del entry["id"]
        return {**entry, "model_info": known} if known else entry

    def export_skip_reason(self, ctx: Context, current: RemoteObject) -> str | None:
        return None if current.raw["model_info"].get("db_model") else "it is in the gateway's config.yaml"

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = super().complete(entry)
        whole["model_name"] = entry["name"]
        whole["id"] = entry.get("id") or self.new_id(entry["name"])
        whole["name"] = self.named(entry)
        whole["kept"] = []
        for option in ("litellm_params", "model_info"):
            if option in whole:
                whole[option] = as_meant(whole[option], option)
        span = whole["litellm_params"].get("budget_duration") if "litellm_params" in whole else None
        if span and not has_placeholder(span):
            try:
                whole["litellm_params"] = {**whole["litellm_params"], "budget_duration": lifetime(span)}
            except UserError as error:
                raise UserError(f"litellm_params.budget_duration: {error}", error.code) from None
        return whole

    def with_known(self, desired: dict[str, Any], current: RemoteObject | None) -> dict[str, Any]:
        """A parameter is kept as a whole: the gateway does not say what it is, but an update leaves it."""
        if current is None:
            return desired
        held, parameters = current.state["litellm_params"], desired["litellm_params"]
        kept = [name for name, value in parameters.items() if has_placeholder(value) and name in held]
        others = {name: value for name, value in desired.items() if name != "litellm_params"}
        return {
            **super().with_known(others, current),
            "litellm_params": {name: value for name, value in parameters.items() if name not in kept},
            "kept": kept,
        }

    def named(self, entry: Mapping[str, Any]) -> str:
        return f"{entry['name']}#{entry['id']}" if entry.get("id") else entry["name"]

    def shown(self, state: dict[str, Any]) -> dict[str, Any]:
        if state.get("litellm_params"):
            state["litellm_params"] = without_secrets(state["litellm_params"])
        return state

    def match(self, ctx: Context, desired: dict[str, Any]) -> RemoteObject | None:
        """By id; without one, a deployment made by hand that is alone in having the name, and is no other entry's."""
        current = list(ctx.found[self.kind].values())
        for one in current:
            if one.id == desired["id"]:
                return one
        if desired["name"] != desired["model_name"]:
            return None
        others = {one["id"] for one in ctx.desired.get(self.kind, {}).values()}
        same_name = [one for one in current if one.raw["model_name"] == desired["model_name"] and one.id not in others]
        return same_name[0] if len(same_name) == 1 else None

    def to_remove(self, ctx: Context, name: str) -> RemoteObject | None:
        """One that was made by hand and taken over by an entry of this name has another id than is made of it."""
        current = ctx.found[self.kind].values()
        taken_over = [
            one for one in current if one.raw["model_name"] == name and (self.mark(one.raw) or {}).get(BY_HAND)
        ]
        return super().to_remove(ctx, name) or (taken_over[0] if len(taken_over) == 1 else None)

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        refuse_without_model(entry["litellm_params"])
        if MARK in entry["model_info"] or "id" in entry["model_info"]:
            raise UserError(
                f"model_info.{MARK} and model_info.id belong to the collection: use the option id.", "entry_refused"
            )
        if entry["litellm_params"].get("max_budget") in (0, 0.0):
            raise UserError(
                "litellm_params.max_budget is 0, which LiteLLM takes for no budget: write a number above 0, or leave "
                "it out.",
                "entry_refused",
            )
        if entry["litellm_params"].get("max_budget") is not None and not ctx.capabilities.model_budgets:
            raise UserError(
                f"litellm_params.max_budget: LiteLLM {ctx.capabilities.version} holds the budget of a model of "
                "config.yaml alone: put it into litellm_gateway_config.model_list instead, or give its keys a budget.",
                "entry_refused",
            )
        if entry["name"] != entry["model_name"]:
            same_id = [one["model_name"] for one in ctx.desired[self.kind].values() if one["id"] == entry["id"]]
            if len(same_id) > 1:
                raise UserError(
                    f"its id is also that of {same_id[0]!r}: give each deployment its own.", "duplicate_name"
                )
        current = self.match(ctx, entry)
        if current and not current.raw["model_info"].get("db_model"):
            raise UserError(
                "config.yaml of the gateway has a model of this name already: change it there, or choose another name.",
                "entry_refused",
            )

    def compared(self, desired: Any) -> list[str]:
        return ["litellm_params", "model_info"]

    def same(self, name: str, desired: Any, current: Any) -> bool:
        return not self.within(name, desired, current)

    def within(self, name: str, desired: Any, current: Any) -> list[str]:
        return [
            inner
            for inner, value in desired.items()
            if value is not None and not alike(value, current.get(inner, False))
        ]

    def not_kept(self, desired: Mapping[str, Any], current: RemoteObject, name: str) -> tuple[Any, Any]:
        if name not in self.compared(desired):
            return super().not_kept(desired, current, name)
        parameters = name == "litellm_params"
        shown = self._shown(desired) if parameters else desired[name]
        gone = self._gone(desired, current) if parameters else self._untold(desired, current)
        named = [*self.within(name, shown, current.state[name]), *gone]
        return tuple({one: side.get(one) for one in named} for side in (shown, current.state[name]))

    def changes(self, ctx: Context, desired: Mapping[str, Any], current: RemoteObject) -> list[str]:
        shown = {**desired, "litellm_params": self._shown(desired)}
        differing = super().changes(ctx, shown, current)
        for option, gone in (("litellm_params", self._gone), ("model_info", self._untold)):
            if option not in differing and gone(desired, current):
                differing.append(option)
        # To the model of a team LiteLLM gives a name of its own.
        names = current.raw["model_name"], current.raw["model_info"].get("team_public_model_name")
        return differing if desired["model_name"] in names else ["name", *differing]

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        ctx.client.post("/model/new", self._body(ctx, desired, desired["id"]))

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        body = self._body(ctx, desired, current.id, (self.mark(current.raw) or {}).get("digests"))
        gone = self._gone(desired, current) | self._untold(desired, current)
        if gone and desired["kept"]:
            raise UserError(
                f"to take {', '.join(sorted(gone))} away it has to be made anew, for which {desired['kept'][0]} has to "
                "be known: put it into the store by the name that its lookup says.",
                "entry_refused",
            )
        if gone:
            self.delete(ctx, current)
            ctx.client.post("/model/new", body)
        else:
            ctx.client.patch(f"/model/{current.id}/update", body)

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        if not current.raw["model_info"].get("db_model"):
            raise UserError("it is in the gateway's config.yaml: remove it there.", "entry_refused")
        ctx.client.post("/model/delete", {"id": current.id})

    def _gone(self, desired: Mapping[str, Any], current: RemoteObject) -> set[str]:
        """Parameters that the gateway has and the entry no longer names."""
        named = {name for name, value in desired["litellm_params"].items() if value is not None} | set(desired["kept"])
        return set(current.state["litellm_params"]) - named - {"tags"}  # those are the tags' own doing

    def _untold(self, desired: Mapping[str, Any], current: RemoteObject) -> set[str]:
        """What a person has told of the model before and the entry no longer says, such as its access groups."""
        told = {name for name in _TOLD if current.state["model_info"].get(name)} - {"team_public_model_name"}
        return told - {name for name, value in desired["model_info"].items() if value is not None}

    def _shown(self, desired: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: _DIGEST.format(digest(self.kind, desired["id"] + name, value)) if is_secret(name, value) else value
            for name, value in desired["litellm_params"].items()
        }

    def _body(
        self, ctx: Context, desired: dict[str, Any], identifier: str, before: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        digests = {name: value for name, value in (before or {}).items() if name in desired["kept"]}
        digests |= {
            name: digest(self.kind, desired["id"] + name, value)
            for name, value in desired["litellm_params"].items()
            if is_secret(name, value)
        }
        mark = {"owner": ctx.owner, "digests": digests, **({} if identifier == desired["id"] else {BY_HAND: True})}
        return {
            "model_name": desired["model_name"],
            "litellm_params": {name: value for name, value in desired["litellm_params"].items() if value is not None},
            "model_info": {**desired["model_info"], "id": identifier, MARK: mark},
        }
