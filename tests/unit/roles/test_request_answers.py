# SPDX-License-Identifier: GPL-3.0-or-later
"""What the request filter lets back to clients, and what it keeps from LiteLLM's secrets and log."""

from __future__ import annotations

import asyncio
import json
import re
import threading

import pytest
from filtered import CHAT, DOOR, GOOD, KEY, RULES, Filtered
from mcp_lan_filter import images, log, references
from mcp_lan_filter.current import Current, Named, current, named, remember
from mcp_lan_filter.states import BLOCKED, EXPIRED, TEAM_BLOCKED, UNKNOWN, over_budget, said


@pytest.fixture
def filtered(tmp_path):
    return Filtered(RULES, tmp_path / "requests.json")


def test_answers_say_nothing_of_how_the_gateway_is_built(filtered):
    filtered.application.headers |= {
        "x-litellm-model-api-base": "http://10.0.0.9",
        "x-ratelimit-limit": "3",
        "server": "x",
    }
    answer = filtered.ask("POST", "/v1/chat/completions", json=CHAT)
    assert set(answer.headers) == {"content-type", "x-ratelimit-limit"}


@pytest.mark.parametrize(
    ("path", "status", "body", "want", "word"),
    [
        (
            "/v1/chat/completions",
            400,
            {"error": {"type": "expired_key", "message": f"Key {KEY}"}},
            401,
            "This key has expired",
        ),
        ("/v1/messages", 401, {"error": {"message": "Authentication Error, x"}}, 401, "authentication_error"),
        ("/v1/chat/completions", 401, {"error": {"message": "key not allowed to access model"}}, 401, "not allowed"),
        ("/v1/messages", 500, {"error": {"message": "Internal Server Error"}}, 500, "its log says why"),
        (
            "/v1/chat/completions",
            500,
            {"detail": [{"msg": "at http://10.0.0.9:1 it broke"}]},
            500,
            "at [removed] it broke",
        ),
        (
            "/v1/chat/completions",
            500,
            {"error": {"message": "no\nTraceback (most recent call last):\n x"}},
            500,
            '"no"',
        ),
        ("/v1/chat/completions", 500, {"error": {"message": "no. Received Args: {'a'}"}}, 500, '"no."'),
        ("/v1/chat/completions", 502, "plain " + "a" * 64, 502, "plain [removed]"),
        (
            "/v1/chat/completions",
            500,
            {"error": {"message": "Cannot connect to host models.lan:11434 ssl:default [('10.0.0.9', 11434)]"}},
            500,
            "Cannot connect to host [removed] ssl:default [('[removed]', 11434)]",
        ),
        ("/v1/chat/completions", 500, {"error": {"message": "at postgresql://a:b@db:5432/x"}}, 500, "at [removed]"),
        ("/v1/messages", 500, {"error": {"message": "with sk-abcdefghijkl"}}, 500, "with [removed]"),
        (
            "/v1/chat/completions",
            400,
            {"error": {"message": "no", "type": "at http://10.0.0.9:1", "param": None, "code": "3"}},
            400,
            '"type": "at [removed]"',
        ),
    ],
)
def test_errors(filtered, path, status, body, want, word):
    filtered.application.status = status
    filtered.application.body = (body if isinstance(body, str) else json.dumps(body)).encode()
    answer = filtered.ask("POST", path, json=CHAT)
    assert answer.status_code == want and word in answer.text and KEY not in answer.text, answer.text
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    ("reason", "want"), [(UNKNOWN, 401), (EXPIRED, 401), (over_budget(), 429), ("database", 503), (None, 403)]
)
def test_an_error_of_mcp_says_what_is_wrong_with_the_key(filtered, reason, want):
    """LiteLLM 1.77.3 answers all of it with 500 and no reason; the application here refuses the ping as well."""
    filtered.application.status, filtered.gateway.reason = 500, reason
    answer = filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"])
    assert answer.status_code == want and answer.json()["jsonrpc"] == "2.0"
    assert not isinstance(reason, tuple) or answer.json()["error"]["message"] == reason.sentence


def test_a_key_that_nobody_can_look_up_is_not_called_wrong(filtered):
    """LiteLLM 1.77.3 calls every key wrong whose database does not answer."""
    filtered.application.status, filtered.gateway.reason = 401, "database"
    said = {"error": {"message": "Authentication Error, All connection attempts failed", "type": "auth_error"}}
    filtered.application.body = json.dumps(said).encode()
    answer = filtered.ask("POST", "/v1/chat/completions", json=CHAT)
    assert answer.status_code == 503 and "The gateway is not ready" in answer.json()["error"]["message"]


RATE = "Rate limit exceeded for {}: 3f. Limit type: {}. Current limit: 7, Remaining: 0. Limit resets at: {}"
UNTIL = "2026-11-28 07:55:43 UTC"


@pytest.mark.parametrize(
    ("kind", "message", "want"),
    [
        ("budget_exceeded", "Budget has been exceeded! Current cost: 5.0, Max budget: 0.5", over_budget()),
        ("", "Budget has been exceeded! Key=k (sk-...v57G) Current cost: 5.0, Max budget: 0.5", over_budget()),
        ("", "Budget has been exceeded! Team=t Current cost: 5.0, Max budget: 1", over_budget("The team of this key")),
        ("", "ExceededBudget: User=ann over budget. Spend=30.0, Budget=0.5", over_budget("The user of this key")),
        ("", "ExceededBudget: End User=x over budget. Spend=3, Budget=1", over_budget("The end user of this request")),
        ("", "LiteLLM Virtual Key: x, key_alias: y, exceeded budget for model=m", over_budget()),
        ("auth_error", "Authentication Error, Key is blocked. Update via `/key/unblock`", BLOCKED),
        ("auth_error", "Authentication Error, Team=1 is blocked. Update via `/team/unblock`", TEAM_BLOCKED),
        ("", "Authentication Error, Authentication Error - Expired Key. Key Expiry time x", EXPIRED),
        ("token_not_found_in_db", "Authentication Error, Invalid proxy server token passed", UNKNOWN),
        # A provider's own words are about the gateway's account there.
        ("", "RateLimitError: OpenAIException - Rate limit reached for gpt-5", None),
        ("invalid_request_error", "You exceeded your current quota", None),
    ],
)
def test_what_litellm_says_of_a_key_is_a_state(kind, message, want):
    assert said(kind, message) == want


@pytest.mark.parametrize(
    ("whose", "what", "until", "want"),
    [
        (
            "api_key",
            "requests",
            UNTIL,
            f"This key has reached its limit of requests per minute (7); try again after {UNTIL}",
        ),
        (
            "team",
            "tokens",
            "",
            "The team of this key has reached its limit of tokens per minute (7); try again after a min",
        ),
        ("user", "max_parallel_requests", UNTIL, "requests at the same time (7); try again when another one has ended"),
    ],
)
def test_a_limit_says_which_it_is_and_until_when(filtered, whose, what, until, want):
    message = RATE.format(whose, what, until)
    assert want in said("", message).sentence
    filtered.application.status = 429
    filtered.application.body = json.dumps({"error": {"message": message, "type": "None", "code": "429"}}).encode()
    for path in ("/v1/chat/completions", "/v1/messages"):
        answer = filtered.ask("POST", path, json=CHAT)
        assert answer.status_code == 429 and want in answer.json()["error"]["message"]


@pytest.mark.parametrize("status", [400, 422])
def test_a_budget_is_429_whatever_the_version_says(filtered, status):
    filtered.application.status = status
    error = {"message": "Budget has been exceeded! Current cost: 5.0, Max budget: 0.5", "type": "budget_exceeded"}
    filtered.application.body = json.dumps({"error": {**error, "code": str(status)}}).encode()
    answer = filtered.ask("POST", "/v1/chat/completions", json=CHAT)
    assert answer.status_code == 429 and answer.json()["error"]["message"] == over_budget().sentence
    assert answer.json()["error"]["type"] == "budget_exceeded" and answer.json()["error"]["code"] == "429"
    assert filtered.ask("POST", "/v1/messages", json=CHAT).json()["error"]["type"] == "rate_limit_error"


def test_what_is_wrong_with_the_team_is_asked_for_where_litellm_says_it(filtered):
    """LiteLLM 1.77.3 answers MCP with 500 and no reason for all of it."""
    budget = {"type": "budget_exceeded", "message": "Budget has been exceeded! Team=t Current cost: 2, Max budget: 1"}

    async def litellm(scope, receive, send):
        models = scope["path"] == "/v1/models" and scope["method"] == "GET"
        body = json.dumps({"error": budget}).encode() if models else b"Internal Server Error"
        await send({"type": "http.response.start", "status": 400 if models else 500, "headers": []})
        await send({"type": "http.response.body", "body": body})

    filtered.filter.app = litellm
    answer = filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"])
    assert answer.status_code == 429
    assert answer.json()["error"]["message"] == over_budget("The team of this key").sentence


def test_a_limit_that_comes_as_a_tools_answer_is_an_error_without_the_keys_hash(filtered):
    text = "Error: " + RATE.format("api_key", "requests", "").replace("3f", "a" * 64)
    result = {"content": [{"type": "text", "text": text}], "isError": False}
    filtered.application.body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    call = {**GOOD["jsonrpc"], "method": "tools/call"}
    told = filtered.ask("POST", "/mcp/", json=call).json()["result"]
    assert told["isError"] is True and told["content"][0]["text"].startswith("Error: This key has reached its limit")
    assert "a" * 64 not in str(told)
    result["content"][0]["text"] = "Rate limit exceeded for api_key: says the tool itself"
    filtered.application.body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    assert filtered.ask("POST", "/mcp/", json=call).json()["result"] == result


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_refused_call_is_an_error_in_a_stream_as_well(filtered, ending):
    filtered.application.headers["content-type"] = "text/event-stream"
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"content": [], "isError": False}})
    filtered.application.body = f": ping{ending}{ending}event: message{ending}data: {message}{ending}{ending}".encode()
    call = {**GOOD["jsonrpc"], "method": "tools/call"}
    assert '"isError": false' in filtered.ask("POST", "/mcp/", json=call).text
    filtered.application.refuse = "no"
    text = filtered.ask("POST", "/mcp/", json=call).text
    assert '"isError":true' in text and text.startswith(": ping\n\nevent: message\ndata: {")


def test_a_reference_in_a_request_is_not_resolved():
    asked = []
    get = references.held(lambda name, default=None: asked.append(name) or "value")
    assert get("os.environ/X") == get("LITELLM_SALT_KEY") == get("X") == "value"
    token = current.set(Current())
    try:
        assert get("X") == "value"
        for name in ("os.environ/X", "oidc/x", *references.OWN):
            with pytest.raises(references.ReferenceRefused):
                get(secret_name=name)
    finally:
        current.reset(token)
    assert asked == ["os.environ/X", "LITELLM_SALT_KEY", "X", "X"]


def test_an_image_is_fetched_over_https_alone():
    fetch = images.held(lambda url, timeout=None: url)
    assert fetch("http://notes.lan/a.png") == "http://notes.lan/a.png"
    token = current.set(Current())
    try:
        assert fetch("https://example.org/a.png", timeout=3) == "https://example.org/a.png"
        assert fetch("data:image/png;base64,AAAA") == "data:image/png;base64,AAAA"
        for address in ("http://notes.lan/a.png", " http://notes.lan/a.png", "//notes.lan/a.png"):
            with pytest.raises(ValueError, match="over HTTPS alone"):
                fetch(address)
    finally:
        current.reset(token)


def test_it_is_looked_at_by_whatever_name_litellm_gives_its_address():
    """LiteLLM counts the tokens of an image by get_image_dimensions(data=...)."""

    def get_image_dimensions(data):
        return len(data)

    measured = images.held(get_image_dimensions)
    token = current.set(Current())
    try:
        assert measured(data="data:image/png;base64,AAAA") == 26
        with pytest.raises(ValueError, match="over HTTPS alone"):
            measured(data="http://notes.lan/a.png")
    finally:
        current.reset(token)


@pytest.mark.parametrize("status", [200, 429])
def test_an_error_in_a_stream_is_cleaned_as_any_other(filtered, status):
    said = {"error": {"message": "no http://10.0.0.9:1\n\nTraceback (most recent call last):\n x", "type": "None"}}
    event = b"data: " + json.dumps(said).encode() + b"\n\n"
    filtered.application.headers["content-type"] = "text/event-stream"
    filtered.application.status, filtered.application.body, filtered.application.part = status, event, len(event)
    answer = filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "stream": True})
    assert answer.status_code == status and "no [removed]" in answer.text, answer.text
    assert "Traceback" not in answer.text and "10.0.0.9" not in answer.text
    assert answer.text.startswith("data: " if status == 200 else "{")


ADDRESSED = "no http://10.0.0.9:1"


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/v1/messages", {"type": "error", "error": {"type": "api_error", "message": ADDRESSED}}),
        ("/v1/responses", {"type": "response.failed", "response": {"error": {"code": "x", "message": ADDRESSED}}}),
        ("/v1/responses", {"type": "error", "code": "x", "message": ADDRESSED, "param": None}),
    ],
)
@pytest.mark.parametrize("part", [7, 10_000])
def test_an_error_is_found_wherever_the_stream_has_it(filtered, path, event, part):
    """As each protocol writes it, behind other events of the same part of the answer, or split over several."""
    other = {"type": "response.created", "response": {"error": None, "text": "say '{\"error\"' at http://10.0.0.9:1"}}
    filtered.application.headers["content-type"] = "text/event-stream"
    filtered.application.part = part
    filtered.application.body = b"".join(
        b"event: " + one["type"].encode() + b"\ndata: " + json.dumps(one).encode() + b"\n\n" for one in (other, event)
    )
    body = GOOD["messages" if path == "/v1/messages" else "responses"]
    first, second, rest = filtered.ask("POST", path, json={**body, "stream": True}).text.split("\n\n")
    assert json.loads(first.partition("data: ")[2]) == other and not rest
    kept = json.loads(second.partition("data: ")[2])
    assert kept == json.loads(json.dumps(event).replace(ADDRESSED, "no [removed]"))


def test_an_error_of_json_rpc_with_a_good_status_is_cleaned(filtered):
    error = {"jsonrpc": "2.0", "id": 3, "error": {"code": -32600, "message": ADDRESSED}}
    filtered.application.body = json.dumps(error).encode()
    assert filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"]).json()["error"]["message"] == "no [removed]"


def test_a_failed_call_does_not_say_where_the_server_is(filtered):
    text = "Error: http://notes:8000/mcp is gone; so is https://example.org/"
    result = {"content": [{"type": "text", "text": text}], "isError": False}
    filtered.application.body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    call = {**GOOD["jsonrpc"], "method": "tools/call"}
    told = filtered.ask("POST", "/mcp/", json=call).json()["result"]["content"][0]["text"]
    assert told == "Error: [removed] is gone; so is https://example.org/"
    result["content"][0]["text"] = "The server is at http://notes:8000/mcp"
    filtered.application.body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    assert filtered.ask("POST", "/mcp/", json=call).json()["result"] == result


def test_a_key_in_the_query_is_in_no_error_and_no_log(filtered):
    filtered.application.status = 400
    filtered.application.body = json.dumps({"error": {"message": "not with a-key-without-prefix"}}).encode()
    for path in ("/v1beta/models/one:generateContent", "/key/info"):
        answer = filtered.ask("POST", path + "?key=a%2Dkey%2Dwithout%2Dprefix", key=None, json=GOOD["generate_content"])
        assert "without" not in answer.text
    assert log.clean("with a-key-without-prefix") == "with [removed]"


def test_administration_leaves_no_key_in_the_log(filtered):
    filtered.ask("GET", "/key/list", key=None, headers={"x-api-key": "an-admins-key-without-prefix"})
    assert "prefix" in log.clean("an-admins-key-without-prefix")  # nobody is let in with it
    door = {"x-mcp-lan-door": DOOR, "x-mcp-lan-audience": "admin", "x-api-key": "an-admins-key-without-prefix"}
    assert filtered.ask("GET", "/key/list", key=None, headers=door).status_code == 200
    assert log.clean("with an-admins-key-without-prefix") == "with [removed]"


def test_an_error_of_the_protocol_itself_says_no_address(filtered):
    error = {"jsonrpc": "2.0", "id": 3, "error": {"code": -32600, "message": "no http://10.0.0.9:1"}}
    filtered.application.status, filtered.application.body = 400, json.dumps(error).encode()
    answer = filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"])
    assert (
        answer.status_code == 400 and answer.json()["error"]["message"] == "no [removed]" and answer.json()["id"] == 3
    )


def test_a_ping_ends_where_litellm_waits_for_its_client_to_go(filtered):
    """As newer versions do, which answer MCP with a stream."""
    application = filtered.application

    async def streaming(scope, receive, send):
        gone = asyncio.create_task(until_gone(receive))
        await application(scope, receive, send)
        gone.cancel()

    async def until_gone(receive):
        while (await receive())["type"] != "http.disconnect":
            pass

    filtered.filter.app = streaming
    application.status = 500
    assert filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"]).status_code == 403


class Stream:
    """What a stream is for the log."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_whatever_is_printed_is_a_line_of_json():
    stream = Stream()
    out = log.Lines(stream)
    print("two", "words\nand \x1b[1;31ma line\x1b[0m", file=out)
    said = {"message": "so\x1b[0m", "level": "ERROR", "timestamp": "x", "service": "y", "more": 1}
    out.write(json.dumps(said) + '\n\n[1]\n{"cut')
    assert [json.loads(line)["message"] for line in stream.text.splitlines()] == [
        "two words",
        "and a line",
        "so",
        "[1]",
    ]
    out.flush()
    lines = [json.loads(line) for line in stream.text.splitlines()]
    assert lines[2] == {"time": lines[2]["time"], "level": "ERROR", "service": "litellm", "message": "so", "more": 1}
    assert lines[4]["message"] == '{"cut' and lines[4]["level"] == "INFO"
    assert all(re.fullmatch(r"[0-9T:-]{19}\.[0-9]{3}Z", line["time"]) for line in lines)


def test_a_line_says_whose_request_it_is_and_not_what_it_itself_says_of_that():
    token = named.set(Named("0123456789abcdef", key="ann"))
    try:
        line = json.loads(log.told('{"message": "m", "request_id": "forged", "key": "forged", "time": "forged"}'))
    finally:
        named.reset(token)
    assert (line["request_id"], line["key"], line["message"]) == ("0123456789abcdef", "ann", "m")
    assert line["time"] != "forged" and "request_id" not in json.loads(log.told("m"))


def test_a_thread_does_not_go_on_with_another_ones_line():
    stream = Stream()
    out = log.Lines(stream)
    out.write("half ")
    other = threading.Thread(target=print, args=["whole"], kwargs={"file": out})
    other.start()
    other.join()
    out.write("a line\n")
    assert [json.loads(line)["message"] for line in stream.text.splitlines()] == ["whole", "half a line"]


def test_the_log_repeats_no_key():
    remember("a credential of another form")
    remember("messages")
    text = "Token: sk-12345678-x; a credential of another form; Bearer sk-abcdefgh"
    assert log.clean(text) == "Token: [removed]; [removed]; Bearer [removed]"
    assert log.clean("messages") == "messages"
