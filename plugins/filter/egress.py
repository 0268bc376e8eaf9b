# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter egress."""

from __future__ import annotations

DOCUMENTATION = r"""
name: egress
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: The hosts and ports that LiteLLM has to reach
version_added: 1.0.0
description:
  - Works out of what an inventory declares where LiteLLM's models and MCP servers are.
  - A model that says no C(api_base) is where its provider is, as C(roles/egress_proxy/files/providers.yml) has it.
options:
  _input:
    description:
      - What is declared, as a dictionary with C(models), C(mcp_servers), C(credentials), C(guardrails), the gateway's
        C(environment) and C(extra) (a list of C(HOST:PORT)).
    type: dict
    required: true
seealso:
  - plugin: mcp_lan.litellm.mcp_services
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Where a gateway asks
  ansible.builtin.debug:
    msg: "{{ {'models': litellm_models, 'extra': ['langfuse.lan:3000']} | mcp_lan.litellm.egress }}"
"""

RETURN = r"""
_value:
  description: What may be asked.
  type: dict
  contains:
    allowed:
      description:
        - C(HOST:PORT) of each place. A V(*) in a host is a part of a name, and a V(.) before it means that domain with
          all names below it.
      type: list
      elements: str
      returned: always
    patterns:
      description: For each of them, an extended regular expression on what a proxy is asked for.
      type: list
      elements: str
      returned: always
    direct:
      description: The hosts of MCP servers that share a network with the gateway, whose names have no dot.
      type: list
      elements: str
      returned: always
    unknown:
      description: The models of which it is not known where they are.
      type: list
      elements: str
      returned: always
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.egress import compute
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of


def egress(said):
    """What may be asked, of what is declared."""
    if not isinstance(said, Mapping):
        raise AnsibleFilterError(f"What is declared is a dictionary, this is {kind_of(said)}.")
    try:
        return compute(said)
    except UserError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"egress": egress}
