# SPDX-License-Identifier: GPL-3.0-or-later
"""A conversation that uses a tool, as clients hold it: the model asks for one, the client calls it at /mcp with the
same key, and the model says what it gave. The tool is the real one of postgres-mcp, and asks the demo's database.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
import time

import pytest
import requests
import scenario
from guarded_gateway import MODEL_NAME, MODEL_URL, PREFIX, ROOT, STAND_IN_MODEL, run, run_script
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

pytestmark = pytest.mark.slow

ASKED = "List the tables of the schema public."
TABLES = ("authors", "books", "loans")
DATABASE, SERVER = "conversation", f"{PREFIX}conversation-postgresql"


@pytest.fixture(scope="module")
def database(docker_api, network, images, postgres):
    """The demo's database, and postgres-mcp in front of it."""
    step, made = scenario.make_images({"MCP_LAN_TEST_MCP_POSTGRES_IMAGE": {"name": "mcp-postgresql"}})
    assert step.ok, step.tail
    assert postgres.execute("createdb", DATABASE)[0] == 0
    library = (ROOT / "demo/library.sql").read_text(encoding="utf-8")
    status, output = postgres.execute("psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-c", library)
    assert status == 0, output
    server = run(
        docker_api,
        SERVER,
        made["MCP_LAN_TEST_MCP_POSTGRES_IMAGE"],
        ["--access-mode=restricted"],
        network,
        environment={"DATABASE_URI": postgres.url(DATABASE)},
        tmpfs={"/tmp": "mode=1777"},
    )
    yield SERVER
    server.remove(force=True)
    postgres.execute("dropdb", "--force", DATABASE)


@pytest.fixture(scope="module")
def names(gateway, docker_api, network, images, database):
    """The names of a model and of the server of the demo's database, at this gateway."""
    own = f"talk{secrets.token_hex(3)}"
    stand_in = run_script(docker_api, MODEL_NAME, images["MCP_LAN_TEST_LITELLM_IMAGE"], STAND_IN_MODEL, network)
    parameters = {"model": "hosted_vllm/stand-in", "api_base": MODEL_URL, "api_key": "none"}
    gateway.admin("POST", "/model/new", {"model_name": own, "litellm_params": parameters, "model_info": {"id": own}})
    server = {"server_id": own, "server_name": own, "transport": "sse", "url": f"http://{database}:8000/sse"}
    gateway.admin("POST", "/v1/mcp/server", server)
    # It is still starting.
    key, deadline = key_for(gateway, own, ["*"]), time.monotonic() + 120
    while not with_tools(gateway, key, lambda session: session.list_tools()).tools:
        assert time.monotonic() < deadline, "postgres-mcp has no tools"
        time.sleep(1)
    yield own
    requests.delete(f"{gateway.url}/v1/mcp/server/{own}", headers=bearer(gateway.master_key), timeout=30)
    gateway.admin("POST", "/model/delete", {"id": own})
    stand_in.remove(force=True)


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def key_for(gateway, name, tools):
    permission = {"mcp_servers": [name]}
    policy = {"mcp_lan": {"policy": {name: tools}}}
    return gateway.key(policy, models=[name], object_permission=permission)


def with_tools(gateway, key, act):
    """What act(session) gives, with a session of MCP's own SDK at the gateway."""

    async def go():
        async with (
            streamablehttp_client(f"{gateway.url}/mcp/", headers=bearer(key)) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await act(session)

    return asyncio.run(go())


def posted(gateway, key, path, body):
    """The answer; of a stream the list of its events."""
    answer = requests.post(gateway.url + path, json=body, headers=bearer(key), timeout=60)
    assert answer.status_code == 200, answer.text
    if not body.get("stream"):
        return answer.json()
    lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ") and "[DONE]" not in line]
    return [json.loads(line) for line in lines]


class Chat:
    """OpenAI's chat completions."""

    path = "/v1/chat/completions"

    def body(self, tools):
        self.messages = [{"role": "user", "content": ASKED}]
        made = [{"name": tool.name, "description": tool.description, "parameters": tool.inputSchema} for tool in tools]
        return {"messages": self.messages, "tools": [{"type": "function", "function": one} for one in made]}

    def said(self, answer):
        """The text, and the call {id, name, arguments} where there is one."""
        if isinstance(answer, dict):
            message = answer["choices"][0]["message"]
            return message.get("content"), (message.get("tool_calls") or [None])[0]
        deltas = [choice["delta"] for part in answer for choice in part["choices"]]
        calls = [one for delta in deltas for one in delta.get("tool_calls") or []]
        text = "".join(delta.get("content") or "" for delta in deltas)
        if not calls:
            return text, None
        whole = {"id": calls[0]["id"], "type": "function", "function": {"name": "", "arguments": ""}}
        for one in calls:
            for part in ("name", "arguments"):
                whole["function"][part] += one["function"].get(part) or ""
        return text, whole

    def called(self, call):
        return call["function"]["name"], json.loads(call["function"]["arguments"])

    def goes_on(self, call, given):
        self.messages += [{"role": "assistant", "content": None, "tool_calls": [call]}]
        self.messages += [{"role": "tool", "tool_call_id": call["id"], "content": given}]


class Responses(Chat):
    """OpenAI's responses."""

    path = "/v1/responses"

    def body(self, tools):
        self.messages = [{"role": "user", "content": ASKED}]
        made = [{"name": tool.name, "description": tool.description, "parameters": tool.inputSchema} for tool in tools]
        return {"input": self.messages, "tools": [{"type": "function", **one} for one in made]}

    def said(self, answer):
        if isinstance(answer, list):
            (answer,) = [part["response"] for part in answer if part["type"] == "response.completed"]
        calls = [one for one in answer["output"] if one["type"] == "function_call"]
        parts = [part for one in answer["output"] if one["type"] == "message" for part in one["content"]]
        return "".join(part.get("text") or "" for part in parts), next(iter(calls), None)

    def called(self, call):
        return call["name"], json.loads(call["arguments"])

    def goes_on(self, call, given):
        kept = {name: call[name] for name in ("type", "call_id", "name", "arguments")}
        self.messages += [kept, {"type": "function_call_output", "call_id": call["call_id"], "output": given}]


class Messages(Chat):
    """Anthropic's messages."""

    path = "/v1/messages"

    def body(self, tools):
        self.messages = [{"role": "user", "content": ASKED}]
        made = [{"name": one.name, "description": one.description, "input_schema": one.inputSchema} for one in tools]
        return {"messages": self.messages, "tools": made, "max_tokens": 500}

    def said(self, answer):
        if isinstance(answer, dict):
            blocks = answer["content"]
        else:
            blocks = [part["content_block"] for part in answer if part["type"] == "content_block_start"]
            for part in answer:
                if part["type"] == "content_block_delta":
                    self._add(blocks[part["index"]], part["delta"])
        for block in blocks:
            if block.get("written"):
                block["input"] = json.loads(block.pop("written"))
        text = "".join(block["text"] for block in blocks if block["type"] == "text")
        return text, next((block for block in blocks if block["type"] == "tool_use"), None)

    @staticmethod
    def _add(block, delta):
        if delta["type"] == "text_delta":
            block["text"] += delta["text"]
        elif delta["type"] == "input_json_delta":
            block["written"] = block.get("written", "") + delta["partial_json"]

    def called(self, call):
        return call["name"], call["input"]

    def goes_on(self, call, given):
        result = {"type": "tool_result", "tool_use_id": call["id"], "content": given}
        self.messages += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]


def converse(gateway, key, model, api, stream):
    """The model's last words, and what its tool gave."""

    async def go(session):
        tools = (await session.list_tools()).tools
        body = {"model": model, "stream": stream, **api.body(tools)}
        _text, call = api.said(await asyncio.to_thread(posted, gateway, key, api.path, body))
        name, arguments = api.called(call)
        result = await session.call_tool(name, arguments)
        api.goes_on(call, result.content[0].text)
        text, _none = api.said(await asyncio.to_thread(posted, gateway, key, api.path, body))
        return text, result

    return with_tools(gateway, key, go)


def rows_of(gateway, postgres, key):
    database = "guard_" + re.sub(r"\W", "_", gateway.version)
    asked = (
        "SELECT coalesce(json_agg(json_build_object('call', call_type, 'session', session_id, 'model', model, "
        "'status', status)), '[]') FROM \"LiteLLM_SpendLogs\" "
        f"WHERE api_key = '{hashlib.sha256(key.encode()).hexdigest()}'"
    )
    status, output = postgres.execute("psql", "-At", "-c", asked, database)
    assert status == 0, output
    return json.loads(output)


def counted(rows):
    """How many are of a tool's call, and of a model."""
    tools = [one for one in rows if one["call"] == "call_mcp_tool"]
    return len(tools), len([one for one in rows if "mcp" not in one["call"]])


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("api", [Chat, Responses, Messages])
def test_the_tables_are_in_the_answer_and_all_of_it_in_the_audit(gateway, postgres, names, api, stream):
    key = key_for(gateway, names, ["list_objects"])
    text, result = converse(gateway, key, names, api(), stream)
    assert not result.isError and text.startswith("It says: ")
    assert all(table in text for table in TABLES), text
    end = time.monotonic() + 60
    # 1.77.3 writes a second row for a whole response of a model that it asks for a chat.
    while counted(rows := rows_of(gateway, postgres, key)) not in ((1, 2), (1, 4)):
        assert time.monotonic() < end, rows
        time.sleep(1)


def test_what_the_model_asks_for_is_no_right_to_it(gateway, names):
    """A key without the tool: the model is offered it by the client, asks for it, and the call is refused."""
    key = key_for(gateway, names, ["list_schemas"])
    offered = with_tools(gateway, key_for(gateway, names, ["list_objects"]), lambda session: session.list_tools()).tools
    api = Chat()
    body = {"model": names, **api.body(offered)}
    _text, call = api.said(posted(gateway, key, api.path, body))
    name, arguments = api.called(call)
    refused = with_tools(gateway, key, lambda session: session.call_tool(name, arguments))
    assert refused.isError and not any(table in str(refused.content) for table in TABLES)


@pytest.mark.parametrize("path", [Chat.path, Responses.path])
def test_the_gateway_calls_no_tool_for_a_model_by_itself(gateway, names, path):
    """LiteLLM would call its own servers past the key's scope: the request filter refuses the tool's type."""
    key = key_for(gateway, names, ["list_objects"])
    tool = {"type": "mcp", "server_label": "litellm", "server_url": "litellm_proxy", "require_approval": "never"}
    said = {"messages": [{"role": "user", "content": ASKED}]} if path == Chat.path else {"input": ASKED}
    body = {"model": names, "tools": [tool], **said}
    answer = requests.post(gateway.url + path, json=body, headers=bearer(key), timeout=60)
    assert answer.status_code == 400 and "mcp" in answer.text
