#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of inventory_check, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: inventory_check
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Says which variables of the inventory are of a wrong type or name
version_added: 1.0.0
description:
  - Holds the variables of a host against what the roles of this collection say of them, and fails with a sentence for
    each one of a wrong type.
  - A name that begins as those of this collection do, or is nearly one of them, and is none, is refused as well, unless
    another variable of a host asks for it, or a task has set it.
  - A list, a dictionary or a text that is there without a value, as when all its entries are commented out, is an
    empty one. Those are given back, to be set as facts.
  - Changes nothing. Runs on the controller.
attributes:
  check_mode:
    description: Runs in check mode and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  prefixes:
    description: What the names of the variables that are judged begin with. By default it is all of them.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: See that each variable is of its type
  mcp_lan.litellm.inventory_check:
  register: judged

- name: Set what is empty to what that means
  ansible.builtin.set_fact:
    "{{ item.key }}": "{{ item.value }}"
  loop: "{{ judged.empty | dict2items }}"
"""

RETURN = r"""
empty:
  description: The variables that are there without a value, and what each of them means.
  returned: success
  type: dict
  sample: {litellm_keys: []}
code:
  description: That something is of a wrong type or name, for programs; V(inventory_invalid).
  returned: failure
  type: str
"""
