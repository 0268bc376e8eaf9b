#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secret
short_description: Make a secret in the controller's store if it is missing
version_added: 0.1.0
description:
  - Makes sure that the store on the controller has a secret of this name. One that is there is never changed.
  - The value is not returned; the lookup P(mcp_lan.litellm.secret#lookup) reads it.
  - This is an action plugin. It runs on the controller whatever host the play is for.
options:
  name:
    description: The secret's name, such as V(master_key).
    type: str
    required: true
  prefix:
    description: What the value begins with, such as V(sk-) for the master key.
    type: str
    default: ""
  length:
    description: How many random bytes it is made of, 16 at least; the text is about a third longer.
    type: int
    default: 32
  state:
    description: Whether it should be there.
    type: str
    choices: [present, absent]
    default: present
  store:
    description:
      - The store's directory on the controller; by default that of the variable C(mcp_lan_store), or
        C(~/.config/mcp_lan/default).
    type: path
attributes:
  check_mode:
    support: full
    description: Writes nothing and says whether it would.
  diff_mode:
    support: full
    description: Shows that it would be made, not its value.
  idempotent:
    support: full
    description: A second run changes nothing.
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Make the master key
  mcp_lan.litellm.secret:
    name: master_key
    prefix: sk-

- name: Make the database's password
  mcp_lan.litellm.secret:
    name: litellm_database
    length: 24
"""

RETURN = r"""
name:
  description: The secret's name.
  returned: always
  type: str
"""
