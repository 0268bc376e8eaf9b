#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module port_probe."""

from __future__ import annotations

DOCUMENTATION = r"""
module: port_probe
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Sees that the gateway's port is closed to the containers beside it
version_added: 1.0.0
description:
  - Asks for the port of LiteLLM's container from the containers with which it shares a network other than the front
    door's. The request filter has to refuse it, whoever asks, or nothing answers.
  - A container that has Python asks without a key and with a wrong one. What any other would be answered is asked by
    LiteLLM's own container, at its address on each of these networks, with the master key, which does not leave it.
  - Changes nothing, so check mode does the same.
attributes:
  check_mode:
    description: Runs in check mode and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  container:
    description:
      - LiteLLM's container, which has to run. Where the engine publishes its port, that is meant to be open, and
        nothing is asked.
    type: str
    required: true
  port:
    description: The port.
    type: int
    default: 4000
  open_networks:
    description: The networks from which it is reached.
    type: list
    elements: str
    default: []
  docker_cli:
    description: The docker client to use.
    type: str
    default: docker
"""

EXAMPLES = r"""
- name: Ask for LiteLLM's port from the containers beside it
  mcp_lan.litellm.port_probe:
    container: litellm
    open_networks: [litellm-net]
"""

RETURN = r"""
attempts:
  description:
    - Each request as C(name), C(what), C(status) (0 for no connection) and C(ok), and C(problem), a sentence, where it
      was not refused.
  returned: success
  type: list
  elements: dict
subnets:
  description: The subnets of O(open_networks) that the container is on, sorted.
  returned: success
  type: list
  elements: str
"""

import json
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule

AT_ONCE = 8
# How long a container may take, in seconds: some have been made by others.
PATIENCE = "30"
KEYS = ("no key", "a wrong key", "the master key")
# For a container's Python, by standard input. It imports little, because that would take longer than what it asks.
# %s: a port, and [[network, address], ...], as JSON.
PROGRAM = """
import json, os, socket, threading

def ask(row, address, key):
    lines = ["GET /v1/models HTTP/1.0", "Host: " + address] + ["Authorization: Bearer " + key] * bool(key)
    try:
        with socket.create_connection((address, port), 5) as connection:
            connection.sendall("".join(line + "\\r\\n" for line in lines + [""]).encode())
            _version, status = connection.makefile("rb").readline(99).split()[:2]
            row.append(int(status))
    except (OSError, ValueError):
        row.append(0)

port, places = json.loads(%r)
master = os.environ.get("LITELLM_MASTER_KEY")
keys = {"the master key": master} if master else {"no key": "", "a wrong key": "sk-" + os.urandom(16).hex()}
asks = [([network, who], address, key) for network, address in places for who, key in keys.items()]
threads = [threading.Thread(target=ask, args=each) for each in asks]
for each in threads:
    each.start()
for each in threads:
    each.join()
print(json.dumps([row for row, _address, _key in asks]))
"""


def _lines(module, *command):
    """What the docker client prints, a line of JSON for each object."""
    code, out, err = module.run_command([module.params["docker_cli"], *command])
    if code != 0:
        last = (err.strip().splitlines() or ["no message"])[-1]
        module.fail_json(msg=f"cannot look at container '{module.params['container']}': {last}")
    return [json.loads(line) for line in out.splitlines()]


def _places(module):
    """{container: [(network, LiteLLM's address there)]} of all that may not reach it, and the subnets that may."""
    shown = "[{{json .NetworkSettings.Networks}},{{json .HostConfig.PortBindings}}]"
    (found,) = _lines(module, "container", "inspect", "-f", shown, module.params["container"])
    networks, published = found
    if any((published or {}).values()):
        return {}, []
    shown = "[{{json .Name}},{{json .IPAM.Config}},{{json .Containers}}]"
    places, subnets = {}, []
    for name, ranges, beside in _lines(module, "network", "inspect", "-f", shown, *networks):
        if name in module.params["open_networks"]:
            subnets += [one["Subnet"] for one in ranges or [] if "Subnet" in one]
            continue
        for container in {one["Name"] for one in beside.values()} | {module.params["container"]}:
            places.setdefault(container, []).append((name, networks[name]["IPAddress"]))
    return places, sorted(subnets)


def _asked(module, container, places):
    """[(network, key, status)] of what a container was answered; nothing where it has no Python."""
    command = ["timeout", PATIENCE, module.params["docker_cli"], "exec", "-i", container, "python3", "-"]
    text = PROGRAM % json.dumps([module.params["port"], places])
    code, out, _err = module.run_command(command, data=text, binary_data=False)
    networks = [network for network, _address in places]
    try:
        said = [(network, key, int(status)) for network, key, status in json.loads(out)] if code == 0 else []
    except (ValueError, TypeError):
        return []
    # Of another's image no word is passed on.
    return [one for one in said if one[0] in networks and one[1] in KEYS]


def _judged(module, container, asked, places):
    """The rows of one container. LiteLLM's own reaches its own address, so that no answer is no refusal."""
    own = container == module.params["container"]
    if own and not asked:
        asked = [(network, "the master key", 0) for network, _address in places]
    rows = []
    for network, key, status in asked:
        what = f"LiteLLM's port at {network}, from {'itself' if own else container}, with {key}"
        row = {"name": "other containers", "what": what, "status": status, "ok": status == 403 or not (status or own)}
        if not row["ok"]:
            row["problem"] = f"{what}: " + (f"is not refused (HTTP {status})" if status else "could not be tried")
        rows.append(row)
    return rows


def probe(module):
    """The rows, and the subnets from which the port may be reached."""
    places, subnets = _places(module)
    names = sorted(places)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = list(pool.map(lambda name: _asked(module, name, places[name]), names))
    return [row for name, found in zip(names, asked) for row in _judged(module, name, found, places[name])], subnets


def main():
    """Ask and report."""
    module = AnsibleModule(
        argument_spec={
            "container": {"type": "str", "required": True},
            "port": {"type": "int", "default": 4000},
            "open_networks": {"type": "list", "elements": "str", "default": []},
            "docker_cli": {"type": "str", "default": "docker"},
        },
        supports_check_mode=True,
    )
    attempts, subnets = probe(module)
    module.exit_json(changed=False, attempts=attempts, subnets=subnets)


if __name__ == "__main__":
    main()
