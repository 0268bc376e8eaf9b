#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of gateway_verify, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gateway_verify
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Proves over the wire what each key can and cannot do
version_added: 1.0.0
description:
  - Tries every key at the gateway over the Model Context Protocol and holds what it sees against what the inventory
    says. Each key lists the tools, calls the harmless tool named in O(calls) of every server that it may use, and calls
    every tool that it may not, with arguments that fit its schema and mean nothing.
  - With O(depth=full) it also tries every way there is to name a tool, what is for administrators, and the published
    ways around LiteLLM's authorization.
  - Waits until each successful call is a row of the gateway's spend log, its audit trail.
  - Writes nothing at the gateway; the calls leave their rows in its spend log. Check mode does the same.
  - The values of the keys are read from the store by an action plugin on the controller, so delegate the task to
    C(localhost).
requirements:
  - mcp >= 1.12, < 2
  - requests
extends_documentation_fragment:
  - mcp_lan.litellm.gateway
attributes:
  check_mode:
    description: Runs in check mode and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  clients_url:
    description:
      - The gateway's URL as clients use it, where each key's tools are listed and called.
      - By default it is O(api_url). What is for administrators is tried at O(api_url), where no front door refuses
        before the gateway does.
    type: str
  keys:
    description: The keys, as in M(mcp_lan.litellm.gateway_state).
    type: list
    elements: dict
    required: true
  teams:
    description: The teams, as in M(mcp_lan.litellm.gateway_state).
    type: list
    elements: dict
    default: []
  organizations:
    description: The organizations, as in M(mcp_lan.litellm.gateway_state).
    type: list
    elements: dict
    default: []
  models:
    description:
      - The models, as in M(mcp_lan.litellm.gateway_state). The action plugin passes on no credential of them.
    type: list
    elements: dict
    default: []
  model_servers:
    description:
      - What M(mcp_lan.litellm.model_probe) found of the models' servers. Of a model that does not answer it says why.
      - A model that is not asked, as its provider may bill it, fails where its server is not reached, refuses the key
        or does not have it.
    type: list
    elements: dict
    default: []
  ask_models:
    description:
      - Which of them are asked for one word, or for the embedding of one. V(free) asks those that LiteLLM makes up
        itself (C(mock_response)) or that answer in a private network (C(api_base)); V(all) asks those too whose
        provider may bill it, a few tokens each. It is the administrator who asks.
    type: str
    choices: [none, free, all]
    default: free
  mcp_servers:
    description: The MCP servers, as in M(mcp_lan.litellm.gateway_state).
    type: list
    elements: dict
    required: true
  toolsets:
    description: The toolsets, as in M(mcp_lan.litellm.gateway_state).
    type: list
    elements: dict
    default: []
  calls:
    description:
      - For a server the harmless call that shows that it works, as C(tool), C(arguments) and, if wanted, C(expect), a
        text that the answer has to contain.
    type: dict
    default: {}
  safe_tools:
    description:
      - For a server the tools (names, C(list_*) or C(*)) that may be called with arguments that mean nothing. With
        O(depth=full) every key that may call one of them does.
    type: dict
    default: {}
  depth:
    description:
      - V(smoke) tries every denied tool once, by the name that clients use.
      - V(full) tries every denied tool once as well, one of each server by server path, by header and over REST, and
        one bare name for each group of servers that share names; also the allowed O(safe_tools) tools and the
        administration.
      - V(exhaustive) tries each denied tool in all these ways. It costs the gateway several times as much.
    type: str
    choices: [smoke, full, exhaustive]
    default: smoke
  front_door:
    description:
      - Whether the front door is before the gateway, so that host names that are not its own are refused.
    type: bool
    default: true
  guard:
    description:
      - Whether the guard and the request filter have to be loaded at the gateway, and be this collection's own.
      - With them what a request may say is tried as well, at O(clients_url) and O(api_url), with input that is
        harmless by itself, and a key has to list what it may call and nothing else. Where the store has none of
        O(keys), it is tried without a key and with a wrong one.
    type: bool
    default: true
  request_list:
    description:
      - The SHA-256 of the list of what requests may say that the gateway has to have loaded, C(digest) of the filter
        P(mcp_lan.litellm.request_rules#filter). Without it the list is not compared.
    type: str
  attempts:
    description:
      - Requests that were tried elsewhere, as M(mcp_lan.litellm.port_probe) returns them. They are reported with those
        that are tried here, and the problem of one is a problem here.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What it is about.
        type: str
        required: true
      what:
        description: What was tried.
        type: str
        required: true
      status:
        description: The HTTP status of the answer, or 0 for none.
        type: int
        required: true
      ok:
        description: Whether that is as it has to be.
        type: bool
        required: true
      problem:
        description: The sentence where it is not.
        type: str
  audit_timeout:
    description: How long the gateway may take to write the calls into its spend log, in seconds.
    type: int
    default: 30
  report:
    description:
      - A folder on the controller that C(report.json) and C(report.html) are written to, readable by their owner alone.
        Writing them is no change.
    type: path
  store:
    description:
      - The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
"""

EXAMPLES = r"""
- name: Prove what the keys can do
  mcp_lan.litellm.gateway_verify:
    api_url: http://127.0.0.1:4000
    master_key: "{{ lookup('mcp_lan.litellm.secret', 'master_key') }}"
    keys: "{{ litellm_keys }}"
    mcp_servers: "{{ litellm_mcp_servers }}"
    calls:
      postgresql:
        tool: list_schemas
  delegate_to: localhost
"""

RETURN = r"""
version:
  description: The gateway's version.
  returned: when the keys were tried
  type: str
database:
  description: What the gateway says of its database.
  returned: when the keys were tried
  type: str
servers:
  description: For each MCP server its name, transport and the tools that it offers through the gateway.
  returned: when the keys were tried
  type: list
  elements: dict
virtual_keys:
  description:
    - For each key what it listed (C(listed), by server), each tool and what became of its call (C(calls), with
      C(allowed), C(listed), C(outcome) and C(ways)), the prompts and resources that it asked for (C(offers)),
      what it got at the administration (C(administration)), how many of its calls were found in the spend log
      (C(audited)), whether the gateway knows the key (C(alive)) and whether all was as it should be (C(ok)).
      C(state) is what it is just now, besides what it may (V(blocked), V(expired), V(over its budget), V(over its
      rate), V(not known) or nothing), C(says) the gateway's own words for that, and C(models) what it is shown as
      models.
  returned: when the keys were tried
  type: list
  elements: dict
models:
  description: Each of O(models) as C(name), C(outcome) (V(answers), V(fails), or why it was not asked) and C(problem).
  returned: when the keys were tried
  type: list
  elements: dict
attempts:
  description:
    - Each request that was tried for what it says, O(attempts) among them, as C(name), C(what), C(status) and C(ok).
      Empty where O(guard=false).
  returned: when the keys were tried
  type: list
  elements: dict
requests:
  description: How many requests it took, besides the lists.
  returned: when the keys were tried
  type: int
seconds:
  description: How long it took.
  returned: when the keys were tried
  type: float
problems:
  description: Each difference between inventory and wire as one sentence.
  returned: when the keys were tried
  type: list
  elements: str
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: when the keys could not be tried
  type: str
"""
