# Prompts and resources of real MCP servers through a real gateway: each key's policy, by name and by URI.
# SPDX-License-Identifier: GPL-3.0-or-later
"""With the version that passes them on as the filter holds them; what others answer is in test_requests.py."""

from __future__ import annotations

import itertools
import json

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_offers, proof_wire
from guarded_gateway import GATEWAYS, SERVERS

pytestmark = pytest.mark.parametrize("guarded", GATEWAYS[1:], indirect=True)

PROMPTS = ("greet", "secret-plan")
RESOURCES = ("note://open/first", "note://open/7", "note://secret/first", "note://secret/7")
LISTED = ("note://open/first", "note://secret/first")
TEMPLATES = ("note://open/{number}", "note://secret/{number}")
SAYS = dict(zip(RESOURCES, ("first", "open 7", "kept", "secret 7"), strict=True))

POLICIES = {
    "tools_alone": {"alpha": ["*"], "beta": ["*"], "gamma": ["*"]},
    "everything": {name: {"tools": ["*"], "prompts": ["*"], "resources": ["*"]} for name in SERVERS},
    "one_prompt": {"alpha": {"prompts": ["greet"]}},
    "prompts_of_the_aliased": {"gamma": {"prompts": ["*"]}, "alpha": ["ping"]},
    "one_resource": {"alpha": {"resources": ["note://open/first"]}},
    "what_begins_so": {"alpha": {"resources": ["note://open/*"]}, "beta": {"resources": ["note://secret/*"]}},
    "the_same_of_two": {"alpha": {"resources": ["*"]}, "gamma": {"resources": ["*"]}},
    "not_lists": {"alpha": {"prompts": "*", "resources": "*"}, "beta": {"prompts": {"greet": True}}},
    "nothing": {},
    "not_a_policy": "*",
}


@pytest.fixture(scope="module")
def keys(gateway):
    made = {name: gateway.key({"mcp_lan": {"policy": policy}}, key_alias=name) for name, policy in POLICIES.items()}
    return {**made, "made_by_hand": gateway.key()}


def named(who, server, part, name):
    policy = POLICIES.get(who)
    scope = policy.get(server) if isinstance(policy, dict) else None
    entries = scope.get(part) if isinstance(scope, dict) else None
    return isinstance(entries, list) and any(
        entry in ("*", name) or (entry.endswith("*") and name.startswith(entry[:-1])) for entry in entries
    )


def ask(gateway, key, method, params=None, path="/mcp/", headers=None):
    """The result of one request, or the error's sentence."""
    (answer,) = proof_wire.send(gateway.url, [proof_wire.rpc(key, method, params, path, headers)])
    message = proof_wire.message_of(answer.text)
    assert answer.status == 200 and message, answer
    return message.get("result") or message["error"]["message"]


def read(gateway, key, uri, path="/mcp/", headers=None):
    found = ask(gateway, key, "resources/read", {"uri": uri}, path, headers)
    return found if isinstance(found, str) else found["contents"][0]["text"]


EVERYBODY = [*POLICIES, "made_by_hand"]
WHICH = [(server, alias) for server, (alias, _tools) in SERVERS.items()]


@pytest.mark.parametrize("who", EVERYBODY)
def test_lists_are_what_the_policy_names(gateway, keys, who):
    own = {alias: server for server, alias in WHICH}
    shown = {
        (own[one["name"].partition("-")[0]], one["name"].partition("-")[2])
        for one in ask(gateway, keys[who], "prompts/list")["prompts"]
    }
    assert shown == {(s, name) for s, name in itertools.product(SERVERS, PROMPTS) if named(who, s, "prompts", name)}
    shown = {
        (own[one["name"].partition("-")[0]], one["uri"])
        for one in ask(gateway, keys[who], "resources/list")["resources"]
    }
    assert shown == {(s, uri) for s, uri in itertools.product(SERVERS, LISTED) if named(who, s, "resources", uri)}
    shown = {
        (own[one["name"].partition("-")[0]], one["uriTemplate"])
        for one in ask(gateway, keys[who], "resources/templates/list")["resourceTemplates"]
    }
    examples = {template: template.replace("{number}", "7") for template in TEMPLATES}
    expected = {
        (server, template)
        for server, template in itertools.product(SERVERS, TEMPLATES)
        if named(who, server, "resources", examples[template])
        or any(one.startswith(template.partition("{")[0]) for one in LISTED if named(who, server, "resources", one))
    }
    assert shown == expected


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_prompt_is_got_where_the_policy_names_it(gateway, keys, who):
    for (server, alias), prompt in itertools.product(WHICH, PROMPTS):
        for path, headers in (("/mcp/", {}), (f"/mcp/{alias}", {}), ("/mcp/", {"x-mcp-servers": alias})):
            found = ask(gateway, keys[who], "prompts/get", {"name": f"{alias}-{prompt}"}, path, headers)
            if named(who, server, "prompts", prompt):
                assert found["messages"][0]["content"]["text"] == f"{server}:{prompt}"
            else:
                assert found == f"This key may not get the prompt '{alias}-{prompt}'."


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_resource_is_read_of_the_server_that_the_policy_names(gateway, keys, who):
    for (server, alias), uri in itertools.product(WHICH, RESOURCES):
        for path, headers in ((f"/mcp/{alias}", {}), ("/mcp/", {"x-mcp-servers": alias})):
            found = read(gateway, keys[who], uri, path, headers)
            if named(who, server, "resources", uri):
                assert found == f"{server}:{SAYS[uri]}"
            else:
                assert found == f"This key may not read the resource '{uri}'."


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_resource_whose_server_is_not_said_is_read_where_one_alone_may_be_meant(gateway, keys, who):
    for uri in RESOURCES:
        may = [server for server in SERVERS if named(who, server, "resources", uri)]
        found = read(gateway, keys[who], uri)
        if len(may) == 1:
            assert found == f"{may[0]}:{SAYS[uri]}"
        elif may:
            among = ", ".join(sorted(SERVERS[server][0] for server in may))
            assert found == f"'{uri}' may be of several servers ({among}); ask at /mcp/ and the name of one."
        else:
            assert found == f"This key may not read the resource '{uri}'."


def test_the_other_part_of_a_scope_opens_no_tools(gateway, keys):
    ask(gateway, gateway.master_key, "tools/list")  # what nobody has listed is no tool to LiteLLM
    found = ask(gateway, keys["one_prompt"], "tools/call", {"name": "alpha-ping", "arguments": {}})
    assert "mcp_lan_guard: this key may not call 'ping'" in str(found)


def test_a_name_or_uri_that_is_none_is_said(gateway, keys):
    for params in ({}, {"uri": ""}, {"uri": 7}, {"uri": "note://open/\n"}, None):
        assert (
            ask(gateway, keys["everything"], "resources/read", params) == "The uri in 'params' of this request is none."
        )
    assert ask(gateway, keys["everything"], "prompts/get", {}) == "The name in 'params' of this request is none."


def test_what_nobody_judges_is_no_method(gateway, keys):
    for method in ("resources/subscribe", "resources/unsubscribe", "subscriptions/listen"):
        assert ask(gateway, keys["everything"], method, {"uri": "note://open/first"}) == f"Method not found: {method}"
    # These are let through, and LiteLLM has none of them.
    completed = {"ref": {"type": "ref/prompt", "name": "alpha-greet"}, "argument": {"name": "a", "value": "b"}}
    for method, params in (("logging/setLevel", {"level": "info"}), ("completion/complete", completed)):
        assert ask(gateway, keys["everything"], method, params) == "Method not found"


def test_the_proof_finds_what_is_so_and_what_is_not(gateway, keys):
    """Held against the policies that the keys have, and against those that they do not have."""
    prefixes = {alias: server for server, alias in WHICH}
    some = {name: keys[name] for name in ("tools_alone", "everything", "one_prompt", "what_begins_so")}
    policies = {name: POLICIES[name] for name in some}
    found = proof_offers.prove(gateway.url, gateway.master_key, some, policies, prefixes, every=True)
    assert found["problems"] == {name: [] for name in some} and found["requests"] > 20
    assert {cell["outcome"] for cell in found["rows"]["everything"]} == {"called"}
    assert {cell["outcome"] for cell in found["rows"]["tools_alone"]} == {"refused"}
    policies = {**policies, "everything": {}, "tools_alone": {"alpha": {"prompts": ["greet"]}}}
    wrong = proof_offers.prove(gateway.url, gateway.master_key, some, policies, prefixes, every=False)["problems"]
    assert (
        "key 'everything' may not get the prompt 'greet' of alpha, but the gateway let the request through"
        in (wrong["everything"])
    )
    assert "key 'everything' sees the resource 'note://open/first' of beta, which it may not use" in wrong["everything"]
    assert "key 'tools_alone' does not see the prompt 'greet' of alpha, which it may use" in wrong["tools_alone"]
    assert not wrong["one_prompt"]


def test_who_has_used_what_is_in_the_log(gateway, keys):
    assert read(gateway, keys["what_begins_so"], "note://open/7") == "alpha:open 7"
    lines = [json.loads(line) for line in gateway.container.logs(tail=50).decode().splitlines()]
    said = 'mcp_lan_filter: resources/read "note://open/7" of alpha by "what_begins_so"'
    assert said in [line["message"] for line in lines]
