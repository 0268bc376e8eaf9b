# What of LiteLLM's answers goes back to clients.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers by a list of names; errors in the protocol's own shape, without keys, addresses and tracebacks; of the tools
those that the key may call; and a refused call as the error that it is. What succeeds goes on as it comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re

from mcp_lan_filter import states
from mcp_lan_filter.policy import policy_of, refusal, registry
from mcp_lan_filter.refusal import shaped

HEADERS = {
    b"allow",
    b"cache-control",
    b"content-disposition",
    b"content-length",
    b"content-type",
    b"mcp-protocol-version",
    b"mcp-session-id",
    b"retry-after",
    b"x-litellm-call-id",
}
HEADER_PREFIXES = (b"x-ratelimit-", b"anthropic-ratelimit-")
# More of an error than anybody reads.
LONGEST_ERROR = 262_144
LONGEST_SENTENCE = 2_000
ERROR_EVENT = b'data: {"error"'
# How LiteLLM begins when it makes an answer of a tool of what is wrong with the key.
IN_A_RESULT = (b"Error: Rate limit exceeded", b"Error: Budget has been exceeded", b"Error: ExceededBudget")
FAILED = "The gateway failed to answer; its log says why."
NOT_READY = "The gateway is not ready; its database may be gone."
NOT_ALLOWED = "The gateway does not let this key in; ask whoever runs it."
REMOVED = "[removed]"
HASH = re.compile(r"\b[0-9a-f]{64}\b")
TRACEBACK = re.compile(r"\s*(Traceback \(most recent call last\)|stack trace:|File \"/).*", re.DOTALL)
ADDRESS = re.compile(r"\bhttps?://[^\s'\"<>,)]+")
RECEIVED = re.compile(r"\s*Received Args:.*", re.DOTALL | re.IGNORECASE)
# How long the gateway may take to answer a ping, in seconds.
PATIENCE = 10
PING = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "ping"}).encode()


def cors(origin: bytes | None, allowed: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """The headers that let a page of this origin read the answer; none where it may not."""
    if origin is None or origin.decode("latin-1") not in allowed:
        return []
    return [(b"access-control-allow-origin", origin), (b"vary", b"Origin")]


class Answers:
    """Between LiteLLM and the client, for one request."""

    def __init__(self, outer, asked, route, request, credentials: list[str], send) -> None:
        self.outer, self.asked, self.route, self.request = outer, asked, route, request
        self.credentials = credentials
        self.out = send
        self.start: dict | None = None
        self.kept: list[bytes] = []
        self.events = b""
        self.holds = False
        self.changes = route.shape == "jsonrpc" and request.method in ("tools/list", "tools/call")

    async def send(self, message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body":
            await self._go_on(message)
        else:
            await self.out(message)

    async def _begin(self, message) -> None:
        headers = [
            (name, value)
            for name, value in message.get("headers", ())
            if name.lower() in HEADERS or name.lower().startswith(HEADER_PREFIXES)
        ]
        headers += cors(self.asked.headers.get(b"origin"), self.outer.rules.origins)
        self.start = {**message, "headers": headers}
        kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        self.is_stream = kind.startswith(b"text/event-stream")
        self.holds = message["status"] >= 400 or (self.changes and not self.is_stream)
        if not self.holds:
            if self.changes:
                self._without_length()
            await self.out(self.start)

    def _without_length(self) -> None:
        self.start["headers"] = [pair for pair in self.start["headers"] if pair[0].lower() != b"content-length"]

    async def _go_on(self, message) -> None:
        body, more = message.get("body", b""), message.get("more_body", False)
        if self.holds:
            if self.start["status"] < 400 or sum(map(len, self.kept)) < LONGEST_ERROR:
                self.kept.append(body)
            if not more:
                await self._whole(b"".join(self.kept))
        elif self.changes:
            await self.out({**message, "body": await self._changed_events(body, more)})
        elif self.is_stream and body.startswith(ERROR_EVENT):
            await self.out({**message, "body": self._error_event(body)})
        else:
            await self.out(message)

    async def _whole(self, body: bytes) -> None:
        if self.start["status"] >= 400:
            body = await self._error(body[:LONGEST_ERROR])
        else:
            body = await self._changed(body)
        self._without_length()
        if self.asked.method != "HEAD":
            self.start["headers"].append((b"content-length", str(len(body)).encode()))
        await self.out(self.start)
        await self.out({"type": "http.response.body", "body": body})

    # Answers of MCP

    async def _changed_events(self, body: bytes, more: bool) -> bytes:
        self.events = (self.events + body).replace(b"\r\n", b"\n")
        *events, rest = self.events.split(b"\n\n")
        self.events = rest
        out = []
        for event in events:
            lines = event.split(b"\n")
            for number, line in enumerate(lines):
                if line.startswith(b"data: "):
                    lines[number] = b"data: " + await self._changed(line[6:])
            out.append(b"\n".join(lines) + b"\n\n")
        return b"".join(out) + (b"" if more else rest)

    async def _changed(self, body: bytes) -> bytes:
        is_list = self.request.method == "tools/list"
        held = not is_list and any(word in body for word in IN_A_RESULT)
        if (is_list and not self.outer.rules.narrow_lists) or not (is_list or self.request.refused or held):
            return body
        try:
            message = json.loads(body)
            result = message.get("result")
        except (ValueError, AttributeError):
            return body
        if not isinstance(result, dict):
            return body
        if is_list:
            result["tools"] = await self._callable(result.get("tools") or [])
        elif self.request.refused:
            # The guard has refused; LiteLLM 1.77.3 makes a success of it whose text says so.
            result["isError"] = True
        elif state := state_in(result):
            result |= {"isError": True, "content": [{"type": "text", "text": f"Error: {state.sentence}"}]}
        return json.dumps(message, separators=(",", ":")).encode()

    async def _callable(self, tools: list) -> list:
        key = self.asked.key
        if self.outer.gateway.is_master_key(key):
            return tools
        found = await self.outer.gateway.key(key) if key else None
        if found is None or (policy_of(found) is None and found.user_role != "proxy_admin"):
            return []
        manager = registry()
        return [tool for tool in tools if refusal(found, {"mcp_tool_name": tool.get("name")}, manager) is None]

    # Errors

    def _error_event(self, body: bytes) -> bytes:
        """An error in the middle of a stream, which LiteLLM writes with its traceback."""
        data, end, rest = body.removeprefix(b"data: ").partition(b"\n")
        try:
            said = json.loads(data)
            said["error"]["message"] = self._clean(str(said["error"].get("message")))
        except (ValueError, AttributeError, TypeError, KeyError):
            return b'data: {"error": {"message": "' + FAILED.encode() + b'"}}\n\n'
        return b"data: " + self._without_secrets(json.dumps(said)).encode() + end + rest

    async def _error(self, body: bytes) -> bytes:
        status, text = self.start["status"], body.decode(errors="replace")
        if self.is_stream:
            text = next((line[5:].strip() for line in text.splitlines() if line.startswith("data:")), text)
        try:
            said = json.loads(text)
        except ValueError:
            said = {}
        said, state = said if isinstance(said, dict) else {}, None
        error = said.get("error") if isinstance(said.get("error"), dict) else {}
        if self.route.shape == "jsonrpc":
            if "jsonrpc" in said and status not in (401, 500):
                if "message" in error:
                    error["message"] = self._clean(str(error["message"]))
                return self._without_secrets(json.dumps(said, separators=(",", ":"))).encode()
            status, message = await self._mcp(status, sentence(said) or text.strip())
        else:
            message = sentence(said) or text.strip() or FAILED
            message = FAILED if message == "Internal Server Error" else message
            state = await self._state(status, error, message)
            if state:
                status, message = state.status, state.sentence
        kept = {name: error[name] for name in ("type", "param", "code") if name in error} if error else None
        if status != self.start["status"]:
            self.start["status"], kept = status, {"type": state.kind} if state and state.kind else None
        shape = shaped(self.route.shape, status, self._clean(message), None, kept)
        self.start["headers"] = [pair for pair in self.start["headers"] if pair[0].lower() != b"content-type"]
        self.start["headers"].append((b"content-type", b"application/json"))
        return self._without_secrets(json.dumps(shape)).encode()

    async def _state(self, status: int, error: dict, message: str) -> states.State | None:
        """What is wrong with the key by LiteLLM's own words, which are not always as plain as what it knows."""
        state = states.said(str(error.get("type")), message)
        if state is None and is_refused(status, message):
            try:
                state = await self.outer.gateway.why_refused(self.asked.key) or states.UNKNOWN
            except Exception:  # whatever LiteLLM raises when its database does not answer
                state = states.UNKNOWN
        return state

    async def _mcp(self, status: int, message: str) -> tuple[int, str]:
        """What an error at /mcp/ means. LiteLLM 1.77.3 answers a key that it does not accept with 500 and no reason."""
        state = states.said("", message)
        if state is None and status not in (401, 500):
            return status, message or FAILED
        if state is None:
            try:
                state = await self.outer.gateway.why_refused(self.asked.key)
            except Exception:  # whatever LiteLLM raises when its database does not answer
                return 503, NOT_READY
        # What is wrong with whom the key belongs to, LiteLLM says where it is asked for models.
        state = state or states.said(*error_of((await self._ask("GET", "/v1/models"))[1]))
        if state is None and status == 401:
            state = states.UNKNOWN
        if state:
            return state.status, state.sentence
        alive, _body = await self._ask("POST", "/mcp/", PING)
        return (500, FAILED) if 0 < alive < 400 else (403, NOT_ALLOWED)

    async def _ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """What LiteLLM answers the same key elsewhere: a ping has the same route and checks, and asks no MCP server."""
        status, parts = 0, []

        async def see(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif sum(map(len, parts)) < LONGEST_ERROR:
                parts.append(message.get("body", b""))

        asked = False

        async def receive():
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": body, "more_body": False}
            return await asyncio.Event().wait()  # nothing else comes, and nobody goes away

        keys = [pair for pair in self.asked.scope["headers"] if pair[0] in (b"authorization", b"x-litellm-api-key")]
        headers = [
            *keys,
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"accept", b"application/json, text/event-stream"),
            (b"content-length", str(len(body)).encode()),
        ]
        scope = {**self.asked.scope, "path": path, "raw_path": path.encode(), "method": method, "headers": headers}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self.outer.app({**scope, "query_string": b""}, receive, see)
        return status, b"".join(parts)

    def _clean(self, message: str) -> str:
        """The sentence for the client: nothing of how the gateway is built, and none of what it was called with."""
        return ADDRESS.sub(REMOVED, RECEIVED.sub("", TRACEBACK.sub("", message)))[:LONGEST_SENTENCE]

    def _without_secrets(self, text: str) -> str:
        """Errors may repeat the key (expired ones do) or its hash (which some versions take for the key)."""
        for credential in self.credentials:
            text = text.replace(credential, REMOVED)
        return HASH.sub(REMOVED, text)


def sentence(said) -> str | None:
    """The sentence of an error, wherever LiteLLM has put it."""
    if isinstance(said, list):
        said = said[0] if said else None
    if not isinstance(said, dict):
        return said if isinstance(said, str) else None
    for name in ("message", "detail", "error", "msg"):
        if said.get(name):
            return sentence(said[name])
    return None


def error_of(body: bytes) -> tuple[str, str]:
    """Type and sentence of an error in OpenAI's shape."""
    try:
        said = json.loads(body)
    except ValueError:
        return "", ""
    error = said.get("error") if isinstance(said, dict) else None
    return str(error.get("type")) if isinstance(error, dict) else "", sentence(said) or ""


def state_in(result: dict) -> states.State | None:
    """What is wrong with the key, where LiteLLM makes the text of a tool's answer of it."""
    content = result.get("content")
    first = content[0] if isinstance(content, list) and content else None
    text = str(first.get("text")) if isinstance(first, dict) else ""
    return states.said("", text) if text.startswith("Error: ") else None


def is_refused(status: int, message: str) -> bool:
    """LiteLLM's own words for a key that it does not accept; those of a provider that refused the gateway's key, and
    those about what a good key may not do, are other ones.
    """
    is_about_key = message.startswith("Authentication Error")
    return status == 401 and is_about_key and not re.search(r"not allowed|access|Only proxy admin", message)
