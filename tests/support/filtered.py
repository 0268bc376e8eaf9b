# SPDX-License-Identifier: GPL-3.0-or-later
"""The request filter around an application that counts what reaches it."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from urllib.parse import unquote

import httpx
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from mcp_lan_filter.application import RequestFilter
from mcp_lan_filter.current import current
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
        self.refuse, self.part = None, 7

    async def __call__(self, scope, receive, send):
        message = await receive()
        self.seen.append(SimpleNamespace(scope=scope, body=message["body"], headers=dict(scope["headers"])))
        if self.refuse:
            current.get().refused = True
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        for number in range(0, len(self.body), self.part):
            part = self.body[number : number + self.part]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class Gateway:
    """What the filter asks of LiteLLM."""

    guarded, reason, responses = True, None, ("one",)

    def __init__(self) -> None:
        self.names = []
        self.server_limits = SimpleNamespace(limits={})

    async def told(self, state, _key):
        return state

    def is_guarded(self):
        return self.guarded

    def is_master_key(self, key):
        return key == MASTER

    def is_front_door(self, secret):
        return secret == DOOR.encode()

    def addresses(self):
        return ["http://notes:8000/mcp", "notes:8000"]

    async def key(self, key):
        if key != KEY:
            return None
        return SimpleNamespace(metadata={}, user_role=None, key_alias=None, team_alias=None)

    async def alias(self, key):
        name = "ann" if key == KEY else None
        self.names.append(name)
        return name

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

    def most_at_once(self, asked) -> int:
        """The requests, each of (path, key, body), at the same time that reach what stands behind the filter."""
        now, most = 0, 0

        async def slow(scope, receive, send):
            nonlocal now, most
            await receive()
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})

        async def go():
            transport = httpx.ASGITransport(self.filter, client=("172.29.0.9", 1))
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as session:
                answers = await asyncio.gather(
                    *(session.post(path, json=body, headers={"x-api-key": key}) for path, key, body in asked)
                )
            assert {one.status_code for one in answers} == {200}

        self.filter.app = slow
        asyncio.run(go())
        return most

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
