# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of key: its value is made and stored before the module sends it, and removed after."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.keeping import (
    LookFailed,
    look,
    lost_values,
    minted,
    remember,
    successors_for,
    take_successors,
    tell,
    with_new_values,
)
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import StoreError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.stores import store_of


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        for name in ("value", "successor", "minted"):
            if name in arguments:
                raise AnsibleActionFail(f"{name} is filled in from the store and must not be given.")
        try:
            store = store_of(self, arguments.get("store"), task_vars)
            if self._task.check_mode:
                return self._module(store, arguments, task_vars)
            with store.locked():
                result = self._module(store, arguments, task_vars)
                if arguments.get("state") == "absent" and not result.get("failed"):
                    store.remove("keys", arguments["name"])
                    store.remove("successors", arguments["name"])
                return result
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from None
        except LookFailed as error:
            return error.result

    def _module(self, store, arguments, task_vars):
        check_mode = self._task.check_mode
        successors = successors_for(
            store,
            [arguments],
            None,
            (),
            lambda: look(self, arguments, task_vars),
            datetime.now(UTC),
            check_mode,
        )
        name = arguments.get("name")

        def module(key_values, minted_keys):
            given = (("value", key_values), ("successor", successors), ("minted", minted_keys))
            filled_in = {option: found[name] for option, found in given if name in found}
            return self._execute_module(module_args={**arguments, **filled_in}, task_vars=task_vars)

        lost, known = lost_values(store, [arguments]), minted(store)
        result = with_new_values(store, [arguments], check_mode, module)
        if result.get("failed"):
            return result
        done = [{"kind": "key", "name": name, "action": result["outcome"], "changes": result["changes"]}]
        replaced = [one for one in lost if one in known or "generation" in result["changes"]]
        tell(result, done, replaced)
        if not check_mode:
            take_successors(store, done, successors)
            remember(store, done)
        return result
