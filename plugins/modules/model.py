#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a model of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: model
short_description: Manage a model of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes a model through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how a model is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The name by which clients ask for it, LiteLLM's C(model_name).
    type: str
    required: true
  id:
    description: Tells the deployments apart that share a name and balance its load. Left out, it is made
      from the name.
    type: str
  litellm_params:
    description: LiteLLM's parameters of the deployment, such as C(model), C(api_base), C(api_key). A
      secret is best given by reference (C(os.environ/NAME)) or by C(litellm_credential_name). Required
      with O(state=present).
    type: dict
  model_info:
    description: What else is known of the model, such as C(mode), C(base_model) or C(access_groups).
      Left out, there is none.
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
- name: Create a model of a server on this network
  mcp_lan.litellm.model:
    name: llama
    litellm_params:
      model: ollama_chat/llama3.2
      api_base: http://ollama.lan:11434

- name: Create a model of a provider
  mcp_lan.litellm.model:
    name: sonnet
    litellm_params:
      model: anthropic/claude-sonnet-4-5
      api_key: "{{ vault_anthropic_key }}"

- name: Say what it costs, which LiteLLM may not know
  mcp_lan.litellm.model:
    name: llama
    litellm_params:
      model: ollama_chat/llama3.2
      api_base: http://ollama.lan:11434
      input_cost_per_token: 0.0000001

- name: Look at what there is
  mcp_lan.litellm.model_info:
    names: [llama]
  register: found

- name: Remove llama
  mcp_lan.litellm.model:
    name: llama
    state: absent

- name: Remove sonnet
  mcp_lan.litellm.model:
    name: sonnet
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
model:
  description: The model as it is, in the words of the options and with its C(id), without secrets. Empty
    if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
