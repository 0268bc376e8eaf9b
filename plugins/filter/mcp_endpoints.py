# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter mcp_endpoints."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mcp_endpoints
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: What to probe, from MCP servers as they are declared
version_added: 1.0.0
description:
  - Turns servers as M(mcp_lan.litellm.mcp_server) has them into O(mcp_lan.litellm.mcp_probe#module:endpoints), with the
    headers that LiteLLM itself would send, and with what it would get a token with.
  - Those that are to be absent are left out, and so are those with a secret that the store has not, which nobody here
    could show to the server.
options:
  _input:
    description: The servers.
    type: list
    elements: dict
    required: true
  version:
    description: LiteLLM's version, where servers are to be spoken to with that version's peculiarities.
    type: str
    default: ""
  master_key:
    description:
      - The gateway's master key, of which the token is made that servers of the role mcp_service want to see. It is
        for those alone that are named as containers are, without a dot.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Speak to each server as the gateway will
  mcp_lan.litellm.mcp_probe:
    container: litellm
    endpoints: "{{ litellm_mcp_servers | mcp_lan.litellm.mcp_endpoints }}"
"""

RETURN = r"""
_value:
  description: The endpoints.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def mcp_endpoints(servers, version="", master_key=""):
    """The endpoints of the servers that are to be there."""
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.endpoints import endpoints

    try:
        return endpoints(servers, version, master_key)
    except UserError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"mcp_endpoints": mcp_endpoints}
