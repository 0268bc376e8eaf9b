# SPDX-License-Identifier: GPL-3.0-or-later
"""What the request filter lets through to LiteLLM. LiteLLM itself: tests/integration/guard."""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import parse_qsl

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from filtered import CHAT, DOOR, GOOD, KEY, MASTER, ORIGIN, RULES, WRONG, Filtered
from mcp_lan_filter.application import KEYLESS, LARGE
from mcp_lan_filter.current import current, named


@pytest.fixture
def filtered(tmp_path):
    return Filtered(RULES, tmp_path / "requests.json")


def last_line(capsys) -> dict:
    """The last of the log."""
    return json.loads(capsys.readouterr().err.splitlines()[-1])


def test_each_request_is_a_line_of_the_log(filtered, capsys):
    door = {"x-mcp-lan-door": DOOR, "x-request-id": "0123456789abcdef0123456789abcdef"}
    seen = []

    async def application(scope, receive, send, answer=filtered.filter.app):
        seen.append((named.get().id, named.get().rpc, current.get() is not None, dict(scope["headers"])))
        await answer(scope, receive, send)

    filtered.filter.app = application
    filtered.ask("POST", "/mcp/", headers=door, json=GOOD["jsonrpc"])
    line = last_line(capsys)
    assert (line["message"], line["rpc"], line["status"]) == ("mcp_lan_filter: POST /mcp/", "ping", 200)
    filtered.ask("GET", "/key/list", headers={**door, "x-mcp-lan-audience": "admin"})
    assert last_line(capsys)["message"] == "mcp_lan_filter: GET /key/list"
    # What is held from clients is not held from the administration: that is no client's request.
    assert [one[:3] for one in seen] == [(door["x-request-id"], "ping", True), (door["x-request-id"], None, False)]
    assert b"x-request-id" not in seen[0][3]
    # Whoever says so without the front door's secret is not believed.
    filtered.ask("POST", "/mcp/", headers={"x-request-id": door["x-request-id"]}, json=GOOD["jsonrpc"])
    assert len(seen[2][0]) == 32 and seen[2][0] != door["x-request-id"]
    assert filtered.ask("POST", "/mcp/", headers=door, json={"jsonrpc": "2.0", "more": 1}).status_code == 400
    assert last_line(capsys)["status"] == 400


def test_the_line_of_a_refused_request_says_so(filtered, capsys):
    """1.77.3 answers 200 to a call that the guard refuses, and writes no row."""
    call = {**GOOD["jsonrpc"], "method": "tools/call", "params": {"name": "notes-write", "arguments": {"to": "nobody"}}}
    limited = "Error: Rate limit exceeded for api_key: 3f. Limit type: requests. Current limit: 7, Remaining: 0."
    bodies = [{"content": [], "isError": False}, {"content": [{"type": "text", "text": limited}], "isError": False}]
    for refuse, result, expected in ((None, 0, None), ("no", 0, True), (None, 1, True)):
        filtered.application.refuse = refuse
        filtered.application.body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": bodies[result]}).encode()
        assert filtered.ask("POST", "/mcp/", json=call).status_code == 200
        said = capsys.readouterr().err
        line = json.loads(said.splitlines()[-1])
        assert (line["rpc"], line["status"], line.get("refused")) == ("tools/call", 200, expected)
        assert "nobody" not in said
    # What the guard refuses of a list is left out of it.
    filtered.application.refuse = "no"
    filtered.ask("POST", "/mcp/", json={**GOOD["jsonrpc"], "method": "tools/list"})
    assert "refused" not in last_line(capsys)
    filtered.ask("POST", "/mcp/", json={**GOOD["jsonrpc"], "method": "nothing/known"})
    line = last_line(capsys)
    assert (line["status"], line["refused"]) == (200, True)


def test_the_line_names_the_key_and_no_value(filtered, capsys):
    for key, name in ((KEY, "ann"), (WRONG, None), (None, None)):
        filtered.ask("POST", "/v1/chat/completions", key=key, json=CHAT)
        said = capsys.readouterr().err
        assert json.loads(said.splitlines()[-1]).get("key") is None, "the stream adds it"
        assert filtered.gateway.names[-1] == name and KEY not in said and WRONG not in said
    assert not filtered.ask("GET", "/health/liveliness").is_error and not capsys.readouterr().err


def example(path: str) -> str:
    """A path that the expression of a route fits."""
    path = re.sub(r"\(\?(<!|!/\(proxy\|sse\)\(/\|\$\))[^)]*\)", "", path)
    path = re.sub(r"\(v1/\)\?", "v1/", path).replace(r"\.", ".")
    path = re.sub(r"\(/\[A-Za-z0-9_.,-\]\+\)\?/\?", "/one", path)
    path = re.sub(r"\(/?([A-Za-z0-9_/:]+)\|[^)]*\)", r"\1", path)
    path = re.sub(r"\[[^]]*\]\+", "one", path)
    return re.sub(r"\(([^)]*)\)\?", "", path)


ROUTES = [
    pytest.param(method, example(route["path"]), body, id=f"{method} {example(route['path'])}")
    for route in RULES["routes"]
    for method, body in route["methods"].items()
]


def sent(body):
    """How the body of a route is given to httpx."""
    if body is None:
        return {}
    if body in GOOD:
        return {"json": GOOD[body]}
    fields = RULES["bodies"][body]["fields"]
    return {"data": {"model": "m"}, "files": {next(n for n, rule in fields.items() if rule == "file"): ("a", b"x")}}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
@pytest.mark.parametrize("key", [None, WRONG, KEY])
def test_what_is_not_listed_never_reaches_litellm(filtered, method, path, body, key):
    """Whoever asks: neither a field, nor a header of LiteLLM's, a query parameter, or a path that is not plain."""
    good = sent(body)
    assert filtered.ask(method, path, key, **good).status_code == 200
    assert len(filtered.application.seen) == 1
    tries = [
        {**good, "params": {"mcp_lan_nothing": "1"}},
        {**good, "headers": {"x-litellm-nothing": "1"}},
    ]
    if "json" in good:
        tries += [
            {"json": {**good["json"], "mcp_lan_nothing": 1}},
            {"content": json.dumps(good["json"]), "headers": {"content-type": "text/plain"}},
            {"content": json.dumps(good["json"]), "headers": {"content-type": "application/json; charset=latin-1"}},
            {"content": json.dumps(good["json"])},
            {**good, "headers": {"content-encoding": "gzip"}},
            {"content": b"[]", "headers": {"content-type": "application/json"}},
            {"content": b'{"model": "a", "model": "b"}', "headers": {"content-type": "application/json"}},
        ]
    elif "files" in good:
        tries.append({"data": {**good["data"], "mcp_lan_nothing": "1"}, "files": good["files"]})
        tries.append({"data": good["data"]})  # urlencoded
    for options in tries:
        answer = filtered.ask(method, path, key, **options)
        assert answer.status_code == 400, options
    for odd in (f"/{path}", path.replace("/", "/%2e/", 1), path[:-1] + f"%{ord(path[-1]):x}", f"/.{path}"):
        assert filtered.ask_as_written(method, odd, key) in (400, 404), odd
    assert len(filtered.application.seen) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "path", ["/key/list", "/config/update", "/openapi.json", "/routes", "/v1/mcp/server", "/nothing"]
)
def test_administration_takes_the_master_key_or_the_front_door(filtered, method, path):
    for key in (None, WRONG, KEY):
        assert filtered.ask(method, path, key).status_code == 404
        assert filtered.ask(method, path, key, headers={"x-mcp-lan-audience": "admin"}).status_code == 404
        by_door = {"x-mcp-lan-audience": "clients", "x-mcp-lan-door": DOOR}
        assert filtered.ask(method, path, key, headers=by_door).status_code == 404
    assert not filtered.application.seen
    assert filtered.ask(method, path, MASTER).status_code == 200
    by_door = {"x-mcp-lan-audience": "admin", "x-mcp-lan-door": DOOR}
    keyless = path in ("/openapi.json", "/routes")
    assert filtered.ask(method, path, KEY, headers=by_door).status_code == (401 if keyless else 200)
    assert not [name for name in filtered.last.headers if name.startswith(b"x-mcp-lan")]


def test_readiness_tells_itself_to_the_container_alone(filtered):
    assert filtered.ask("GET", "/health/readiness", None).status_code == 404
    assert filtered.ask("GET", "/health/readiness", None, client="127.0.0.1").status_code == 200
    as_exporter = {"x-mcp-lan-audience": "observability"}
    assert filtered.ask("GET", "/health/readiness", None, headers=as_exporter).status_code == 404
    by_door = {**as_exporter, "x-mcp-lan-door": DOOR}
    assert filtered.ask("GET", "/health/readiness", None, headers=by_door).status_code == 200
    for path in ("/key/list", "/health/readiness/details", "/openapi.json"):
        assert filtered.ask("GET", path, None, headers=by_door).status_code == 404
    assert filtered.ask("GET", "/health/liveliness", None).status_code == 200


def test_other_containers_are_nobody(filtered):
    assert filtered.ask("POST", "/v1/chat/completions", KEY, "172.30.0.7", json=CHAT).status_code == 403
    assert filtered.ask("GET", "/key/list", MASTER, "172.30.0.7").status_code == 403
    assert filtered.ask("GET", "/key/list", MASTER, "127.0.0.1").status_code == 200


def test_without_its_guard_nothing_but_health_is_answered(filtered):
    filtered.gateway.guarded = False
    answer = filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"])
    assert answer.status_code == 503 and "guard" in answer.json()["error"]["message"]
    assert filtered.ask("POST", "/v1/chat/completions", json=CHAT).status_code == 503
    assert filtered.ask("GET", "/health/liveliness", None).status_code == 200


def test_what_goes_on_is_what_came(filtered):
    raw = b'{ "model":"m",\t"messages":[{"role":"user","content":"\\u00e4 \xc3\xa4"}] }'
    filtered.ask(
        "POST", "/v1/chat/completions", content=raw, headers={"content-type": "application/json", "x-other": "1"}
    )
    assert filtered.last.body == raw
    names = set(filtered.last.headers)
    assert names == {b"authorization", b"accept", b"user-agent", b"host", b"content-type", b"content-length"}
    assert filtered.last.headers[b"content-length"] == str(len(raw)).encode()


def test_half_characters_are_made_whole(filtered):
    raw = b'{"model":"m","messages":[{"role":"user","content":"\\ud83d"}]}'
    filtered.ask("POST", "/v1/chat/completions", content=raw, headers={"content-type": "application/json"})
    assert json.loads(filtered.last.body)["messages"][0]["content"] == "?"


def test_the_model_of_googles_api_is_that_of_the_path(filtered):
    path = "/v1beta/models/one:generateContent"
    filtered.ask("POST", path, json=GOOD["generate_content"])
    assert json.loads(filtered.last.body) == {"model": "one", **GOOD["generate_content"]}
    filtered.ask("POST", path, json={})
    assert json.loads(filtered.last.body) == {"model": "one"}
    assert filtered.ask("POST", path, json={"model": "two", **GOOD["generate_content"]}).status_code == 400


@pytest.mark.parametrize("what", ["generateContent", "streamGenerateContent", "countTokens"])
@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_googles_api_is_the_same_in_its_stable_version(filtered, version, what):
    """LiteLLM has v1beta alone."""
    path = f"/{version}/models/one:{what}"
    assert filtered.ask("POST", path, json=GOOD["generate_content"]).status_code == 200
    assert filtered.last.scope["path"] == f"/v1beta/models/one:{what}"
    assert filtered.last.scope["raw_path"] == f"/v1beta/models/one:{what}".encode()
    assert json.loads(filtered.last.body)["model"] == "one"
    assert filtered.ask("GET", path).status_code == 405


def test_googles_names_may_have_underscores(filtered):
    """Its documentation writes both in one request; LiteLLM knows most of them by the one that its SDKs send."""
    asked = {
        "system_instruction": {"parts": [{"text": "Be kind."}]},
        "contents": [{"parts": [{"inline_data": {"mime_type": "image/png", "data": ""}}]}],
        "tools": [{"function_declarations": [{"name": "open_letter"}]}, {"google_search": {}}],
        "tool_config": {"function_calling_config": {"mode": "ANY"}},
        "generation_config": {"max_output_tokens": 9, "topP": 1},
    }
    path = "/v1beta/models/one:generateContent"
    assert filtered.ask("POST", path, json=asked).status_code == 200
    assert json.loads(filtered.last.body) == {
        "model": "one",
        "systemInstruction": asked["system_instruction"],
        "contents": asked["contents"],
        "tools": [{"functionDeclarations": [{"name": "open_letter"}]}, {"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "generationConfig": {"maxOutputTokens": 9, "topP": 1},
    }
    for more in ({"cached_content": "x"}, {"tools": [{"mcp_servers": []}]}, {"systemInstruction": {}}):
        answer = filtered.ask("POST", path, json=asked | more)
        assert answer.status_code == 400 and ("twice" in answer.text) == ("systemInstruction" in more)
    chat = {"model": "m", "messages": [], "maxTokens": 1}
    assert filtered.ask("POST", "/v1/chat/completions", json=chat).status_code == 400


def asked_about(shape: str, part: dict) -> tuple[str, dict]:
    """Where it is asked, and the request, with this part of a message."""
    said = [{"role": "user", "content": [part]}]
    return {
        "chat": ("/v1/chat/completions", {"model": "m", "messages": said}),
        "responses": ("/v1/responses", {"model": "m", "input": said}),
        "output": ("/v1/responses", {"model": "m", "input": [{"type": "function_call_output", "output": [part]}]}),
        "agent": ("/v1/responses", {"model": "m", "input": [{"type": "agent_message", "content": [part]}]}),
        "thought": ("/v1/responses", {"model": "m", "input": [{"type": "reasoning", "content": [part]}]}),
        "screen": ("/v1/responses", {"model": "m", "input": [{"type": "computer_call_output", "output": part}]}),
        "tool": ("/v1/responses", {"model": "m", "input": "x", "tools": [part]}),
        "messages": ("/v1/messages", {"model": "m", "max_tokens": 1, "messages": said}),
        "shown": ("/v1/chat/completions", {"model": "m", "messages": [{"role": "assistant", "images": [part]}]}),
        "prompt": ("/v1/completions", {"model": "m", "prompt": ["x", [part]]}),
        "told": ("/v1/messages", {"model": "m", "messages": [], "system": [part]}),
        "counted": ("/v1/messages/count_tokens", {"model": "m", "messages": said}),
        "result": (
            "/v1/messages",
            {"model": "m", "messages": [{"role": "user", "content": [{"type": "tool_result", "content": [part]}]}]},
        ),
        "google": ("/v1beta/models/m:generateContent", {"contents": [{"parts": [part]}]}),
        "system": ("/v1beta/models/m:generateContent", {"contents": [], "system_instruction": {"parts": [part]}}),
        "wanted": (
            "/v1beta/models/m:generateContent",
            {"contents": [], "generationConfig": {"response_format": [part]}},
        ),
        "embedded": ("/v1/embeddings", {"model": "m", "input": ["x", part]}),
        "alone": ("/v1/embeddings", {"model": "m", "input": part}),
    }[shape]


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        ("chat", {"type": "file", "file": {"file_id": "file-1"}}),
        ("chat", {"type": "file", "file": {"file_data": "gs://bucket/a.pdf"}}),
        ("chat", {"type": "image_url", "image_url": {"url": "gs://bucket/a.png"}}),
        ("responses", {"type": "input_file", "file_id": "file-1"}),
        ("responses", {"type": "input_image", "file_id": "file-1"}),
        ("responses", {"type": "input_file", "file_url": "file-1"}),
        ("agent", {"type": "input_file", "file_id": "file-1"}),
        ("thought", {"type": "input_file", "file_id": "file-1"}),
        ("shown", {"image_url": {"url": "gs://bucket/a.png"}}),
        ("prompt", {"type": "file", "file": {"file_id": "file-1"}}),
        ("told", {"type": "file", "file": {"file_id": "file-1"}}),
        ("output", {"type": "input_file", "file_id": "file-1"}),
        ("screen", {"type": "computer_screenshot", "file_id": "file-1"}),
        ("tool", {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file-1"]}}),
        ("tool", {"type": "image_generation", "input_image_mask": {"file_id": "file-1"}}),
        ("tool", {"type": "shell", "environment": {"type": "container_auto", "file_ids": ["file-1"]}}),
        ("tool", {"type": "shell", "environment": {"skills": [{"type": "skill_reference", "skill_id": "1"}]}}),
        ("messages", {"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
        ("messages", {"type": "container_upload", "file_id": "file_1"}),
        ("counted", {"type": "image", "source": {"type": "file", "file_id": "file_1"}}),
        ("result", {"type": "image", "source": {"type": "file", "file_id": "file_1"}}),
        ("google", {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/1"}}),
        ("google", {"fileData": {"fileUri": "https://generativelanguage.googleapis.com:443/v1beta/files/1"}}),
        ("google", {"file_data": {"file_uri": "gs://bucket/a.png"}}),
        ("system", {"file_data": {"file_uri": "gs://bucket/a.png"}}),
        ("wanted", {"video": {"gcsUri": "gs://bucket/"}}),
        ("embedded", {"type": "file", "file": {"file_id": "files/1"}}),
        ("embedded", "files/1"),
        ("embedded", "files/1?a b"),
        ("alone", " gs://bucket/a.png\n"),
    ],
)
def test_a_file_that_the_provider_keeps_is_refused_wherever_it_is_named(filtered, shape, part):
    """They lie in the gateway's one account: whoever knows an id or a bucket would read them."""
    path, body = asked_about(shape, part)
    answer = filtered.ask("POST", path, json=body)
    assert answer.status_code == 400 and not filtered.application.seen, answer.text


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        ("chat", {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}),
        ("chat", {"type": "file", "file": {"file_id": "https://example.org/a.pdf"}}),
        ("chat", {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}),
        ("responses", {"type": "input_file", "file_url": "https://example.org/a.pdf"}),
        ("responses", {"type": "input_file", "file_url": "http://example.org/a.pdf"}),
        ("agent", {"type": "input_text", "text": "files/1"}),
        ("thought", {"type": "reasoning_text", "text": "x"}),
        ("shown", {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}),
        ("prompt", 1),
        ("told", {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}),
        ("tool", {"type": "code_interpreter", "container": {"type": "auto", "memory_limit": "4g"}}),
        ("tool", {"type": "code_interpreter", "container": "cntr_1"}),
        ("tool", {"type": "shell", "environment": {"type": "local", "skills": [{"name": "a", "path": "/a"}]}}),
        (
            "messages",
            {"type": "tool_use", "id": "1", "name": "open", "input": {"file_id": "file_1", "url": "s3://mine"}},
        ),
        ("messages", {"type": "text", "text": "gs://bucket/a.png"}),
        ("result", {"type": "bash_code_execution_output", "file_id": "file_1"}),
        ("google", {"fileData": {"fileUri": "https://www.youtube.com/watch?v=1"}}),
        ("google", {"fileData": {"fileUri": "https://example.org/?of=generativelanguage.googleapis.com"}}),
        ("google", {"functionCall": {"name": "open", "args": {"file_id": "file-1"}}}),
        ("wanted", {"video": {"aspectRatio": "16:9"}}),
        ("embedded", "files/ is where they lie"),
        ("embedded", "A bucket, gs://bucket"),
        ("embedded", {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}}),
        ("alone", [[1, 2], [3]]),
    ],
)
def test_a_file_that_comes_with_the_request_is_let_through(filtered, shape, part):
    path, body = asked_about(shape, part)
    assert filtered.ask("POST", path, json=body).status_code == 200


@pytest.mark.parametrize("model", ["qwen3:8b", "claude-sonnet-4@20250514", "one:countTokens"])
def test_a_models_name_in_a_path_is_whole(filtered, model):
    """Ollama's names have a colon, those of Google's cloud an at sign."""
    path = f"/v1beta/models/{model}:generateContent"
    assert filtered.ask("POST", path, json=GOOD["generate_content"]).status_code == 200
    assert json.loads(filtered.last.body)["model"] == model and filtered.last.scope["path"] == path
    if "countTokens" not in model:
        assert filtered.ask("GET", f"/v1/models/{model}").status_code == 200


def test_a_response_is_one_of_a_model_that_the_key_may_use(filtered):
    body = {**GOOD["responses"], "previous_response_id": "one"}
    assert filtered.ask("POST", "/v1/responses", json=body).status_code == 200
    assert filtered.ask("POST", "/v1/responses", json={**body, "previous_response_id": "two"}).status_code == 404
    large = {**body, "previous_response_id": "two", "instructions": "x" * (2 * LARGE)}
    assert filtered.ask("POST", "/v1/responses", json=large).status_code == 404
    for method, path in (
        ("GET", "/v1/responses/two"),
        ("DELETE", "/responses/two"),
        ("POST", "/v1/responses/two/cancel"),
    ):
        assert filtered.ask(method, path).status_code == 404, path
    assert filtered.ask("GET", "/v1/responses/two/input_items").status_code == 404


@pytest.mark.parametrize("model", ["one,two", "one://two", 1, ["m"], {}])
def test_a_models_name_is_one_name(filtered, model):
    assert filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "model": model}).status_code == 400


@pytest.mark.parametrize("name", ["x-mcp-auth", "x-mcp-access-groups", "x-litellm-tags"])
def test_a_header_that_can_never_be_is_refused_by_name(filtered, name):
    answer = filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"], headers={name: "x"})
    assert answer.status_code == 400 and f"'{name}'" in answer.text


def test_one_key_alone_goes_on(filtered):
    headers = {"x-litellm-api-key": KEY, "x-api-key": "another"}
    filtered.ask("POST", "/v1/messages", json=GOOD["messages"], headers=headers)
    assert filtered.last.headers[b"x-litellm-api-key"] == KEY.encode()
    assert b"x-api-key" not in filtered.last.headers and b"authorization" not in filtered.last.headers


def test_a_list_may_be_in_several_headers(filtered):
    """Anthropic's SDK for Go writes one for each beta."""
    several = {"anthropic-beta": "one-2026-01-01", "Anthropic-Beta": "two-2026-01-01"}
    filtered.ask("POST", "/v1/messages", json=GOOD["messages"], headers=several)
    kept = [value for name, value in filtered.last.scope["headers"] if name == b"anthropic-beta"]
    assert kept == [b"one-2026-01-01, two-2026-01-01"]
    twice = filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"], headers={"mcp-session-id": "1", "Mcp-Session-Id": "2"})
    assert twice.status_code == 400 and "'mcp-session-id' is in this request twice" in twice.text


def test_a_list_in_the_query_is_as_the_vendors_write_it(filtered):
    """OpenAI's SDKs write name[], once for each of its values; Anthropic's ask for models with beta."""
    wanted = [("include[]", "reasoning.encrypted_content"), ("include[]", "web_search_call.results")]
    assert filtered.ask("GET", "/v1/responses/one", params=wanted).status_code == 200
    assert parse_qsl(filtered.last.scope["query_string"].decode()) == wanted
    assert filtered.ask("GET", "/v1/responses/one/input_items", params=wanted).status_code == 200
    assert filtered.ask("GET", "/v1/models", params={"beta": "true"}).status_code == 200
    assert filtered.ask("GET", "/v1/models", params=[("limit", 1), ("limit", 2)]).status_code == 400


def test_a_users_own_credential_goes_on_to_the_mcp_servers_that_are_given_it(tmp_path):
    rules = request_rules.complete({}, "1.108.7", passed_on=["X-Request-Of"])
    filtered = Filtered(rules, tmp_path / "requests.json")
    headers = {"x-request-of": "ann", "x-mcp-notes-authorization": "theirs"}
    filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"], headers=headers)
    assert {b"x-request-of", b"x-mcp-notes-authorization"} <= set(filtered.last.headers)
    filtered.ask("POST", "/v1/chat/completions", json=CHAT, headers=headers)
    assert not {b"x-request-of", b"x-mcp-notes-authorization"} & set(filtered.last.headers)


@pytest.mark.parametrize("name", ["*", "x-*", "X-Tenant ", "", "x tenant"])
def test_no_pattern_passes_headers_on(name):
    with pytest.raises(UserError, match="is no name of a header: write each one whole"):
        request_rules.complete({}, "1.108.7", passed_on=["X-Request-Of", name])


def test_a_large_body_is_judged_elsewhere_and_alike(filtered):
    large = {**CHAT, "prompt_cache_key": "x" * (2 * LARGE)}
    assert filtered.ask("POST", "/v1/chat/completions", json=large).status_code == 200
    assert json.loads(filtered.last.body) == large
    answer = filtered.ask("POST", "/v1/chat/completions", json={**large, "mcp_lan_nothing": 1})
    assert answer.status_code == 400 and "mcp_lan_nothing" in answer.text
    assert filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "stop": "x" * 9_000_000}).status_code == 413
    call = {**GOOD["jsonrpc"], "method": "tools/call", "params": {"arguments": {"x": "x" * (2 * LARGE)}}}
    unknown = filtered.ask("POST", "/mcp/", json={**call, "method": "nothing/known"})
    assert unknown.status_code == 200 and unknown.json()["id"] == 1 and unknown.json()["error"]["code"] == -32601
    filtered.application.refuse = "no"
    filtered.application.body = b'{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":false}}'
    assert filtered.ask("POST", "/mcp/", json=call).json()["result"]["isError"] is True


@pytest.mark.parametrize(
    ("path", "change", "param"),
    [
        ("/v1/chat/completions", {"user": "ann\n"}, "user"),
        ("/v1/chat/completions", {"user": "x" * 513}, "user"),
        ("/v1/chat/completions", {"safety_identifier": "x" * 513}, "safety_identifier"),
        ("/v1/chat/completions", {"metadata": {"of": "x" * 513}}, "metadata"),
        ("/v1/chat/completions", {"metadata": {"of": "ann\n"}}, "metadata"),
        ("/v1/chat/completions", {"model": "m" * 513}, "model"),
        ("/v1/chat/completions", {"tools": [None]}, "tools"),
        ("/v1/messages", {"metadata": {"user_id": "x" * 513}}, "user_id"),
    ],
)
def test_what_litellm_keeps_in_its_database_is_a_name(filtered, path, change, param):
    """An index of PostgreSQL's takes no more, and what it refuses LiteLLM loses, the rows beside it with it."""
    answer = filtered.ask("POST", path, json={**CHAT, "max_tokens": 1, **change})
    assert answer.status_code == 400 and param in answer.text and not filtered.application.seen
    name = {"user": "ann's, number 3", "metadata": {"of": "x" * 512}}
    assert filtered.ask("POST", "/v1/chat/completions", json={**CHAT, **name}).status_code == 200


def test_a_zero_is_written_as_another_character(filtered):
    """PostgreSQL stores none, in no text."""
    said = {**CHAT, "messages": [{"role": "user", "content": "a" + chr(0) + "b"}]}
    filtered.ask("POST", "/v1/chat/completions", json=said)
    assert json.loads(filtered.last.body)["messages"][0]["content"] == "a\ufffdb"
    code = {**CHAT, "messages": [{"role": "user", "content": r"in C it is \u0000"}]}
    filtered.ask("POST", "/v1/chat/completions", json=code)
    assert json.loads(filtered.last.body) == code
    call = {**GOOD["jsonrpc"], "method": "tools/call", "params": {"name": "x" * 513}}
    answer = filtered.ask("POST", "/mcp/", json=call).json()
    assert answer["error"]["code"] == -32602 and answer["id"] == 1


def test_a_listed_number_is_finite(filtered):
    whole = "9" * 400  # JSON's, and no float's
    said = [f'"metadata":{{"of":{one}}}' for one in ("1e400", whole)] + [f'"seed":{one}' for one in ("1e400", whole)]
    for text in (f'{{"model":"m","messages":[],{one}}}' for one in said):
        answer = filtered.ask(
            "POST", "/v1/chat/completions", content=text, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400 and not filtered.application.seen


def test_a_key_is_in_one_place(filtered):
    path = "/v1beta/models/one:generateContent"
    answer = filtered.ask("POST", path + "?key=x", json=GOOD["generate_content"])
    assert answer.status_code == 400 and "send it once" in answer.text
    filtered.ask("POST", path + "?%6bey=a%2Db&alt=sse", key=None, json=GOOD["generate_content"])
    assert filtered.last.scope["query_string"] == b"key=a-b&alt=sse"


@pytest.mark.parametrize("path", ["/mcp/sse", "/mcp/sse/", "/mcp/proxy", "/mcp/proxy/one"])
def test_what_some_versions_serve_below_mcp_is_no_server(filtered, path):
    assert filtered.ask("POST", path, json=GOOD["jsonrpc"]).status_code == 404 and not filtered.application.seen
    assert filtered.ask("POST", "/mcp/proxy-notes", json=GOOD["jsonrpc"]).status_code == 200


def test_the_character_set_may_stand_in_quotation_marks(filtered):
    headers = {"content-type": 'application/json; charset="UTF-8"'}
    body = json.dumps(CHAT)
    assert filtered.ask("POST", "/v1/chat/completions", content=body, headers=headers).status_code == 200


def test_what_clines_provider_for_litellm_says_beside_its_question_stays_with_the_filter(filtered):
    said = {
        "drop_params": True,
        "litellm_session_id": "cline-1",
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    assert filtered.ask("POST", "/v1/chat/completions", json={**CHAT, **said}).status_code == 200
    assert json.loads(filtered.last.body) == {**CHAT, "thinking": said["thinking"]}
    assert filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "Drop_Params": True}).status_code == 400
    assert filtered.ask("POST", "/v1/responses", json={**GOOD["responses"], "drop_params": True}).status_code == 400


def test_a_tool_without_a_type_is_said_to_have_none(filtered):
    answer = filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "tools": [{"function": {"name": "f"}}]})
    assert answer.status_code == 400 and "'tools[0]' of this request has no type" in answer.text


@pytest.mark.parametrize(
    ("number", "status"), [("1e-05", 200), ("2E+0", 200), ("1e400", 400), ("1e", 400), ("e1", 400)]
)
def test_a_number_of_a_form_is_written_as_python_writes_it(filtered, number, status):
    data, files = {"model": "m", "temperature": number}, {"file": ("a.wav", b"x", "audio/wav")}
    assert filtered.ask("POST", "/v1/audio/transcriptions", data=data, files=files).status_code == status


def test_the_form_of_an_upload_is_written_anew(filtered):
    files = {"file": ('a"b.wav', b"RIFF\r\n--x", "audio/wav")}
    filtered.ask("POST", "/v1/audio/transcriptions", data={"model": "m", "temperature": "0.5"}, files=files)
    text = filtered.last.body.decode()
    assert 'name="model"\r\n\r\nm\r\n' in text and "RIFF\r\n--x\r\n" in text
    boundary = filtered.last.headers[b"content-type"].decode().rpartition("=")[2]
    assert text.startswith(f"--{boundary}\r\n") and text.endswith(f"--{boundary}--\r\n")
    for data in ({"model": ["m", "n"]}, {"model": "m", "temperature": "{}"}):
        assert filtered.ask("POST", "/v1/audio/transcriptions", data=data, files=files).status_code == 400
    twice = [("file", ("a.wav", b"x")), ("file", ("b.wav", b"y"))]
    answer = filtered.ask("POST", "/v1/audio/transcriptions", data={"model": "m"}, files=twice)
    assert answer.status_code == 400 and "twice" in answer.text


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/messages", {"tools": [{"type": None, "name": "open", "input_schema": {"type": "object"}}]}),
        ("/v1/messages", {"container": {"id": "container_1"}}),
        ("/v1/responses", {"input": [{"type": None, "id": "msg_1"}]}),
        ("/v1/responses", {"input": [{"type": "program", "id": "1", "call_id": "2", "code": "", "fingerprint": ""}]}),
        ("/v1/responses", {"input": [{"type": "program_output", "id": "1", "call_id": "2", "result": ""}]}),
    ],
)
def test_what_the_vendors_packages_declare_is_let_through(filtered, path, more):
    good = GOOD["messages" if path.endswith("messages") else "responses"]
    assert filtered.ask("POST", path, json=good | more).status_code == 200


def test_googles_maps_take_no_credential(filtered):
    path, asked = "/v1beta/models/m:generateContent", GOOD["generate_content"]
    for maps, status in (({}, 200), ({"enable_widget": True}, 200), ({"authConfig": {"apiKeyConfig": {}}}, 400)):
        answer = filtered.ask("POST", path, json=asked | {"tools": [{"googleMaps": maps}]})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("counted", [False, True])
def test_a_tool_that_a_message_adds_is_one_of_the_list(filtered, counted):
    """One of Anthropic's names a model of its own, others a server."""
    own = {"name": "open", "input_schema": {"type": "object"}}
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
    advisor = {"type": "advisor_20260301", "name": "advisor", "model": "another"}
    tools = {
        200: [own, search],
        400: [advisor, {"type": "mcp_toolset", "mcp_server_name": "one"}, own | {"model": "m"}],
    }
    path = "/v1/messages/count_tokens" if counted else "/v1/messages"
    for status, tool in ((status, tool) for status, some in tools.items() for tool in some):
        added = {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": tool}}
        for block in (added, {"type": "compaction", "content": "x", "tool_changes": [added]}):
            body = GOOD["count_tokens" if counted else "messages"] | {
                "messages": [{"role": "user", "content": [block]}]
            }
            answer = filtered.ask("POST", path, json=body)
            assert answer.status_code == status, (tool, answer.text)
    known = {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "open"}}
    body = GOOD["messages"] | {"messages": [{"role": "user", "content": [known]}]}
    assert filtered.ask("POST", "/v1/messages", json=body).status_code == 200


def test_a_tool_may_have_what_anthropic_has_for_it(filtered):
    """As LiteLLM's own type of a tool has it, and hands it on to models of Anthropic's."""
    function = {"name": "open", "parameters": {"type": "object"}}
    more = {"allowed_callers": ["direct"], "input_examples": [{}], "eager_input_streaming": True}
    tools = [{"type": "function", "function": function, **more}]
    assert filtered.ask("POST", "/v1/chat/completions", json=GOOD["chat"] | {"tools": tools}).status_code == 200


def test_a_function_is_the_clients_own(filtered):
    """LiteLLM takes one that is nothing but the name of a tool of Google's for that tool."""
    own = {"name": "open", "description": "Opens it", "parameters": {"type": "object"}, "strict": True}
    for function, status in ((own, 200), ({"googleSearch": {}}, 400), ({"name": "open", "type": "computer_use"}, 400)):
        answer = filtered.ask("POST", "/v1/chat/completions", json=GOOD["chat"] | {"functions": [function]})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("path", "body", "shape"),
    [
        ("/v1/chat/completions", CHAT, lambda said: said["error"]["param"] == "mcp_lan_nothing"),
        (
            "/v1/messages",
            CHAT,
            lambda said: said["type"] == "error" and said["error"]["type"] == "invalid_request_error",
        ),
        ("/v1beta/models/m:countTokens", {}, lambda said: said["error"]["status"] == "INVALID_ARGUMENT"),
        ("/mcp/", GOOD["jsonrpc"], lambda said: said["jsonrpc"] == "2.0" and said["error"]["code"] == -32600),
    ],
)
def test_a_refusal_has_the_protocols_own_shape(filtered, path, body, shape):
    answer = filtered.ask("POST", path, json={**body, "mcp_lan_nothing": 1})
    assert answer.status_code == 400 and shape(answer.json()) and "'mcp_lan_nothing'" in answer.text


def test_metadata_holds_plain_values_under_names_that_are_not_litellms(filtered):
    def status(metadata):
        return filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "metadata": metadata}).status_code

    assert status({"ticket": "a", "number": 1, "flag": True, "none": None}) == status(None) == 200
    assert status({"ticket": {"deep": 1}}) == status({"ticket": []}) == status([]) == status("x") == 400
    assert status({RULES["reserved_metadata"][-1]: "x"}) == status({"tags": "x"}) == 400


def test_the_inventory_allows_one_field_more_and_never_some(filtered):
    assert filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "one_more": {"any": 1}}).status_code == 200
    for category in request_rules.load()["never"].values():
        name = next(name for name in category if "*" not in name)
        with pytest.raises(request_rules.UserError, match=f"chat: '{re.escape(name)}' cannot be allowed, because"):
            request_rules.complete({"chat": [name]}, "1.77.3")
    with pytest.raises(request_rules.UserError, match="no kind of request 'chatt'"):
        request_rules.complete({"chatt": []}, "1.77.3")


def test_pages_of_other_origins_do_not_reach_mcp_servers(filtered):
    assert (
        filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"], headers={"origin": "http://other.lan"}).status_code == 403
    )
    answer = filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"], headers={"origin": ORIGIN})
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == ORIGIN
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    answer = filtered.ask("OPTIONS", "/v1/chat/completions", None, headers=asked)
    assert answer.status_code == 204 and answer.headers["access-control-allow-headers"] == "authorization"
    assert (
        filtered.ask("OPTIONS", "/v1/chat/completions", None, headers={**asked, "origin": "http://o"}).status_code
        == 403
    )
    filtered.application.headers["access-control-allow-origin"] = "*"
    answer = filtered.ask("POST", "/v1/chat/completions", json=CHAT, headers={"origin": "http://other.lan"})
    assert answer.status_code == 200 and "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["prompts/get", "resources/read", "resources/list", "", 1, None])
def test_a_method_of_mcp_that_is_not_listed_is_not_found(filtered, method):
    answer = filtered.ask("POST", "/mcp/", json={"jsonrpc": "2.0", "id": 7, "method": method})
    if method is None:  # an answer has none
        assert len(filtered.application.seen) == 1
        return
    assert answer.status_code == 200 and not filtered.application.seen
    assert answer.json()["id"] == 7 and answer.json()["error"]["code"] == -32601
    filtered.ask("POST", "/mcp/", json={"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert len(filtered.application.seen) == 1


@pytest.mark.parametrize("key", [None, WRONG])
def test_who_has_no_key_sends_no_large_body(filtered, key):
    answer = filtered.ask("POST", "/v1/chat/completions", key, json={**CHAT, "user": "x" * (2 * LARGE)})
    assert answer.status_code == 401 and not filtered.application.seen


def test_a_request_that_names_no_model_is_refused(filtered):
    for model in (None, "", " "):
        assert filtered.ask("POST", "/v1/moderations", json={"input": "x", "model": model}).status_code == 400
    assert filtered.ask("POST", "/v1/moderations", json={"input": "x"}).status_code == 400
    files = {"file": ("a.wav", b"RIFF", "audio/wav")}
    for data in ({}, {"model": "a,b"}):
        assert filtered.ask("POST", "/v1/audio/transcriptions", data=data, files=files).status_code == 400
    assert not filtered.application.seen


def test_what_the_front_door_says_of_itself_stays_with_the_filter(filtered):
    by_door = {"x-mcp-lan-audience": "clients", "x-mcp-lan-door": DOOR, "x-real-ip": "192.0.2.7"}
    filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"], headers=by_door)
    assert not [name for name in filtered.last.headers if name.startswith(b"x-mcp-lan")]
    assert filtered.last.headers[b"x-real-ip"] == b"192.0.2.7"
    filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"], headers={"x-real-ip": "192.0.2.7"})
    assert b"x-real-ip" not in filtered.last.headers


def test_a_fault_of_the_filters_own_is_an_error_of_the_protocol(filtered, capsys):
    async def broken(key, identity):
        raise RuntimeError

    filtered.gateway.may_use_response = broken
    assert filtered.ask("GET", "/v1/responses/one").status_code == 503
    filtered.gateway.is_guarded = lambda: 1 / 0
    answer = filtered.ask("POST", "/v1/messages", json=GOOD["messages"])
    assert answer.status_code == 500 and answer.json()["type"] == "error"
    assert "ZeroDivisionError at POST /v1/messages" in capsys.readouterr().err


def test_websockets_are_not_served(filtered):
    sent_back = []

    async def go():
        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent_back.append(message["type"])

        await filtered.filter({"type": "websocket", "path": "/v1/realtime"}, receive, send)

    asyncio.run(go())
    assert sent_back == ["websocket.close"] and not filtered.application.seen


@pytest.mark.parametrize("path", KEYLESS)
def test_what_litellm_tells_anybody_takes_the_master_key(filtered, path):
    """Also on the way of the administration, where who asks is the control host."""
    by_door = {"x-mcp-lan-audience": "admin", "x-mcp-lan-door": DOOR}
    for key in (None, WRONG, KEY):
        answer = filtered.ask("GET", path, key, headers=by_door)
        assert answer.status_code == 401 and "This takes the master key." in answer.text
    assert not filtered.application.seen
    assert filtered.ask("GET", path, MASTER, headers=by_door).status_code == 200
