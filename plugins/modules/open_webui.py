#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module open_webui."""

from __future__ import annotations

DOCUMENTATION = r"""
module: open_webui
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: A gateway in Open WebUI, as provider of models and as MCP tool server
version_added: 0.1.0
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
- name: Open WebUI uses the gateway
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
"""

import json

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mcp_lan.litellm.plugins.module_utils import open_webui


def _run(module):
    """What the module returns."""
    given = module.params
    there = open_webui.OpenWebUI(given["url"], given["timeout"], given["validate_certs"], given["ca_path"])
    present = given["state"] == "present"
    wanted = open_webui.Wanted(given["name"], given["gateway_url"] or "", given["key"] or "", given["everybody"])
    there.sign_in(given["email"], given["password"])
    models, tools = before = _read(there)
    models_after, tools_after = after = _after(before, wanted, present)
    changes = {
        path: body
        for path, body, same in (
            (f"{open_webui.MODELS}/update", models_after, models_after == models),
            (open_webui.TOOLS, {"TOOL_SERVER_CONNECTIONS": tools_after}, tools_after == tools),
        )
        if not same
    }
    texts = [json.dumps(open_webui.shown(*side, wanted), indent=2, sort_keys=True) + "\n" for side in (before, after)]
    result = {"changed": bool(changes), "diff": {"before": texts[0], "after": texts[1]}}
    if module.check_mode:
        return result
    for path, body in changes.items():
        there.post(path, body)
    # Open WebUI adds what it has defaults for; what counts is that nothing is left to change.
    if changes and (kept := _read(there)) != _after(kept, wanted, present):
        raise open_webui.OpenWebUIError(f"Open WebUI at {there.url} did not keep what it was told: run again.")
    if present:
        result.update(models=there.models(wanted), tools=there.tools(wanted))
    return result


def _after(before, wanted, present):
    models, tools = before
    if present:
        return open_webui.models_with(models, wanted), open_webui.tools_with(tools, wanted)
    return open_webui.models_without(models, wanted), open_webui.tools_without(tools, wanted)


def _read(there):
    return there.get(open_webui.MODELS), there.get(open_webui.TOOLS)["TOOL_SERVER_CONNECTIONS"] or []


def main():
    """Run."""
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "email": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "name": {"type": "str", "default": "litellm"},
            "gateway_url": {"type": "str"},
            "key": {"type": "str", "no_log": True},
            "everybody": {"type": "bool"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "timeout": {"type": "float", "default": 60.0},
            "validate_certs": {"type": "bool", "default": True},
            "ca_path": {"type": "path"},
        },
        required_if=[("state", "present", ("gateway_url", "key"))],
        supports_check_mode=True,
    )
    if open_webui.REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=open_webui.REQUESTS_IMPORT_ERROR)
    try:
        module.exit_json(**_run(module))
    except open_webui.OpenWebUIError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
