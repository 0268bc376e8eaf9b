# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of gateway_verify: the keys' values, and the digest of the guard that should be loaded."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.mcp_credential import brought_by_client
from ansible_collections.mcp_lan.litellm.plugins.module_utils.proof_models import facts_of
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import StoreError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.request_rules import guard_digest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.stores import store_of

# What of a server's entry the proof has to know; its credential is nothing to it.
OF_A_SERVER = ("name", "state", "alias", "transport", "access_groups", "tools", "tool_display_names")


def _only(entry, names):
    return {name: entry[name] for name in names if name in entry}


def _server(entry):
    return {**_only(entry, OF_A_SERVER), "client_credential": brought_by_client(entry)}


class ActionModule(ActionBase):
    """Reads the store and runs the module."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        """Fill in what only the controller knows."""
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        names = [key.get("name") for key in arguments.get("keys") or [] if isinstance(key, dict)]
        try:
            store = store_of(self, arguments.get("store"), task_vars)
            values = {name: store.get("keys", name) for name in names if name}
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from None
        arguments["key_values"] = {name: value for name, value in values.items() if value}
        arguments["mcp_servers"] = [_server(one) for one in arguments.get("mcp_servers") or [] if isinstance(one, dict)]
        models = [one for one in arguments.get("models") or [] if isinstance(one, dict)]
        arguments["models"] = [facts_of(one) for one in models if one.get("state", "present") == "present"]
        arguments["guard_digest"] = guard_digest()
        return self._execute_module(module_args=arguments, task_vars=task_vars)
