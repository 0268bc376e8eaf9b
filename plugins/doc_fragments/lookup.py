# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookups of the store share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  store:
    description:
      - The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - Where C(mcp_lan_prefix) says that it is a second deployment, the default is a directory of its own.
    type: str
    default: ~/.config/mcp_lan/default
    vars:
      - name: mcp_lan_store
    env:
      - name: MCP_LAN_STORE
  missing:
    description:
      - What to do when the store has no such entry.
      - V(error) fails with a sentence.
      - V(placeholder) returns a text that is no secret, for a check before the first run.
      - By default V(placeholder) in check mode, because what would make it is checked as well, and else V(error).
    type: str
    choices: [error, placeholder]
"""
