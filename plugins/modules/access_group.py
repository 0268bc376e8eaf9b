#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage an access group of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: access_group
short_description: Manage an access group of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes an access group through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how an access group is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The access group's name.
    type: str
    required: true
  description:
    description: What it is for. Left out, there is none.
    type: str
  models:
    description: The models that it gives access to, by name. Left out, there is none.
    type: list
    elements: str
  mcp_servers:
    description: The MCP servers that it gives access to, by name. Left out, there is none.
    type: list
    elements: str
  teams:
    description: The teams that have it, by name. Left out, there is none.
    type: list
    elements: str
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
- name: Create an access group
  mcp_lan.litellm.access_group:
    name: experiments
    description: Models that are tried out
    models: [mock]

- name: Take the models out of it
  mcp_lan.litellm.access_group:
    name: experiments
    models: []

- name: Look at what there is
  mcp_lan.litellm.access_group_info:
    names: [experiments]
  register: found

- name: Remove experiments
  mcp_lan.litellm.access_group:
    name: experiments
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
access_group:
  description: The access group as it is, in the words of the options and with its C(id), without secrets.
    Empty if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
