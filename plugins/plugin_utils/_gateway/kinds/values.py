# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers and switches that are given as text, as templates of ansible-core before 2.19 give all of them; and texts
that YAML takes for numbers and dates.

LiteLLM makes some of them what they mean, keeps others as the text that they are, and drops an empty one. It refuses a
number where it has a text, and takes each letter for an item where it has a list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import has_placeholder
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be

_WHOLE = re.compile(
    r"rpm|tpm|max_retries|num_retries|order|max_parallel_requests|max_(\w+_)?tokens|n|seed|top_k|dimensions"
)
_NUMBER = re.compile(
    r"(stream_)?timeout|max_file_size_mb|max_budget|temperature|top_p|cooldown_time|weight|(presence|frequency)_penalty"
    r"|\w*_cost(_per_\w+)?(_above_\w+)?"
)
_SWITCH = re.compile(
    r"stream|use_in_pass_through|use_litellm_proxy|merge_reasoning_content_in_choices|drop_params|supports_\w+"
    r"|disable_background_health_check"
)
_TEXT = re.compile(
    r"api_(key|base|version)|base_url|base_model|organization|custom_llm_provider|litellm_credential_name|region_name"
    r"|(aws|watsonx|s3)_(\w+_)?(id|key|name|token)|vertex_(project|location)|(gcs_)?bucket_name|tenant_id"
    r"|client_(id|secret)|azure_(ad_token|password|scope|username)"
)
_LIST = re.compile(r"access_groups|supported_environments|tags")
_WRITTEN = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?\s*", re.ASCII)
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def as_meant(values: Mapping[str, Any], option: str, several: Collection[str] = ()) -> dict[str, Any]:
    """The same without what is empty, and with each text that stands for a number or a switch as that.

    several: names of texts in whose place there may be a list of them.
    """
    return {
        name: _texts(value, f"{option}.{name}")
        if name in several and value and isinstance(value, list)
        else _meant(name, value, f"{option}.{name}")
        for name, value in values.items()
        if value != ""
    }


def _meant(name: str, value: Any, place: str) -> Any:
    if value is None or (isinstance(value, str) and value.startswith("os.environ/")) or has_placeholder(value):
        return value
    if _TEXT.fullmatch(name):
        return _text(value, place)
    if _LIST.fullmatch(name):
        if not isinstance(value, (list, tuple)):
            raise UserError(f"{place} {has_to_be('a list', value)}.", "entry_refused")
        return _texts(value, place)
    if _SWITCH.fullmatch(name):
        said = str(value).strip().lower()
        if isinstance(value, (bool, int, str)) and said in _TRUE + _FALSE:
            return said in _TRUE
        raise UserError(f"{place} is {value!r}, which is neither true nor false: write one of them.", "entry_refused")
    whole = _WHOLE.fullmatch(name)
    if not whole and not _NUMBER.fullmatch(name):
        return value
    if isinstance(value, Mapping) and not whole:
        return value  # a cost that differs with what is asked for
    number = _number(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
    if number is None or (whole and not isinstance(number, int)):
        kind = "whole number" if whole else "number"
        raise UserError(
            f"{place} is {value!r}, which is no {kind}: write one such as 10, or leave it out.", "entry_refused"
        )
    return number


def _texts(value: Sequence[Any], place: str) -> list[str]:
    return [_text(one, f"{place}[{number}]") for number, one in enumerate(value)]


def _text(value: Any, place: str) -> str:
    """A number is one that YAML has made of a text without quotes, as of a project or a version; so is a date."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, date)):
        raise UserError(f"{place} {has_to_be('a text', value)}.", "entry_refused")
    return value if isinstance(value, str) else str(value)


def costs(values: Mapping[str, Any], option: str) -> dict[str, float]:
    """A dictionary of numbers from 0 on, some of which may be given as text; without those that are empty."""
    found = {}
    for name, value in values.items():
        if value in (None, ""):
            continue
        number = _number(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
        if number is None or number < 0:
            place = f"{option}.{name}".removeprefix(".")
            raise UserError(
                f"{place} is {value!r}, which is no number from 0 on: write one such as 0.01.", "entry_refused"
            )
        found[name] = float(number)
    return found


def _number(text: str | float) -> int | float | None:
    if isinstance(text, str) and not _WRITTEN.fullmatch(text):
        return None  # Python takes 1_000 and the digits of every script for numbers
    try:
        number = float(text)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def alike(desired: Any, current: Any) -> bool:
    """Whether two values mean the same, though one of them may be a text."""
    if isinstance(desired, Mapping) and isinstance(current, Mapping):
        return desired.keys() == current.keys() and all(alike(value, current[name]) for name, value in desired.items())
    if isinstance(desired, list) and isinstance(current, list):
        return len(desired) == len(current) and all(map(alike, desired, current))
    if isinstance(desired, str) == isinstance(current, str):
        return desired == current
    text, other = (desired, current) if isinstance(desired, str) else (current, desired)
    if isinstance(other, bool):
        return text.strip().lower() in (_TRUE if other else _FALSE)
    return isinstance(other, (int, float)) and _number(text) == other
