#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of open_webui, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: open_webui
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: A gateway in Open WebUI, as provider of models and as MCP tool server
version_added: 1.0.0
description:
  - Makes sure that Open WebUI knows the gateway with this key, in its list of model providers and in its list of tool
    servers. Connections that a person has made there stay as they are, and so do the settings of the gateway's own
    that are not named here.
  - Then has Open WebUI list the gateway's models and tools with the key, so that success means that the key has arrived
    and works.
requirements:
  - requests
attributes:
  check_mode:
    description: Signs in, reads, and says what would change.
    support: full
  diff_mode:
    description: Shows the gateway's two connections, without keys.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
options:
  url:
    description: Open WebUI's address, such as V(http://linuxserver.lan:4080).
    type: str
    required: true
  email:
    description: An administrator's account.
    type: str
    required: true
  password:
    description: Its password.
    type: str
    required: true
  name:
    description: What the gateway is called there. In Open WebUI its tools are those of the server with this id.
    type: str
    default: litellm
  gateway_url:
    description: The gateway's address as Open WebUI reaches it, without a path. Needed for O(state=present).
    type: str
  key:
    description: The key that Open WebUI uses. Needed for O(state=present).
    type: str
  everybody:
    description:
      - Whether every account may use the tools, or administrators alone. Without this it stays as it is set there, at
        first administrators alone.
    type: bool
  state:
    description: Whether the gateway is to be known there.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How many seconds an answer may take.
    type: float
    default: 60.0
  validate_certs:
    description: Whether the certificate of an C(https) address is checked.
    type: bool
    default: true
  ca_path:
    description: A file with the certificates of the authorities to trust.
    type: path
"""

EXAMPLES = r"""
- name: Have Open WebUI use the gateway
  mcp_lan.litellm.open_webui:
    url: http://127.0.0.1:4080
    email: admin@localhost
    password: "{{ lookup('mcp_lan.litellm.secret', 'open_webui_admin') }}"
    gateway_url: http://front-door:4000
    key: "{{ lookup('mcp_lan.litellm.key', 'open-webui') }}"
  delegate_to: localhost
"""

RETURN = r"""
models:
  description: The models that Open WebUI lists at the gateway.
  returned: for O(state=present), not in check mode
  type: list
  elements: str
tools:
  description: The tools that Open WebUI lists at the gateway.
  returned: for O(state=present), not in check mode
  type: list
  elements: str
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
