#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a user of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: user
short_description: Manage a user of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes a user through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how a user is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The user's name, LiteLLM's C(user_id).
    type: str
    required: true
  alias:
    description: The name to show. Left out, there is none.
    type: str
  email:
    description: The user's address. Left out, there is none.
    type: str
  role:
    description: What the user may do at the gateway. Left out, V(internal_user).
    type: str
    choices:
      - proxy_admin
      - proxy_admin_viewer
      - internal_user
      - internal_user_viewer
  models:
    description: The models that the user may use. Left out, all of them.
    type: list
    elements: str
  budget:
    description: What the user may spend. Left out, there is no budget.
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
    description: How much the user may ask. Left out, there is no limit.
    type: dict
    suboptions:
      rpm:
        description: Requests per minute.
        type: int
      tpm:
        description: Tokens per minute.
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
- name: Create a user who may look and change nothing
  mcp_lan.litellm.user:
    name: ann
    email: ann@example.com
    role: internal_user_viewer
    budget: {max: 10, per: 30d}

- name: Give the user another address
  mcp_lan.litellm.user:
    name: ann
    email: ann@example.net

- name: Look at what there is
  mcp_lan.litellm.user_info:
    names: [ann]
  register: found

- name: Remove ann
  mcp_lan.litellm.user:
    name: ann
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
user:
  description: The user as it is, in the words of the options and with its C(id), without secrets. Empty
    if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
