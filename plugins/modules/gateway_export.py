#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of gateway_export, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gateway_export
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Writes what a gateway holds as an inventory
version_added: 1.0.0
description:
  - Writes the objects of a running gateway as the variables of the role litellm (C(litellm_mcp_servers),
    C(litellm_keys) and so on), also those that were made by hand. Applied to the same gateway, the file changes
    nothing.
  - Keys are named by alias and hash, and by their alias alone where the store has their value. No value of a key and no
    secret is in the file. Where an object has one, there is a lookup of the store with a comment that says what to fill
    in; while the store has nothing of that name, the engine leaves what the gateway has as it is.
  - What an entry cannot say (a model or an MCP server of config.yaml, a key of a team that is not there) is left out,
    with a comment that says why.
  - Changes nothing at the gateway. Runs on the controller, where the file is written, with mode 0600.
attributes:
  action_group:
    description: Belongs to this collection's group for C(module_defaults).
    support: full
    membership:
      - mcp_lan.litellm.litellm
  check_mode:
    description: Reads the gateway and writes nothing.
    support: full
  diff_mode:
    description: Shows how the file changes, without what may be a secret.
    support: full
  idempotent:
    description: The same gateway gives the same file.
    support: full
options:
  dest:
    description: The file on the controller. Its folder has to exist.
    type: path
    required: true
  force:
    description: Whether a file that is there and says something else is overwritten.
    type: bool
    default: false
  store:
    description:
      - The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
extends_documentation_fragment:
  - mcp_lan.litellm.gateway
"""

EXAMPLES = r"""
- name: Take over what somebody has configured by hand
  mcp_lan.litellm.gateway_export:
    api_url: http://linuxserver.lan:4000
    master_key: "{{ lookup('mcp_lan.litellm.secret', 'master_key') }}"
    dest: inventories/lan/group_vars/all/exported.yml
"""

RETURN = r"""
dest:
  description: The file.
  returned: success
  type: str
version:
  description: The gateway's version.
  returned: success
  type: str
exported:
  description: How many entries each variable has.
  returned: success
  type: dict
left_out:
  description: A sentence for each object that has no entry.
  returned: success
  type: list
  elements: str
to_fill_in:
  description: The names in the store of the secrets that the gateway does not tell.
  returned: success
  type: list
  elements: str
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
