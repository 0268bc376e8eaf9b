# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter front_door_routes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: front_door_routes
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: All routes that the front door knows
version_added: 1.0.0
description: Returns the routes that clients may use, those of the request filter's list, followed by the ones given.
options:
  _input:
    description: The other routes, those of the administration among them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what clients reach
  ansible.builtin.debug:
    msg: "{{ [] | mcp_lan.litellm.front_door_routes | map(attribute='path') }}"
"""

RETURN = r"""
_value:
  description: Routes, each with path, methods, for and reason.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def routes(administration):
    """The routes of the list, and the others."""
    try:
        return request_rules.routes(administration)
    except UserError as error:
        raise AnsibleFilterError(f"{error}.") from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"front_door_routes": routes}
