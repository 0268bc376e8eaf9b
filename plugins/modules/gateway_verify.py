#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module gateway_verify."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gateway_verify
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Proves over the wire what each key can and cannot do
version_added: 0.1.0
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
  harmless:
    description:
      - For a server the tools (names, C(list_*) or C(*)) that may be called with arguments that mean nothing. With
        O(depth=full) every key that may call one of them does.
    type: dict
    default: {}
  depth:
    description:
      - V(smoke) tries every denied tool once, by the name that clients use.
      - V(full) tries every denied tool once as well, one of each server by server path, by header and over REST, and
        one bare name for each group of servers that share names; also the allowed O(harmless) tools and the
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
      - With them what a request may say is tried as well, with input that is harmless by itself, and a key has to list
        what it may call and nothing else.
    type: bool
    default: true
  audit_timeout:
    description: How long the gateway may take to write the calls into its spend log, in seconds.
    type: int
    default: 30
  store:
    description:
      - The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
  key_values:
    description: Filled in from the store by the action plugin; not to be given.
    type: dict
  guard_digest:
    description: Filled in by the action plugin; not to be given.
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
  returned: when it answers
  type: str
database:
  description: What the gateway says of its database.
  returned: when it answers
  type: str
servers:
  description: For each MCP server its name, transport and the tools that it offers through the gateway.
  returned: always
  type: list
  elements: dict
keys:
  description:
    - For each key what it listed (C(listed), by server), each tool and what became of its call (C(calls), with
      C(allowed), C(listed), C(outcome) and C(ways)), what it got at the administration (C(administration)), how many of
      its calls were found in the spend log (C(audited)), whether the gateway knows the key (C(alive)) and whether all
      was as it should be (C(ok)). C(state) is what it is just now, besides what it may (V(blocked), V(expired),
      V(over its budget), V(over its rate), V(not known) or nothing), C(says) the gateway's own words for that, and
      C(models) what it is shown as models.
  returned: always
  type: list
  elements: dict
models:
  description: Each of O(models) as C(name), C(outcome) (V(answers), V(fails), or why it was not asked) and C(problem).
  returned: always
  type: list
  elements: dict
attempts:
  description:
    - Each request that was tried for what it says, as C(name), C(what), C(status) and C(ok). Empty where
      O(guard=false).
  returned: always
  type: list
  elements: dict
requests:
  description: How many requests it took, besides the lists.
  returned: always
  type: int
seconds:
  description: How long it took.
  returned: always
  type: float
problems:
  description: Each difference between inventory and wire as one sentence.
  returned: always
  type: list
  elements: str
"""

import datetime
import hashlib
import time

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mcp_lan.litellm.plugins.module_utils import (
    capabilities,
    policy,
    proof,
    proof_models,
    proof_requests,
)
from ansible_collections.mcp_lan.litellm.plugins.module_utils.arguments import CONNECTION
from ansible_collections.mcp_lan.litellm.plugins.module_utils.client import readiness
from ansible_collections.mcp_lan.litellm.plugins.module_utils.gateway_error import GatewayError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.proof_state import blocked_by_inventory
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources import KINDS
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import Context
from ansible_collections.mcp_lan.litellm.plugins.module_utils.run import connect


def _present(entries):
    return [entry for entry in entries if entry.get("state", "present") == "present"]


def _guard_problem(client, digest):
    """A gateway whose guard is not loaded, or is another file than this collection's, is a problem."""
    shown = str(client.get("/active/callbacks"))
    if f"mcp_lan_guard sha256:{digest}" in shown:
        return []
    if "mcp_lan_guard sha256:" in shown:
        return [
            "the gateway runs another guard than this collection's: run site.yml, which restarts it with the right one"
        ]
    return ["the guard is not loaded at the gateway, so scopes are not held: see the container's log for why"]


def _ids(client):
    """The servers' ids, by which newer versions want a tool called over REST."""
    return {server.get("server_name"): server["server_id"] for server in client.get("/v1/mcp/server")}


def _models(client, version, given, clients_url):
    """How each declared model does, and a sentence for each name in a list of models that means none."""
    there = KINDS["model"].list(Context(client, version))
    known = {one["model_name"] for one in there}
    known |= {group for one in there for group in one["model_info"].get("access_groups") or []}
    (answer,) = proof.proof_wire.send(clients_url, [proof.proof_wire.Ask("GET", "/v1/models", given["master_key"])])
    known |= set(proof_models.listed(answer))
    problems = [
        f"{title} '{one['name']}' names the model '{name}', which the gateway does not have; "
        + proof_models.hint(near, known)
        for title, listed in (("key", given["keys"]), ("team", given["teams"]))
        for one in _present(listed)
        for name, near in proof_models.unknown(one.get("models") or [], known).items()
    ]
    rows = proof_models.prove(clients_url, given["master_key"], given["models"], given["ask_models"])
    return rows, problems + [row["problem"] for row in rows if row["problem"]]


def _rows(client, value):
    """How many rows of the spend log a key has."""
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    answer = client.get(
        "/spend/logs/ui",
        api_key=hashlib.sha256(value.encode()).hexdigest(),
        start_date=(now - day).strftime("%Y-%m-%d %H:%M:%S"),
        end_date=(now + day).strftime("%Y-%m-%d %H:%M:%S"),
        page=1,
        page_size=1,
    )
    return answer["total"]


def _audit(client, values, before, keys, patience):
    """Wait until the calls of each key are rows of the spend log; the sentences for those that are not."""
    problems = []
    end = time.monotonic() + patience
    for key in keys:
        name = key["name"]
        called = sum(word == "called" for call in key["calls"] for word in call["ways"].values())
        key["audited"] = 0
        while called:
            key["audited"] = _rows(client, values[name]) - before[name]
            if key["audited"] >= called or time.monotonic() > end:
                break
            time.sleep(0.5)
        if key["audited"] < called:
            problems.append(
                f"key '{name}' made {called} calls and the spend log shows {key['audited']} of them "
                f"after {patience} s: see proxy_batch_write_at and whether disable_spend_logs "
                "is set in litellm_gateway_config"
            )
    return problems


def main():
    """Try every key and report."""
    module = AnsibleModule(
        argument_spec={
            **CONNECTION,
            "clients_url": {"type": "str"},
            "keys": {"type": "list", "elements": "dict", "required": True, "no_log": False},
            "teams": {"type": "list", "elements": "dict", "default": []},
            "organizations": {"type": "list", "elements": "dict", "default": []},
            "mcp_servers": {"type": "list", "elements": "dict", "required": True},
            "toolsets": {"type": "list", "elements": "dict", "default": []},
            "models": {"type": "list", "elements": "dict", "default": []},
            "ask_models": {"type": "str", "choices": list(proof_models.CHOICES), "default": "free"},
            "calls": {"type": "dict", "default": {}},
            "harmless": {"type": "dict", "default": {}},
            "depth": {"type": "str", "choices": list(proof.DEPTHS), "default": "smoke"},
            "front_door": {"type": "bool", "default": True},
            "guard": {"type": "bool", "default": True},
            "audit_timeout": {"type": "int", "default": 30},
            "store": {"type": "str"},
            "key_values": {"type": "dict", "no_log": True},
            "guard_digest": {"type": "str"},
        },
        supports_check_mode=True,
    )
    given = module.params
    servers = _present(given["mcp_servers"])
    keys = [key for key in _present(given["keys"]) if key["name"] in given["key_values"]]
    began = time.monotonic()
    client = connect(module)
    try:
        health = readiness(client)
        grants = policy.effective(keys, given["teams"], given["organizations"], servers, given["toolsets"])
        values = {key["name"]: given["key_values"][key["name"]] for key in keys}
        before = {name: _rows(client, value) for name, value in values.items()}
        native = capabilities.for_version(health["litellm_version"])
        found = proof.prove(
            api_url=given["clients_url"] or given["api_url"],
            admin_url=given["api_url"],
            admin=given["master_key"],
            values=values,
            grants=grants,
            servers=servers,
            wanted=given["calls"],
            native_lists=native.tool_permissions or given["guard"],
            harmless=given["harmless"],
            depth=given["depth"],
            ids=_ids(client) if native.call_time_check else {},
            blocked={key["name"]: blocked_by_inventory(key, given["teams"]) for key in keys},
        )
        found["models"], wrong = _models(client, native, given, given["clients_url"] or given["api_url"])
        found["problems"] += wrong
        found["attempts"] = []
        if given["guard"] and values:
            # With a key that may do something just now, where there is one.
            valid = min(found["keys"], key=lambda one: one["state"] != "", default={"name": next(iter(values))})
            found["attempts"], wrong = proof_requests.attempt_all(
                given["clients_url"] or given["api_url"], values[valid["name"]], given["front_door"]
            )
            found["problems"] += wrong
        found["problems"] += _audit(client, values, before, found["keys"], given["audit_timeout"])
        if given["guard"]:
            found["problems"] += _guard_problem(client, given["guard_digest"])
    except ImportError:
        module.fail_json(msg=missing_required_lib("mcp"))
    except (GatewayError, policy.PolicyError, capabilities.CapabilityError) as error:
        module.fail_json(msg=str(error))
    # An adopted key's value is known to nobody here, so that it cannot be tried.
    own = {key["name"] for key in _present(given["keys"]) if not key.get("hash")}
    missing = sorted(own - set(given["key_values"]))
    found["problems"] += [f"key '{name}' is not in the key store: run site.yml, which makes it" for name in missing]
    if health.get("db") != "connected":
        found["problems"].append(f"the gateway's database is '{health.get('db')}', not connected")
    result = {"version": health["litellm_version"], "database": health.get("db"), **found}
    result["seconds"] = round(time.monotonic() - began, 1)
    if found["problems"]:
        module.fail_json(msg="The wire is not what the inventory says: " + "; ".join(found["problems"]), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
