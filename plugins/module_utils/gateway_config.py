# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a LiteLLM config.yaml before it is written: LiteLLM itself ignores what it does not know, without a word."""

from __future__ import annotations

import difflib

from ansible_collections.mcp_lan.litellm.plugins.module_utils import gateway_config_keys as known
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import (
    MINIMUM,
    NEWEST_TESTED,
    CapabilityError,
    parse,
)
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import ResourceError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.durations import lifetime, period

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


class ConfigError(ValueError):
    """One sentence: what is wrong in config.yaml, where, what to do."""


def _version(text):
    try:
        return parse(text)
    except CapabilityError as error:
        raise ConfigError(str(error)) from None


def _readable(version, names, newer, gone=frozenset()):
    """What a version reads of these. One between the two that were read may read what either does."""
    at = _version(version)
    if at <= parse(MINIMUM):
        return names
    return names | newer if at < parse(NEWEST_TESTED) else (names | newer) - gone


def _refuse(place, name, version, names, newer, gone=frozenset()):
    if name in newer:
        raise ConfigError(
            f"{place}'{name}' is not read by LiteLLM {version}, but by {NEWEST_TESTED}: "
            f"remove it or set litellm_gateway_version to {NEWEST_TESTED} or newer"
        )
    if name in gone:
        raise ConfigError(f"{place}'{name}' is no longer read by LiteLLM {version} (it was by {MINIMUM}): remove it")
    if name in ELSEWHERE:
        raise ConfigError(f"{place}'{name}' is not read by LiteLLM (it ignores it without a word): {ELSEWHERE[name]}")
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "remove it"
    raise ConfigError(f"{place}'{name}' is not read by LiteLLM {version} (it would ignore it without a word): {hint}")


def check(config, version):
    """Raise ConfigError at the first section or setting that LiteLLM `version` does not read, or reads elsewhere."""
    if not isinstance(config, dict):
        raise ConfigError(f"litellm_gateway_config has to be a mapping of sections, not {type(config).__name__}")
    sections = _readable(version, known.SECTIONS, known.SECTIONS_NEWER)
    for section, value in config.items():
        if section not in sections:
            _refuse("litellm_gateway_config: section ", section, version, sections, known.SECTIONS_NEWER)
        if section.endswith("_settings") and not isinstance(value, dict):
            raise ConfigError(
                f"litellm_gateway_config: section '{section}' has to be a mapping, not {type(value).__name__}"
            )
    for section, names, newer, gone in (
        ("general_settings", known.GENERAL_SETTINGS, known.GENERAL_SETTINGS_NEWER, known.GENERAL_SETTINGS_GONE),
        ("router_settings", known.ROUTER_SETTINGS, known.ROUTER_SETTINGS_NEWER, frozenset()),
    ):
        readable = _readable(version, names, newer, gone)
        for name in config.get(section) or {}:
            place = f"litellm_gateway_config.{section}: "
            if name in RESERVED.get(section, {}):
                raise ConfigError(f"{place}'{name}' cannot be set here: {RESERVED[section][name]}")
            if name not in readable:
                _refuse(place, name, version, readable, newer, gone)
    if "include" in config:
        raise ConfigError(
            "litellm_gateway_config: section 'include' names files whose settings replace those of the role, the guard "
            "among them: write their content into litellm_gateway_config"
        )
    _callbacks(config)
    if _version(version) < parse(NEWEST_TESTED):
        _refuse_what_breaks(config, version)
    _refuse_spans(config, "litellm_gateway_config")
    return config


def _callbacks(config):
    """The callbacks that the person wants, as a list; LiteLLM takes a single one as a text as well."""
    given = (config.get("litellm_settings") or {}).get("callbacks")
    wanted = [] if given is None else [given] if isinstance(given, str) else given
    if not isinstance(wanted, list) or not all(isinstance(one, str) and one.strip() for one in wanted):
        raise ConfigError(
            "litellm_gateway_config.litellm_settings: 'callbacks' has to be a list of names, such as "
            f"[my_callbacks.handler], not {given!r}"
        )
    return wanted


def guarded(config, version):
    """The checked configuration with the guard as the first of its callbacks, whatever else it says."""
    settings = check(config, version).get("litellm_settings") or {}
    others = [one for one in _callbacks(config) if one != GUARD]
    return {**config, "litellm_settings": {**settings, "callbacks": [GUARD, *others]}}


def _refuse_spans(value, place):
    """Spans of time that LiteLLM would take for other ones."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        there = f"{place}[{name}]" if isinstance(value, list) else f"{place}.{name}"
        read = _reader_of_span(place, name)
        if read is None or isinstance(inner, (dict, list)):
            _refuse_spans(inner, there)
        elif inner is not None and not str(inner).startswith("os.environ/"):
            try:
                meant = read(inner)
            except ResourceError as error:
                raise ConfigError(f"{there}: {str(error).rstrip('.')}") from None
            if meant != inner:
                raise ConfigError(f"{there}: LiteLLM does not read {inner!r} as what it says: write {meant}")


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
        raise ConfigError(
            f"litellm_gateway_config.general_settings: proxy_batch_write_at is {seconds!r}, and LiteLLM {version} "
            f"hangs at some of its starts unless it is a whole number of {SHORTEST_BATCH} seconds or more: set it to "
            f"{SHORTEST_BATCH} or remove it"
        )
    if config.get("mcp_tools"):
        raise ConfigError(
            f"litellm_gateway_config: section 'mcp_tools' makes tools that LiteLLM {version} lets every key call "
            "without asking a callback, so no scope could hold: serve them by an MCP server of litellm_mcp_servers"
        )
