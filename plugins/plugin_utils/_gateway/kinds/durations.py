# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of time: what people write, and what of it LiteLLM does.

LiteLLM reads one in two ways. As a lifetime (duration_in_seconds) it takes any number of s, m, h, d and w. As a period
of a budget (get_next_standardized_reset_time) 1.77.3 knows no w, and what it does not know it takes for a day without a
word; more hours than a day has end with the next day; and a number of seconds, minutes or hours that does not divide
the unit above it begins anew with each of these. In both, more months than one fail or come out wrong.
"""

from __future__ import annotations

import re
from fractions import Fraction

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

DAY = 86400
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": DAY, "w": 7 * DAY, "mo": 30 * DAY}
_LONG = 36500 * DAY  # what stands for no end at all
_UNITS = {
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w wk wks week weeks",
    "mo": "mo mos month months",
    "y": "y yr yrs year years",
}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names.split()}
_WORDS = {
    "hourly": "1h",
    "daily": "1d",
    "weekly": "1w",
    "fortnightly": "2w",
    "monthly": "1mo",
    "quarterly": "3mo",
    "yearly": "1y",
    "annually": "1y",
}
_SPAN = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z]*)", re.ASCII)
_HOW = "write a whole number and s, m, h, d, w or mo"


def in_seconds(text: object) -> int:
    """A span that this collection itself waits for; a month is thirty days of it."""
    return _whole(text, *_read(text))


def alike(one: object, other: object) -> bool:
    """Whether two spans are equally long, however they are written."""
    try:
        return in_seconds(one) == in_seconds(other)
    except UserError:
        return one == other


def lifetime(text: object) -> str:
    """The same span as LiteLLM reads it where something ends once."""
    number, unit = _read(text)
    seconds = _whole(text, number, unit)
    if unit == "mo":
        if number != 1:
            raise UserError(
                _no(text, "LiteLLM counts no other number of months than one", f"{seconds // DAY}d"), "time_invalid"
            )
        return "1mo"
    if number.denominator == 1:
        return f"{number}{unit}"
    return next(f"{seconds // _SECONDS[one]}{one}" for one in ("d", "h", "m", "s") if seconds % _SECONDS[one] == 0)


def period(text: object) -> str:
    """The same span as LiteLLM reads it where something starts again and again."""
    number, unit = _read(text)
    seconds = _whole(text, number, unit)
    if unit == "mo":
        return lifetime(text)
    if number.denominator == 1 and _kept(int(number), unit):
        return f"{number}{unit}"
    # An hour's or a minute's multiple is kept exactly as so many of the next smaller unit.
    for smaller, least in (("d", DAY), ("m", 3600), ("s", 60)):
        if seconds % least == 0 and _kept(seconds // _SECONDS[smaller], smaller):
            return f"{seconds // _SECONDS[smaller]}{smaller}"
    raise UserError(_no(text, "LiteLLM starts no budget anew in such a time", *_neighbours(seconds)), "time_invalid")


def _kept(number: int, unit: str) -> bool:
    """Whether a period of so many of a unit is always as long as it says."""
    if unit == "d":
        return True
    if unit == "h":
        return 24 % number == 0
    return unit in ("m", "s") and (60 % number == 0 or number % 60 == 0) and number * _SECONDS[unit] <= DAY


def _neighbours(seconds: int) -> tuple[str, ...]:
    """The periods next to one that is not kept."""
    if seconds > DAY:
        return f"{seconds // DAY}d", f"{seconds // DAY + 1}d"
    if seconds > 60:
        return f"{seconds // 60 * 60}s", f"{(seconds // 60 + 1) * 60}s"
    divisors = [one for one in range(1, 61) if 60 % one == 0]
    return f"{max(one for one in divisors if one < seconds)}s", f"{min(one for one in divisors if one > seconds)}s"


def _read(text: object) -> tuple[Fraction, str]:
    said = str(text).strip()
    match = _SPAN.fullmatch(_WORDS.get(said.lower(), said))
    if not match or isinstance(text, bool):
        raise UserError(f"{said!r} is not a span of time: {_HOW}, such as 30d.", "time_invalid")
    number, unit = Fraction(match[1]), _UNIT_OF.get(match[2].lower())
    if match[2] == "M":
        raise UserError(_no(text, "it may mean minutes or months", f"{match[1]}m", f"{match[1]}mo"), "time_invalid")
    if not match[2]:
        raise UserError(_no(text, "its unit is missing", f"{max(1, int(number))}d"), "time_invalid")
    if unit is None:
        raise UserError(
            f"{said!r} is not a span of time, {match[2]!r} is no unit of it: {_HOW}, such as 30d.", "time_invalid"
        )
    if unit == "y":
        raise UserError(_no(text, "LiteLLM counts no years", f"{max(1, int(number * 365))}d"), "time_invalid")
    return number, unit


def _whole(text: object, number: Fraction, unit: str) -> int:
    seconds = number * _SECONDS[unit]
    if seconds < 1:
        raise UserError(_no(text, "no time passes in it", f"1{unit}"), "time_invalid")
    if seconds >= _LONG:
        raise UserError(_no(text, "it is longer than LiteLLM counts", f"{_LONG // DAY - 1}d"), "time_invalid")
    if seconds.denominator != 1:
        raise UserError(_no(text, "LiteLLM counts in whole seconds", f"{int(seconds)}s"), "time_invalid")
    return int(seconds)


def _no(text: object, why: str, *instead: str) -> str:
    return f"{str(text).strip()!r} cannot be used, {why}: write {' or '.join(instead)}."
