# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of a configuration file as bytes, whatever its format."""

from __future__ import annotations

from functools import partial
from typing import Any

from . import env_edit, json_edit, toml_edit, yaml_edit
from .text import Encoding, decode

_SET = {
    "json": json_edit.set_entry,
    "jsonc": partial(json_edit.set_entry, comments=True),
    "toml": toml_edit.set_entry,
    "yaml": yaml_edit.set_entry,
    "env": env_edit.set_entry,
}
_REMOVE = {
    "json": json_edit.remove_entry,
    "jsonc": partial(json_edit.remove_entry, comments=True),
    "toml": toml_edit.remove_entry,
    "yaml": yaml_edit.remove_entry,
    "env": env_edit.remove_entry,
}
_GET = {
    "json": json_edit.get_entry,
    "jsonc": partial(json_edit.get_entry, comments=True),
    "toml": toml_edit.get_entry,
    "yaml": yaml_edit.get_entry,
    "env": env_edit.get_entry,
}


def _text(data: bytes | None) -> tuple[str | None, Encoding]:
    return (None, Encoding()) if data is None else decode(data)


def set_entry(
    kind: str, data: bytes | None, path: tuple[str, ...], value: Any, base: dict[str, Any] | None = None
) -> bytes:
    """Return the file with `value` at `path`; None is a file that does not exist yet.

    What the program wants at the top of the file besides, `base`, is added where it is missing.
    """
    text, encoding = _text(data)
    for name, each in (base or {}).items():
        if _GET[kind](text, (name,)) is None:
            text = _SET[kind](text, (name,), each)
    return encoding.encode(_SET[kind](text, path, value))


def remove_entry(
    kind: str, data: bytes | None, path: tuple[str, ...], base: dict[str, Any] | None = None
) -> bytes | None:
    """Return the file without the entry; None if the file was made for it and nothing else is in it."""
    text, encoding = _text(data)
    left = _REMOVE[kind](text, path)
    if base and left is not None and _GET[kind](left, ()) == base:
        for name in reversed(base):
            left = _REMOVE[kind](left, (name,))
    return None if left is None else encoding.encode(left)


def get_entry(kind: str, data: bytes | None, path: tuple[str, ...]) -> Any:
    """Return what is at `path`, or None."""
    return _GET[kind](_text(data)[0], path)
