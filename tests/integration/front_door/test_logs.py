# SPDX-License-Identifier: GPL-3.0-or-later
"""One request is found in the log of each service by its identity, and nothing that it said."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
import uuid

import pytest
import requests
from guarded_gateway import HERE, PREFIX, ROOT, run
from mcp_lan_filter import servers
from waiting import until

GATEWAY_ONLY = ROOT / "roles/mcp_service/files/gateway_only.py"
NAME = f"{PREFIX}told"
MODEL = {"model": "openai/mock", "mock_response": "Yes."}
# Nobody listens there.
GONE = {
    "model": "openai/gone",
    "api_base": "http://127.0.0.1:9/v1",
    "api_key": "none",
    "num_retries": 0,
    "max_retries": 0,
}


@pytest.fixture(scope="module")
def server(docker_api, network, gateway, images):
    """An MCP server that answers its gateway alone, as the role mcp_service starts one."""
    digest = hashlib.sha256(servers.token(gateway.master_key, NAME).encode()).hexdigest()
    container = run(
        docker_api,
        NAME,
        images["MCP_LAN_TEST_LITELLM_IMAGE"],
        ["/srv/mcp_server.py", "told", "ping", "failing"],
        network,
        entrypoint="python3",
        healthcheck={"test": ["NONE"]},
        environment={
            "PYTHONPATH": "/srv/gateway_only",
            "MCP_LAN_SERVICE": "mcp-told",
            "MCP_LAN_GATEWAY_SHA256": digest,
        },
        volumes={
            str(HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"},
            str(GATEWAY_ONLY): {"bind": "/srv/gateway_only/sitecustomize.py", "mode": "ro"},
        },
    )
    until(lambda: b"Uvicorn running" in container.logs())
    body = {"server_id": "guard-told", "server_name": "told", "alias": "told", "transport": "http"}
    gateway.admin("POST", "/v1/mcp/server", {**body, "url": f"http://{NAME}:8000/mcp"})
    yield container
    gateway_key = {"Authorization": f"Bearer {gateway.master_key}"}
    requests.delete(f"{gateway.url}/v1/mcp/server/guard-told", headers=gateway_key, timeout=30)
    container.remove(force=True)


@pytest.fixture(scope="module")
def models(gateway):
    made = [
        gateway.admin("POST", "/model/new", {"model_name": f"told-{number}", "litellm_params": parameters})["model_id"]
        for number, parameters in enumerate((MODEL, GONE))
    ]
    yield
    for identity in made:
        gateway.admin("POST", "/model/delete", {"id": identity})


@pytest.fixture(scope="module")
def key(gateway):
    """Its value, and what it is called."""
    alias = f"told-{secrets.token_hex(4)}"
    policy = {"mcp_lan": {"policy": {"told": ["*"]}}}
    permission = {"mcp_servers": ["guard-told"]}
    return gateway.key(policy, key_alias=alias, object_permission=permission), alias


def lines(container, since: int, mixed: bool = False) -> list[dict]:
    """All of them, each an object with what every line has; mixed: beside what a program says in its own way."""
    told = container.logs(since=since).decode().splitlines()
    said = [json.loads(line) for line in told if not mixed or line.startswith('{"')]
    assert all({"time", "level", "service"} <= each.keys() for each in said), said
    return said


def ask(url, key, path, identity, body) -> requests.Response:
    headers = {
        "Authorization": f"Bearer {key}",
        "X-Request-ID": identity,
        "Accept": "application/json, text/event-stream",
    }
    return requests.post(url + path, json=body, headers=headers, timeout=60)


def call(tool: str, **arguments) -> dict:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def rows(gateway, identity: str) -> list[dict]:
    """Those of the spend log, as its page in the administration has them."""
    said = gateway.admin("GET", f"/spend/logs/session/ui?session_id={identity}")
    return said if isinstance(said, list) else said["data"]  # a page of them in newer versions


def test_a_request_is_found_by_its_identity_in_each_log(front_door, gateway, server, models, key):
    url, door = front_door
    value, alias = key
    begin = int(time.time())
    chat, called = str(uuid.uuid4()), uuid.uuid4().hex
    body = {"model": "told-0", "messages": [{"role": "user", "content": "Hello"}]}
    for path, identity, said in (("/v1/chat/completions", chat, body), ("/mcp/", called, call("told-ping"))):
        answer = ask(url, value, path, identity, said)
        assert answer.ok and answer.headers["X-Request-ID"] == identity, answer.text
    assert "told:ping" in answer.text

    def of(container, identity):
        return [line for line in lines(container, begin, container is server) if line.get("request_id") == identity]

    (line,) = until(lambda: of(door, called))
    assert (line["service"], line["level"], line["status"], line["path"]) == ("front-door", "INFO", 200, "/mcp/")
    (line,) = [line for line in of(gateway.container, called) if "seconds" in line]
    assert (line["service"], line["key"], line["rpc"], line["status"]) == ("litellm", alias, "tools/call", 200)
    assert line["tool"] in ("told-ping", "ping")
    told = until(lambda: of(server, called))
    assert {line["service"] for line in told} == {"mcp-told"} and "POST /mcp" in {line["message"] for line in told}
    (line,) = [line for line in of(gateway.container, chat) if "seconds" in line]
    assert (line["key"], line["message"]) == (alias, "mcp_lan_filter: POST /v1/chat/completions")
    assert not of(server, chat)
    assert [row["call_type"] for row in until(lambda: rows(gateway, called))] == ["call_mcp_tool"]
    assert [row["call_type"] for row in until(lambda: rows(gateway, chat))] == ["acompletion"]


@pytest.mark.parametrize("brought", [None, "-".join(["sk", *["looks"] * 9]), "x" * 400, "0123456789ABCDEF" * 2])
def test_an_identity_that_could_be_something_else_is_replaced(front_door, key, brought):
    url, door = front_door
    begin = int(time.time())
    answer = ask(url, key[0], "/mcp/", brought, {"jsonrpc": "2.0", "id": 1, "method": "ping"})
    made = answer.headers["X-Request-ID"]
    assert len(made) == 32 and made != brought
    until(lambda: [line for line in lines(door, begin) if line["request_id"] == made])
    assert not brought or brought not in door.logs(since=begin).decode()


def test_who_is_refused_learns_the_identity_as_well(url):
    for path, status in (("/config/yaml", 403), ("/nothing", 404), ("/v1/models", 401)):
        answer = requests.get(url + path, timeout=30)
        assert (answer.status_code, len(answer.headers["X-Request-ID"])) == (status, 32)


def test_nothing_of_what_is_said_is_in_a_log(front_door, gateway, server, models, key):
    """What is asked, what tools are called with, what they answer, which keys are shown: also where it goes wrong."""
    url, door = front_door
    value, _alias = key
    begin = int(time.time())
    secret, wrong = f"told-{secrets.token_hex(12)}", "sk-" + secrets.token_urlsafe(24)
    chat = {"messages": [{"role": "user", "content": secret}]}
    asked = [
        ("/v1/chat/completions", value, {"model": "told-0", **chat}),
        ("/v1/chat/completions", value, {"model": "told-1", **chat}),
        ("/v1/chat/completions", value, {"model": "told-0", "messages": secret}),
        ("/v1/chat/completions", value, {"model": "told-0", "temperature": secret, **chat}),
        ("/v1/messages", value, {"model": "told-1", "max_tokens": 9, **chat}),
        ("/v1/chat/completions", wrong, {"model": "told-0", **chat}),
        ("/mcp/", value, call("told-ping", what=secret)),
        ("/mcp/", value, call("told-failing", what=secret)),
        ("/mcp/", value, call("told-nothing", what=secret)),
        ("/mcp/", wrong, call("told-ping", what=secret)),
    ]
    answers = [ask(url, shown, path, None, body) for path, shown, body in asked]
    assert {200, 400, 401} <= {answer.status_code for answer in answers}
    last = answers[-1].headers["X-Request-ID"]
    until(lambda: [line for line in lines(door, begin) if line["request_id"] == last])
    until(lambda: [line for line in lines(gateway.container, begin) if line.get("request_id") == last])
    time.sleep(2)
    for container in (door, gateway.container, server):
        told = container.logs(since=begin).decode()
        for hidden in (secret, wrong, value, gateway.master_key):
            at = told.find(hidden)
            assert at < 0, f"{container.name}: …{told[max(0, at - 600) : at + 80]}"
