# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom an MCP server of the role mcp_service answers. In its container: tests/images/services."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import os
import secrets
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest
from mcp_lan_filter import servers, spend_log
from mcp_lan_filter.current import Current, Named, current, named
from tree import TOP

LOCK = TOP / "roles/mcp_service/files/gateway_only.py"
TOKEN = servers.token(secrets.token_urlsafe(16), "mcp-notes")
SHOWN = (servers.HEADER.encode(), TOKEN.encode())


@pytest.fixture(scope="module")
def lock():
    spec = importlib.util.spec_from_file_location("gateway_only", LOCK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def served(lock, headers, peer="172.20.0.5", kind="http"):
    """What an application says, and what it is asked, behind the lock."""
    asked, said = [], []

    async def app(scope, receive, send):
        asked.append(scope["type"])

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        said.append(message)

    only = lock.GatewayOnly(app, hashlib.sha256(TOKEN.encode()).hexdigest())
    scope = {"type": kind, "headers": headers, "client": (peer, 40000), "method": "POST", "path": "/mcp"}
    asyncio.run(only(scope, receive, send))
    return asked, said


def test_the_gateway_is_answered(lock):
    assert served(lock, [(b"accept", b"*/*"), SHOWN]) == (["http"], [])


def test_each_request_is_a_line_with_the_identity_that_the_gateway_knows_it_by(lock, capsys):
    served(lock, [SHOWN, (b"x-request-id", b"0123456789abcdef"), (b"authorization", b"a value")])
    line = json.loads(capsys.readouterr().err)
    # An application that answers nothing.
    assert (line["level"], line["request_id"], line["message"]) == ("ERROR", "0123456789abcdef", "POST /mcp")
    assert line["seconds"] < 9 and line["time"].endswith("Z") and not {"a value", TOKEN} & set(line.values())
    served(lock, [], peer="127.0.0.1")
    served(lock, [])
    assert not capsys.readouterr().err, "the container's own look at its health is none, nor is who is refused"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(servers.HEADER.encode(), b"")],
        [(servers.HEADER.encode(), servers.token("another key", "mcp-notes").encode())],
        [(servers.HEADER.encode(), hashlib.sha256(TOKEN.encode()).hexdigest().encode())],
        [SHOWN, SHOWN],
        [(b"authorization", TOKEN.encode())],
    ],
    ids=["nothing", "empty", "another gateway's", "what the server knows", "twice", "elsewhere"],
)
def test_nobody_else_is(lock, headers):
    asked, said = served(lock, headers)
    assert not asked
    assert said[0]["status"] == 401 and b"Only its gateway may ask" in said[1]["body"]


def test_another_servers_token_opens_nothing(lock):
    other = servers.token("the same key", "mcp-time"), servers.token("the same key", "mcp-notes")
    assert other[0] != other[1]


def test_a_socket_is_closed(lock):
    asked, said = served(lock, [], kind="websocket")
    assert not asked and said == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_the_container_itself_is_answered(lock, peer):
    assert served(lock, [], peer=peer)[0] == ["http"]
    assert served(lock, [], kind="lifespan")[0] == ["lifespan"]


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_what_uvicorn_serves_is_behind_it(tmp_path, digest):
    """Where the digest is in the environment, whoever imports uvicorn, and however."""
    (tmp_path / "sitecustomize.py").symlink_to(LOCK)
    program = (
        "import uvicorn; config = uvicorn.Config(lambda scope: None, interface='asgi3'); config.load();"
        "print(type(config.loaded_app).__name__)"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "MCP_LAN_GATEWAY_SHA256": digest}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout.strip() == "GatewayOnly") == bool(digest)


def test_litellms_client_shows_it_to_containers_alone():
    class MCPClient(SimpleNamespace):
        call_tool = None

        def _get_auth_headers(self):
            return {"Authorization": "its own"}

    module = ModuleType("client")
    module.MCPClient = MCPClient
    servers.wrap(module, lambda: "a master key")
    inside = MCPClient(server_url="http://mcp-notes:8000/mcp")._get_auth_headers()
    assert inside == {"Authorization": "its own", servers.HEADER: servers.token("a master key", "mcp-notes")}
    outside = MCPClient(server_url="https://mcp.example.org/mcp")._get_auth_headers()
    assert outside == MCPClient(server_url=None)._get_auth_headers() == {"Authorization": "its own"}
    token = named.set(Named("0123456789abcdef"))
    try:
        inside = MCPClient(server_url="http://mcp-notes:8000/mcp")._get_auth_headers()
        outside = MCPClient(server_url="https://mcp.example.org/mcp")._get_auth_headers()
    finally:
        named.reset(token)
    assert inside["x-request-id"] == "0123456789abcdef" and "x-request-id" not in outside


@pytest.mark.parametrize("said", [{"isError": True}, {"is_error": True}, {"isError": False}])
def test_that_a_tool_has_failed_is_in_its_row(said):
    class MCPClient:
        server_url = None

        def _get_auth_headers(self):
            return {}

        async def call_tool(self, _params):
            return SimpleNamespace(**said)

    client, log = ModuleType("client"), ModuleType("spend_tracking_utils")
    client.MCPClient = MCPClient
    log.get_logging_payload = lambda **given: {"status": "success", **given}
    log._get_spend_logs_metadata = dict
    servers.wrap(client, lambda: "sk-master")
    spend_log.wrap(log)

    async def go():
        request = Current()
        token = current.set(request)
        try:
            await MCPClient().call_tool({})
            rows = [log.get_logging_payload(call_type=each)["status"] for each in ("call_mcp_tool", "acompletion")]
            return request.failed, rows
        finally:
            current.reset(token)

    failed = True in said.values()
    assert asyncio.run(go()) == (failed, ["failure" if failed else "success", "success"])
    # And where no request is served.
    assert asyncio.run(MCPClient().call_tool({})) is not None


def test_a_row_of_the_spend_log_names_the_request():
    module = ModuleType("spend_tracking_utils")
    module.get_logging_payload = lambda **given: {"session_id": "LiteLLM's own", **given}
    module._get_spend_logs_metadata = dict
    spend_log.wrap(module)
    assert module.get_logging_payload(a=1) == {"session_id": "LiteLLM's own", "a": 1}
    token = named.set(Named("0123456789abcdef"))
    try:
        assert module.get_logging_payload(a=1) == {"session_id": "0123456789abcdef", "a": 1}
    finally:
        named.reset(token)


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        (
            {
                "input_cost_per_token": 0.1,
                "output_cost_per_token": 0,
                "cost_per_second": None,
                "max_tokens": 8,
                "key": "a",
            },
            {"input_cost_per_token": 0.1, "output_cost_per_token": 0},
        ),
        (None, None),
    ],
)
def test_a_row_of_the_spend_log_keeps_the_prices_of_what_is_known_of_a_model(known, kept):
    module = ModuleType("spend_tracking_utils")
    module.get_logging_payload = module._get_spend_logs_metadata = dict
    spend_log.wrap(module)
    given = {"model_map_key": "a", "model_map_value": known}
    row = module._get_spend_logs_metadata(metadata={}, model_map_information=given)
    assert row["model_map_information"] == {"model_map_key": "a", "model_map_value": kept}
    # What others read is as it was.
    assert given["model_map_value"] == known
    assert module._get_spend_logs_metadata(model_map_information=None) == {"model_map_information": None}
