#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module model_probe."""

from __future__ import annotations

DOCUMENTATION = r"""
module: model_probe
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Finds out why a model does not answer
version_added: 1.0.0
description:
  - Asks the server of each model for what it has, which no provider bills, and reports what is offered there.
  - For a model that does not answer it says why in one sentence (a name that does not resolve, a port at which nobody
    listens, TLS, a credential, a wrong path, a model that the server does not have).
  - Changes nothing, so check mode does the same.
attributes:
  check_mode:
    description: Runs in check mode and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  endpoints:
    description:
      - The models' servers, as the filter P(mcp_lan.litellm.model_endpoints#filter) makes them of models; they are
        asked side by side.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: A name for the report; by default the URL.
        type: str
      url:
        description: Where the API is, such as V(http://vllm.lan:8000/v1).
        type: str
        required: true
      api:
        description:
          - Which API is spoken there. Of V(azure) and V(openrouter) the credential is tried and no model is looked for;
            of V(any) only that something answers.
        type: str
        choices: [openai, ollama, anthropic, gemini, azure, openrouter, any]
        default: openai
      model:
        description: The model that it has to have; without one it is only asked for what it offers.
        type: str
        default: ""
      key:
        description: The API's key.
        type: str
      headers:
        description: Further headers.
        type: dict
        default: {}
      verify:
        description: Whether its certificate is checked.
        type: bool
        default: true
  container:
    description:
      - Ask as LiteLLM in this running container would, by Python of its image. Where its environment names an
        C(HTTP_PROXY) that is a container of the same engine, it is asked from that one's network, as its requests are
        made there.
    type: str
  timeout:
    description: How long a connection, and then an answer, is waited for, in seconds.
    type: int
    default: 5
  docker_cli:
    description: The docker client to use with O(container).
    type: str
    default: docker
"""

EXAMPLES = r"""
- name: See what a server has
  mcp_lan.litellm.model_probe:
    endpoints:
      - {name: ollama, url: "http://ollama.lan:11434", api: ollama}

- name: Ask for each model from where LiteLLM asks
  mcp_lan.litellm.model_probe:
    container: litellm
    endpoints: "{{ litellm_models | mcp_lan.litellm.model_endpoints }}"
"""

RETURN = r"""
models:
  description: Each endpoint, in the order of the option.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name given.
      type: str
      returned: always
    ok:
      description: Whether the server answers, and has the model where one was named.
      type: bool
      returned: always
    offered:
      description: The models that the server lists, sorted.
      type: list
      elements: str
      returned: always
    kind:
      description:
        - What is wrong, V(name), V(port), V(tls), V(credential), V(path), V(model), V(slow), V(answer) or V(address).
      type: str
      returned: when ok is false
    problem:
      description: The failure in one sentence, without a full stop.
      type: str
      returned: when ok is false
"""

import inspect
import json
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mcp_lan.litellm.plugins.module_utils import model_servers

# Whom Python trusts.
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def _inspected(module, name, what):
    """A part of a container as the docker client shows it; None where there is no such container."""
    command = [module.params["docker_cli"], "container", "inspect", "-f", f"{{{{json {what}}}}}", name]
    code, out, _err = module.run_command(command)
    return json.loads(out) if code == 0 else None


def _command(module):
    """What runs a program of standard input where LiteLLM's requests are made."""
    docker, container = module.params["docker_cli"], module.params["container"]
    listed = _inspected(module, container, ".Config.Env")
    if listed is None:
        module.fail_json(msg=f"there is no container '{container}' to ask from: run site.yml, which makes it")
    environment = dict(one.partition("=")[::2] for one in listed)
    proxy = urlsplit(environment.get("HTTP_PROXY", "")).hostname
    if not (proxy and _inspected(module, proxy, ".State.Running")):
        return [docker, "exec", "-i", container, "python3", "-"]
    # Its files, among them the authorities that it may have been given.
    command = [docker, "run", "--rm", "--interactive", "--pull", "never", "--network", "container:" + proxy]
    command += ["--volumes-from", container + ":ro", "--read-only", "--cap-drop", "ALL", "--memory", "128m"]
    for name in TRUST:
        if name in environment:
            command += ["--env", f"{name}={environment[name]}"]
    return [*command, "--entrypoint", "python3", _inspected(module, container, ".Image"), "-"]


def _in_container(module, endpoints):
    """The program goes there as a text by standard input: nothing shows in a process list."""
    request = json.dumps({"endpoints": endpoints, "timeout": module.params["timeout"]})
    text = f"{inspect.getsource(model_servers)}\nsys.argv = ['', {request!r}]\nmain()\n"
    code, out, err = module.run_command(_command(module), data=text, binary_data=False)
    if code != 0:
        last = (err.strip().splitlines() or ["no message"])[-1]
        where = f"from where container '{module.params['container']}' asks"
        module.fail_json(msg=f"cannot ask {where}: {last}; check that it runs and holds Python")
    return json.loads(out)


def main():
    """Ask and report."""
    endpoint = {
        "name": {"type": "str"},
        "url": {"type": "str", "required": True},
        "api": {"type": "str", "choices": list(model_servers.PATHS), "default": "openai"},
        "model": {"type": "str", "default": ""},
        "key": {"type": "str", "no_log": True},
        "headers": {"type": "dict", "no_log": True, "default": {}},
        "verify": {"type": "bool", "default": True},
    }
    module = AnsibleModule(
        argument_spec={
            "endpoints": {"type": "list", "elements": "dict", "required": True, "options": endpoint},
            "container": {"type": "str"},
            "timeout": {"type": "int", "default": 5},
            "docker_cli": {"type": "str", "default": "docker"},
        },
        supports_check_mode=True,
    )
    endpoints = module.params["endpoints"]
    if module.params["container"] and endpoints:
        found = _in_container(module, endpoints)
    else:
        found = model_servers.run(endpoints, module.params["timeout"])
    module.exit_json(changed=False, models=found)


if __name__ == "__main__":
    main()
