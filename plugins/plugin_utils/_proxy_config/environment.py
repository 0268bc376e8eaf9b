# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM's environment, by whichever door a person gives it."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.refusal import refuse
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be, kind_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER_CONFIG = "it would have LiteLLM read another configuration, without the guard"
_DATABASE = "the database is set by the postgres_db_* variables"
# Set by the role or made true another way, as RESERVED of checks.py is for settings.
RESERVED = {
    "LITELLM_MASTER_KEY": "the master key is made and kept by the key store",
    "LITELLM_SALT_KEY": "the salt key is made and kept by the key store",
    "DATABASE_URL": _DATABASE,
    "DIRECT_URL": _DATABASE,
    "DATABASE_HOST": _DATABASE,
    "DATABASE_USERNAME": _DATABASE,
    "DATABASE_PASSWORD": _DATABASE,
    "DATABASE_NAME": _DATABASE,
    "STORE_MODEL_IN_DB": "set litellm_gateway_store_model_in_db",
    "PYTHONPATH": "the guard and the request filter are loaded by it",
    "CONFIG_FILE_PATH": _OTHER_CONFIG,
    "WORKER_CONFIG": _OTHER_CONFIG,
    "LITELLM_CONFIG_BUCKET_NAME": _OTHER_CONFIG,
}


def check_environment(values: Any, place: str) -> None:
    """UserError at the first variable that cannot be, or cannot be set by a person."""
    if not isinstance(values, dict):
        refuse(f"{place} {has_to_be('a dictionary of names to values', values)}")
    for name, value in values.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            refuse(f"{place}: '{name}' is no name of a variable: write letters, digits and _ only")
        if name.upper() in RESERVED:
            refuse(f"{place}: '{name}' cannot be set here: {RESERVED[name.upper()]}")
        if value is None:
            refuse(f"{place}.{name} is empty: give it a value, or leave it out")
        if not isinstance(value, (str, int, float)):
            refuse(f"{place}.{name} has to be a text, not {kind_of(value)}")
        if "\0" in str(value):
            refuse(f"{place}.{name} has a character in it that no environment can hold")
