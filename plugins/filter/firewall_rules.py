# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter firewall_rules."""

from __future__ import annotations

DOCUMENTATION = r"""
name: firewall_rules
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: The nftables rules by which ports are reached from named networks alone
version_added: 1.0.0
description:
  - Returns a table for C(nft -f), which takes the place of one of the same name, and the name of its chain, which is
    made of what is in it.
  - Its chain comes before an engine redirects the ports that it publishes, so that it holds for those too.
options:
  _input:
    description: Addresses and networks (CIDR) that reach the ports.
    type: list
    elements: str
    required: true
  table:
    description: Name of the table, of the family C(inet).
    type: str
    required: true
  ports:
    description: The TCP ports.
    type: list
    elements: int
    required: true
  ssh_port:
    description: The port by which the host is administered; it may not be among O(ports), and neither may 22.
    type: int
    default: 22
"""

EXAMPLES = r"""
- name: Show the rules for one network
  ansible.builtin.debug:
    msg: "{{ (['192.168.1.0/24'] | mcp_lan.litellm.firewall_rules('mcp_lan', [4000])).text }}"
"""

RETURN = r"""
_value:
  description: C(text) is the table, C(chain) the name of its chain.
  type: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import firewall
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def firewall_rules(networks, table, ports, ssh_port=22):
    """The rules, or the sentence that says why there are none."""
    try:
        return firewall.rules(networks, table, ports, ssh_port)
    except UserError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"firewall_rules": firewall_rules}
