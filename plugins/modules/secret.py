#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secret
short_description: Make or replace a secret of the controller's store
version_added: 1.0.0
description:
  - Makes sure that the store on the controller has a secret of this name. One that is there is changed by a rotation
    alone.
  - The value is not returned; the lookup P(mcp_lan.litellm.secret#lookup) reads it.
  - This is an action plugin. It runs on the controller whatever host the play is for; only O(recover) reads a file of
    the host.
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
    description:
      - V(present) makes it if it is missing, V(absent) removes it.
      - V(pending) makes a successor and keeps it beside the value, if none waits there. From then on the lookup
        returns the successor. V(salt_key) is refused, as what LiteLLM has encrypted with it could not be read any more.
      - V(promoted) puts a successor that waits in the place of the value. Servers have to have it by then.
    type: str
    choices: [present, absent, pending, promoted]
    default: present
  api_url:
    description:
      - With O(state=promoted), the gateway that has to take the successor as its master key before it is done. Where it
        refuses it, nothing is changed, with a warning.
    type: str
  recover:
    description:
      - Where the host may have the value that a store has lost. It is looked for before a value is made.
    type: dict
    suboptions:
      path:
        description: An environment file on the host.
        type: str
        required: true
      variable:
        description: The variable in it.
        type: str
        required: true
  store:
    description:
      - The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
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

- name: Make another password, to be given to the server by the next run of the site
  mcp_lan.litellm.secret:
    name: postgres_litellm
    state: pending
"""

RETURN = r"""
name:
  description: The secret's name.
  returned: success
  type: str
recovered:
  description: Whether the value was found on the host.
  returned: success
  type: bool
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
