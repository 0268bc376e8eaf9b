# SPDX-License-Identifier: GPL-3.0-or-later
"""What the holder of a key is told that is known and may do nothing just now, in each protocol and on each version."""

from __future__ import annotations

import re
import secrets
import time

import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils import proof_state
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof
from guarded_gateway import SERVERS

ASK = {"model": "states", "messages": [{"role": "user", "content": "x"}], "max_tokens": 1}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "alpha-ping", "arguments": {}}}
SPENT = r"has used up its budget of \$0\.50; try again when it is raised"
DAILY = r"has used up its budget of \$0\.50; try again after \d{4}-\d\d-\d\d 00:00:00 UTC"
LIMIT = r"has reached its limit of requests per minute \(1\); try again after \d{4}-\d\d-\d\d "
STATES = {
    "expired": (401, "This key has expired; "),
    "blocked": (401, "This key is blocked; "),
    "blocked team": (401, "The team of this key is blocked; "),
    "spent": (429, f"This key {SPENT}"),
    "spent team": (429, f"The team of this key {DAILY}"),
    "spent user": (429, f"The user of this key {SPENT}"),
    "limited": (429, f"This key {LIMIT}"),
    "limited team": (429, f"The team of this key {LIMIT}"),
}


@pytest.fixture(scope="module")
def holders(gateway):
    """A key in each of the states."""
    costs = {"input_cost_per_token": 1, "output_cost_per_token": 1}
    params = {"model": "openai/x", "api_key": "none", "mock_response": "yes", **costs}
    info = {"id": f"states-{secrets.token_hex(3)}"}
    gateway.admin("POST", "/model/new", {"model_name": ASK["model"], "litellm_params": params, "model_info": info})
    policy = {"mcp_lan": {"policy": {"alpha": ["*"]}}}
    servers = {"mcp_servers": list(gateway.ids.values())}

    def team(**fields) -> dict:
        body = {"team_alias": secrets.token_hex(4), "object_permission": servers, **fields}
        return {"team_id": gateway.admin("POST", "/team/new", body)["team_id"]}

    user, blocked = {"user_id": secrets.token_hex(4)}, team()
    gateway.admin("POST", "/user/new", {**user, "max_budget": 0.5, "auto_create_key": False})
    keys = {
        "expired": gateway.key(policy, duration="1s"),
        "blocked": gateway.key(policy),
        "blocked team": gateway.key(policy, **blocked),
        "spent": gateway.key(policy, max_budget=0.5),
        "spent team": gateway.key(policy, **team(max_budget=0.5, budget_duration="1d")),
        "spent user": gateway.key(policy, **user),
        "limited": gateway.key(policy, rpm_limit=1),
        "limited team": gateway.key(policy, **team(rpm_limit=1)),
    }
    gateway.admin("POST", "/key/block", {"key": keys["blocked"]})
    gateway.admin("POST", "/team/block", blocked)
    for name in ("spent", "spent team", "spent user"):
        assert _post(gateway, "/v1/chat/completions", keys[name], ASK).status_code == 200
    # LiteLLM remembers keys, teams and users for a minute, and each request makes it remember them anew.
    waiting, deadline = [name for name in keys if "limited" not in name], time.monotonic() + 200
    while waiting:
        assert time.monotonic() < deadline, f"{waiting} is not noticed"
        time.sleep(15)
        waiting = [name for name in waiting if _post(gateway, "/v1/chat/completions", keys[name], ASK).ok]
    return keys


def _post(gateway, path: str, key: str, body: dict):
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}
    return requests.post(gateway.url + path, json=body, headers=headers, timeout=30)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("state", STATES)
def test_a_model_is_refused_with_what_is_true(gateway, holders, state, path):
    status, sentence = STATES[state]
    _post(gateway, path, holders[state], ASK)
    answer = _post(gateway, path, holders[state], ASK)
    assert answer.status_code == status and re.match(sentence, answer.json()["error"]["message"]), answer.text
    if sentence.endswith("UTC"):
        assert 0 < int(answer.headers["Retry-After"]) <= 86400


@pytest.mark.parametrize("state", STATES)
def test_a_tool_is_refused_with_what_is_true(gateway, holders, state):
    status, sentence = STATES[state]
    _post(gateway, "/v1/chat/completions", holders[state], ASK)
    answer = _post(gateway, "/mcp/", holders[state], CALL)
    if "limited" in state:  # LiteLLM makes an answer of the tool of it
        assert answer.status_code == 200 and '"isError":true' in answer.text
        assert re.search("Error: " + sentence, answer.text), answer.text
    else:
        assert answer.status_code == status and re.match(sentence, answer.json()["error"]["message"]), answer.text
    assert not re.search(r"\b[0-9a-f]{64}\b", answer.text)


def test_the_proof_finds_nothing_wrong_with_them_and_says_what_they_are(gateway, holders):
    for name in ("limited", "limited team"):
        _post(gateway, "/v1/chat/completions", holders[name], ASK)
    found = proof.prove(
        gateway.url,
        gateway.master_key,
        {**holders, "free": gateway.key({"mcp_lan": {"policy": {"alpha": ["*"]}}})},
        {key: {"alpha": ["*"]} for key in (*holders, "free")},
        [{"name": name, "alias": alias} for name, (alias, _tools) in SERVERS.items()],
        {"alpha": {"tool": "ping", "expect": "alpha:ping"}},
        native_lists=True,
        blocked={"blocked": "key 'blocked'", "blocked team": "team 'x'"},
    )
    assert found["problems"] == []
    words = {"expired": proof_state.EXPIRED, "blocked": proof_state.BLOCKED, "spent": proof_state.SPENT}
    said = {row["name"]: row["state"] for row in found["virtual_keys"]}
    assert said == {name: words.get(name.split()[0], proof_state.LIMITED) for name in holders} | {"free": ""}
    assert all(row["alive"] for row in found["virtual_keys"])


def test_a_key_that_should_be_blocked_and_is_not_is_found(gateway):
    key = gateway.key({"mcp_lan": {"policy": {}}})
    servers = [{"name": name, "alias": alias} for name, (alias, _tools) in SERVERS.items()]
    found = proof.prove(
        gateway.url, gateway.master_key, {"k": key}, {"k": {}}, servers, {}, True, blocked={"k": "key 'k'"}
    )
    assert found["problems"] == ["key 'k' is blocked in the inventory, and the gateway lets key 'k' in"]
