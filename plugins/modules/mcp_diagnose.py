#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module mcp_diagnose."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mcp_diagnose
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Walks from a client's machine to the gateway, and says which link is broken
version_added: 1.0.0
description:
  - Goes the way of a client program, from the machine where it runs, with its URL and its key, link by link, up to the
    first that is broken, and says in one sentence what is wrong with it and what to do.
  - The playbook C(mcp_lan.litellm.diagnose) puts the gateway's own links between these.
  - Changes nothing, so check mode does the same; the tools in O(calls) are really called.
attributes:
  check_mode:
    description: Runs in check mode and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  url:
    description: The gateway's MCP endpoint, as the client program has it.
    type: str
    required: true
  key:
    description: The client's key, as it sends it.
    type: str
    default: ""
  links:
    description:
      - What to look at, in this order. V(name) is whether the host's name resolves, V(port) whether something listens,
        V(front_door) whether that is the gateway and the URL its MCP endpoint, V(key) whether it accepts the key,
        V(tools) whether it lists tools of each of O(servers), V(call) whether each of O(calls) goes through.
    type: list
    elements: str
    choices: [name, port, front_door, key, tools, call]
    default: [name, port, front_door, key, tools, call]
  servers:
    description: What stands before the tools of each server that the key should see, its alias or its name.
    type: list
    elements: str
    default: []
  calls:
    description: Harmless calls.
    type: list
    elements: dict
    default: []
    suboptions:
      tool:
        description: The tool, with its server before it.
        type: str
        required: true
      arguments:
        description: Its arguments.
        type: dict
        default: {}
      expect:
        description: A text that the answer has to contain.
        type: str
        default: ""
  timeout:
    description: How long to wait for one answer, in seconds.
    type: int
    default: 10
  validate_certs:
    description: Whether the gateway's certificate has to be valid.
    type: bool
    default: true
  ca_certificates:
    description:
      - Certificates of authorities (PEM) that are trusted instead of those that this machine trusts. The deployment's
        own are what the lookup P(mcp_lan.litellm.ca_certificates#lookup) gives.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: From this machine to the gateway
  mcp_lan.litellm.mcp_diagnose:
    url: http://linuxserver.lan:4000/mcp/
    key: "{{ lookup('mcp_lan.litellm.key', 'claude-code') }}"
    calls:
      - tool: filesystem-list_allowed_directories
"""

RETURN = r"""
links:
  description: Each link that was looked at, as C(link), C(ok) and C(says).
  returned: always
  type: list
  elements: dict
  sample:
    - {link: name, ok: true, says: linuxserver.lan is 192.168.1.20}
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mcp_lan.litellm.plugins.module_utils.diagnose import LINKS, ConnectivityCheck


def main():
    """Walk, and fail with the sentence of the link that is broken."""
    call = {
        "tool": {"type": "str", "required": True},
        "arguments": {"type": "dict", "default": {}},
        "expect": {"type": "str", "default": ""},
    }
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "key": {"type": "str", "default": "", "no_log": True},
            "links": {"type": "list", "elements": "str", "choices": list(LINKS), "default": list(LINKS)},
            "servers": {"type": "list", "elements": "str", "default": []},
            "calls": {"type": "list", "elements": "dict", "default": [], "options": call},
            "timeout": {"type": "int", "default": 10},
            "validate_certs": {"type": "bool", "default": True},
            "ca_certificates": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    given = module.params
    ca_path = None
    if given["ca_certificates"]:
        ca_path = os.path.join(module.tmpdir, "ca.pem")
        with open(ca_path, "w", encoding="utf-8") as file:
            file.write(given["ca_certificates"])
    named = {name: given[name] for name in ("url", "key", "servers", "calls", "timeout", "validate_certs")}
    chain = ConnectivityCheck(**named, ca_path=ca_path)
    walked = chain.run(given["links"])
    if walked and not walked[-1]["ok"]:
        module.fail_json(msg=f"{walked[-1]['link']}: {walked[-1]['says']}.", links=walked)
    module.exit_json(changed=False, links=walked)


if __name__ == "__main__":
    main()
