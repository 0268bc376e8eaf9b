# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One variable of a .env file; every other byte stays as it is."""

from __future__ import annotations

import re

from .lines import remove_line, set_line

# A value, as readers of such files have it: in quotation marks, or up to a comment, which a space comes before.
_VALUE = r"""(?:"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'|[^\r\n]*?)(?=[ \t]*(?:[ \t]\#[^\r\n]*)?\r?$)"""


def _found(text: str | None, name: str) -> list[re.Match[str]]:
    return list(
        re.finditer(rf"(?m)^[ \t]*(?:export[ \t]+)?{re.escape(name)}[ \t]*=[ \t]*({_VALUE}).*?\r?$", text or "")
    )


def set_entry(text: str | None, path: tuple[str, ...], value: str) -> str:
    """Return the file with this variable; None is a file that does not exist yet."""
    (name,) = path
    if not _found(text, name):
        return set_line(text, f"{name}={value}")
    for match in reversed(_found(text, name)):
        text = text[: match.start(1)] + value + text[match.end(1) :]
    return text


def remove_entry(text: str | None, path: tuple[str, ...]) -> str | None:
    """Return the file without this variable; None if nothing else was in it."""
    for match in _found(text, path[0]):
        text = remove_line(text, match[0].removesuffix("\r"))
    return text


def get_entry(text: str | None, path: tuple[str, ...]) -> str | None:
    """Return the variable's value, or None; of several the last one counts."""
    found = _found(text, path[0])
    return found[-1][1].strip().strip("'\"") if found else None
