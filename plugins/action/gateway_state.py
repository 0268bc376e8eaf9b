# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of gateway_state: the store of the keys' values around the module's run."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.keeping import (
    LookFailed,
    forget_removed,
    look,
    rotated,
)
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import ResourceError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.rotation import pick
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import StoreError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.stores import store_of

FILLED_IN = ("key_values", "key_successors", "revoked_keys", "minted_keys")


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        for name in FILLED_IN:
            if name in arguments:
                raise AnsibleActionFail(f"{name} is filled in by the action plugin and must not be given.")
        keys = arguments.get("keys") or []
        if not keys and not arguments.get("purge"):
            return self._execute_module(task_vars=task_vars)
        try:
            store = store_of(self, arguments.get("store"), task_vars)
            if self._task.check_mode:
                return self._rotated(store, arguments, _entries(keys), task_vars)
            with store.locked():
                result = self._rotated(store, arguments, _entries(keys), task_vars)
                absent = [one["name"] for one in _entries(keys) if one.get("state") == "absent" and one.get("name")]
                forget_removed(store, result.get("results") or [], absent)
                return result
        except (StoreError, ResourceError) as error:
            raise AnsibleActionFail(str(error)) from None
        except LookFailed as error:
            return error.result

    def _rotated(self, store, arguments, entries, task_vars):
        named = arguments.get("rotate_now") or []
        teams = arguments.get("rotate_now_teams") or []
        return rotated(
            store,
            entries,
            _mapping(arguments.get("rotate")),
            pick(named, entries, teams) if named or teams else [],
            lambda: look(self, arguments, task_vars),
            lambda **filled_in: self._execute_module(module_args={**arguments, **filled_in}, task_vars=task_vars),
            datetime.now(UTC),
            self._task.check_mode,
            bool(arguments.get("revoke")),
        )


def _entries(keys):
    """Only what looks like an entry; what does not is for the module to name."""
    return [one for one in keys if isinstance(one, dict)] if isinstance(keys, list) else []


def _mapping(value):
    return value if isinstance(value, dict) else {}
