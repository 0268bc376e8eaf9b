# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of settings as their types have them: numbers and booleans that came as texts are what they mean."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import is_secret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.refusal import refuse
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import WORDS, kind_of


def by_reference(value: Any) -> bool:
    """Whether LiteLLM takes a value from its environment."""
    return isinstance(value, str) and value.startswith("os.environ/")


def settled(value: Any, types: Collection[str], place: str, name: str) -> Any:
    """The value as the setting's type has it; UserError where it cannot be that."""
    if not types or value is None or by_reference(value):
        return value
    if not isinstance(value, float) or math.isfinite(value):
        kind = _type_of(value)
        if kind in types or (kind == "int" and "float" in types):
            return value
        plain = from_text(value, types) if isinstance(value, str) else None
        if isinstance(value, float) and "int" in types and value.is_integer():
            plain = int(value)
        if plain is not None:
            return plain
    words = " or ".join(WORDS[one] for one in WORDS if one in types)
    inside = isinstance(value, (list, dict)) and value
    shown = kind_of(value) if inside or is_secret(name, str(value)) else repr(value)
    return refuse(f"{place}'{name}' has to be {words}, not {shown}")


def _type_of(value: Any) -> str:
    """The name of a YAML type: a value that Ansible has read is of a class of its own."""
    return next((kind.__name__ for kind in (bool, int, float, str, list, dict) if isinstance(value, kind)), "")


def from_text(text: str, types: Collection[str]) -> bool | int | float | None:
    """What a text says where a number or a boolean belongs: templates make texts of them before ansible-core 2.19."""
    if "bool" in types and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if ("int" in types or "float" in types) and re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        return int(text)
    return float(text) if "float" in types and re.fullmatch(r"[+-]?[0-9]{1,15}\.[0-9]{1,15}", text) else None
