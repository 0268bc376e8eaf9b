# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At which age each key's value is to be replaced."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rotation_ages
short_description: At which age each key's value is to be replaced
version_added: 1.0.0
description:
  - What C(rotate) of an entry and C(litellm_rotate) say together, in seconds. Keys that are rotated only when it is
    asked for, and those that are not the inventory's to rotate, are left out.
options:
  _input:
    description: The keys, as in C(litellm_keys).
    type: list
    elements: dict
    required: true
  rotate:
    description: What holds for all of them, as in C(litellm_rotate).
    type: dict
    default: {}
positional: rotate
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Say when keys are due
  ansible.builtin.debug:
    msg: "{{ litellm_keys | mcp_lan.litellm.rotation_ages(litellm_rotate) }}"
"""

RETURN = r"""
_value:
  description: Seconds by the key's name.
  type: dict
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of


def rotation_ages(keys, rotate=None):
    """Seconds by name."""
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.lifecycle import terms_of

    if not isinstance(keys, (list, tuple)):
        raise AnsibleFilterError(f"litellm_keys: this is {kind_of(keys)}.")
    if rotate is not None and not isinstance(rotate, Mapping):
        raise AnsibleFilterError(f"litellm_rotate: this is {kind_of(rotate)}.")
    ages = {}
    for number, entry in enumerate(keys):
        if not isinstance(entry, Mapping):
            raise AnsibleFilterError(f"litellm_keys[{number}]: it is a dictionary, this is {kind_of(entry)}.")
        if entry.get("hash") or entry.get("state", "present") != "present":
            continue
        try:
            after = terms_of(entry.get("rotate"), rotate).after
        except UserError as error:
            raise AnsibleFilterError(f"litellm_keys[{number}]: {error}") from None
        if after is not None and entry.get("name"):
            ages[str(entry["name"])] = int(after.total_seconds())
    return ages


class FilterModule:
    """The filter."""

    def filters(self):
        return {"rotation_ages": rotation_ages}
