# SPDX-License-Identifier: GPL-3.0-or-later
"""A small real MCP server for tests: demo.py TRANSPORT [PORT] [KIND], with KIND usual, empty, slow, dies or closed.

One that is closed wants the bearer token that is in the variable DEMO_TOKEN.
"""

from __future__ import annotations

import os
import sys
import time

from mcp.server.fastmcp import FastMCP

transport = sys.argv[1]
port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
kind = sys.argv[3] if len(sys.argv) > 3 else "usual"
server = FastMCP(f"demo-{transport}", host="127.0.0.1", port=port)

if kind != "empty":

    @server.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        if kind == "slow":
            time.sleep(30)
        if kind == "dies":
            os._exit(1)
        return a + b


if kind == "closed":
    import uvicorn

    inner = server.streamable_http_app()

    async def closed(scope, receive, send):
        shown = dict(scope.get("headers") or []).get(b"authorization", b"").decode()
        if scope["type"] == "http" and shown != f"Bearer {os.environ['DEMO_TOKEN']}":
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await inner(scope, receive, send)

    uvicorn.run(closed, host="127.0.0.1", port=port)

server.run(transport={"http": "streamable-http"}.get(transport, transport))
