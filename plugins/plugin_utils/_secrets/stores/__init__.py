# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which store is meant: one rule for every action plugin and lookup.

The option of the task or lookup, else the variable mcp_lan_store, else MCP_LAN_STORE of the environment, else the
default.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import DEFAULT_PATH, FileStore, Store

ANSIBLE_VAULT, HASHI_VAULT = "ansible-vault:", "hashi-vault:"
_KIND = re.compile(r"[a-z][a-z0-9-]*:")


def default_place(prefix: str | None) -> str:
    """Where a deployment's values are by default: a second one on a host, which has a prefix, has its own."""
    name = str(prefix or "").removesuffix("-")
    return posixpath.join(posixpath.dirname(DEFAULT_PATH), name) if name else DEFAULT_PATH


def store_of(plugin: Any, named: str | None, variables: Mapping[str, Any] | None) -> Store:
    """The store that a task of an action plugin, or a lookup, means."""
    variables = variables or {}
    said = named or plugin._templar.template(variables.get("mcp_lan_store")) or os.environ.get("MCP_LAN_STORE")
    place = str(said or default_place(plugin._templar.template(variables.get("mcp_lan_prefix"))))
    if place.startswith(HASHI_VAULT):
        from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores.hashi_vault import (
            HashiVaultStore,
            connector,
        )

        return HashiVaultStore(place, connector(plugin, variables))
    if place.startswith(ANSIBLE_VAULT):
        from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores.ansible_vault import (
            AnsibleVaultStore,
        )

        return AnsibleVaultStore(place, plugin._loader._vault.secrets)
    if _KIND.match(place):
        raise UserError(
            f"mcp_lan_store: {place!r} is no store; it is a directory, {ANSIBLE_VAULT}DIRECTORY or "
            f"{HASHI_VAULT}MOUNT/PATH.",
            "store_failed",
        )
    return FileStore(os.path.expandvars(place))
