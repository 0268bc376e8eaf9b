# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many small requests to a gateway, a few at a time, and what their answers mean.

LiteLLM's MCP endpoint keeps no session: one POST with one JSON-RPC message is a whole tools/call. That is what makes a
matrix of thousands of calls affordable.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from contextvars import ContextVar
from typing import Any, NamedTuple

from ansible_collections.mcp_lan.litellm.plugins.module_utils.proof_state import HELD, held, state_of

AT_ONCE = 8
# Whom to believe that it is the gateway, for all that one proof sends; by default who is trusted anyway.
TLS: ContextVar[ssl.SSLContext | None] = ContextVar("tls", default=None)
TEXT_LIMIT = 300
# How a refusal reads in the answer to a call: the guard's own words, and those of versions that enforce by themselves.
# They are whole phrases, because a tool may well say "permission denied" itself, and then the call has reached it.
REFUSED = re.compile(
    r"^(Error: )?(mcp_lan_guard: "
    r"|.*User not allowed to (call|get|read) this (tool|prompt|resource)"
    r"|This key may not (get the prompt|read the resource) "
    r"|.*Tool '[^']*' is not allowed for (your key/team|key/team|the key)"
    r"|.*The key is not allowed to access (the requested|any) MCP servers"
    r"|.*Tool '[^']*' not found)",
    re.DOTALL,
)


class Request(NamedTuple):
    """One request; without a key, one of nobody. A body that is no bytes is written as JSON."""

    method: str
    path: str
    key: str | None = None
    body: Any = None
    headers: dict[str, str] = {}


class Response(NamedTuple):
    """Its answer; status 0 where there was none."""

    status: int
    text: str


def call(key, tool, arguments, path="/mcp/", headers=None):
    """A tools/call in one request."""
    return rpc(key, "tools/call", {"name": tool, "arguments": arguments}, path, headers)


def rpc(key, method, params=None, path="/mcp/", headers=None):
    """One JSON-RPC request to the gateway's MCP endpoint."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return Request("POST", path, key, body, {"Accept": "application/json, text/event-stream", **(headers or {})})


def send(api_url, asks, at_once=AT_ONCE, timeout=60):
    """The answers to all the requests, in their order."""
    return asyncio.run(_send(api_url.rstrip("/"), asks, at_once, timeout))


def listings(api_url, keys, method="tools/list", field="tools"):
    """What each key is shown: {ok, FIELD: entries}, or ok false with refused and error (text)."""
    found = [{"ok": True, field: []} for _key in keys]
    pages: dict[int, str | None] = dict.fromkeys(range(len(keys)))
    while pages:
        asks = [rpc(keys[number], method, cursor and {"cursor": cursor}) for number, cursor in pages.items()]
        answers, numbers, pages = send(api_url, asks), list(pages), {}
        for number, answer in zip(numbers, answers, strict=True):
            word, text = outcome(answer)
            if word != "called":
                found[number] = {"ok": False, "refused": word == "refused", "error": text[:TEXT_LIMIT], field: []}
                continue
            page = message_of(answer.text).get("result") or {}
            found[number][field] += page.get(field) or []
            if page.get("nextCursor"):
                pages[number] = page["nextCursor"]
    return found


async def _send(api_url, asks, at_once, timeout):
    import httpx

    gate = asyncio.Semaphore(at_once)
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    # Certificates take their time to read, and are nothing to a plain address.
    verify = (TLS.get() or True) if api_url.startswith("https://") else False
    async with httpx.AsyncClient(timeout=timeout, limits=limits, verify=verify) as client:

        async def one(ask):
            headers = {**ask.headers, **({"Authorization": f"Bearer {ask.key}"} if ask.key else {})}
            content = ask.body if ask.body is None or isinstance(ask.body, bytes) else json.dumps(ask.body).encode()
            if content is not None:
                headers.setdefault("Content-Type", "application/json")
            async with gate:
                return await _ask(client, ask.method, api_url + ask.path, content=content, headers=headers)

        return await asyncio.gather(*(one(ask) for ask in asks))


async def _ask(client, method, url, **options):
    """A kept-alive connection may just have been closed by the other side: that is no answer, so it is asked again."""
    import httpx

    answer = Response(0, "")
    for _attempt in range(3):
        try:
            response = await client.request(method, url, **options)
        except httpx.TransportError as error:
            answer = Response(0, f"{type(error).__name__}: {error}")
        else:
            return Response(response.status_code, response.text)
    return answer


def message_of(text):
    """The JSON-RPC message in a body, which is JSON or server-sent events; None where there is none."""
    lines = [line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:")]
    for candidate in (text, *reversed(lines)):
        try:
            message = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(message, dict) and "jsonrpc" in message:
            return message
    return None


def outcome(answer):
    """What became of a tools/call: called (it reached the tool), refused, held (the key may nothing now) or failed."""
    message = message_of(answer.text)
    if state_of(*answer).word in HELD:
        return "held", answer.text
    if answer.status in (401, 403, 404, 405, 421):
        return "refused", answer.text
    if answer.status != 200 or message is None:
        return "failed", f"HTTP {answer.status}: {answer.text}" if answer.status else answer.text
    if "error" in message:
        text = str((message["error"] or {}).get("message") or message["error"])
        return ("refused" if REFUSED.match(text) else "failed"), text
    result = message.get("result") or {}
    text = "\n".join(part.get("text") or "" for part in result.get("content") or [])
    if held(text).word:
        return "held", text
    if text.startswith("Error: "):  # LiteLLM's own words; 1.77.3 sets no flag beside them
        return ("refused" if REFUSED.match(text) else "failed"), text
    return "called", text


def closed(answer):
    """Whether a request that is not for this key got nowhere. 1.77.3 answers some of them with a bare 500."""
    return answer.status in (400, 401, 403, 404, 405, 421, 422, 429) or (
        answer.status == 500 and "{" not in answer.text and len(answer.text) < 100
    )
