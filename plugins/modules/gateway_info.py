#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a LiteLLM gateway says about itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gateway_info
short_description: Read what a LiteLLM gateway says about itself
version_added: 1.0.0
description:
  - Returns the gateway's version, whether its database is connected, what this version enforces and supports, and how
    many objects of each kind there are.
  - Fails with one sentence when the address is not that of a LiteLLM gateway, when nothing answers, and when the master
    key is refused.
options:
  counts:
    description: Count the objects of each kind as well.
    type: bool
    default: true
extends_documentation_fragment:
  - mcp_lan.litellm.gateway
  - mcp_lan.litellm.attributes.info
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Ask the gateway
  mcp_lan.litellm.gateway_info:
    api_url: http://127.0.0.1:4000
    master_key: "{{ lookup('mcp_lan.litellm.secret', 'master_key') }}"
  delegate_to: localhost
  register: gateway

- name: The database must be there
  ansible.builtin.assert:
    that: gateway.database_connected
"""

RETURN = r"""
version:
  description: The gateway's version.
  returned: success
  type: str
ready:
  description: Whether it says that it is ready.
  returned: success
  type: bool
database_connected:
  description: Whether its database is connected.
  returned: success
  type: bool
capabilities:
  description: What this version enforces and supports, each by a name and true or false.
  returned: success
  type: dict
needs_guard:
  description: Whether this version lets a key call more than its scope says, so that the guard is needed.
  returned: success
  type: bool
counts:
  description: How many objects there are, by the plural of their kind. Empty without O(counts) or a database.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
