# SPDX-License-Identifier: GPL-3.0-or-later
"""What two workers of one gateway know of what one of them was told: keys, MCP servers and budgets."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable

import pytest
import requests
from guarded_gateway import CONFIG, GUARD, PREFIX, wait_until_ready

pytestmark = pytest.mark.slow
# As the role has it where there are several workers.
SEVERAL = CONFIG + "  user_api_key_cache_ttl: 3\n"
WORKERS = 2
ENVIRONMENT = {
    "NUM_WORKERS": str(WORKERS),
    "DEFAULT_MANAGEMENT_OBJECT_IN_MEMORY_CACHE_TTL": "3",
    "TIMEOUT_WORKER_HEALTHCHECK": "600",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}
ASK = {"model": "workers", "messages": [{"role": "user", "content": "x"}], "max_tokens": 1}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "shared-ping", "arguments": {}}}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
# So many requests by connections of their own reach both: that one gets them all has a chance of 2 ** (1 - ROUND).
ROUND = 12
SOON = 5
SHARED = "workers-shared"
# Of a token, and of a key, in dollars.
COST, BUDGET = 0.001, 0.1


@pytest.fixture(scope="module", params=["MCP_LAN_TEST_NEWEST_LITELLM_IMAGE"])
def both(request, images, start_gateway, mcp_servers):
    made = start_gateway(images[request.param], GUARD, SEVERAL, ENVIRONMENT)
    wait_until_ready(made.url, made.container, 600)
    # The first one that asks a worker for it waits until it has imported what it takes.
    servers = f"{made.url}/v1/mcp/server"
    _until(lambda: requests.get(servers, headers=_headers(made.master_key), timeout=300).ok)
    requests.delete(f"{servers}/{SHARED}", headers=_headers(made.master_key), timeout=30)
    _register(made, "shared", SHARED)
    params = {"model": "openai/x", "api_key": "none", "mock_response": "yes", "input_cost_per_token": COST}
    params |= {"output_cost_per_token": COST}
    info = {"id": f"workers-{secrets.token_hex(3)}"}
    made.admin("POST", "/model/new", {"model_name": ASK["model"], "litellm_params": params, "model_info": info})
    time.sleep(20)  # for so long the other worker may not know the model
    yield made
    # Other tests have a gateway on this database, too.
    requests.delete(f"{servers}/{SHARED}", headers=_headers(made.master_key), timeout=30)


def _headers(key: str) -> dict:
    return {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream", "Connection": "close"}


def _post(gateway, path: str, key: str, body: dict):
    return requests.post(gateway.url + path, json=body, headers=_headers(key), timeout=60)


def _register(gateway, name: str, identity: str) -> None:
    url = f"http://{PREFIX}alpha:8000/mcp"
    gateway.admin(
        "POST", "/v1/mcp/server", {"server_id": identity, "server_name": name, "transport": "http", "url": url}
    )
    gateway.ids[name] = identity


def _until(holds: Callable[[], bool]) -> float:
    """How long it took until a whole round of requests was answered so; asked all the time until then."""
    began = time.monotonic()
    while True:
        begin = time.monotonic()
        if all(holds() for _ in range(ROUND)):
            return begin - began
        assert begin - began < 100, "it is never so"


def test_a_key_that_is_gone_is_refused_by_both_also_while_it_is_used(both):
    key = both.key({"mcp_lan": {"policy": {"shared": ["*"]}}}, models=[ASK["model"]])
    _until(lambda: _post(both, "/v1/chat/completions", key, ASK).status_code == 200)
    _until(lambda: '"isError":false' in _post(both, "/mcp/", key, CALL).text)
    both.admin("POST", "/key/delete", {"keys": [key]})
    took = _until(lambda: _post(both, "/v1/chat/completions", key, ASK).status_code == 401)
    assert took <= SOON
    assert _post(both, "/mcp/", key, CALL).status_code == 401


def test_a_server_is_listed_by_both_and_is_gone_from_both(both):
    _register(both, "late", f"workers-late-{secrets.token_hex(3)}")
    key = both.key({"mcp_lan": {"policy": {"shared": ["*"], "late": ["*"]}}})
    took = _until(lambda: "late-ping" in _post(both, "/mcp/", key, LIST).text)
    assert took <= SOON
    call = CALL | {"params": {"name": "late-ping", "arguments": {}}}
    _until(lambda: "alpha:ping" in _post(both, "/mcp/", key, call).text)
    identity = both.ids.pop("late")
    answer = requests.delete(f"{both.url}/v1/mcp/server/{identity}", headers=_headers(both.master_key), timeout=30)
    answer.raise_for_status()
    took = _until(lambda: "late-ping" not in _post(both, "/mcp/", key, LIST).text)
    assert took <= SOON
    assert all("alpha:ping" not in _post(both, "/mcp/", key, call).text for _ in range(ROUND))


def test_what_goes_over_a_budget_is_bound(both):
    """Each worker lets through what it takes for what is left, until it has read what the other has spent."""
    key = both.key({}, models=[ASK["model"]], max_budget=BUDGET)
    first = _post(both, "/v1/chat/completions", key, ASK)
    enough = math.ceil(BUDGET / (first.json()["usage"]["total_tokens"] * COST))
    codes, began = [first.status_code], time.monotonic()
    while codes[-ROUND:] != [429] * ROUND:
        codes.append(_post(both, "/v1/chat/completions", key, ASK).status_code)
        assert time.monotonic() - began < 100
    assert set(codes) == {200, 429} and enough <= codes.count(200) <= WORKERS * enough, (codes, enough)
