# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of gateway_state: the store of the keys' values around the module's run."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.keeping import forget_removed, store_of, values_for
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import StoreError


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if "key_values" in arguments:
            raise AnsibleActionFail("key_values is filled in from the store and must not be given.")
        keys = arguments.get("keys") or []
        if not keys and not arguments.get("purge"):
            return self._execute_module(task_vars=task_vars)
        store = store_of(arguments, task_vars, self._templar)
        check_mode = self._task.check_mode
        try:
            if check_mode:
                return self._module(arguments, values_for(store, _entries(keys), True), task_vars)
            with store.locked():
                result = self._module(arguments, values_for(store, _entries(keys), False), task_vars)
                absent = [one["name"] for one in _entries(keys) if one.get("state") == "absent" and one.get("name")]
                forget_removed(store, result.get("results") or [], absent)
                return result
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from None

    def _module(self, arguments, values, task_vars):
        return self._execute_module(module_args={**arguments, "key_values": values}, task_vars=task_vars)


def _entries(keys):
    """Only what looks like an entry; what does not is for the module to name."""
    return [one for one in keys if isinstance(one, dict)] if isinstance(keys, list) else []
