#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a team of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: team
short_description: Manage a team of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes a team through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how a team is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The team's name, LiteLLM's C(team_alias).
    type: str
    required: true
  organization:
    description: The organization it belongs to. Left out, there is none.
    type: str
  models:
    description: The models that its keys may use, by name. Left out, all of them.
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
    description: What the team may spend. Left out, there is no budget.
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
      soft:
        description: The spending, in US dollars, from which on the role observability gives an alert.
          Nothing is refused for it.
        type: float
  limits:
    description: How much the team may ask. Left out, there is no limit.
    type: dict
    suboptions:
      rpm:
        description: Requests per minute.
        type: int
      tpm:
        description: Tokens per minute.
        type: int
  blocked:
    description: Whether the team's keys are refused. Left out, V(false).
    type: bool
  members:
    description: The users who belong to it. Left out, they are left as they are. From LiteLLM 1.81.6
      on each needs an e-mail address of its own, or none.
    type: list
    elements: dict
    suboptions:
      user:
        description: The user's name.
        type: str
        required: true
      role:
        description: What the user may do in the team. Left out, V(user).
        type: str
        choices:
          - user
          - admin
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
- name: Create a team whose keys share a budget and may call no more than this
  mcp_lan.litellm.team:
    name: household
    models: [mock]
    mcp:
      filesystem: ["*"]
    budget: {max: 20, per: 30d}

- name: Let its keys ask less often
  mcp_lan.litellm.team:
    name: household
    limits: {rpm: 60}

- name: Look at what there is
  mcp_lan.litellm.team_info:
    names: [household]
  register: found

- name: Remove household
  mcp_lan.litellm.team:
    name: household
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
team:
  description: The team as it is, in the words of the options and with its C(id), without secrets. Empty
    if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
