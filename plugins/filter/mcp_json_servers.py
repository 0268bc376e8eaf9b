# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter mcp_json_servers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mcp_json_servers
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Entries of litellm_mcp_servers from a client program's mcpServers file
version_added: 1.0.0
description:
  - Reads what client programs and registries use for MCP servers (C(mcpServers) of Claude Desktop, Claude Code, Cursor
    and others, C(servers) of VS Code, a C(server.json) or a list of them), comments included, and returns the servers
    as M(mcp_lan.litellm.mcp_server) has them.
  - A C(-) in a name becomes C(_), since LiteLLM separates server and tool by C(-).
  - An C(Authorization) or C(X-API-Key) header becomes C(auth_type) and C(auth_value), other headers C(static_headers).
  - What is or may be a secret, and each variable such as C(${input:token}), is never taken from the file. The filter
    fails with a sentence for each, unless O(secrets) has it.
  - Servers that are disabled are left out, and so are those over stdio unless O(stdio=true); for them there is
    P(mcp_lan.litellm.mcp_json_services#filter). A working directory, a file of variables and other fields that a
    gateway has nothing for are refused by name.
options:
  _input:
    description: The file's text, or the object that it holds.
    type: raw
    required: true
  secrets:
    description:
      - By the server's name in the file, the values of its headers and variables by their names. C(url) and C(args)
        stand for all of its address or arguments.
    type: dict
    default: {}
  stdio:
    description: Whether servers over stdio are registered as such, so that the gateway itself starts them.
    type: bool
    default: false
seealso:
  - plugin: mcp_lan.litellm.mcp_json_services
    plugin_type: filter
"""

EXAMPLES = r"""
# mcp.json: {"mcpServers": {"web-search": {"type": "http", "url": "https://search.lan/mcp",
#                                          "headers": {"Authorization": "Bearer ${SEARCH_TOKEN}"}}}}
- name: Register what a client program knows
  mcp_lan.litellm.gateway_state:
    mcp_servers: "{{ lookup('ansible.builtin.file', 'mcp.json') | mcp_lan.litellm.mcp_json_servers(secrets=given) }}"
  delegate_to: localhost
  vars:
    given:
      web-search:
        Authorization: "Bearer {{ lookup('mcp_lan.litellm.secret', 'search_token') }}"
# mcp_servers is now [{name: web_search, transport: http, url: https://search.lan/mcp, auth_type: bearer_token,
#                      auth_value: (the token)}]
"""

RETURN = r"""
_value:
  description: The servers.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def mcp_json_servers(document, secrets=None, stdio=False):
    """The file's servers as entries of litellm_mcp_servers."""
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.mcp_json import registrations

    try:
        return registrations(document, secrets, stdio)
    except UserError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"mcp_json_servers": mcp_json_servers}
