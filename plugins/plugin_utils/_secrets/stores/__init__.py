# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which store is meant: one rule for every action plugin and lookup.

The option of the task or lookup, else the variable mcp_lan_store, else MCP_LAN_STORE of the environment, else the
default. ``some-vault:PLACE`` is what the module ``some_vault`` of this folder opens: it has ``FORM``, how a person
writes its place, and ``open_store(plugin, place, variables)``. All else is a directory of plain files.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import DEFAULT_PATH, FileStore, Store

_KIND = re.compile(r"([A-Za-z][\w-]*):")


def default_place(prefix: str | None) -> str:
    """Where a deployment's values are by default: a second one on a host, which has a prefix, has its own."""
    name = str(prefix or "").removesuffix("-")
    return posixpath.join(posixpath.dirname(DEFAULT_PATH), name) if name else DEFAULT_PATH


def store_of(plugin: Any, named: str | None, variables: Mapping[str, Any] | None) -> Store:
    """The store that a task of an action plugin, or a lookup, means."""
    variables = variables or {}
    said = named or plugin._templar.template(variables.get("mcp_lan_store")) or os.environ.get("MCP_LAN_STORE")
    place = str(said or default_place(plugin._templar.template(variables.get("mcp_lan_prefix"))))
    kind = _KIND.match(place)
    if not kind:
        return FileStore(os.path.expandvars(place))
    known = {found.name.replace("_", "-"): f"{__name__}.{found.name}" for found in pkgutil.iter_modules(__path__)}
    if kind[1] not in known:
        forms = " or ".join(importlib.import_module(module).FORM for module in known.values())
        raise UserError(f"mcp_lan_store: {place!r} is no store; it is a directory, {forms}.", "store_failed")
    return importlib.import_module(known[kind[1]]).open_store(plugin, place, variables)
