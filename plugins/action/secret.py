# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, replaces and removes a secret of the controller's store. All but the recovery runs on the controller."""

from __future__ import annotations

import base64

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.project import read_env_file
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError, action_failure
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.secret_values import REFUSED, ask
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import new_secret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of

NOT_ROTATED = {
    "salt_key": "LiteLLM has encrypted with it what its database holds of models, credentials and MCP servers, and "
    "could read none of it with another one; see docs/secrets.md for what to do if somebody else has seen it"
}
NOT_YET = (
    "A new master key waits in the store for the gateway at {}, which takes the one before: run site.yml, which gives "
    "it to the gateway."
)
STATES = {
    "present": ("absent", "present"),
    "absent": ("present", "absent"),
    "pending": ("one value", "one value, and one that is to follow it"),
    "promoted": ("one value, and one that is to follow it", "one value, which followed the one before"),
}


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
                "state": {"type": "str", "choices": list(STATES), "default": "present"},
                "api_url": {"type": "str"},
                "recover": {
                    "type": "dict",
                    "options": {
                        "path": {"type": "str", "required": True},
                        "variable": {"type": "str", "required": True},
                    },
                },
                "store": {"type": "str"},
            }
        )
        name, state = arguments["name"], arguments["state"]
        if arguments["length"] < 16:
            raise AnsibleActionFail("length: a secret of fewer than 16 bytes can be guessed; leave it at 32.")
        if state == "pending" and name in NOT_ROTATED:
            raise AnsibleActionFail(f"{name} cannot be rotated: {NOT_ROTATED[name]}.")
        try:
            store = store_of(self, arguments["store"], task_vars)
            differs = self._differs(store, arguments)
            if self._task.check_mode or not differs:
                return self._result(arguments, differs)
            with store.locked():
                return self._make_true(store, arguments, task_vars)
        except UserError as error:
            raise action_failure(error) from None

    @staticmethod
    def _differs(store, arguments):
        name, state = arguments["name"], arguments["state"]
        current = store.get("secrets", name) is not None
        if state in ("present", "absent"):
            return current == (state == "absent")
        if not current:
            if state == "pending":
                raise AnsibleActionFail(f"The store {store.place} has no secret {name} that could be rotated.")
            return False
        return (store.get("secret_successors", name) is None) == (state == "pending")

    def _make_true(self, store, arguments, task_vars):
        if not self._differs(store, arguments):  # another run was faster
            return self._result(arguments, False)
        if arguments["state"] == "promoted" and arguments["api_url"] and not self._taken(store, arguments):
            return {**self._result(arguments, False), "warnings": [NOT_YET.format(arguments["api_url"])]}
        return self._result(arguments, True, self._apply(store, arguments, task_vars))

    def _apply(self, store, arguments, task_vars):
        """Do what the state says; true if a value was found on the host."""
        name, state = arguments["name"], arguments["state"]
        if state == "absent":
            store.remove("secret_successors", name)
            store.remove("secrets", name)
        elif state == "promoted":
            # In this order: a run that dies between the two leaves the same value twice.
            store.put("secrets", name, store.get("secret_successors", name))
            store.remove("secret_successors", name)
        elif state == "pending":
            store.put("secret_successors", name, new_secret(arguments["prefix"], arguments["length"]))
        else:
            found = self._found(arguments["recover"], task_vars) if arguments["recover"] else None
            store.put("secrets", name, found or new_secret(arguments["prefix"], arguments["length"]))
            return found is not None
        return False

    @staticmethod
    def _taken(store, arguments):
        """Whether the gateway takes the successor; a run that did not give it to the gateway leaves it waiting."""
        try:
            ask(store, arguments["api_url"], store.get("secret_successors", arguments["name"]))
        except ApiError as error:
            if error.status in REFUSED:
                return False
            raise action_failure(error) from None
        return True

    def _found(self, recover, task_vars):
        """The value in an environment file of the host, which a store that was lost has no other copy of."""
        answer = self._execute_module(
            "ansible.builtin.slurp", module_args={"src": recover["path"]}, task_vars=task_vars
        )
        if answer.get("failed"):
            if "not found" in answer.get("msg", ""):
                return None
            raise AnsibleActionFail(
                f"{recover['path']} of the host may hold the value that the store has lost, and cannot be read: "
                f"{answer.get('msg')}"
            )
        lines = base64.b64decode(answer["content"]).decode("utf-8").splitlines()
        name, value = recover["variable"], ""
        for line in lines:
            if line.startswith(f"{name}="):
                value = line.partition("=")[2]
        if value.startswith('"'):
            # As Compose reads it: what needs it, the collection writes between quotes.
            value = read_env_file(f"{name}={value}", recover["path"])[name]
        return value or None

    @staticmethod
    def _result(arguments, changed, recovered=False):
        name = arguments["name"]
        before, after = STATES[arguments["state"]]
        return {
            "changed": changed,
            "name": name,
            "recovered": bool(recovered),
            "diff": {"before": f"{name}: {before}\n", "after": f"{name}: {after}\n"} if changed else {},
        }
