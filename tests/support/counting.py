# SPDX-License-Identifier: GPL-3.0-or-later
"""The request filter as LiteLLM's container has it, around an application that counts what reaches it.

It runs in LiteLLM's image, so with the server and the libraries of a version. Arguments: the list as the role writes
it, a master key and a client's key. At SEEN, which the filter does not stand before, it says what it has counted.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import uvicorn
from mcp_lan_filter.application import RequestFilter
from mcp_lan_filter.gateway import Gateway
from mcp_lan_filter.worker import Worker

SEEN = "/mcp-lan-test/seen"


class Known(Gateway):
    """What the filter asks of LiteLLM: there are two keys, and every response is theirs."""

    def __init__(self, master_key: str, key: str) -> None:
        super().__init__()
        self.known, self.proxy = key, SimpleNamespace(master_key=master_key)

    @property
    def server(self):
        return self.proxy

    def is_guarded(self) -> bool:
        return True

    async def key(self, key: str):
        return object() if key == self.known else None

    async def may_use_response(self, key: str | None, identity: str) -> bool:
        return True


class Counter:
    """What stands where LiteLLM would."""

    def __init__(self) -> None:
        self.count, self.last = 0, None

    async def __call__(self, scope, receive, send) -> None:
        body = (await receive())["body"]
        # The front door's own health check has none.
        if b"user-agent" in dict(scope["headers"]):
            self.count += 1
            self.last = {
                "method": scope["method"],
                "path": scope["raw_path"].decode("latin-1"),
                "query": scope["query_string"].decode("latin-1"),
                "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
                "body": body.decode("latin-1"),
            }
        await answer(send, {})


async def answer(send, value) -> None:
    content = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def main(rules: Path, master_key: str, key: str) -> None:
    counter = Counter()
    around = RequestFilter(counter, json.loads(rules.read_text()), Worker(rules), Known(master_key, key))

    async def application(scope, receive, send):
        if scope.get("path") == SEEN:
            await answer(send, {"count": counter.count, "last": counter.last})
        else:
            await around(scope, receive, send)

    uvicorn.run(application, host="0.0.0.0", port=4000, lifespan="off", log_level="warning")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
