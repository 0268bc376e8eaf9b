#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: client_config
short_description: Write the gateway into client programs' configuration files
version_added: 1.0.0
description:
  - Puts the gateway's MCP endpoint into the configuration files of client programs, for any number of users and
    programs of one machine at once, and takes it out again.
  - Everything else in those files stays as it is, byte for byte - comments, order, indentation, line endings,
    trailing commas, byte-order marks, permissions, owners and links. A file that is broken is refused with the line
    and the column, and then nothing is changed on that machine.
  - Where a program can read its key from the environment, its file names a variable, and the key is in a file of mode
    0600 that the user's shells and desktop read. Otherwise the key is in the program's file, which then gets mode
    0600.
  - The files are read from the machine, edited on the controller and written back; the machine needs nothing but a
    POSIX shell. Each user's files are read and written as that user.
options:
  fallback_urls:
    description:
      - More addresses of the gateway, such as an external one beside the internal. The first one at which the gateway
        answers this machine is used, O(gateway_url) before all. If none does, O(gateway_url) is written, with a
        warning.
    type: list
    elements: str
    default: []
  hosts_address:
    description:
      - The gateway's IP address. If the gateway's name leads nowhere on this machine, a line with both goes into its
        hosts file, marked as this collection's; that takes an administrator (C(become)). Such a line is kept in step,
        and goes when O(clients[].state=absent) leaves no program that uses the name.
      - Without this, a name that leads nowhere is a warning.
    type: str
  backup:
    description: Whether a file that is changed is kept beside it under its name with the time and C(.bak).
    type: bool
    default: false
  purge:
    description:
      - Whether entries that an earlier run has written on this machine, and that O(clients) names no more, are taken
        away. Without it they are named in RV(left_over).
      - What was written with a key of the store, the store remembers, in its C(records).
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Reads the files and says what would change.
  diff_mode:
    support: full
    description: Shows the collection's own entries, and no keys; never the rest of a file, which may hold secrets.
  idempotent:
    support: full
    description: A second run changes nothing.
extends_documentation_fragment:
  - mcp_lan.litellm.clients
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Configure the programs of this machine
  mcp_lan.litellm.client_config:
    gateway_url: http://linuxserver.lan:4000
    clients:
      - user: alice
        client: claude-code
        key: claude-code
      - user: alice
        client: codex
        key: codex

- name: On a laptop that is sometimes elsewhere, in a network whose DNS does not know the gateway
  mcp_lan.litellm.client_config:
    gateway_url: http://linuxserver.lan:4000
    fallback_urls: [https://gateway.example.com]
    hosts_address: 192.168.1.20
    clients:
      - user: alice
        client: claude-code
        key: claude-code

- name: Take the gateway out of a program
  mcp_lan.litellm.client_config:
    clients:
      - user: bob
        client: claude-code
        state: absent
"""

RETURN = r"""
left_over:
  description: The C(user), C(client) and C(server_name) of each entry that an earlier run has written and O(clients)
    does not name any more. Empty with O(purge).
  returned: success
  type: list
  elements: dict
clients:
  description: What became of each entry of O(clients), in its order, and with O(purge) of each that was left over.
  returned: success
  type: list
  elements: dict
  contains:
    user:
      description: The user.
      type: str
      returned: always
    client:
      description: The program's name.
      type: str
      returned: always
    title:
      description: The program's name as its makers write it.
      type: str
      returned: always
    state:
      description: Whether the entry is there now.
      type: str
      returned: always
    server_name:
      description: The entry's name.
      type: str
      returned: always
    transport:
      description: The transport that was written.
      type: str
      returned: always
    url:
      description: The URL that was written.
      type: str
      returned: always
    path:
      description: The program's file.
      type: str
      returned: always
    changed:
      description: Whether the file or the key changed.
      type: bool
      returned: always
    key_in:
      description: Where the key is, V(environment) or V(file).
      type: str
      returned: always
    key_path:
      description: The file that holds the key.
      type: str
      returned: always
    variable:
      description: The variable that holds the key, if one does.
      type: str
      returned: always
    models:
      description: Whether the program was pointed at the gateway's models.
      type: bool
      returned: always
    check:
      description: A command of the program itself that connects and says whether it works, if there is one.
      type: str
      returned: always
    note:
      description: What the person has to know or do.
      type: str
      returned: always
backups:
  description: The copies that were kept.
  returned: with O(backup=true)
  type: list
  elements: str
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
