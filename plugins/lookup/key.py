# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the values of keys from the controller's store."""

from __future__ import annotations

DOCUMENTATION = r"""
name: key
short_description: Read the value of a key from the controller's store
version_added: 1.0.0
description:
  - Returns the values that M(mcp_lan.litellm.key) and M(mcp_lan.litellm.gateway_state) have made.
options:
  _terms:
    description: Names of keys.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - mcp_lan.litellm.lookup
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Write a client's environment file
  ansible.builtin.copy:
    content: "LITELLM_API_KEY={{ lookup('mcp_lan.litellm.key', 'claude-code') }}\n"
    dest: ~/.config/mcp_lan.env
    mode: "0600"
"""

RETURN = r"""
_raw:
  description: The values.
  type: list
  elements: str
"""

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store_lookup import StoreLookup


class LookupModule(StoreLookup):
    kind = "keys"
    made_by = "mcp_lan.litellm.key"
