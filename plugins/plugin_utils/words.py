# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types as a person says them: Ansible gives values classes of its own, whose names mean nothing outside of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import Any

# Of YAML's and Ansible's types what belongs there.
WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "path": "a path",
    "list": "a list",
    "dict": "a dictionary",
}
_KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "a boolean"),
    (int, "a whole number"),
    (float, "a number"),
    ((str, bytes), "a text"),
    ((list, tuple), "a list"),
    (Mapping, "a dictionary"),
    (datetime.date, "a date"),
)
_CONVERSION = re.compile(
    r"(?:argument|Elements value for option) '(?P<option>.+?)' is of type .+?"
    r"(?: found in '(?P<place>.+?)')? and we were unable to convert to (?P<type>\w+): .*",
    re.DOTALL,
)


def kind_of(value: Any) -> str:
    """What a value is: C(a text), C(a list), C(a dictionary), ...; C(nothing) for none."""
    if value is None:
        return "nothing"
    return next((said for kind, said in _KINDS if isinstance(value, kind)), f"a {type(value).__name__}")


def has_to_be(what: str, value: Any) -> str:
    """The end of a sentence about a value of a wrong type."""
    return f"has to be {what}, {'and is empty' if value is None else 'not ' + kind_of(value)}"


def sober(message: str) -> str:
    """What Ansible says of an argument of a wrong type, without its own classes."""
    found = _CONVERSION.fullmatch(message)
    if not found or found["type"] not in WORDS:
        return message
    place = f"{found['place']}." if found["place"] else ""
    return f"'{place}{found['option']}' has to be {WORDS[found['type']]}"


def nearest(name: Any, known: Iterable[str]) -> str:
    """The one of the names that may be meant, by how alike they are or by what both of them say; empty for none."""
    found = [(_alikeness(str(name), one), one) for one in sorted(known)]
    best = max(found, default=(0.0, ""), key=lambda one: one[0])
    return best[1] if best[0] else ""


def _alikeness(name: str, other: str) -> float:
    """How alike two names are, from 0 to 1; 0 also where that is the chance of some letters."""
    match, shorter = SequenceMatcher(None, other, name), min(len(name), len(other))
    same = match.find_longest_match().size
    least = 0.5 if same >= max(3, shorter - (shorter > 4)) else 0.65 if same >= 12 else 0.75
    return match.ratio() if match.ratio() >= least else 0.0
