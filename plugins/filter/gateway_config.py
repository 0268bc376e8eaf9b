# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter gateway_config."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gateway_config
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Checks the sections of a LiteLLM config.yaml
version_added: 1.0.0
description:
  - Returns the configuration when the given version of LiteLLM reads every section and setting of it.
  - LiteLLM ignores what it does not know without a word, so anything else fails here, by name, with the place where
    it belongs or the version that has it.
options:
  _input:
    description: The configuration as a dictionary of sections.
    type: dict
    required: true
  version:
    description: The version of LiteLLM that is to read it.
    type: str
    required: true
  guard:
    description: Whether the guard is put before the callbacks that it names.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Refuse what this version would ignore
  ansible.builtin.set_fact:
    checked: "{{ {'router_settings': {'num_retries': 2}} | mcp_lan.litellm.gateway_config(version='1.77.3') }}"
"""

RETURN = r"""
_value:
  description: The configuration.
  type: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def gateway_config(config, version, guard=False):
    """Return `config` when LiteLLM `version` reads all of it."""
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.checks import check, guarded

    try:
        return guarded(config, version) if guard else check(config, version)
    except UserError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"gateway_config": gateway_config}
