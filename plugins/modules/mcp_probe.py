#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module mcp_probe."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mcp_probe
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Lists and calls the tools of MCP servers
version_added: 1.0.0
description:
  - Speaks the Model Context Protocol with the official SDK (initialize, tools/list, tools/call) and reports what each
    server answered.
  - For a server that does not answer as it should it finds out why (the other transport, another path, a credential,
    a name that does not resolve, nothing listening, TLS) and says so in one sentence, with the setting that would be
    right where it can tell.
  - Changes nothing, so check mode does the same; the tools in O(endpoints[].calls) are really called.
requirements:
  - "mcp >= 1.12 (in the container when O(container) is set)"
attributes:
  check_mode:
    description: Runs in check mode and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  endpoints:
    description: The servers to speak to; they are spoken to side by side.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: A name for the report.
        type: str
      transport:
        description: The transport to use.
        type: str
        choices: [http, sse, stdio]
        default: http
      url:
        description: The URL of a server over V(http) or V(sse).
        type: str
      command:
        description: The program of a V(stdio) server.
        type: str
      args:
        description: The arguments of O(endpoints[].command).
        type: list
        elements: str
        default: []
      env:
        description: The environment of O(endpoints[].command).
        type: dict
      headers:
        description: Headers that are sent with each request, such as an Authorization header.
        type: dict
      oauth2:
        description:
          - What to ask a token endpoint with (OAuth 2, client credentials); the token is sent as Authorization header.
        type: dict
        suboptions:
          token_url:
            description: The address of the endpoint.
            type: str
            required: true
          client_id:
            description: What the client is called there.
            type: str
            required: true
          client_secret:
            description: Its secret.
            type: str
            required: true
          scopes:
            description: What the token is to be good for.
            type: list
            elements: str
            default: []
      client_credential:
        description: Whether each client brings its own credential, so that a server which wants one is as it should be.
        type: bool
        default: false
      ca_certificates:
        description:
          - Certificates of authorities (PEM) to trust besides those that are trusted anyway. The deployment's own are
            what the lookup P(mcp_lan.litellm.ca_certificates#lookup) gives.
        type: str
        default: ""
      needs_tools:
        description: Whether a server without any tool is a failure.
        type: bool
        default: true
      timeout:
        description: How long one request may take, in seconds.
        type: int
        default: 10
      calls:
        description: Tools to call once the session is open.
        type: list
        elements: dict
        default: []
        suboptions:
          tool:
            description: The tool's name.
            type: str
            required: true
          arguments:
            description: The tool's arguments.
            type: dict
            default: {}
  container:
    description:
      - Speak from inside this running container, which has to hold Python and the mcp package, as the gateway's does.
        Names and networks are then what that container sees.
    type: str
  wait:
    description:
      - With O(container), for how many seconds a server is waited for that is a container of the same engine and does
        not answer yet, as right after a restart. A name of no container is not waited for.
    type: int
    default: 0
  docker_cli:
    description: The docker client to use with O(container).
    type: str
    default: docker
  fail:
    description: Fail when an endpoint does not answer as it should, with the sentences of all that do not.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Ask a server for its tools before it is registered
  mcp_lan.litellm.mcp_probe:
    container: litellm
    endpoints:
      - name: postgresql
        transport: sse
        url: http://mcp-postgresql:8000/sse

- name: See what a key can do, from the controller
  mcp_lan.litellm.mcp_probe:
    endpoints:
      - name: claude-code
        url: http://linuxserver.lan:4000/mcp/
        headers:
          Authorization: "Bearer {{ lookup('mcp_lan.litellm.key', 'claude-code') }}"
        calls:
          - tool: postgresql-list_schemas
  delegate_to: localhost

- name: Ask a server by HTTPS that an authority of one's own vouches for
  mcp_lan.litellm.mcp_probe:
    endpoints:
      - name: notes
        url: https://notes.lan/mcp
        ca_certificates: "{{ lookup('ansible.builtin.file', 'notes-ca.pem') }}"
  delegate_to: localhost
"""

RETURN = r"""
endpoints:
  description: What each endpoint answered, in the order of the option.
  returned: success, so with O(fail=false) whatever they answer
  type: list
  elements: dict
  contains:
    name:
      description: The name given.
      type: str
      returned: always
    transport:
      description: The transport used.
      type: str
      returned: always
    ok:
      description: Whether the session worked and tools were offered.
      type: bool
      returned: always
    server:
      description: Name and version the server gives itself.
      type: str
      returned: when it answered
    protocol_version:
      description: The protocol version agreed on.
      type: str
      returned: when it answered
    tools:
      description: The names of the tools offered, sorted.
      type: list
      elements: str
      returned: always
    input_schemas:
      description: For each tool the JSON schema of its arguments.
      type: dict
      returned: when it answered
    calls:
      description: For each call the tool, whether it succeeded (ok) and the text it answered, at most 2,000 characters.
      type: list
      elements: dict
      returned: always
    kind:
      description:
        - The kind of failure, such as V(transport), V(path), V(connect), V(name), V(auth), V(tls), V(no_tools).
      type: str
      returned: when ok is false
    error:
      description: The failure in one sentence.
      type: str
      returned: when ok is false
"""

import json
import time
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe

# How a server fails that is still starting.
STARTING = ("name", "connect", "timeout", "session", "transport")


def _host(endpoint):
    return urlsplit(endpoint.get("url") or "").hostname or ""


def _states(module, endpoints):
    """Of the servers that are containers of this engine, how each is just now."""
    states = {}
    for host in sorted({_host(one) for one in endpoints} - {""}):
        command = [module.params["docker_cli"], "inspect", "--type", "container", "-f", "{{.State.Status}}", host]
        code, out, _err = module.run_command(command)
        if code == 0:
            states[host] = out.strip()
    return states


def _awaited(module, endpoints):
    """The answers; of a container that is there and does not answer yet, after a while."""
    answers = _in_container(module, endpoints)
    deadline = time.monotonic() + module.params["wait"]
    while True:
        late = [number for number, answer in enumerate(answers) if answer.get("kind") in STARTING]
        states = _states(module, [endpoints[number] for number in late])
        late = [number for number in late if _host(endpoints[number]) in states]
        if not late or time.monotonic() >= deadline:
            break
        time.sleep(2)
        for number, answer in zip(late, _in_container(module, [endpoints[each] for each in late])):
            answers[number] = answer
    for number in late:
        host, url = _host(endpoints[number]), endpoints[number]["url"]
        if answers[number]["kind"] == "name":
            answers[number]["error"] = (
                f"{url}: the container '{host}' is there ({states[host]}) and not up yet, or on no network of "
                f"'{module.params['container']}': see `docker logs {host}`, and run again"
            )
    return answers


def _in_container(module, endpoints):
    """Hand the probe as a text to the container's Python by standard input: nothing shows in a process list."""
    text = probe.program(endpoints)
    command = [module.params["docker_cli"], "exec", "-i", module.params["container"], "python3", "-"]
    code, out, err = module.run_command(command, data=text, binary_data=False)
    if code != 0:
        last = (err.strip().splitlines() or ["no message"])[-1]
        module.fail_json(
            msg=f"cannot probe from inside container '{module.params['container']}': {last}; "
            "check that it runs and holds Python and the mcp package"
        )
    return json.loads(out)


def main():
    """Probe and report."""
    endpoint = {
        "name": {"type": "str"},
        "transport": {"type": "str", "choices": ["http", "sse", "stdio"], "default": "http"},
        "url": {"type": "str"},
        "command": {"type": "str"},
        "args": {"type": "list", "elements": "str", "default": []},
        "env": {"type": "dict", "no_log": True},
        "headers": {"type": "dict", "no_log": True},
        "oauth2": {
            "type": "dict",
            "options": {
                "token_url": {"type": "str", "required": True, "no_log": False},
                "client_id": {"type": "str", "required": True},
                "client_secret": {"type": "str", "required": True, "no_log": True},
                "scopes": {"type": "list", "elements": "str", "default": []},
            },
        },
        "client_credential": {"type": "bool", "default": False},
        "ca_certificates": {"type": "str", "default": ""},
        "needs_tools": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 10},
        "calls": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {"tool": {"type": "str", "required": True}, "arguments": {"type": "dict", "default": {}}},
        },
    }
    module = AnsibleModule(
        argument_spec={
            "endpoints": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": endpoint,
                "required_if": [
                    ("transport", "http", ("url",)),
                    ("transport", "sse", ("url",)),
                    ("transport", "stdio", ("command",)),
                ],
            },
            "container": {"type": "str"},
            "wait": {"type": "int", "default": 0},
            "docker_cli": {"type": "str", "default": "docker"},
            "fail": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    endpoints = [{k: v for k, v in entry.items() if v is not None} for entry in module.params["endpoints"]]
    try:
        answers = _awaited(module, endpoints) if module.params["container"] else probe.run(endpoints)
    except ImportError as error:
        module.fail_json(msg=missing_required_lib("mcp"), exception=str(error))
    wrong = [f"{answer['name'] or 'endpoint'}: {answer['error']}" for answer in answers if not answer["ok"]]
    if wrong and module.params["fail"]:
        # Nothing else: what the others answered would bury the sentences.
        module.fail_json(msg="\n".join(wrong))
    module.exit_json(changed=False, endpoints=answers)


if __name__ == "__main__":
    main()
