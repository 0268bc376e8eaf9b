# The layer around LiteLLM's application.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request is judged here, before LiteLLM's own middleware, authentication and logging have seen it.

An ASGI application (https://asgi.readthedocs.io/en/latest/specs/www.html) around another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

from mcp_lan_filter import rules as listed
from mcp_lan_filter.answers import FAILED, NOT_READY, Answers, cors
from mcp_lan_filter.bodies import READS, Judge, asked_later
from mcp_lan_filter.current import Current, Named, current, named, remember
from mcp_lan_filter.forms import form
from mcp_lan_filter.gateway import gateway as litellm
from mcp_lan_filter.log import say
from mcp_lan_filter.offers import pinned, selected_by, server_for
from mcp_lan_filter.policy import registry
from mcp_lan_filter.queues import ASK_NOTHING, FIRST, Queues, owners_of
from mcp_lan_filter.refusal import Refusal, shaped
from mcp_lan_filter.rules import QUERY_KEY, Route, Rules
from mcp_lan_filter.states import UNKNOWN
from mcp_lan_filter.turns import Turns
from mcp_lan_filter.watch import Watch
from mcp_lan_filter.worker import Worker

# A larger body takes longer to read than other requests should wait: some milliseconds.
LARGE = 131_072
JSON_TYPES = ("application/json", "application/json;charset=utf-8")
RESPONSE_PATH = re.compile(r"/(?:v1/)?responses/([^/]+).*")
HEALTH = "/health/"
# What the front door makes or has checked.
REQUEST_ID = b"x-request-id"
READINESS = "/health/readiness"
# What LiteLLM tells to anybody: how it is built, and in which state. Here it takes the master key.
KEYLESS = (READINESS, "/openapi.json", "/routes", "/test", "/docs", "/redoc")


@dataclass
class Asked:
    """A request as far as its head goes."""

    scope: dict
    path: str
    method: str
    headers: dict[bytes, bytes]
    key_headers: list[bytes]
    """Those that may carry the key, in the order in which LiteLLM looks for it."""

    @classmethod
    def of(cls, scope, key_headers: list[bytes]) -> Asked:
        return cls(scope, scope["path"], scope["method"], dict(scope["headers"]), key_headers)

    @property
    def is_plain(self) -> bool:
        """Whether the path is written in its plainest form, and is all of the path."""
        raw = scope_path(self.scope)
        return not self.scope.get("root_path") and raw == self.path.encode() and bool(listed.PLAIN_PATH.fullmatch(raw))

    @property
    def client(self) -> str | None:
        """The address that it comes from, where there is one."""
        return (self.scope.get("client") or (None,))[0]

    @property
    def key(self) -> str | None:
        """The key that LiteLLM would take, without its scheme."""
        for name in self.key_headers:
            value = self.headers.get(name, b"").strip()
            if value:
                return value.decode("latin-1").rpartition(" ")[2]
        # As Google's programs send it where they set no header.
        return next(iter(keys_in(self.scope["query_string"])), None)


def keys_in(query: bytes) -> list[str]:
    """The keys that stand in a query."""
    pairs = parse_qsl(query.decode("latin-1"))
    return [value for name, value in pairs if name == QUERY_KEY]


def credentials_in(headers: list[tuple[bytes, bytes]], key_headers: list[bytes], query: bytes) -> list[str]:
    """Everything in the head that is a credential, each without scheme and quotation marks."""
    found = []
    for name, value in headers:
        if name in key_headers or (name.startswith(b"x-mcp-") and name != b"x-mcp-servers"):
            found += value.decode("latin-1").split()
    found += keys_in(query)
    return [value for value in dict.fromkeys(one.strip("\"',") for one in found) if len(value) > 7]


def scope_path(scope) -> bytes:
    """The path as it was sent, without the query."""
    return (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]


class RequestFilter:
    """Lets through what the list names. app: what stands behind it; gateway: what it asks of LiteLLM."""

    def __init__(self, app, data: dict, worker: Worker, gateway=litellm) -> None:
        self.app = app
        self.rules = Rules(data)
        self.judge = Judge(data)
        self.worker = worker
        self.turns = Turns(data["tool_calls_per_key"])
        self.queues = Queues(data["queues"])
        self.gateway = gateway
        gateway.server_limits.limits = data["server_limits"]
        gateway.cached_models = frozenset(data["cached_models"])

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            watch = asyncio.create_task(Watch(self.gateway.ask_database).run())
            try:
                await self.app(scope, receive, send)
            finally:
                watch.cancel()
        elif scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope, receive, send) -> None:
        asked = Asked.of(scope, self.rules.key_headers)
        route = self.rules.find(asked.path)
        status, since = 0, time.monotonic()

        async def send(message, out=send):
            nonlocal status
            status = status or message.get("status", 0)
            await out(message)

        identity = asked.headers.get(REQUEST_ID, b"").decode("latin-1") if self._by_door(asked) else ""
        entry = Named(identity or uuid.uuid4().hex)
        token = named.set(entry)
        try:
            if not self.rules.is_open_to(asked.client):
                raise Refusal(403, "LiteLLM is reached by the front door alone.")
            if route is not None and asked.method == "OPTIONS":
                await self._preflight(asked, route, send)
            elif route is not None and asked.method in route.methods:
                await self._client(asked, route, receive, send, entry)
            else:
                await self._administration(asked, route, receive, send)
        except Refusal as refusal:
            entry.refused = True
            await self._refuse(asked, route, refusal, send)
        except Exception as error:
            if status:
                raise
            say("ERROR", f"{type(error).__name__} at {asked.method} {asked.path}")
            await self._refuse(asked, route, Refusal(500, FAILED), send)
        finally:
            if not asked.path.startswith(HEALTH):
                await self._tell(asked, entry, status, time.monotonic() - since)
            named.reset(token)

    async def _tell(self, asked: Asked, entry: Named, status: int, seconds: float) -> None:
        """The request's own line in the log: whose it was and how it ended, and nothing of what it said."""
        with contextlib.suppress(Exception):  # whatever LiteLLM raises when it does not know the key
            entry.key = entry.key or await self.gateway.alias(asked.key)
        said = {"rpc": entry.rpc, "tool": entry.tool, "status": status or None, "refused": entry.refused or None}
        said["waited"] = entry.waited or None
        said["seconds"] = round(seconds, 3)
        say(
            "INFO", f"{asked.method} {asked.path}", **{name: value for name, value in said.items() if value is not None}
        )

    async def _refuse(self, asked: Asked, route: Route | None, refusal: Refusal, send) -> None:
        shape = route.shape if route else "openai"
        body = shaped(shape, refusal.status, str(refusal), refusal.param, rpc=refusal.rpc)
        await answer(send, refusal.status, body, self._cors(asked))

    def _cors(self, asked: Asked) -> list[tuple[bytes, bytes]]:
        return cors(asked.headers.get(b"origin"), self.rules.origins)

    def _by_door(self, asked: Asked) -> bool:
        return self.gateway.is_front_door(asked.headers.get(listed.DOOR))

    async def _preflight(self, asked: Asked, route: Route, send) -> None:
        found = self._cors(asked)
        if not found:
            raise Refusal(
                403, "Pages of this origin may not use the gateway; it is none of litellm_gateway_cors_origins."
            )
        wanted = asked.headers.get(b"access-control-request-headers", b"")
        methods = ", ".join(sorted(route.methods)).encode()
        found += [(b"access-control-allow-methods", methods), (b"access-control-allow-headers", wanted)]
        await answer(send, 204, None, [*found, (b"access-control-max-age", b"600")])

    async def _client(self, asked: Asked, route: Route, receive, send, entry: Named) -> None:
        scope = asked.scope
        if not asked.is_plain:
            raise Refusal(
                400, "Write the path plainly: no percent signs, no double slashes, no dots at the beginning of a part."
            )
        origin = asked.headers.get(b"origin")
        if origin is not None and route.shape == "jsonrpc" and not self._cors(asked):
            raise Refusal(
                403, "Pages of this origin may not use MCP servers; it is none of litellm_gateway_cors_origins."
            )
        query = self.rules.checked_query(route, scope)
        headers = self.rules.kept_headers(route, scope["headers"], self._by_door(asked))
        if not asked.path.startswith(HEALTH) and not self.gateway.is_guarded():
            raise Refusal(503, "The gateway is not ready: its guard is not loaded.")
        credentials = self._remembered(headers, query)
        raw, kind, later = await self._body(asked, route.methods[asked.method], receive)
        entry.rpc = later.get("method")
        await self._check_response(asked, later.get("previous_response_id"))
        inner = served(scope, route)
        if later.get("method") in READS:
            path, headers = await self._pinned(asked, inner["path"], headers, later)
            inner = {"path": path, "raw_path": path.encode()}
        if route.shape == "google":
            later["model"] = model_in(asked.path)
            raw = with_model(raw, later["model"])
        headers = [
            (name, value) for name, value in headers if name not in (b"content-type", b"content-length", b"host")
        ]
        headers.append((b"host", b"localhost"))
        if kind:
            headers += [(b"content-type", kind.encode()), (b"content-length", str(len(raw)).encode())]
        request = Current(key=asked.key, method=later.get("method"), credentials=credentials)
        answers = Answers(self, asked, route, request, credentials, send)
        place = self._place(asked, route, later.get("model"), receive, entry)
        token = current.set(request)
        try:
            async with self._turn(asked, route, request), place:
                await self.app(
                    {**scope, "headers": headers, "query_string": query, **inner},
                    replay(raw, receive),
                    answers.send,
                )
        finally:
            # The guard is asked for each tool of a list as well, and leaves out what it refuses.
            entry.refused = request.refused and request.method == "tools/call"
            current.reset(token)
            for end in request.ended:
                end()

    def _turn(self, asked: Asked, route: Route, request: Current):
        """For a tool call, the key's turn: an MCP server cannot tell whose a call is."""
        if route.shape == "jsonrpc" and request.method == "tools/call" and asked.key:
            return self.turns.one(asked.key)
        return contextlib.nullcontext()

    @contextlib.asynccontextmanager
    async def _place(self, asked: Asked, route: Route, model: str | None, receive, entry: Named):
        """For a request to a model that has a queue, its place in it."""
        queue = self.queues.of(model)
        is_master = queue is not None and self.gateway.is_master_key(asked.key)
        key = await self._known(asked) if queue is not None and not is_master else None
        if route.methods[asked.method] in ASK_NOTHING or not (is_master or key):
            yield  # LiteLLM says what is wrong with a key that it does not know
            return
        owners = owners_of(key) if key else ()
        since = time.monotonic()
        async with queue.place(owners, FIRST if is_master else queue.priority(owners), receive):
            entry.waited = round(time.monotonic() - since, 3)
            yield

    async def _pinned(self, asked: Asked, path: str, headers: list[tuple[bytes, bytes]], later: dict):
        """Path and headers of what reads a prompt or a resource, by which LiteLLM asks the one server that has it."""
        key = None
        if not self.gateway.is_master_key(asked.key):
            key = await self._known(asked)
            if key is None:
                return path, headers  # LiteLLM says what is wrong with it
        prefix = server_for(key, later, selected_by(path, headers), registry())
        # LiteLLM writes no row for these.
        name = json.dumps((key and key.key_alias) or "the master key")
        say("INFO", f"{later['method']} {json.dumps(later['subject'])} of {prefix} by {name}")
        return pinned(path, headers, prefix)

    async def _known(self, asked: Asked):
        """What LiteLLM knows of the request's key; None where it knows none."""
        try:
            return asked.key and await self.gateway.key(asked.key)
        except Exception:  # whatever LiteLLM raises when its database does not answer
            raise Refusal(503, NOT_READY) from None

    def _remembered(self, headers: list[tuple[bytes, bytes]], query: bytes) -> list[str]:
        """The request's credentials, which no log repeats from now on."""
        credentials = credentials_in(headers, self.rules.key_headers, query)
        for value in credentials:
            remember(value)
        return credentials

    async def _body(self, asked: Asked, name: str | None, receive) -> tuple[bytes, str | None, dict]:
        """The body that is sent on, its content type, and what is asked of it later."""
        if name is None:
            return b"", None, {}
        if asked.headers.get(b"content-encoding", b"identity") != b"identity":
            raise Refusal(400, "The body of this request is compressed; send it as it is.", "content-encoding")
        content = asked.headers.get(b"content-type", b"").decode("latin-1")
        accepted = self.judge.bodies[name]["content"]
        raw = await read(receive, self.rules.largest, lambda: self._check_key(asked))
        if "json" in accepted and re.sub(r'[ "]', "", content.lower()) in JSON_TYPES:
            if len(raw) > LARGE:
                kept, later = await self.worker.body(name, raw)
            else:
                kept, value = self.judge.body(name, raw)
                later = asked_later(value)
            return kept, "application/json", later
        if "multipart" in accepted and content.lower().startswith("multipart/form-data;"):
            return await form(self.judge, name, raw, content)
        wanted = " or ".join({"json": "application/json", "multipart": "multipart/form-data"}[one] for one in accepted)
        raise Refusal(400, f"The content type of this request has to be {wanted}.", "content-type")

    async def _check_key(self, asked: Asked) -> None:
        """Who sends a large body has a key: it costs memory and time before LiteLLM looks for one."""
        if not (self.gateway.is_master_key(asked.key) or await self._known(asked)):
            raise Refusal(UNKNOWN.status, UNKNOWN.sentence)

    async def _check_response(self, asked: Asked, previous: str | None) -> None:
        """LiteLLM writes into a response's id who is to be asked for it, and reads it there again: a model of the key's
        own it has to be.
        """
        in_path = RESPONSE_PATH.fullmatch(asked.path)
        for identity in filter(None, (previous, in_path and in_path[1])):
            try:
                may = await self.gateway.may_use_response(asked.key, identity)
            except Exception:  # whatever LiteLLM raises when its database does not answer
                raise Refusal(503, NOT_READY) from None
            if not may:
                raise Refusal(404, "There is no such response that this key may use.", "previous_response_id")

    async def _administration(self, asked: Asked, route: Route | None, receive, send) -> None:
        """What is not for clients: LiteLLM's own, for who administers it."""
        by_key = self.gateway.is_master_key(asked.key)
        audience = asked.headers.get(listed.AUDIENCE) if self._by_door(asked) else None
        as_admin = audience == b"admin"
        # The front door asks by itself for the exporter of the role observability.
        inside = asked.path == READINESS and (audience == b"observability" or asked.client in ("127.0.0.1", "::1"))
        if not (as_admin or by_key or inside):
            if route is not None:
                raise Refusal(405, "This method is not allowed here.")
            raise Refusal(404, "There is nothing here. MCP is at /mcp/, models are at /v1/.")
        if asked.path in KEYLESS and not (by_key or inside):
            raise Refusal(401, "This takes the master key.")
        self._remembered(asked.scope["headers"], asked.scope["query_string"])
        hidden = (listed.DOOR, listed.AUDIENCE)
        headers = [(name, value) for name, value in asked.scope["headers"] if name not in hidden]
        await self.app({**asked.scope, "headers": headers}, receive, send)


def served(scope, route: Route) -> dict:
    """The path that LiteLLM serves: it redirects C(/mcp) to C(/mcp/), fails at C(/mcp/<server>/), and has no C(v1) of
    Google's API, which its v1beta takes in.
    """
    if route.shape == "google":
        path = "/v1beta/models/" + scope["path"].rpartition("/")[2]
    elif route.shape == "jsonrpc":
        path = scope["path"].rstrip("/")
        path = "/mcp/" if path == "/mcp" else path
    else:
        return {}
    return {"path": path, "raw_path": path.encode()}


def model_in(path: str) -> str:
    """Google's API names the model in the path alone."""
    return path.rpartition("/")[2].rpartition(":")[0]


def with_model(raw: bytes, model: str) -> bytes:
    """LiteLLM checks the model in the body, and uses it where there is one: so it is that of the path."""
    rest = raw.strip()[1:].lstrip()
    return b'{"model":' + json.dumps(model).encode() + (b"" if rest == b"}" else b",") + rest


async def read(receive, most: int, check_large) -> bytes:
    """The whole body; Refusal where it is larger than the gateway takes. A large one has to pass check_large()."""
    parts, size, checked = [], 0, False
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "The request ended before its body did.")
        part = message.get("body", b"")
        size += len(part)
        if size > LARGE and not checked:
            await check_large()
            checked = True
        if size > most:
            raise Refusal(413, f"The request is larger than {most // 1_048_576} MiB, the most that this gateway takes.")
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def replay(raw: bytes, receive):
    """What LiteLLM receives: the body at once, and later what the server has to say (that the client is gone)."""
    sent = False

    async def once():
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": raw, "more_body": False}
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return message

    return once


async def answer(send, status: int, body: dict | None, headers=()) -> None:
    """A whole answer of the filter's own."""
    content = b"" if body is None else json.dumps(body).encode()
    head = [(b"content-length", str(len(content)).encode()), *headers]
    if body is not None:
        head.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": HTTPStatus(status), "headers": head})
    await send({"type": "http.response.body", "body": content})


def wrap(app, rules: Path) -> None:
    """Have the application build its middleware with the filter around it; it does so when it is first called."""
    data = json.loads(rules.read_text())
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: RequestFilter(build(), data, Worker(rules))
    app.state.mcp_lan_filter = True


def is_wrapped(app) -> bool:
    """Whether this application's requests pass the filter."""
    return getattr(app.state, "mcp_lan_filter", False) and isinstance(app.middleware_stack, RequestFilter)
