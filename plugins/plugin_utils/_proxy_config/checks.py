# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a LiteLLM config.yaml before it is written: LiteLLM itself ignores what it does not know, without a word."""

from __future__ import annotations

import re

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import (
    MINIMUM,
    NEWEST_TESTED,
    CapabilityError,
    parse,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.durations import lifetime, period
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import section as section_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.entries import LISTS, entries, mcp_servers
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.environment import check_environment
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.refusal import (
    ROOT,
    hint,
    refuse,
    refuse_unread,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.routing import check_routing
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.values import (
    by_reference,
    from_text,
    settled,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be, kind_of

SETTINGS = ("general_settings", "litellm_settings", "router_settings")
# Which sections hold what; LiteLLM says nothing of others, or stops at its start.
SHAPES = {
    dict: (
        (
            *(*SETTINGS, "mcp_servers", "callback_settings", "environment_variables", "default_vertex_config"),
            "assistant_settings",
        ),
        "a dictionary",
    ),
    list: (
        (
            *("model_list", "credential_list", "guardrails", "mcp_tools", "vector_store_registry", "prompts"),
            *("files_settings", "finetune_settings", "search_tools"),
        ),
        "a list",
    ),
}
# Values that more than a type is asked of, below.
JUDGED_APART = (
    *("callbacks", "proxy_batch_write_at", "budget_duration", "internal_user_budget_duration"),
    *("maximum_spend_logs_retention_period", "maximum_spend_logs_retention_interval"),
)
# Where LiteLLM's own types say less, or other things, than what it does with the value.
TYPES = {
    "general_settings": {
        **dict.fromkeys(("max_request_size_mb", "max_response_size_mb"), ("float",)),
        **dict.fromkeys(("proxy_budget_rescheduler_min_time", "proxy_budget_rescheduler_max_time"), ("int",)),
        **dict.fromkeys(("admin_only_routes", "allowed_ips", "enforced_params", "public_routes"), ("list", "null")),
        **dict.fromkeys(("key_management_settings", "litellm_jwtauth", "service_account_settings"), ("dict", "null")),
        "user_header_mappings": ("list", "dict"),
    },
    "litellm_settings": {
        **dict.fromkeys(("cache", "drop_params"), ("bool",)),
        **dict.fromkeys(("cache_params", "default_team_params", "key_generation_settings"), ("dict",)),
        **dict.fromkeys(("mcp_aliases", "upperbound_key_generate_params"), ("dict",)),
    },
    "router_settings": {"provider_budget_config": ("dict",), "retry_after": ("float",), "routing_strategy": ("str",)},
}
# Only an order: what is below 0 comes before 0.
_ANY_NUMBER = ("default_priority",)
# What settings of these names are, where nothing else says it.
_SWITCH = re.compile("(allow|disable|enable|use)_.*")
# What the entries of a setting have to have; LiteLLM does not start without, or fails at each request.
_NEEDED = {"pass_through_endpoints": ("path", "target"), "default_team_settings": ("team_id",)}
_STRATEGIES = (
    *("simple-shuffle", "least-busy", "usage-based-routing", "usage-based-routing-v2", "latency-based-routing"),
    "cost-based-routing",
)
# Settings with few values; LiteLLM does nothing, or does not start, with another.
CHOICES = {"router_settings": {"routing_strategy": _STRATEGIES}}
FURTHER_CHOICES = {"routing_strategy": ("lar1",)}
CHECKS = (
    *("prompt_caching", "router_budget_limiting", "responses_api_deployment_check"),
    "forward_client_headers_by_model_group",
)
# Which of these came when between the two tested versions is not known.
FURTHER_CHECKS = ("deployment_affinity", "session_affinity", "enforce_model_rate_limits", "encrypted_content_affinity")
# What ansible-core makes of !vault: until 2.18, and since, when most are texts that remember what they came from.
VAULTED = ("AnsibleVaultEncryptedUnicode", "EncryptedString")
# Set by the role or made true another way; here they would be a second truth.
RESERVED = {
    "general_settings": {
        "master_key": "the master key is made and kept by the key store",
        "database_url": "the database is set by the postgres_db_* variables",
        "store_model_in_db": "set litellm_gateway_store_model_in_db",
        "custom_auth": "it would replace the key check that scopes rest on",
        "litellm_key_header_name": "clients show their keys in the headers that the request filter knows",
    },
}
# What a switch has to be, if it is there, and what else would become of the inventory.
FIXED = {
    "general_settings": {
        "require_key_mcp_access_defined": (True, "a key without a scope of its own would have its team's"),
        "enforce_fallback_model_access": (True, "a fallback would give a key models that it may not use"),
        "allow_requests_on_db_unavailable": (False, "requests would pass without a key while the database is away"),
        "enable_oauth2_auth": (False, "it would replace the key check that scopes rest on"),
        "enable_oauth2_proxy_auth": (False, "headers would say who asks, and requests would pass without a key"),
        "disable_reset_budget": (False, "no budget would start anew"),
        "disable_spend_logs": (False, "the audit and the budgets of MCP servers are made of its rows"),
        "disable_spend_updates": (False, "budgets would count nothing"),
    },
    "router_settings": {"cache_responses": (False, "a key would be given what others were answered")},
}
GUARD = "mcp_lan_guard.guard"
# LiteLLM 1.77.3 draws the interval at its start, from x-3 to x+3 seconds; its scheduler never returns from one below 0.
SHORTEST_BATCH = 3
RETENTION = ("maximum_spend_logs_retention_period", "maximum_spend_logs_retention_interval")


def _version(text):
    try:
        return parse(text)
    except CapabilityError as error:
        raise UserError(str(error), "config_invalid") from None


def check(config, version):
    """The configuration, with numbers and booleans that came as texts as what they are.

    UserError at the first section, setting or MCP server that LiteLLM `version` does not read, reads elsewhere, or
    cannot use as it is given.
    """
    _version(version)
    if not isinstance(config, dict):
        refuse(f"{ROOT} {has_to_be('a dictionary of sections', config)}")
    config = _in_clear(config)
    sections = section_of(version, "sections")
    for section, value in config.items():
        if section not in sections.keys:
            refuse_unread(f"{ROOT}: section ", section, version, sections)
        _check_shape(section, value)
    if "include" in config:
        refuse(
            f"{ROOT}: section 'include' names files whose settings replace those of the role, the guard among them: "
            "write their content into litellm_gateway_config"
        )
    # LiteLLM does not start with some of its sections empty; they say nothing.
    config = {section: value for section, value in config.items() if value is not None}
    _refuse_spans(config, ROOT)
    config |= {name: _settings(config, name, version) for name in SETTINGS if config.get(name)}
    config |= check_routing(config, version)
    config |= {name: entries(name, config[name]) for name in LISTS if config.get(name)}
    if config.get("mcp_servers"):
        config["mcp_servers"] = mcp_servers(config["mcp_servers"], version)
    if config.get("environment_variables"):
        check_environment(config["environment_variables"], f"{ROOT}.environment_variables")
    for name in ("callbacks", "success_callback", "failure_callback", "service_callback"):
        _callbacks(config, name)
    _refuse_shared_answers(config)
    _refuse_budgets_of_nothing(config, ROOT)
    _refuse_unread_checks(config, version)
    if _version(version) < parse(NEWEST_TESTED):
        _refuse_what_breaks(config, version)
    _refuse_less_than_nothing(config)
    return config


def _in_clear(value):
    """The same without values that are vaulted: YAML would be written with what they are encrypted as."""
    if isinstance(value, dict):
        return {name: _in_clear(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_in_clear(inner) for inner in value]
    return str(value) if isinstance(value, str) or type(value).__name__ in VAULTED else value


def _check_shape(section, value):
    for shape, (sections, what) in SHAPES.items():
        if section in sections and value is not None and not isinstance(value, shape):
            refuse(f"{ROOT}: section '{section}' {has_to_be(what, value)}")


def _settings(config, section, version):
    known, place = section_of(version, section), f"{ROOT}.{section}: "
    made = {}
    for name, value in config[section].items():
        if name in RESERVED.get(section, {}):
            refuse(f"{place}'{name}' cannot be set here: {RESERVED[section][name]}")
        if name not in known.keys:
            refuse_unread(place, name, version, known)
        wanted, otherwise = FIXED.get(section, {}).get(name, (None, ""))
        types = TYPES.get(section, {}).get(name) or known.keys[name] or (("bool",) if _SWITCH.match(name) else ())
        if value is None and types and "null" not in types and name not in JUDGED_APART and not otherwise:
            continue  # LiteLLM does not start with some that are empty; they say nothing
        # LiteLLM takes any text for true, where its types do not say what it takes.
        if (otherwise or not types) and isinstance(value, str) and value.lower() in ("true", "false"):
            value = value.lower() == "true"
        made[name] = settled(value, () if otherwise or name in JUDGED_APART else types, place, name)
        if otherwise and made[name] is not wanted and (wanted or made[name] is not None):
            refuse(f"{place}'{name}' has to be {str(wanted).lower()}, or be left out: {otherwise}")
        choices = CHOICES.get(section, {}).get(name, ())
        choices += FURTHER_CHOICES.get(name, ()) if choices and _version(version) >= parse(NEWEST_TESTED) else ()
        if choices and value is not None and not by_reference(value) and value not in choices:
            refuse(f"{place}'{name}' is {value!r}: {hint(value, choices, 'there are ' + ', '.join(choices))}")
        _refuse_incomplete(made[name], _NEEDED.get(name, ()), f"{place}{name}")
        if name == "pass_through_endpoints":
            _refuse_paths_of_clients(made[name], f"{place}{name}")
        if name == "public_routes":
            _refuse_public(made[name], place)
    if isinstance(made.get("proxy_batch_write_at"), str):
        seconds = from_text(made["proxy_batch_write_at"], ("int",))
        made["proxy_batch_write_at"] = made["proxy_batch_write_at"] if seconds is None else seconds
    return made


def _refuse_incomplete(listed, needed, place):
    for number, one in enumerate(listed if needed and isinstance(listed, list) else ()):
        if not isinstance(one, dict):
            refuse(f"{place}[{number}] {has_to_be('a dictionary', one)}")
        if missing := next((name for name in needed if not one.get(name)), None):
            refuse(f"{place}[{number}]: {missing} is missing")


def _refuse_paths_of_clients(endpoints, place):
    """LiteLLM 1.77.3 asks for no key there, and 1.108.7 can hand what comes there to the target in its own place."""
    for number, one in enumerate(endpoints if isinstance(endpoints, list) else ()):
        if request_rules.is_for_clients(str(one["path"]), bool(one.get("include_subpath"))):
            refuse(
                f"{place}[{number}]: path {one['path']!r} is, or takes in, a path that clients use, where no key's "
                "scope would hold any more: choose another one"
            )


def _refuse_public(paths, place):
    """With a licence LiteLLM asks for no key at these; newer versions take what follows a C(*) at the end as well."""
    for path in paths if isinstance(paths, list) else ():
        if request_rules.is_for_clients(str(path).replace("*", "{"), False):
            refuse(f"{place}'public_routes' has {path!r}, a path that clients use: requests would pass without a key")


def _callbacks(config, name="callbacks"):
    """The callbacks that the person wants, as a list; of C(callbacks) LiteLLM takes a single one as a text as well."""
    given = (config.get("litellm_settings") or {}).get(name)
    desired = [] if given is None else [given] if isinstance(given, str) else given
    if not isinstance(desired, list) or not all(isinstance(one, str) and one.strip() for one in desired):
        # What stands there instead may have secrets in it.
        kinds = ", ".join(map(kind_of, desired)) if isinstance(desired, list) else kind_of(desired)
        refuse(
            f"{ROOT}.litellm_settings: '{name}' has to be a list of names, such as [my_callbacks.handler]; what is "
            f"there: {kinds}"
        )
    if together := next((one for one in desired if "," in one), None):
        refuse(f"{ROOT}.litellm_settings: '{name}' has {together!r} for one name: write a list, a name for each item")
    return desired


def guarded(config, version):
    """The checked configuration with the guard as the first of its callbacks, whatever else it says."""
    checked = check(config, version)
    others = [one for one in _callbacks(checked) if one != GUARD]
    settings = {**(checked.get("litellm_settings") or {}), "callbacks": [GUARD, *others]}
    return {**checked, "litellm_settings": settings}


def _refuse_shared_answers(config):
    """LiteLLM finds a kept answer by what was asked, whoever asks."""
    settings = config.get("litellm_settings") or {}
    params = settings.get("cache_params")
    params = params if isinstance(params, dict) else {}
    kept = params.get("mode") != "default_off" and params.get("supported_call_types") != []
    if settings.get("cache") is True and kept:
        refuse(
            f"{ROOT}.litellm_settings: 'cache' would give a key what others were answered: set cache_enabled, and "
            "cache of the keys whose answers are to be kept, or add mode: default_off to cache_params"
        )


def _refuse_budgets_of_nothing(value, place):
    """Budgets of 0, which LiteLLM takes for none where it holds them itself."""
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        current = f"{place}[{name}]" if isinstance(value, list) else f"{place}.{name}"
        own = place == f"{ROOT}.litellm_settings" or "_budget_config" in place or "litellm_params" in place
        if own and name in ("max_budget", "budget_limit") and re.fullmatch(r"-.+|(?=.)0*\.?0*", str(inner)):
            refuse(f"{current} is {inner}, which LiteLLM takes for no budget: write a number above 0, or leave it out")
        _refuse_budgets_of_nothing(inner, current)


def _refuse_less_than_nothing(config):
    """Numbers below 0, which LiteLLM takes for a limit that nobody keeps or a time that never comes."""
    for section in SETTINGS:
        for name, value in (config.get(section) or {}).items():
            if isinstance(value, (int, float)) and value < 0 and name not in _ANY_NUMBER:
                refuse(f"{ROOT}.{section}: '{name}' is {value}: write a number of 0 or more")


def _refuse_unread_checks(config, version):
    """Checks of the router, of which LiteLLM passes over what it does not know."""
    settings = config.get("router_settings") or {}
    said = settings.get("optional_pre_call_checks")
    place = f"{ROOT}.router_settings.optional_pre_call_checks"
    if said is not None and not isinstance(said, list):
        refuse(f"{place} {has_to_be('a list', said)}")
    known = CHECKS if _version(version) <= parse(MINIMUM) else (*CHECKS, *FURTHER_CHECKS)
    for one in said or ():
        if one not in known:
            there = hint(one, known, "there are " + ", ".join(known))
            refuse(f"{place}: LiteLLM {version} has no check {one!r}: {there}")


def _refuse_spans(value, place):
    """Spans of time that LiteLLM would take for other ones."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        current = f"{place}[{name}]" if isinstance(value, list) else f"{place}.{name}"
        read = _reader_of_span(place, name)
        if read is None or isinstance(inner, (dict, list)):
            _refuse_spans(inner, current)
        elif inner is not None and not str(inner).startswith("os.environ/"):
            try:
                meant = read(inner)
            except UserError as error:
                raise UserError(f"{current}: {str(error).rstrip('.')}", error.code) from None
            if meant != inner:
                raise UserError(
                    f"{current}: LiteLLM does not read {inner!r} as what it says: write {meant}", "config_invalid"
                )


def _reader_of_span(place, name):
    """How LiteLLM reads a setting that is a span of time; None for any other."""
    if name in RETENTION or (name == "duration" and place.endswith("_key_generate_params")):
        return lifetime
    if name == "time_period" or (name == "budget_duration" and ("_budget_config" in place or "model_list" in place)):
        return lifetime
    return period if name in ("budget_duration", "internal_user_budget_duration") else None


def _refuse_what_breaks(config, version):
    seconds = (config.get("general_settings") or {}).get("proxy_batch_write_at", SHORTEST_BATCH)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < SHORTEST_BATCH:
        raise UserError(
            f"litellm_gateway_config.general_settings: proxy_batch_write_at is {seconds!r}, and LiteLLM {version} "
            f"hangs at some of its starts unless it is a whole number of {SHORTEST_BATCH} seconds or more: set it to "
            f"{SHORTEST_BATCH} or remove it",
            "config_invalid",
        )
    if config.get("mcp_tools"):
        raise UserError(
            f"litellm_gateway_config: section 'mcp_tools' makes tools that LiteLLM {version} lets every key call "
            "without asking a callback, so no scope could hold: serve them by an MCP server of litellm_mcp_servers",
            "config_invalid",
        )
