# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter request_rules."""

from __future__ import annotations

DOCUMENTATION = r"""
name: request_rules
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: The list of what requests to the gateway may say
version_added: 1.0.0
description:
  - Returns the file that the request filter inside LiteLLM reads. It is the list of the collection, and what the
    inventory allows beyond it.
  - Fields that say where a request is sent, with whose credential, how it is logged, what it costs or what is tried
    instead cannot be allowed.
options:
  _input:
    description: Names of fields that are let through beyond the list, by the kind of request.
    type: dict
    required: true
  version:
    description: The version of LiteLLM that runs.
    type: str
    required: true
  origins:
    description: Origins of web pages that may use the gateway.
    type: list
    elements: str
    default: []
  open_networks:
    description: The networks from which LiteLLM's port is reached, in CIDR form. By default it is from anywhere.
    type: list
    elements: str
    default: []
  passed_on:
    description: Headers of clients that the gateway passes on to MCP servers.
    type: list
    elements: str
    default: []
  max_body:
    description: The largest body, as a number of bytes, or with V(k), V(m) or V(g).
    type: str
    default: 16m
  tool_calls_per_key:
    description: How many tool calls of one key are under way at the same time; further ones wait. V(0) for any number.
    type: int
    default: 8
  mcp_servers:
    description: The entries of the MCP servers, as the module M(mcp_lan.litellm.mcp_server) takes them, for their
      C(budget) and C(limits).
    type: list
    elements: dict
    default: []
  cached_models:
    description: Models whose answers are kept for every key.
    type: list
    elements: str
    default: []
  queues:
    description: In which requests wait for models, as C(litellm_gateway_queues) of the role litellm_gateway has them.
    type: list
    elements: dict
    default: []
  workers:
    description: How many processes of LiteLLM share the places of the queues.
    type: int
    default: 1
"""

EXAMPLES = r"""
- name: Show what requests may say
  ansible.builtin.debug:
    msg: "{{ ({'chat': ['safety_identifier']} | mcp_lan.litellm.request_rules(version='1.77.3')).text }}"
"""

RETURN = r"""
_value:
  description: The file and what shows that it is loaded.
  type: dict
  contains:
    text:
      description: The file, JSON.
      type: str
    digest:
      description: Its SHA-256.
      type: str
    guard:
      description: SHA-256 of the code of guard and filter.
      type: str
    files:
      description: It and these files, each with C(path), in the folder of config.yaml, and C(content).
      type: list
      elements: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.request_rules import complete, rendered


def request_rules(fields, version, **options):
    """The list as a file."""
    try:
        return rendered(complete(fields, version, **options))
    except (UserError, CapabilityError) as error:
        raise AnsibleFilterError(f"{error}.") from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"request_rules": request_rules}
