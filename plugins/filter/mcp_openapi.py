# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter mcp_openapi."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mcp_openapi
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: The OpenAPI document of an MCP service, with what was selected of it alone
version_added: 1.0.0
description:
  - Reads the document that C(openapi) of an entry of C(mcp_services) names, on the controller, and keeps the operations
    that the entry selects. Each becomes one tool.
  - Fails with one sentence where the document cannot be read or no set of tools follows from it.
options:
  _input:
    description: What the filter P(mcp_lan.litellm.mcp_services#filter) returns as C(openapi).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: The tools that follow from a document
  ansible.builtin.debug:
    msg: "{{ (service.openapi | mcp_lan.litellm.mcp_openapi | from_json).paths }}"
  vars:
    service: "{{ [entry] | mcp_lan.litellm.mcp_services | first }}"
    entry:
      name: notes
      openapi: {document: /srv/notes.yml, base_url: http://notes.lan/api}
"""

RETURN = r"""
_value:
  description: The document, as JSON.
  type: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def mcp_openapi(options):
    """The prepared document."""
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.mcp_openapi import prepared

    try:
        return prepared(options)
    except UserError as error:
        raise AnsibleFilterError(f"MCP service '{options['name']}': {error}.") from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"mcp_openapi": mcp_openapi}
