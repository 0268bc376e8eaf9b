#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage an organization of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: organization
short_description: Manage an organization of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes an organization through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how an organization is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The organization's name, LiteLLM's C(organization_alias).
    type: str
    required: true
  models:
    description: The models that may be used in it. Left out, all of them.
    type: list
    elements: str
  mcp:
    description:
      - Maps servers (by name, alias, access group, toolset or pattern) to lists of their tools. C(['*'])
        is all of them.
      - 'For prompts and resources as well, to C({tools, prompts, resources}), a list for each: prompts
        by their names, resources by their URIs, C(*) at the end for whatever begins so. LiteLLM passes
        them on from 1.108.0.'
      - An upper bound for the keys below; C({}) allows nothing. Left out, it sets no bound.
    type: dict
  budget:
    description: What it may spend. Left out, there is no budget.
    type: dict
    suboptions:
      max:
        description: The most that may be spent, in US dollars.
        type: float
      per:
        description: 'The time after which the spending starts again at nothing, such as C(12h), C(1d),
          C(2w), C(30d) or C(1mo). A time that LiteLLM would read as another one is sent as what it means,
          or refused. Periods end by the calendar of UTC: C(1h) at the full hour, C(1d) at midnight, C(7d)
          on Monday, C(30d) and C(1mo) on the first of the month, so that the first one is shorter. Another
          number of days is counted from the day on which it is written: C(28d) or C(31d) is a month that
          begins then.'
        type: str
  limits:
    description: How much it may ask. Left out, there is no limit.
    type: dict
    suboptions:
      rpm:
        description: Requests per minute.
        type: int
      tpm:
        description: Tokens per minute.
        type: int
      parallel:
        description: Requests at the same time.
        type: int
  metadata:
    description: Whatever else should be kept with it. Left out, there is none.
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
- name: Create an organization with a budget of its own
  mcp_lan.litellm.organization:
    name: workshop
    models: [mock]
    budget: {max: 100, per: 30d}

- name: Bound what its keys may call
  mcp_lan.litellm.organization:
    name: workshop
    mcp:
      filesystem: [list_directory, read_text_file]

- name: Look at what there is
  mcp_lan.litellm.organization_info:
    names: [workshop]
  register: found

- name: Remove workshop
  mcp_lan.litellm.organization:
    name: workshop
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
organization:
  description: The organization as it is, in the words of the options and with its C(id), without secrets.
    Empty if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
