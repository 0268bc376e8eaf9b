#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a guardrail of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: guardrail
short_description: Manage a guardrail of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes a guardrail through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how a guardrail is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The guardrail's name.
    type: str
    required: true
  litellm_params:
    description: LiteLLM's parameters of it, such as C(guardrail) (which one), C(mode), C(default_on),
      C(api_base) and C(api_key). A secret is best given by reference (C(os.environ/NAME)). Required with
      O(state=present).
    type: dict
  info:
    description: What else is known of it, LiteLLM's C(guardrail_info). Left out, there is none.
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
- name: Create a guardrail that looks at what is asked
  mcp_lan.litellm.guardrail:
    name: addresses
    litellm_params:
      guardrail: generic_guardrail_api
      mode: pre_call
      api_base: http://guardrail.lan:8080

- name: Have it look at the answers instead
  mcp_lan.litellm.guardrail:
    name: addresses
    litellm_params:
      guardrail: generic_guardrail_api
      mode: post_call
      api_base: http://guardrail.lan:8080

- name: Look at what there is
  mcp_lan.litellm.guardrail_info:
    names: [addresses]
  register: found

- name: Remove addresses
  mcp_lan.litellm.guardrail:
    name: addresses
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
guardrail:
  description: The guardrail as it is, in the words of the options and with its C(id), without secrets.
    Empty if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
