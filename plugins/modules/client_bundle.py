#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: client_bundle
short_description: Make bundles of client programs' configurations for machines that Ansible does not manage
version_added: 1.0.0
description:
  - Makes one folder or zip file for each person on the controller, with the files of that person's client programs, an
    installer for POSIX shells and one for PowerShell, and a page that shows what to paste where.
  - An installer makes a file that is not there. One that is there is edited without losing a byte by the collection's
    own editors, which are in the bundle and need Python 3 and nothing else; where there is no Python, by the program's
    own command if it has one that loses nothing; otherwise the file stays as it is, and the page shows what to paste.
  - The keys are left out, and asked for when the bundle is installed, unless O(include_keys=true).
options:
  dest:
    description: The folder on the controller that gets the bundles, each under its user's name. It is for the user of
      the controller alone.
    type: path
    required: true
  archive:
    description: Whether a bundle is a zip file instead of a folder.
    type: bool
    default: false
  include_keys:
    description: Whether the keys are in the bundle. Then it must be given to its person alone.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says which bundles would change.
  diff_mode:
    support: none
    description: A bundle may hold keys.
  idempotent:
    support: full
    description: A second run changes nothing.
extends_documentation_fragment:
  - mcp_lan.litellm.clients
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Make a guest's bundle
  mcp_lan.litellm.client_bundle:
    gateway_url: http://linuxserver.lan:4000
    dest: ~/bundles
    archive: true
    clients:
      - user: carol
        client: claude-code
        key: carol-claude-code
      - user: carol
        client: cursor
        key: carol-cursor
"""

RETURN = r"""
bundles:
  description: The bundles, one for each user.
  returned: success
  type: list
  elements: dict
  contains:
    user:
      description: The person.
      type: str
      returned: always
    path:
      description: The folder or zip file.
      type: str
      returned: always
    clients:
      description: The programs in it.
      type: list
      elements: str
      returned: always
    key_values:
      description: V(included) or V(asked for).
      type: str
      returned: always
    changed:
      description: Whether it was written.
      type: bool
      returned: always
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
