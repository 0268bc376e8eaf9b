# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of keys around a run, for the action plugins: made and stored before they are sent, removed after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import DEFAULT_PATH, FileStore, new_secret

KEY_PREFIX = "sk-"


def store_of(arguments: Mapping[str, Any], variables: Mapping[str, Any] | None, templar: Any) -> FileStore:
    """The store that a task means: its option, else the variable mcp_lan_store, else the default."""
    named = arguments.get("store") or templar.template((variables or {}).get("mcp_lan_store"))
    return FileStore(named or DEFAULT_PATH)


def values_for(store: FileStore, keys: Iterable[Mapping[str, Any]], check_mode: bool) -> dict[str, str]:
    """A value for each key that should be there and is ours; in check mode an empty one for what would be made."""
    values = {}
    for key in keys:
        name = key.get("name")
        if not isinstance(name, str) or key.get("state", "present") != "present" or key.get("hash"):
            continue
        value = store.get("keys", name)
        if value is None and not check_mode:
            value = new_secret(KEY_PREFIX)
            store.put("keys", name, value)
        values[name] = value or ""
    return values


def forget_removed(store: FileStore, results: Iterable[Mapping[str, Any]], absent: Iterable[str] = ()) -> list[str]:
    """Take the values of keys that are gone out of the store; only after the gateway has let go of them."""
    removed = {one["name"] for one in results if one["kind"] == "key" and one["action"] == "removed"}
    unchanged = {one["name"] for one in results if one["kind"] == "key" and one["action"] == "unchanged"}
    return [name for name in sorted(removed | (set(absent) & unchanged)) if store.remove("keys", name)]
