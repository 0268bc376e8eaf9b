# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of key: its value is made and stored before the module sends it, and removed after."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.keeping import store_of, values_for
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import StoreError


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if "value" in arguments:
            raise AnsibleActionFail("value is filled in from the store and must not be given.")
        store = store_of(arguments, task_vars, self._templar)
        try:
            if self._task.check_mode:
                return self._module(store, arguments, task_vars)
            with store.locked():
                result = self._module(store, arguments, task_vars)
                if arguments.get("state") == "absent" and not result.get("failed"):
                    store.remove("keys", arguments["name"])
                return result
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from None

    def _module(self, store, arguments, task_vars):
        values = values_for(store, [arguments], self._task.check_mode)
        value = {"value": values[arguments["name"]]} if values else {}
        return self._execute_module(module_args={**arguments, **value}, task_vars=task_vars)
