# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter model_endpoints."""

from __future__ import annotations

DOCUMENTATION = r"""
name: model_endpoints
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: What to probe, from models as they are declared
version_added: 1.0.0
description:
  - Turns models as M(mcp_lan.litellm.model) has them into O(mcp_lan.litellm.model_probe#module:endpoints), each with
    the key that LiteLLM would show.
  - Those that are to be absent or that LiteLLM makes up itself are left out, and so are those of which nobody here
    knows where they are, or whose secret the store has not.
options:
  _input:
    description: The models.
    type: list
    elements: dict
    required: true
  credentials:
    description: The credentials that models name, as M(mcp_lan.litellm.credential) has them.
    type: list
    elements: dict
    default: []
  environment:
    description: LiteLLM's environment, for what is given by reference (C(os.environ/NAME)) or not at all.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Ask for each model from where LiteLLM asks
  mcp_lan.litellm.model_probe:
    container: litellm
    endpoints: "{{ litellm_models | mcp_lan.litellm.model_endpoints(credentials=litellm_credentials) }}"
"""

RETURN = r"""
_value:
  description: The endpoints.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of


def model_endpoints(models, credentials=(), environment=None):
    """The endpoints of the models that are to be there."""
    for what, given in (("Models", models), ("Credentials", credentials)):
        if given is not None and not isinstance(given, (list, tuple)):
            raise AnsibleFilterError(f"{what} are a list, not {kind_of(given)}.")
        for one in given or ():
            if not isinstance(one, dict):
                raise AnsibleFilterError(f"An entry of {what.lower()} is a dictionary, not {kind_of(one)}.")
            inner = one.get("litellm_params" if what == "Models" else "values")
            if inner is not None and not isinstance(inner, dict):
                raise AnsibleFilterError(f"The parameters of {one.get('name')} are a dictionary, not {kind_of(inner)}.")
    # In here, because Ansible loads all filters of a collection in each process that asks for one of them.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._models.servers import endpoints

    return endpoints(models or (), credentials or (), environment)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"model_endpoints": model_endpoints}
