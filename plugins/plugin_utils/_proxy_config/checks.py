# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a LiteLLM config.yaml before it is written: LiteLLM itself ignores what it does not know, without a word."""

from __future__ import annotations

import difflib
import re

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import (
    NEWEST_TESTED,
    CapabilityError,
    parse,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.durations import lifetime, period
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import section as section_of

ROOT = "litellm_gateway_config"
SETTINGS = ("general_settings", "litellm_settings", "router_settings")
# Which sections hold what; LiteLLM says nothing of others, or stops at its start.
SHAPES = {
    dict: (
        (*SETTINGS, "mcp_servers", "callback_settings", "environment_variables", "default_vertex_config"),
        "a mapping",
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
# What ansible-core makes of !vault: until 2.18, and since, when most are texts that remember what they came from.
VAULTED = ("AnsibleVaultEncryptedUnicode", "EncryptedString")
CONTAINERS = frozenset({"list", "dict"})
WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "list": "a list",
    "dict": "a mapping",
}
# What people write, and what makes it true here.
ELSEWHERE = {
    "virtual_keys": "declare keys in litellm_keys; LiteLLM keeps them in its database",
    "api_keys": "declare keys in litellm_keys, and a provider's key in the params of litellm_models",
    "key_settings": "declare keys in litellm_keys",
    "keys": "declare keys in litellm_keys",
    "teams": "declare teams in litellm_teams",
    "mcp_settings": "declare MCP servers in litellm_mcp_servers",
    "mcp": "declare MCP servers in litellm_mcp_servers",
    "models": "declare models in litellm_models",
    "database": "set the postgres_db_* variables",
    "disable_database": "the gateway keeps keys and audit in its database and does not run without one",
}
# Set by the role or made true another way; here they would be a second truth.
RESERVED = {
    "general_settings": {
        "master_key": "the master key is made and kept by the key store",
        "database_url": "the database is set by the postgres_db_* variables",
        "store_model_in_db": "set litellm_gateway_store_model_in_db",
        "allow_requests_on_db_unavailable": "it would let requests pass without a key while the database is away",
        "custom_auth": "it would replace the key check that scopes rest on",
    },
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


def _refuse(place, name, version, known):
    if name in known.newer:
        raise UserError(
            f"{place}'{name}' is not read by LiteLLM {version}, but by {known.newer[name]}: "
            f"remove it or set litellm_gateway_version to {known.newer[name]} or newer",
            "config_invalid",
        )
    if name in known.older:
        raise UserError(
            f"{place}'{name}' is no longer read by LiteLLM {version} (it was by {known.older[name]}): remove it",
            "config_invalid",
        )
    if name in ELSEWHERE:
        raise UserError(
            f"{place}'{name}' is not read by LiteLLM (it ignores it without a word): {ELSEWHERE[name]}",
            "config_invalid",
        )
    near = difflib.get_close_matches(str(name), known.keys, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "remove it"
    raise UserError(
        f"{place}'{name}' is not read by LiteLLM {version} (it would ignore it without a word): {hint}",
        "config_invalid",
    )


def check(config, version):
    """The configuration, with numbers and booleans that came as texts as what they are.

    UserError at the first section, setting or MCP server that LiteLLM `version` does not read, reads elsewhere, or
    cannot use as it is given.
    """
    _version(version)
    if not isinstance(config, dict):
        raise UserError(f"{ROOT} has to be a mapping of sections, not {type(config).__name__}", "config_invalid")
    config = _in_clear(config)
    sections = section_of(version, "sections")
    for section, value in config.items():
        if section not in sections.keys:
            _refuse(f"{ROOT}: section ", section, version, sections)
        _check_shape(section, value)
    config = {**config, **{name: _settings(config, name, version) for name in SETTINGS if config.get(name)}}
    if config.get("mcp_servers"):
        _check_mcp_servers(config["mcp_servers"], version)
    if "include" in config:
        raise UserError(
            f"{ROOT}: section 'include' names files whose settings replace those of the role, the guard among them: "
            "write their content into litellm_gateway_config",
            "config_invalid",
        )
    _callbacks(config)
    if _version(version) < parse(NEWEST_TESTED):
        _refuse_what_breaks(config, version)
    _refuse_spans(config, ROOT)
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
        if section in sections and not isinstance(value, shape) and not (value is None and shape is list):
            raise UserError(
                f"{ROOT}: section '{section}' has to be {what}, not {type(value).__name__}", "config_invalid"
            )


def _settings(config, section, version):
    known, place = section_of(version, section), f"{ROOT}.{section}: "
    settled = {}
    for name, value in config[section].items():
        if name in RESERVED.get(section, {}):
            raise UserError(f"{place}'{name}' cannot be set here: {RESERVED[section][name]}", "config_invalid")
        if name not in known.keys:
            _refuse(place, name, version, known)
        settled[name] = _settled(value, () if name in JUDGED_APART else known.keys[name], f"{place}'{name}'")
    return settled


def _settled(value, types, place):
    """The value as the setting's type has it; UserError where it cannot be that."""
    if not types or value is None or (isinstance(value, str) and value.startswith("os.environ/")):
        return value
    kind = type(value).__name__
    if kind in types or (kind == "int" and "float" in types) or (kind in CONTAINERS and types & CONTAINERS):
        return value
    plain = _from_text(value, types) if isinstance(value, str) else None
    if plain is None and isinstance(value, float) and "int" in types and value.is_integer():
        plain = int(value)
    if plain is None:
        words = " or ".join(WORDS[one] for one in WORDS if one in types)
        raise UserError(f"{place} has to be {words}, not {value!r}", "config_invalid")
    return plain


def _from_text(text, types):
    """What a text says where a number or a boolean belongs: templates make texts of them before ansible-core 2.19."""
    if "bool" in types and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if ("int" in types or "float" in types) and re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        return int(text)
    return float(text) if "float" in types and re.fullmatch(r"[+-]?[0-9]{1,15}\.[0-9]{1,15}", text) else None


def _check_mcp_servers(servers, version):
    known = section_of(version, "mcp_servers")
    for name, server in servers.items():
        place = f"{ROOT}.mcp_servers: "
        if not isinstance(name, str) or not name or "-" in name:
            raise UserError(
                f"{place}LiteLLM does not start with a server that is called '{name}': use a name without '-', which "
                "parts a server's name from its tool's",
                "config_invalid",
            )
        if not isinstance(server, dict):
            raise UserError(f"{place}'{name}' has to be a mapping, not {type(server).__name__}", "config_invalid")
        for field in server:
            if field not in known.keys:
                _refuse(f"{ROOT}.mcp_servers.{name}: ", field, version, known)
        if not (server.get("url") or server.get("command") or server.get("spec_path")):
            raise UserError(f"{place}'{name}' has neither a url nor a command: write where it is", "config_invalid")


def _callbacks(config):
    """The callbacks that the person wants, as a list; LiteLLM takes a single one as a text as well."""
    given = (config.get("litellm_settings") or {}).get("callbacks")
    desired = [] if given is None else [given] if isinstance(given, str) else given
    if not isinstance(desired, list) or not all(isinstance(one, str) and one.strip() for one in desired):
        raise UserError(
            "litellm_gateway_config.litellm_settings: 'callbacks' has to be a list of names, such as "
            f"[my_callbacks.handler], not {given!r}",
            "config_invalid",
        )
    return desired


def guarded(config, version):
    """The checked configuration with the guard as the first of its callbacks, whatever else it says."""
    checked = check(config, version)
    others = [one for one in _callbacks(checked) if one != GUARD]
    settings = {**(checked.get("litellm_settings") or {}), "callbacks": [GUARD, *others]}
    return {**checked, "litellm_settings": settings}


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
