# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model server of the network offers, as entries of litellm_models."""

from __future__ import annotations

DOCUMENTATION = r"""
name: models_offered
short_description: Make entries of the models that a server offers
version_added: 1.0.0
description:
  - Asks each server which models it has, and returns an entry of C(litellm_models) for each, in the order of their
    names. An Ollama server is known by its own API; every other one has to speak OpenAI's, as vLLM, llama.cpp and LM
    Studio do.
  - An entry gives nobody a right to its model, a key names it as every other.
  - A server that does not answer is an error, so that no run takes its models for gone.
  - It is the controller that asks.
options:
  _terms:
    description: The servers, such as V(http://ollama.lan:11434) and V(http://vllm.lan:8000/v1).
    type: list
    elements: str
    required: true
  only:
    description: The models to take, each as the server calls it; a V(*) stands for anything.
    type: list
    elements: str
    default: ["*"]
  prefix:
    description: What the names of the entries begin with, before what the server calls its models.
    type: str
    default: ""
  api_key:
    description:
      - The server's key, which the entries have as well. Given as C(os.environ/NAME), the gateway reads it from its
        environment, and the server is asked without one.
    type: str
    default: ""
  timeout:
    description: How long a connection, and then an answer, is waited for, in seconds.
    type: int
    default: 5
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Say what two servers have
  ansible.builtin.debug:
    msg: >-
      {{ lookup('mcp_lan.litellm.models_offered', 'http://ollama.lan:11434', 'http://vllm.lan/v1', wantlist=true) }}
"""

RETURN = r"""
_raw:
  description: The entries.
  type: list
  elements: dict
"""

from fnmatch import fnmatchcase

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils import model_servers
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.egress import place_of

PROVIDERS = {model_servers.OLLAMA: "ollama_chat", model_servers.OPENAI: "hosted_vllm"}


def offered(url, key, timeout):
    """The API that a server speaks, and the models that it has."""
    if place_of(url) is None:
        raise AnsibleLookupError(f"models_offered: {url!r} is no address of a server, such as http://ollama.lan:11434.")
    found = {}
    for api in PROVIDERS:
        found = model_servers.probe({"url": url, "api": api, "key": key}, timeout)
        if found["ok"]:
            return api, found["offered"]
        if found["kind"] not in ("path", "answer"):
            break  # with the other API it would be the same
    raise AnsibleLookupError(f"models_offered: {url} cannot be asked for its models: {found['problem']}.")


def entries(urls, only=("*",), prefix="", api_key="", timeout=5):
    """The entries of all servers."""
    shown = "" if api_key.startswith("os.environ/") else api_key
    made = []
    for url in urls:
        api, names = offered(url, shown, timeout)
        for name in names:
            if any(fnmatchcase(name, pattern) for pattern in only):
                parameters = {"model": f"{PROVIDERS[api]}/{name}", "api_base": url}
                parameters |= {"api_key": api_key} if api_key else {}
                made.append({"name": prefix + name, "litellm_params": parameters})
    named = [one["name"] for one in made]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise AnsibleLookupError(
            f"models_offered: several servers have the model {twice[0]!r}: ask them one by one, each with a prefix."
        )
    return made


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        return entries(terms, **{name: self.get_option(name) for name in ("only", "prefix", "api_key", "timeout")})
