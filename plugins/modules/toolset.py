#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a toolset of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: toolset
short_description: Manage a toolset of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes a toolset through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how a toolset is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The toolset's name.
    type: str
    required: true
  description:
    description: What it is for. Left out, there is none.
    type: str
  mcp:
    description: Maps servers (by name, alias, access group or pattern) to lists of their tools, each
      by its name. A pattern of tools needs the server's I(tools). Required with O(state=present).
    type: dict
  state:
    description: Whether it should be there.
    type: str
    choices:
      - present
      - absent
    default: present
extends_documentation_fragment:
  - mcp_lan.litellm.gateway
  - mcp_lan.litellm.attributes
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Create a toolset, which keys can name in their mcp
  mcp_lan.litellm.toolset:
    name: reading
    mcp:
      filesystem: [list_directory, read_text_file]

- name: Take a tool out of it, and describe it
  mcp_lan.litellm.toolset:
    name: reading
    mcp:
      filesystem: [list_directory]
    description: What changes nothing

- name: Look at what there is
  mcp_lan.litellm.toolset_info:
    names: [reading]
  register: found

- name: Remove reading
  mcp_lan.litellm.toolset:
    name: reading
    state: absent
"""

RETURN = r"""
outcome:
  description: V(created), V(changed), V(unchanged) or V(removed).
  returned: success
  type: str
changes:
  description: The options in which it differed.
  returned: success
  type: list
  elements: str
toolset:
  description: The toolset as it is, in the words of the options and with its C(id), without secrets.
    Empty if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
