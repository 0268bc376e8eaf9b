# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter database_problem."""

from __future__ import annotations

DOCUMENTATION = r"""
name: database_problem
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Why a version of LiteLLM cannot work with a database that a newer one has changed
version_added: 1.0.0
description:
  - LiteLLM changes its database when a newer version starts, and nothing changes it back. An older version starts on
    such a database, and its spend log fails (seen with 1.77.3 on a database of 1.108.7).
  - Of versions whose migrations the collection does not know nothing is said.
options:
  _input:
    description: The name of the last migration that the database has seen, from its table C(_prisma_migrations).
    type: str
    required: true
  version:
    description: The version of LiteLLM that is to run.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse a version that is older than the database
  ansible.builtin.assert:
    that: last_migration | mcp_lan.litellm.database_problem(version='1.77.3') == ''
  vars:
    last_migration: 20250918083359_drop_spec_version_column_from_mcp_table
"""

RETURN = r"""
_value:
  description: A sentence, empty if there is no problem.
  type: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import database_problem


def filtered(migration, version):
    """The sentence."""
    try:
        return database_problem(str(version), str(migration or "").strip())
    except CapabilityError as error:
        raise AnsibleFilterError(f"{error}.") from None


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"database_problem": filtered}
