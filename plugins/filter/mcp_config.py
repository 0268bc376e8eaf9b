# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter mcp_config."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mcp_config
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: The MCP servers that a LiteLLM version holds in config.yaml alone
version_added: 1.0.0
description:
  - Before 1.79.3 LiteLLM keeps the credential of an MCP server in config.yaml and nowhere else. Of servers as
    M(mcp_lan.litellm.mcp_server) has them, this picks those that belong there.
  - What M(mcp_lan.litellm.gateway_check) refuses, such as an entry without a name, is left out.
  - The credential itself is not in what goes to config.yaml; there an environment variable is named in its place.
options:
  _input:
    description: The servers.
    type: list
    elements: dict
    required: true
  version:
    description: LiteLLM's version.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: What config.yaml has to hold of them
  ansible.builtin.set_fact:
    section: "{{ (litellm_mcp_servers | mcp_lan.litellm.mcp_config(version='1.77.3')).mcp_servers }}"
"""

RETURN = r"""
_value:
  description:
    - The section C(mcp_servers) of config.yaml, and as C(environment) the variables that it names, with their values.
      Both are empty from 1.79.3 on.
  type: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def mcp_config(servers, version):
    """What belongs into config.yaml, and into the environment; what is no server or version is refused elsewhere."""
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.mcp_config import config_of

    listed = servers if isinstance(servers, (list, tuple)) else []
    named = [one for one in listed if isinstance(one, dict) and isinstance(one.get("name"), str) and one["name"]]
    try:
        return config_of(named, str(version))
    except UserError as error:
        raise AnsibleFilterError(str(error)) from None
    except CapabilityError:
        return {"mcp_servers": {}, "environment": {}}


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"mcp_config": mcp_config}
