# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter mcp_services."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mcp_services
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Everything about MCP services, from the few lines that declare them
version_added: 1.0.0
description:
  - Completes the entries of C(mcp_services) with what the catalogue of the role mcp_service and the defaults say, and
    fails with one sentence where an entry cannot be as it is.
  - Each becomes what the role mcp_service runs (RV(_value[].image), RV(_value[].command), ...), what is registered at
    the gateway (RV(_value[].registration)) and the call that shows that it works (RV(_value[].call)).
options:
  _input:
    description: The entries; nothing is no entry.
    type: list
    elements: dict
    required: true
  prefix:
    description: What the names of containers, networks and volumes begin with.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: What is registered for two services
  ansible.builtin.debug:
    msg: "{{ services | mcp_lan.litellm.mcp_services | map(attribute='registration') }}"
  vars:
    services:
      - name: time
      - name: notes
        package: {pypi: mcp-notes, version: 1.2.3}
        command: [mcp-notes, --folder=/data]
        volumes: ["/srv/notes:/data"]
"""

RETURN = r"""
_value:
  description: The services.
  type: list
  elements: dict
  contains:
    image:
      description: What to run, as in the role container_service.
      type: raw
      returned: always
    command:
      description: The command with its arguments.
      type: list
      elements: str
      returned: always
    network:
      description: The network on which it meets the gateway alone. Empty if the gateway starts it itself.
      type: str
      returned: always
    internet:
      description: The hosts that it may ask, as C(HOST:PORT); V(true) for every host, V(false) for none.
      type: raw
      returned: always
    registration:
      description: The server, as M(mcp_lan.litellm.mcp_server) has it. Empty if it is not to be registered.
      type: dict
      returned: always
    call:
      description: A harmless call that shows that it works. Empty if there is none.
      type: dict
      returned: always
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def mcp_services(entries, prefix=""):
    """The entries, completed."""
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import completed

    try:
        return completed(entries, prefix)
    except UserError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"mcp_services": mcp_services}
