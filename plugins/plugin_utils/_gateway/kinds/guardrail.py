# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guardrails that the gateway's database holds; those of config.yaml are no objects of the API.

Oddities of the API: the id is chosen by the gateway; what comes back has every parameter of every provider, with their
defaults, and secrets in full (old versions) or masked; an update replaces. So only what an entry names is compared, and
the ownership mark keeps which parameters that were, and the digests of secret ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import is_secret, without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    MARK,
    Context,
    Field,
    RemoteObject,
    Resource,
    digest,
    has_placeholder,
    mark_in,
    own_metadata,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.values import alike
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER

# When LiteLLM asks one; it takes any other word, and then never asks.
_MODES = (
    *("pre_call", "post_call", "during_call", "logging_only", "pre_mcp_call", "during_mcp_call", "post_mcp_call"),
    "realtime_input_transcription",
)


def refuse_incomplete(parameters: Mapping[str, Any]) -> None:
    """What says which one it is and when it is asked is needed, in words that LiteLLM has."""
    for name in ("guardrail", "mode"):
        if not parameters.get(name):
            raise UserError(
                f"litellm_params.{name} is missing: guardrail says which one it is, such as presidio, and mode "
                "when it is asked, such as pre_call.",
                "entry_refused",
            )
    for mode in _modes(parameters["mode"]):
        if mode not in _MODES and not (isinstance(mode, str) and mode.startswith("os.environ/")):
            near = get_close_matches(str(mode), _MODES, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_MODES)}."
            raise UserError(
                f"litellm_params.mode is {mode!r}, at which it would never be asked: {hint}", "entry_refused"
            )
    for name in parameters:
        if name != "default_on" and get_close_matches(str(name), ["default_on"], cutoff=0.84):
            raise UserError(
                f"litellm_params: LiteLLM does not read {name!r}: did you mean 'default_on'?", "entry_refused"
            )


def _modes(said: Any) -> Iterator[Any]:
    """Each word of a mode: one, a list of them, or one for each tag of a request."""
    if isinstance(said, Mapping):
        tags = said.get("tags")
        for inner in (*(tags.values() if isinstance(tags, Mapping) else ()), said.get("default")):
            yield from () if inner is None else _modes(inner)
    elif isinstance(said, (list, tuple)):
        yield from said
    else:
        yield said


class Guardrail(Resource):
    kind = "guardrail"
    plural = "guardrails"
    title = "guardrail"
    fields = {
        "name": Field("The guardrail's name.", required=True),
        "litellm_params": Field(
            "LiteLLM's parameters of it, such as C(guardrail) (which one), C(mode), C(default_on), C(api_base) and "
            "C(api_key). A secret is best given by reference (C(os.environ/NAME)).",
            "dict",
            required=True,
        ),
        "info": Field("What else is known of it, LiteLLM's C(guardrail_info).", "dict", default={}),
    }

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        listed = ctx.client.get("/v2/guardrails/list")["guardrails"]
        return [
            one for one in listed if one.get("guardrail_id") and one.get("guardrail_definition_location") != "config"
        ]

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        return raw.get("guardrail_name") or "", raw["guardrail_id"]

    def mark(self, raw: dict[str, Any]) -> dict[str, Any] | None:
        return mark_in(raw.get("guardrail_info"))

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        current = {name: value for name, value in (raw.get("litellm_params") or {}).items() if value is not None}
        mark = self.mark(raw)
        if mark:
            digests = mark.get("digests") or {}
            current = {
                name: digests.get(name, value) for name, value in current.items() if name in mark.get("named", ())
            }
        return {"litellm_params": current, "info": own_metadata(raw.get("guardrail_info"))}

    def entry(self, ctx: Context, current: RemoteObject) -> dict[str, Any]:
        entry = super().entry(ctx, current)
        entry["litellm_params"] = {
            name: PLACEHOLDER if is_secret(name, value) else value
            for name, value in current.state["litellm_params"].items()
            if value not in ("", False, [], {})
        }
        return entry

    def with_known(self, desired: dict[str, Any], current: RemoteObject | None) -> dict[str, Any]:
        """A secret that is not known here is not compared; a change of anything else needs it."""
        parameters = desired["litellm_params"]
        held = current.state["litellm_params"] if current else {}
        kept = [name for name, value in parameters.items() if has_placeholder(value) and name in held]
        others = {name: value for name, value in desired.items() if name != "litellm_params"}
        return {**super().with_known(others, current), "litellm_params": parameters, "kept": kept}

    def shown(self, state: dict[str, Any]) -> dict[str, Any]:
        if state.get("litellm_params"):
            state["litellm_params"] = without_secrets(state["litellm_params"])
        return state

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        refuse_incomplete(entry["litellm_params"])
        if MARK in entry["info"]:
            raise UserError(f"info.{MARK} belongs to the collection: choose another name.", "entry_refused")

    def compared(self, desired: Any) -> list[str]:
        return ["litellm_params", "info"]

    def changes(self, ctx: Context, desired: Mapping[str, Any], current: RemoteObject) -> list[str]:
        parameters = self._comparable(desired)
        held = dict(current.state["litellm_params"])
        if not self.mark(current.raw):
            held = {name: value for name, value in held.items() if name in parameters}
        for name in desired["kept"]:
            held[name] = parameters[name]
        same = {"litellm_params": alike(parameters, held), "info": current.state["info"] == desired["info"]}
        return [name for name in self.compared(desired) if not same[name]]

    def _comparable(self, desired: Mapping[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in desired["litellm_params"].items() if value is not None}
        return {name: self._digest(desired, name) if is_secret(name, value) else value for name, value in given.items()}

    def _digest(self, desired: Mapping[str, Any], name: str) -> str | None:
        return digest(self.kind, desired["name"] + name, desired["litellm_params"][name])

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        ctx.client.post("/guardrails", {"guardrail": self._body(ctx, desired)})

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        ctx.client.put(f"/guardrails/{current.id}", {"guardrail": self._body(ctx, desired)})

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        ctx.client.delete(f"/guardrails/{current.id}")

    def _body(self, ctx: Context, desired: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in desired["litellm_params"].items() if value is not None}
        mark = {
            "owner": ctx.owner,
            "named": sorted(given),
            "digests": {name: self._digest(desired, name) for name, value in given.items() if is_secret(name, value)},
        }
        return {
            "guardrail_name": desired["name"],
            "litellm_params": given,
            "guardrail_info": {**desired["info"], MARK: mark},
        }
