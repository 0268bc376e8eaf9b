# What of LiteLLM's answers goes back to clients.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers by a list of names; errors in the protocol's own shape, without keys, addresses and tracebacks; of the tools
prompts and resources those that the key may use; and a refused call as the error that it is. What succeeds goes on as
it comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
from datetime import UTC, datetime

from mcp_lan_filter import states
from mcp_lan_filter.log import KEY, REMOVED
from mcp_lan_filter.offers import LISTS, narrowed
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
# What an error has in it, wherever it stands in an answer or an event.
ERROR_MARK = b'"error"'
# How a tool's answer looks that is an error, and how LiteLLM begins when it makes one of what is wrong with the key.
FAILED_CALL = re.compile(rb'"Error: |"isError":\s*true')
IN_A_RESULT = (b"Error: Rate limit exceeded", b"Error: Budget has been exceeded", b"Error: ExceededBudget")
FAILED = "The gateway failed to answer; its log says why."
NOT_READY = "The gateway is not ready; its database may be gone."
NOT_ALLOWED = "The gateway does not let this key in; ask whoever runs it."
HASH = re.compile(r"\b[0-9a-f]{64}\b")
TRACEBACK = re.compile(r"\s*(Traceback \(most recent call last\)|stack trace:|File \"/).*", re.DOTALL)
# Addresses, those that Python's libraries name without a scheme among them.
ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>,)]+|(?<=\bhost )[^\s,;'\")]+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b",
    re.IGNORECASE,
)
# The words of an error that are not its sentence.
WORDS = ("type", "param", "code")
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
        self.is_rpc = route.shape == "jsonrpc"

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
        self.holds = message["status"] >= 400 or (self.is_rpc and not self.is_stream)
        if not self.holds:
            if self.is_stream:
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
        elif self.is_stream:
            await self.out({**message, "body": await self._changed_events(body, more)})
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

    async def _changed_events(self, body: bytes, more: bool) -> bytes:
        """The events that are whole by now, each with its data as the client is to have them."""
        self.events = (self.events + body).replace(b"\r\n", b"\n")
        *events, self.events = self.events.split(b"\n\n")
        out = [await self._event(event) + b"\n\n" for event in events]
        if not more:
            out.append(await self._event(self.events))
        return b"".join(out)

    async def _event(self, event: bytes) -> bytes:
        lines = event.split(b"\n")
        for number, line in enumerate(lines):
            if line.startswith(b"data:"):
                data = line[5:].removeprefix(b" ")
                lines[number] = b"data: " + (await self._changed(data) if self.is_rpc else self._error_in(data))
        return b"\n".join(lines)

    # Answers of MCP

    async def _changed(self, body: bytes) -> bytes:
        method, refused = self.request.method, self.request.refused or self.request.failed
        lists = method in LISTS or (method == "tools/list" and self.outer.rules.narrow_lists)
        called = method == "tools/call" and (refused or any(word in body for word in IN_A_RESULT))
        failed = len(body) <= LONGEST_ERROR and ERROR_MARK in body
        if method == "tools/call" and FAILED_CALL.search(body):
            body = self._without_upstream(body)
        if not (lists or called or failed):
            return body
        try:
            message = json.loads(body)
            result, error = message.get("result"), message.get("error")
        except (ValueError, AttributeError):
            return body
        if isinstance(error, dict):
            return self._without_secrets(json.dumps(self._clean_error(message, error), separators=(",", ":"))).encode()
        if not isinstance(result, dict) or not (lists or called):
            return body
        if lists:
            await self._narrow(method, result)
        elif self.request.state:
            _say(result, self.request.state)
        elif refused:
            # The guard has refused, or the tool has failed; LiteLLM 1.77.3 makes a success of it whose text says so.
            result["isError"] = True
        elif state := state_in(result):
            self.request.refused = True
            _say(result, await self._told(state))
        return json.dumps(message, separators=(",", ":")).encode()

    def _without_upstream(self, body: bytes) -> bytes:
        """A failed call's answer without where the MCP servers are, which LiteLLM's own words may name."""
        for address in self.outer.gateway.addresses():
            body = body.replace(address.encode(), REMOVED.encode())
        return body

    async def _narrow(self, method: str, result: dict) -> None:
        """Leave in a list what the key may use."""
        key = self.asked.key
        if self.outer.gateway.is_master_key(key):
            return
        found = await self.outer.gateway.key(key) if key else None
        policy = policy_of(found) if found else {}
        if policy is None and found.user_role == "proxy_admin":
            return
        if method in LISTS:
            narrowed(method, result, policy or {}, registry())
        else:
            result["tools"] = [
                tool
                for tool in result.get("tools") or []
                if found and refusal(found, {"mcp_tool_name": tool.get("name")}, registry()) is None
            ]

    # Errors

    def _error_in(self, data: bytes) -> bytes:
        """The data of an event; an error in it, which LiteLLM writes with its traceback, is cleaned."""
        if ERROR_MARK not in data:
            return data
        try:
            said = json.loads(data)
        except ValueError:
            return b'{"error": {"message": "' + FAILED.encode() + b'"}}'
        found = errors_in(said)
        for error in found:
            self._clean_error(said, error)
        return self._without_secrets(json.dumps(said)).encode() if found else data

    def _clean_error(self, said: dict, error: dict) -> dict:
        """What was said, with the error in it cleaned."""
        for name in ("message", *WORDS):
            if isinstance(error.get(name), str):
                error[name] = self._clean(error[name])
        return said

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
                self._clean_error(said, error)
                return self._without_secrets(json.dumps(said, separators=(",", ":"))).encode()
            status, message, state = await self._mcp(status, sentence(said) or text.strip())
        else:
            message = sentence(said) or text.strip() or FAILED
            message = FAILED if message == "Internal Server Error" else message
            state = await self._state(status, error, message)
            if state:
                state = await self._told(state)
                status, message = state.status, state.sentence
        self._say_until(state)
        kept = {name: error[name] for name in WORDS if name in self._clean_error(error, error)} if error else None
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
                state = states.State(503, NOT_READY)
        return state

    def _say_until(self, state: states.State | None) -> None:
        """For programs: how long to wait, in seconds."""
        if state is not None and state.until:
            wait = max(1, math.ceil((state.until - datetime.now(UTC)).total_seconds()))
            self.start["headers"] = [pair for pair in self.start["headers"] if pair[0].lower() != b"retry-after"]
            self.start["headers"].append((b"retry-after", str(wait).encode()))

    async def _told(self, state: states.State) -> states.State:
        """With what the limit is and until when, if LiteLLM can be asked."""
        try:
            return await self.outer.gateway.told(state, self.asked.key)
        except Exception:  # whatever LiteLLM raises when its database does not answer
            return state

    async def _mcp(self, status: int, message: str) -> tuple[int, str, states.State | None]:
        """What an error at /mcp/ means. LiteLLM 1.77.3 answers a key that it does not accept with 500 and no reason."""
        state = states.said("", message)
        if state is None and status not in (401, 500):
            return status, message or FAILED, None
        if state is None:
            try:
                state = await self.outer.gateway.why_refused(self.asked.key)
            except Exception:  # whatever LiteLLM raises when its database does not answer
                return 503, NOT_READY, None
        # What is wrong with whom the key belongs to, LiteLLM says where it is asked for models.
        state = state or states.said(*error_of((await self._ask("GET", "/v1/models"))[1]))
        if state is None and status == 401:
            state = states.UNKNOWN
        if state:
            state = await self._told(state)
            return state.status, state.sentence, state
        alive, _body = await self._ask("POST", "/mcp/", PING)
        return (500, FAILED, None) if 0 < alive < 400 else (403, NOT_ALLOWED, None)

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
        return KEY.sub(REMOVED, HASH.sub(REMOVED, text))


def _say(result: dict, state: states.State) -> None:
    """Make a tool's answer of a limit."""
    result |= {"isError": True, "content": [{"type": "text", "text": f"Error: {state.sentence}"}]}


def errors_in(said) -> list[dict]:
    """The errors in an event of a stream, wherever its protocol has them."""
    if not isinstance(said, dict):
        return []
    response = said.get("response")
    places = [said.get("error"), response.get("error") if isinstance(response, dict) else None]
    if said.get("type") == "error" and "message" in said:
        places.append(said)
    return [place for place in places if isinstance(place, dict)]


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
