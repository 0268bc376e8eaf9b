#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a credential of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential
short_description: Manage a credential of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes a credential through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how a credential is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The credential's name, which a model gives as C(litellm_credential_name).
    type: str
    required: true
  values:
    description: What is kept, such as C(api_key) and C(api_base). All of it is treated as secret. Required
      with O(state=present).
    type: dict
  info:
    description: What it is for, such as C(custom_llm_provider). Left out, there is none.
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
- name: Create a credential that models name instead of a key of their own
  mcp_lan.litellm.credential:
    name: openai
    values:
      api_key: "{{ vault_openai_key }}"
    info: {custom_llm_provider: openai}

- name: Replace its value
  mcp_lan.litellm.credential:
    name: openai
    values:
      api_key: "{{ vault_new_openai_key }}"

- name: Look at what there is
  mcp_lan.litellm.credential_info:
    names: [openai]
  register: found

- name: Remove openai
  mcp_lan.litellm.credential:
    name: openai
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
credential:
  description: The credential as it is, in the words of the options and with its C(id), without secrets.
    Empty if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
