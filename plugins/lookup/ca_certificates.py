# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads whom clients are to trust of the controller's store."""

from __future__ import annotations

DOCUMENTATION = r"""
name: ca_certificates
short_description: Read the certificates of the authorities that the deployment's clients are to trust
version_added: 1.0.0
description:
  - Returns what M(mcp_lan.litellm.tls_certificate) keeps of them in the controller's store, as PEM - the certificate of
    the deployment's own authority, or those that were given for a certificate from elsewhere. It is empty where clients
    need to trust nobody in addition.
options:
  _terms:
    description: There are none.
    type: list
    elements: str
  store:
    description:
      - The store, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Trust the deployment's own authority on this machine
  ansible.builtin.copy:
    content: "{{ lookup('mcp_lan.litellm.ca_certificates') }}"
    dest: /usr/local/share/ca-certificates/mcp_lan.crt
    mode: "0644"
"""

RETURN = r"""
_raw:
  description: One text.
  type: list
  elements: str
"""

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import trusted


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        self.set_options(direct=kwargs)
        try:
            found = trusted(store_of(self, kwargs.get("store"), variables))
        except UserError as error:
            raise AnsibleLookupError(str(error)) from None
        return [found + "\n" if found else ""]
