# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a YAML file holds with an entry and without it, to hold an edit against."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

ITEM = re.compile(r"\[(\w+)=(.+)\]\Z")


def get(data: Any, path: tuple[str, ...]) -> Any:
    """Return what is at `path`, or None."""
    for key in path:
        if item := ITEM.match(key):
            each = data if isinstance(data, list) else []
            data = next((one for one in each if isinstance(one, dict) and one.get(item[1]) == item[2]), None)
        else:
            data = data.get(key) if isinstance(data, dict) else None
    return data


def with_entry(data: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return the same with the entry."""
    data = copy.deepcopy(data) if data is not None else {}
    inner = data
    for depth, key in enumerate(path[:-1]):
        if inner.get(key) is None:
            inner[key] = [] if ITEM.match(path[depth + 1]) else {}
        inner = inner[key]
    if not ITEM.match(path[-1]):
        inner[path[-1]] = value
        return data
    old = get(inner, path[-1:])
    if old is None:
        inner.append(value)
    else:
        inner[inner.index(old)] = value
    return data


def without_entry(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """What may be left without the entry: also without the mappings that held nothing else."""
    for depth in range(len(path), 0, -1):
        left = copy.deepcopy(data)
        parent = get(left, path[: depth - 1])
        key = path[depth - 1]
        if ITEM.match(key):
            parent.remove(get(parent, (key,)))
        else:
            del parent[key]
        yield left
        if len(parent):
            return
        # A mapping of nothing is read as none.
        if depth > 1 and not ITEM.match(path[depth - 2]):
            get(left, path[: depth - 2])[path[depth - 2]] = None
            yield left


def same(left: Any, right: Any) -> bool:
    """Return whether both hold the same, in whichever order."""
    return repr(_sorted(left)) == repr(_sorted(right))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(((repr(key), _sorted(each)) for key, each in value.items()), key=lambda pair: pair[0])
    return [_sorted(each) for each in value] if isinstance(value, list) else value
