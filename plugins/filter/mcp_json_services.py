# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter mcp_json_services."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mcp_json_services
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Entries of mcp_services from a client program's mcpServers file
version_added: 1.0.0
description:
  - Reads the same files as P(mcp_lan.litellm.mcp_json_servers#filter), and returns the servers over stdio (C(npx) and
    C(uvx)) as entries of C(mcp_services), so that each runs as a pinned package in a container of its own.
  - A program other than C(npx) and C(uvx), an option of them that says more than the package, and a package without an
    exact version cannot be carried, and fail with a sentence each.
  - C(npx) names a package and not its program. Which one it has is asked of the package where the image is made, as
    C(npx) would; until then the package's name stands for it.
  - The version of a package is one, not a range; to npm C(1) and C(1.2) are ranges.
  - What is or may be a secret comes from O(secrets) alone and becomes C(secret_environment).
options:
  _input:
    description: The file's text, or the object that it holds.
    type: raw
    required: true
  secrets:
    description: By the server's name in the file, the values of its variables by their names.
    type: dict
    default: {}
  versions:
    description: By the server's name in the file, the version of its package, where the file has none.
    type: dict
    default: {}
seealso:
  - plugin: mcp_lan.litellm.mcp_json_servers
    plugin_type: filter
"""

EXAMPLES = r"""
# mcp.json: {"mcpServers": {"Notes": {"command": "uvx", "args": ["mcp-notes", "--folder=/data"],
#                                     "env": {"NOTES_TOKEN": "${NOTES_TOKEN}", "LANG": "en"}}}}
- name: What would run
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', 'mcp.json') | mcp_lan.litellm.mcp_json_services(given, versions) }}"
  vars:
    versions:
      Notes: 1.2.3
    given:
      Notes:
        NOTES_TOKEN: "{{ lookup('mcp_lan.litellm.secret', 'notes_token') }}"
# [{name: notes, package: {pypi: mcp-notes, version: 1.2.3}, command: [mcp-notes, --folder=/data],
#   environment: {LANG: en}, secret_environment: {NOTES_TOKEN: (the token)}}]
"""

RETURN = r"""
_value:
  description: The services.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def mcp_json_services(document, secrets=None, versions=None):
    """The file's servers over stdio as entries of mcp_services."""
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.mcp_json import services

    try:
        return services(document, secrets, versions)
    except UserError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"mcp_json_services": mcp_json_services}
