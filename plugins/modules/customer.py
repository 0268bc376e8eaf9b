#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a customer of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: customer
short_description: Manage a customer of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes a customer through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how a customer is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The customer's name, LiteLLM's C(user_id) and what a request gives as C(user).
    type: str
    required: true
  alias:
    description: The name to show. Left out, there is none.
    type: str
  budget:
    description: The name of the budget that the customer has. Left out, there is none.
    type: str
  blocked:
    description: Whether the customer's requests are refused. Left out, V(false).
    type: bool
  default_model:
    description: The model that the customer's requests get. Left out, there is none.
    type: str
  region:
    description: The region in which the models must be.
    type: str
    choices:
      - eu
      - us
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
- name: Create a customer, who is named by the field user of a request
  mcp_lan.litellm.customer:
    name: visitor-1
    alias: The first visitor

- name: Refuse the customer's requests
  mcp_lan.litellm.customer:
    name: visitor-1
    blocked: true

- name: Look at what there is
  mcp_lan.litellm.customer_info:
    names: [visitor-1]
  register: found

- name: Remove visitor-1
  mcp_lan.litellm.customer:
    name: visitor-1
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
customer:
  description: The customer as it is, in the words of the options and with its C(id), without secrets.
    Empty if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
