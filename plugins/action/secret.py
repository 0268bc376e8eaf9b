# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a secret in the controller's store if it is missing. All of it runs on the controller."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.keeping import store_of
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import StoreError, new_secret


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(
            argument_spec={
                "name": {"type": "str", "required": True},
                "prefix": {"type": "str", "default": ""},
                "length": {"type": "int", "default": 32},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "store": {"type": "path"},
            }
        )
        if arguments["length"] < 16:
            raise AnsibleActionFail("length: a secret of fewer than 16 bytes can be guessed; leave it at 32.")
        store = store_of(arguments, task_vars, self._templar)
        try:
            if self._task.check_mode:
                return self._result(arguments, self._differs(store, arguments))
            with store.locked():
                differs = self._differs(store, arguments)
                if differs and arguments["state"] == "present":
                    store.put("secrets", arguments["name"], new_secret(arguments["prefix"], arguments["length"]))
                elif differs:
                    store.remove("secrets", arguments["name"])
                return self._result(arguments, differs)
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from None

    @staticmethod
    def _differs(store, arguments):
        return (store.get("secrets", arguments["name"]) is None) == (arguments["state"] == "present")

    @staticmethod
    def _result(arguments, changed):
        other = {"present": "absent", "absent": "present"}
        sides = {"before": other[arguments["state"]], "after": arguments["state"]}
        name = arguments["name"]
        return {
            "changed": changed,
            "name": name,
            "diff": {side: f"{name}: {text}\n" for side, text in sides.items()} if changed else {},
        }
