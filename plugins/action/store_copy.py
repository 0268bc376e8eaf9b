# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies what one store holds into another one, of whatever kind. All of it runs on the controller."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of

SALT_KEY = ("secrets", "salt_key")


class ActionModule(ActionBase):
    """Nothing is written before it is known that nothing has to be overwritten."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(
            argument_spec={"source": {"type": "str", "required": True}, "store": {"type": "str"}}
        )
        try:
            source = store_of(self, arguments["source"], task_vars)
            target = store_of(self, arguments["store"], task_vars)
            if source.place.rpartition(":")[2] == target.place.rpartition(":")[2]:
                raise AnsibleActionFail(
                    f"{source.place} and {target.place} are one place: choose another one to copy to."
                )
            if self._task.check_mode:
                missing = self._missing(source, target)
            else:
                with source.locked(), target.locked():
                    missing = self._missing(source, target)
                    # Last the salt key: by it a restore that was ended here sees that all of the store is there.
                    for (kind, name), value in sorted(missing.items(), key=lambda one: one[0] == SALT_KEY):
                        target.put(kind, name, value)
        except UserError as error:
            # Returned, not raised: Ansible asks failed_when of what is returned alone.
            return {"failed": True, "msg": str(error), "code": error.code}
        copied = [f"{kind}/{name}" for kind, name in missing]
        sides = {"before": "", "after": "".join(f"{target.place}: {name}\n" for name in copied)}
        return {"changed": bool(copied), "copied": copied, "diff": sides if copied else {}}

    @staticmethod
    def _missing(source, target):
        values = {(kind, name): source.get(kind, name) for kind in KINDS for name in source.names(kind)}
        if not values:
            raise AnsibleActionFail(f"The store {source.place} holds nothing: correct the place to copy from.")
        current = {one: target.get(*one) for one in values}
        differing = [
            f"{kind}/{name}" for (kind, name), value in current.items() if value not in (None, values[kind, name])
        ]
        if differing:
            raise AnsibleActionFail(
                f"The store {target.place} has another value of {', '.join(differing)} than {source.place}: remove "
                "those that are not needed; nothing has been copied."
            )
        return {one: value for one, value in values.items() if current[one] is None}
