# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads secrets of the controller's store."""

from __future__ import annotations

DOCUMENTATION = r"""
name: secret
short_description: Read a secret of the controller's store
version_added: 1.0.0
description:
  - Returns the values that M(mcp_lan.litellm.secret) has made.
  - While one is being rotated, it is the successor, as that is what is to be true; see O(api_url).
options:
  _terms:
    description: Names of secrets.
    type: list
    elements: str
    required: true
  api_url:
    description:
      - The gateway that a master key is for. While it is being rotated, the gateway is asked whether it knows the
        successor already; if it does not, the value before is returned.
    type: str
extends_documentation_fragment:
  - mcp_lan.litellm.lookup
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Use the master key
  mcp_lan.litellm.gateway_info:
    api_url: http://127.0.0.1:4000
    master_key: "{{ lookup('mcp_lan.litellm.secret', 'master_key', api_url='http://127.0.0.1:4000') }}"
  delegate_to: localhost
"""

RETURN = r"""
_raw:
  description: The values.
  type: list
  elements: str
"""

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.secret_values import desired, known_master_key
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store_lookup import StoreLookup


class LookupModule(StoreLookup):
    kind = "secrets"
    made_by = "mcp_lan.litellm.secret"

    def value(self, store, name):
        api_url = self.get_option("api_url")
        return known_master_key(store, api_url, name) if api_url else desired(store, name)
