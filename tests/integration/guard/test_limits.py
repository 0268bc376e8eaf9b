# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits that LiteLLM alone does not hold, or not as they are meant: on each version, as a client sees them."""

from __future__ import annotations

import re
import secrets
import time

import pytest
import requests
from guarded_gateway import MODEL_NAME, MODEL_URL, PREFIX, STAND_IN_MODEL, run_script

ASK = {"messages": [{"role": "user", "content": "x"}]}
COSTS = {"input_cost_per_token": 0.01, "output_cost_per_token": 0.01}
CENT = {"mcp_server_cost_info": {"default_cost_per_query": 0.01}}


@pytest.fixture(scope="module")
def servers(gateway):
    """One server under the names that have limits; gives a key that may call it by all of them."""
    for name in ("rated", "costly", "brief"):
        body = {"server_name": name, "alias": name, "transport": "http", "url": f"http://{PREFIX}alpha:8000/mcp"}
        gateway.admin("POST", "/v1/mcp/server", {"server_id": f"limits-{name}", "mcp_info": CENT, **body})
    yield {
        "metadata": {"mcp_lan": {"policy": {"rated": ["*"], "costly": ["*"], "brief": ["*"]}}},
        "object_permission": {"mcp_servers": ["limits-rated", "limits-costly", "limits-brief"]},
    }
    for name in ("rated", "costly", "brief"):
        requests.delete(
            f"{gateway.url}/v1/mcp/server/limits-{name}",
            headers={"Authorization": f"Bearer {gateway.master_key}"},
            timeout=30,
        )


@pytest.fixture(scope="module")
def model(docker_api, images, network, gateway):
    """The name of a model that costs a cent for each of its two tokens."""
    container = run_script(docker_api, MODEL_NAME, images["MCP_LAN_TEST_LITELLM_IMAGE"], STAND_IN_MODEL, network)

    name = f"limits-{secrets.token_hex(3)}"
    params = {"model": "openai/x", "api_base": MODEL_URL, "api_key": "none", **COSTS}
    gateway.admin("POST", "/model/new", {"model_name": name, "litellm_params": params, "model_info": {"id": name}})
    yield name
    container.remove(force=True)


def _post(gateway, path: str, key: str, body: dict):
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}
    return requests.post(gateway.url + path, json=body, headers=headers, timeout=60)


def _call(gateway, key: str, tool: str) -> str:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}
    answer = _post(gateway, "/mcp/", key, body)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_rate_and_a_budget_of_a_server_hold_for_all_keys_together(gateway, servers):
    one, other = gateway.key(**servers), gateway.key(**servers)
    said = []
    while not said or '"isError":true' not in said[-1]:
        assert len(said) < 8, said  # more than a minute may begin meanwhile, each with two calls
        said.append(_call(gateway, (one, other)[len(said) % 2], "rated-ping"))
    assert len(said) > 2 and all("alpha:ping" in text for text in said[:-1]), said
    sentence = r"Error: The MCP server rated has reached its limit of requests per minute \(2\); try again after "
    assert re.search(sentence, said[-1]), said[-1]
    said = [_call(gateway, key, "costly-ping") for key in (one, other, one)]
    assert all("alpha:ping" in text for text in said[:2]), said
    assert '"isError":true' in said[2]
    sentence = r"The MCP server costly has used up its budget of \$0\.02; try again after [\d-]{10} 00:00:00 UTC"
    assert re.search("Error: " + sentence, said[2]), said[2]
    # What a key may not call at all is not told by a limit.
    said = _call(gateway, gateway.key({"mcp_lan": {"policy": {}}}), "rated-ping")
    assert '"isError":true' in said and "reached its limit" not in said


@pytest.mark.usefixtures("model")
def test_a_budget_of_a_model_says_which_and_until_when(gateway):
    key = gateway.key(models=["bounded"])
    deadline = time.monotonic() + 60
    while (answer := _post(gateway, "/v1/chat/completions", key, {"model": "bounded", **ASK})).ok:
        assert time.monotonic() < deadline, "the budget does not hold"
        time.sleep(1)
    assert answer.status_code == 429, answer.text
    sentence = r"The model bounded has used up its budget of \$0\.04; try again after [\d-]{10} [\d:]{8} UTC"
    assert re.match(sentence, answer.json()["error"]["message"]), answer.text
    assert 86000 < int(answer.headers["Retry-After"]) <= 86400


@pytest.mark.slow
def test_what_was_over_its_budget_works_again_after_the_period(gateway, servers, model):
    budget = {"max_budget": 0.02, "budget_duration": "1m"}
    team = {"team_alias": secrets.token_hex(4), "object_permission": servers["object_permission"], **budget}
    user = {"user_id": secrets.token_hex(4), "auto_create_key": False, **budget}
    gateway.admin("POST", "/user/new", user)
    keys = {
        "key": gateway.key(**servers, **budget),
        "team": gateway.key(**servers, team_id=gateway.admin("POST", "/team/new", team)["team_id"]),
        "user": gateway.key(**servers, user_id=user["user_id"]),
    }
    free = gateway.key(**servers)

    def chat(key):
        return _post(gateway, "/v1/chat/completions", key, {"model": model, **ASK})

    time.sleep(61 - time.time() % 60)
    refused, begun = {}, time.monotonic()
    while set(refused) != {*keys, "server"}:
        assert time.monotonic() - begun < 45, refused
        for holder, key in keys.items():
            if holder not in refused and not (answer := chat(key)).ok:
                refused[holder] = answer.json()["error"]["message"]
        if "server" not in refused and '"isError":true' in (text := _call(gateway, free, "brief-ping")):
            refused["server"] = text
        time.sleep(1)
    assert all("budget of $0.02; try again" in said for said in refused.values()), refused
    again, begun = set(), time.monotonic()
    while again != set(refused):
        assert time.monotonic() - begun < 180, f"{set(refused) - again} stay refused"
        again |= {holder for holder, key in keys.items() if holder not in again and chat(key).ok}
        if "server" not in again and '"isError":false' in _call(gateway, free, "brief-ping"):
            again.add("server")
        time.sleep(2)
