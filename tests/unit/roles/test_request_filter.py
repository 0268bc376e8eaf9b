# SPDX-License-Identifier: GPL-3.0-or-later
"""The request filter around an application that counts what reaches it. LiteLLM itself: tests/integration/guard."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import re
import tracemalloc
from types import SimpleNamespace
from urllib.parse import unquote

import httpx
import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from mcp_lan_filter import bodies, log, references
from mcp_lan_filter.application import LARGE, RequestFilter
from mcp_lan_filter.current import Current, current, remember
from mcp_lan_filter.gateway import EXPIRED, OVER_BUDGET, UNKNOWN
from mcp_lan_filter.refusal import Refusal
from mcp_lan_filter.worker import Worker

ORIGIN = "http://chat.lan:8080"
RULES = request_rules.complete(
    {"chat": ["one_more"]},
    "1.77.3",
    origins=[ORIGIN],
    open_networks=["172.29.0.0/16"],
    max_body="8m",
)
MASTER, KEY, WRONG = "sk-the-master-key", "sk-the-right-key", "sk-a-wrong-key"
BASE = "http://gateway"
DOOR = "what the front door knows"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
# One request that is let through for each route, by the path that a client would use.
GOOD = {
    "chat": CHAT,
    "completions": {"model": "m", "prompt": "x"},
    "responses": {"model": "m", "input": "x"},
    "embeddings": {"model": "m", "input": "x"},
    "moderations": {"model": "m", "input": "x"},
    "rerank": {"model": "m", "query": "x", "documents": ["y"]},
    "image_generation": {"model": "m", "prompt": "x"},
    "speech": {"model": "m", "input": "x", "voice": "alloy"},
    "messages": {**CHAT, "max_tokens": 1},
    "count_tokens": CHAT,
    "generate_content": {"contents": [{"parts": [{"text": "x"}]}]},
    "count_tokens_google": {"contents": [{"parts": [{"text": "x"}]}]},
    "jsonrpc": {"jsonrpc": "2.0", "id": 1, "method": "ping"},
}


class Application:
    """What stands where LiteLLM would: it keeps what reaches it, and answers what it is told to."""

    def __init__(self) -> None:
        self.seen = []
        self.status, self.headers, self.body = 200, {"content-type": "application/json"}, b"{}"
        self.refuse = None

    async def __call__(self, scope, receive, send):
        message = await receive()
        self.seen.append(SimpleNamespace(scope=scope, body=message["body"], headers=dict(scope["headers"])))
        if self.refuse:
            current.get().refused.append(self.refuse)
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        for number in range(0, len(self.body), 7):
            part = self.body[number : number + 7]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class Gateway:
    """What the filter asks of LiteLLM."""

    guarded, reason, responses = True, None, ("one",)

    def is_guarded(self):
        return self.guarded

    def is_master_key(self, key):
        return key == MASTER

    def is_front_door(self, secret):
        return secret == DOOR.encode()

    async def may_use_response(self, key, identity):
        return identity in self.responses

    async def why_refused(self, key):
        if self.reason == "database":
            raise RuntimeError
        return self.reason


class Filtered:
    """The filter around the application, and how to ask it."""

    def __init__(self, rules, path) -> None:
        self.application, self.gateway = Application(), Gateway()
        path.write_text(json.dumps(rules))
        self.worker = Worker(path)
        self.filter = RequestFilter(self.application, rules, self.worker, self.gateway)

    def ask(self, method, path, key=KEY, client="172.29.0.9", **options):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        headers.update(options.pop("headers", {}))

        async def go():
            transport = httpx.ASGITransport(self.filter, client=(client, 1))
            async with httpx.AsyncClient(transport=transport) as session:
                try:
                    return await session.request(method, BASE + path, headers=headers, **options)
                finally:
                    await self.worker.stop()

        return asyncio.run(go())

    def ask_as_written(self, method, path, key):
        """The status for a path that no client library would send as it is."""
        headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json")]
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": b"",
        }
        statuses = []

        async def receive():
            return {"type": "http.request", "body": b"{}"}

        async def send(message):
            statuses.append(message.get("status"))

        asyncio.run(self.filter({**scope, "headers": headers, "client": ("172.29.0.9", 1)}, receive, send))
        return statuses[0]

    @property
    def last(self):
        return self.application.seen[-1]


@pytest.fixture
def filtered(tmp_path):
    return Filtered(RULES, tmp_path / "requests.json")


def example(path: str) -> str:
    """A path that the expression of a route fits."""
    path = re.sub(r"\(v1/\)\?", "v1/", path).replace(r"\.", ".")
    path = re.sub(r"\(/\[A-Za-z0-9_.,-\]\+\)\{0,2\}/\?", "/one", path)
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


@pytest.mark.parametrize("model", ["one,two", "openai/http://a.lan", 1, ["m"], {}])
def test_a_models_name_is_one_name(filtered, model):
    assert filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "model": model}).status_code == 400


def test_one_key_alone_goes_on(filtered):
    headers = {"x-litellm-api-key": KEY, "x-api-key": "another"}
    filtered.ask("POST", "/v1/messages", json=GOOD["messages"], headers=headers)
    assert filtered.last.headers[b"x-litellm-api-key"] == KEY.encode()
    assert b"x-api-key" not in filtered.last.headers and b"authorization" not in filtered.last.headers


def test_a_users_own_credential_goes_on_to_the_mcp_servers_that_are_given_it(tmp_path):
    rules = request_rules.complete({}, "1.106.2", passed_on=["X-Request-Of"])
    filtered = Filtered(rules, tmp_path / "requests.json")
    headers = {"x-request-of": "ann", "x-mcp-notes-authorization": "theirs"}
    filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"], headers=headers)
    assert {b"x-request-of", b"x-mcp-notes-authorization"} <= set(filtered.last.headers)
    filtered.ask("POST", "/v1/chat/completions", json=CHAT, headers=headers)
    assert not {b"x-request-of", b"x-mcp-notes-authorization"} & set(filtered.last.headers)


def test_a_large_body_is_judged_elsewhere_and_alike(filtered):
    large = {**CHAT, "user": "x" * (2 * LARGE)}
    assert filtered.ask("POST", "/v1/chat/completions", json=large).status_code == 200
    assert json.loads(filtered.last.body) == large
    answer = filtered.ask("POST", "/v1/chat/completions", json={**large, "mcp_lan_nothing": 1})
    assert answer.status_code == 400 and "mcp_lan_nothing" in answer.text
    assert filtered.ask("POST", "/v1/chat/completions", json={**CHAT, "user": "x" * 9_000_000}).status_code == 413
    call = {**GOOD["jsonrpc"], "method": "tools/call", "params": {"arguments": {"x": "x" * (2 * LARGE)}}}
    filtered.application.refuse = "no"
    filtered.application.body = b'{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":false}}'
    assert filtered.ask("POST", "/mcp/", json=call).json()["result"]["isError"] is True


def test_the_form_of_an_upload_is_written_anew(filtered):
    files = {"file": ('a"b.wav', b"RIFF\r\n--x", "audio/wav")}
    filtered.ask("POST", "/v1/audio/transcriptions", data={"model": "m", "temperature": "0.5"}, files=files)
    text = filtered.last.body.decode()
    assert 'name="model"\r\n\r\nm\r\n' in text and "RIFF\r\n--x\r\n" in text
    boundary = filtered.last.headers[b"content-type"].decode().rpartition("=")[2]
    assert text.startswith(f"--{boundary}\r\n") and text.endswith(f"--{boundary}--\r\n")
    for data in ({"model": ["m", "n"]}, {"model": "m", "temperature": "{}"}):
        assert filtered.ask("POST", "/v1/audio/transcriptions", data=data, files=files).status_code == 400


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
        with pytest.raises(
            request_rules.RequestRulesError, match=f"chat: '{re.escape(name)}' cannot be allowed, because"
        ):
            request_rules.complete({"chat": [name]}, "1.77.3")
    with pytest.raises(request_rules.RequestRulesError, match="no kind of request 'chatt'"):
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
            "This key is wrong",
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
    ],
)
def test_errors(filtered, path, status, body, want, word):
    filtered.application.status = status
    filtered.application.body = (body if isinstance(body, str) else json.dumps(body)).encode()
    answer = filtered.ask("POST", path, json=CHAT)
    assert answer.status_code == want and word in answer.text and KEY not in answer.text, answer.text
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    ("reason", "want"), [(UNKNOWN, 401), (EXPIRED, 401), (OVER_BUDGET, 429), ("database", 503), (None, 403)]
)
def test_an_error_of_mcp_says_what_is_wrong_with_the_key(filtered, reason, want):
    """LiteLLM 1.77.3 answers all of it with 500 and no reason; the application here refuses the ping as well."""
    filtered.application.status, filtered.gateway.reason = 500, reason
    answer = filtered.ask("POST", "/mcp/", json=GOOD["jsonrpc"])
    assert answer.status_code == want and answer.json()["jsonrpc"] == "2.0"


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


def test_the_log_repeats_no_key():
    remember("a credential of another form")
    text = "Token: sk-12345678-x; a credential of another form; Bearer sk-abcdefgh"
    assert log.clean(text) == "Token: [removed]; [removed]; Bearer [removed]"


JUDGE = bodies.Judge(RULES)
MANY = 10_000
TEXTS = ["", "x", "os", "ä", "\ud83d", "\x00", "type", "model", "9" * 400, "a" * 2_000]


def anything(chance, depth=0):
    """A value of JSON, or of what Python takes for it."""
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind < 6:
        number = chance.choice([0, -1, 1.5, 10**30, float("inf"), float("nan")])
        return [None, True, number, chance.choice(TEXTS), "function", chance.random()][kind]
    if kind == 6:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice([*TEXTS, "name", "text"]): anything(chance, depth + 1) for _ in range(chance.randrange(4))}


def spelled(chance, value):
    """Its bytes, written as somebody might."""
    raw = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 1]))
    how = chance.randrange(8)
    if how == 0 and value:
        raw = raw[:-1] + "," + raw[1:]  # each name twice
    if how == 1:
        raw = raw[: chance.randrange(len(raw) + 1)]
    encoding = {2: "utf-16", 3: "latin-1", 4: "utf-8-sig"}.get(how, "utf-8")
    return raw.encode(encoding, errors="replace" if encoding != "utf-8" else "surrogatepass")


def test_generated_bodies_go_on_as_listed_or_are_refused_with_a_sentence():
    chance = random.Random(20261128)
    kinds = sorted(set(GOOD) - {"jsonrpc"})
    outcomes = {"passed": 0, "refused": 0}
    used = []
    tracemalloc.start()
    for number in range(MANY):
        body = kinds[number % len(kinds)]
        fields = RULES["bodies"][body]["fields"]
        names = chance.sample([*fields, "mcp_lan_nothing", "Model", "model "], chance.randrange(4))
        value = {name: anything(chance) if chance.random() < 0.5 else GOOD[body].get(name, "x") for name in names}
        try:
            kept, read = JUDGE.body(body, spelled(chance, value))
        except Refusal as refusal:
            outcomes["refused"] += 1
            assert refusal.status == 400 and str(refusal).endswith(".") and len(str(refusal)) < 400
        else:
            outcomes["passed"] += 1
            assert kept.decode() and json.loads(kept) is not None and set(read) <= set(fields)
        if number in (MANY // 10, MANY - 1):
            value = kept = read = None
            gc.collect()
            used.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert min(outcomes.values()) > MANY / 10, outcomes
    assert used[1] - used[0] < 500_000, used
