#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a model of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: model
short_description: Manage a model of a LiteLLM gateway
version_added: 0.1.0
description:
  - Creates, changes and removes a model through the gateway's admin API.
  - For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does.
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
- name: Remove a model
  mcp_lan.litellm.model:
    name: example
    state: absent
  delegate_to: localhost
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
  description: The model as it is, in the words of the options and with its C(id), without secrets.
  returned: success
  type: dict
"""
