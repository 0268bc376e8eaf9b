#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: store_copy
short_description: Copy a store of secrets to another place or kind of store
version_added: 1.0.0
description:
  - Copies each value that another store has and this one lacks. A value that is there and differs is an error, and then
    nothing is copied. Nothing is removed.
  - This is an action plugin. It runs on the controller whatever host the play is for.
options:
  source:
    description: The store to read, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
    type: str
    required: true
  store:
    description:
      - The store to write, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
attributes:
  check_mode:
    support: full
    description: Writes nothing and says what it would copy.
  diff_mode:
    support: full
    description: Shows the names, not the values.
  idempotent:
    support: full
    description: A second run changes nothing.
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Encrypt a store of plain files, into a new directory
  mcp_lan.litellm.store_copy:
    source: ~/.config/mcp_lan/lan
    store: ansible-vault:~/.config/mcp_lan/sealed
"""

RETURN = r"""
copied:
  description: What was copied, as kind and name.
  returned: success
  type: list
  elements: str
  sample: [keys/claude-code, secrets/master_key]
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
