# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How LiteLLM's router chooses among deployments and what it tries instead, as it has to be in config.yaml.

LiteLLM takes each shape at its start and fails at the first request that needs it: the letters of a text for the names
of models, a number below 0 for one that never comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import section as section_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.refusal import ROOT, refuse, refuse_unread
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.values import settled
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be, kind_of

# The sections in which LiteLLM reads fallbacks, the lists by model, and the one for all models.
SECTIONS = ("router_settings", "litellm_settings")
BY_MODEL = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
FOR_ALL = "default_fallbacks"
ALIASES = "model_group_alias"
POLICIES = {"retry_policy": "retry_policy", "allowed_fails_policy": "allowed_fails_policy"}
BY_GROUP = "model_group_retry_policy"
# For these 0 is not "none": a request would end before it began.
SPANS = ("request_timeout", "stream_timeout", "timeout")


def check_routing(config: Mapping[str, Any], version: str) -> dict[str, dict[str, Any]]:
    """The sections with their policies' numbers as numbers; UserError at the first that the router cannot use."""
    made = {}
    for section in SECTIONS:
        settings = config.get(section)
        if not settings:
            continue
        place = f"{ROOT}.{section}"
        for name in SPANS:
            _span(settings.get(name), name, place)
        for name in BY_MODEL:
            for number, one in enumerate(_listed(settings, name, place)):
                _by_model(one, f"{place}.{name}[{number}]")
        for number, one in enumerate(_listed(settings, FOR_ALL, place)):
            _target(one, f"{place}.{FOR_ALL}[{number}]")
        if section == "router_settings":
            _aliases(settings.get(ALIASES), f"{place}.{ALIASES}")
        made[section] = {**settings, **_policies(settings, place, version)}
    return made


def fallbacks_of(config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(where it is said, the model that has it, the model that it is) of each fallback of a configuration that can be;
    C(*) for any model.
    """
    for section in SECTIONS:
        settings = config.get(section) or {}
        for name in BY_MODEL:
            for one in settings.get(name) or []:
                for source, targets in one.items():
                    yield from ((f"{section}.{name}", source, _model_of(each, source)) for each in targets)
        yield from ((f"{section}.{FOR_ALL}", "*", _model_of(each, "*")) for each in settings.get(FOR_ALL) or [])


def aliases_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Each other name for a model in a configuration that can be, and the model's own."""
    aliases = (config.get("router_settings") or {}).get(ALIASES) or {}
    return {name: _model_of(one, name) for name, one in aliases.items()}


def _aliases(aliases: Any, place: str) -> None:
    if aliases is not None and not isinstance(aliases, dict):
        refuse(f"{place} {has_to_be('a dictionary of names to models', aliases)}")
    for name, one in (aliases or {}).items():
        if not isinstance(name, str):
            refuse(f"{place}: the name {name!r} {has_to_be('a text', name)}: write it in quotes")
        model = one.get("model") if isinstance(one, dict) else one
        # LiteLLM looks for hidden without asking whether it is there, for each list of models.
        if not isinstance(model, str) or not model.strip() or (isinstance(one, dict) and "hidden" not in one):
            refuse(f"{place}.{name} is the name of a model, or a dictionary of model and hidden, not {one!r}")


def _model_of(target: Any, source: str) -> str:
    return target.get("model", source) if isinstance(target, Mapping) else target


def _span(value: Any, name: str, place: str) -> None:
    if isinstance(value, (int, float)) and value <= 0:
        refuse(f"{place}: '{name}' is {value}: write a number above 0")


def _listed(settings: Mapping[str, Any], name: str, place: str) -> list[Any]:
    value = settings.get(name)
    if value is not None and not isinstance(value, list):
        refuse(f"{place}: '{name}' {has_to_be('a list', value)}")
    return value or []


def _by_model(one: Any, place: str) -> None:
    if not isinstance(one, dict) or len(one) != 1:
        what = f"{len(one)} of them" if isinstance(one, dict) else kind_of(one)
        refuse(f"{place} has to be one model and its fallbacks, such as {{small: [large]}}, not {what}")
    ((source, targets),) = one.items()
    if not isinstance(targets, list) or not targets:
        refuse(f"{place}: the fallbacks of '{source}' {has_to_be('a list of models', targets)}")
    for target in targets:
        _target(target, place)
        if _model_of(target, "") == source:
            refuse(f"{place}: '{source}' is its own fallback: name another model")


def _target(target: Any, place: str) -> None:
    if isinstance(target, dict) and isinstance(target.get("model"), str):
        return
    if not isinstance(target, str) or not target.strip():
        what = kind_of(target)
        refuse(f"{place}: a fallback is the name of a model, or parameters with a 'model' among them, not {what}")


def _policies(settings: Mapping[str, Any], place: str, version: str) -> dict[str, Any]:
    made = {
        name: _policy(settings[name], f"{place}.{name}", version, known)
        for name, known in POLICIES.items()
        if settings.get(name)
    }
    if settings.get(BY_GROUP):
        where = f"{place}.{BY_GROUP}"
        if not isinstance(settings[BY_GROUP], dict):
            refuse(f"{where} {has_to_be('a dictionary of models to their policies', settings[BY_GROUP])}")
        made[BY_GROUP] = {
            model: _policy(policy, f"{where}.{model}", version, "retry_policy")
            for model, policy in settings[BY_GROUP].items()
        }
    return made


def _policy(policy: Any, place: str, version: str, known: str) -> dict[str, Any]:
    """Of each kind of error how many are meant."""
    if not isinstance(policy, dict):
        refuse(f"{place} {has_to_be('a dictionary of errors to numbers', policy)}")
    fields = section_of(version, known)
    made = {}
    for name, value in policy.items():
        if name not in fields.keys:
            refuse_unread(f"{place}: ", name, version, fields)
        made[name] = settled(value, fields.keys[name], f"{place}: ", name)
        if isinstance(made[name], int) and made[name] < 0:
            refuse(f"{place}: '{name}' is {made[name]}: write a number of 0 or more")
    return made
