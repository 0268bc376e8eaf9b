# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which programs of which users are meant."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  clients:
    description: The programs of this machine's users.
    type: list
    elements: dict
    required: true
    suboptions:
      user:
        description: The user of the machine. Another one than the one that is connected to needs C(become).
        type: str
        required: true
      client:
        description: The program, such as V(claude-code) or V(codex).
        type: str
        required: true
      host:
        description: The machine, as in C(litellm_clients). It changes nothing where the list is of one machine already.
        type: str
      key:
        description: Alias of the program's key in the controller's store.
        type: str
      key_value:
        description: The key itself, instead of O(clients[].key).
        type: str
      key_in:
        description:
          - Where the key goes. V(environment) keeps it out of the program's file if the program can read it from
            elsewhere, and is V(file) if it can't.
        type: str
        choices: [environment, file]
        default: environment
      state:
        description: Whether the entry is to be there.
        type: str
        choices: [present, absent]
        default: present
      transport:
        description: The transport of O(clients[].url). The gateway itself speaks V(http) to clients.
        type: str
        choices: [http, sse]
        default: http
      url:
        description: Another MCP endpoint than that of O(gateway_url), such as one server's own.
        type: str
      server_name:
        description: Another name for the entry than O(server_name).
        type: str
      variable:
        description: Name of the environment variable; by default C(MCP_LAN_KEY_) and the program's name.
        type: str
      home:
        description: The user's home, if it is not the account's.
        type: str
      path:
        description: The program's file, if it is not where it usually is. C(~/) is the user's home.
        type: str
      models:
        description:
          - Whether the program also uses the gateway's models, with the same key; what else it was told about models
            at those places is replaced. Known for V(claude-code), V(codex), V(continue), V(gemini-cli), V(kilo-code),
            V(kimi), V(librechat), V(opencode) and V(qwen-code).
          - Without this, what the program's files say about models stays as it is.
        type: bool
      model:
        description: The model that the program starts with, by its name at the gateway; with O(clients[].models), which
          some need it for.
        type: str
  gateway_url:
    description: The gateway's URL as this machine reaches it, such as V(http://linuxserver.lan:4000).
    type: str
  server_name:
    description: Name of the entry in the programs' files.
    type: str
    default: litellm
  store:
    description:
      - The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
"""
