# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How what cannot be in config.yaml is refused: the place, what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NoReturn

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import Section
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import nearest

ROOT = "litellm_gateway_config"
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


def refuse(sentence: str) -> NoReturn:
    """It cannot be."""
    raise UserError(sentence, "config_invalid")


def hint(name: Any, known: Collection[str], otherwise: str) -> str:
    """The nearest of what there is, or what else to do."""
    near = nearest(name, known)
    return f"did you mean '{near}'?" if near else otherwise


def refuse_unread(place: str, name: Any, version: str, known: Section) -> NoReturn:
    """A name that the version does not read."""
    if name in known.newer:
        refuse(
            f"{place}'{name}' is not read by LiteLLM {version}, but by {known.newer[name]}: "
            f"remove it or set litellm_gateway_version to {known.newer[name]} or newer"
        )
    if name in known.older:
        refuse(f"{place}'{name}' is no longer read by LiteLLM {version} (it was by {known.older[name]}): remove it")
    if name in ELSEWHERE:
        refuse(f"{place}'{name}' is not read by LiteLLM (it ignores it without a word): {ELSEWHERE[name]}")
    refuse(
        f"{place}'{name}' is not read by LiteLLM {version} (it would ignore it without a word): "
        + hint(name, known.keys, "remove it")
    )
