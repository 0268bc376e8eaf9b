# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of inventory_check: a host's variables, as Ansible has them, held against the roles' specifications."""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_names import named_in, read_here, suspects
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import (
    meant_by_empty,
    refusals,
    specifications,
)


class ActionModule(ActionBase):
    """Judges everything, then fails with all that is wrong."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        """The module."""
        super().run(tmp, task_vars)
        _validated, arguments = self.validate_argument_spec(
            argument_spec={"prefixes": {"type": "list", "elements": "str", "default": []}}
        )
        prefixes = tuple(arguments["prefixes"])
        names = [name for name in specifications() if not prefixes or name.startswith(prefixes)]
        variables = {}
        for name in names:
            if name not in (task_vars or {}):
                continue
            try:
                variables[name] = _whole(self._templar.template(task_vars[name]))
            except (AnsibleError, TypeError, ValueError):
                # Who uses it says why: a secret of the store may not be made yet.
                continue
        wrong = refusals(variables)
        empty = meant_by_empty(variables)
        # Nothing that a play sets comes before what the command line says.
        given = load_extra_vars(self._loader)
        wrong += [
            f"{name} is empty on the command line: give it a value, or leave it out." for name in empty if name in given
        ]
        wrong += self._unknown(task_vars or {}, prefixes)
        if wrong:
            return {
                "failed": True,
                "msg": "\n".join([*wrong, "Nothing has been changed."]),
                "code": "inventory_invalid",
            }
        return {"changed": False, "empty": empty}

    def _unknown(self, task_vars, prefixes):
        """A sentence for each variable that is meant for the site, and that neither it nor another variable reads."""
        found = suspects(name for name in task_vars if not prefixes or name.startswith(prefixes))
        if not found:
            return []
        # What a play before has registered or set is no line of an inventory.
        kept = getattr(self._task.get_variable_manager(), "_nonpersistent_fact_cache", {})
        read = read_here() | named_in(task_vars, found) | set(kept.get(task_vars.get("inventory_hostname"), ()))
        hostvars = task_vars.get("hostvars") or {}
        for host in hostvars if found.keys() - read else ():
            read |= named_in(hostvars.raw_get(host), found)
        return [sentence for name, sentence in found.items() if name not in read]


def _whole(value):
    """A value with all that is in it: templates inside are worked out when they are looked at."""
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(inner) for inner in value]
    return value
