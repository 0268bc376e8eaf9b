# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter env_file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: env_file
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: An environment file that Compose reads as it is meant
version_added: 1.0.0
description:
  - Writes one C(NAME=value) a line. A value in which Compose would take a dollar sign, a quote, a backslash, a space or
    a C(#) for something else is put between double quotes and escaped.
options:
  _input:
    description: Names and values.
    type: dict
    required: true
seealso:
  - name: Compose's environment files
    description: How Compose reads them.
    link: https://docs.docker.com/reference/compose-file/services/#env_file
"""

EXAMPLES = r"""
- name: Have a service's secrets in a file
  ansible.builtin.copy:
    content: "{{ {'DB_PASSWORD': lookup('mcp_lan.litellm.secret', 'notes')} | mcp_lan.litellm.env_file }}"
    dest: /etc/mcp_lan/mcp/notes.env
    mode: "0600"
  diff: false
"""

RETURN = r"""
_value:
  description: The file's text.
  type: str
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be, kind_of


def env_file(values):
    """The file's text."""
    if not isinstance(values, Mapping):
        raise AnsibleFilterError(f"An environment is a dictionary of names to values, this is {kind_of(values)}.")
    for name, value in values.items():
        if not isinstance(name, str) or not project.VARIABLE.fullmatch(name):
            raise AnsibleFilterError(f"'{name}' is no name of an environment variable.")
        if value is None or isinstance(value, (Mapping, list, tuple)):
            raise AnsibleFilterError(f"The environment variable {name} {has_to_be('a text', value)}.")
    return project.env_file(values)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"env_file": env_file}
