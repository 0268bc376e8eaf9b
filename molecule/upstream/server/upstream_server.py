# A real MCP server that wants a credential, another kind on each path; its tool says with which headers it was called.
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST /<kind>/mcp is MCP over streamable HTTP for who shows that kind of credential, and 401 for everybody else.

WANTED is JSON: {kind: {header: the value that it has to have}}. POST /token gives the token of CLIENT (JSON: id,
secret, scope, token) to who shows id and secret and asks for that scope, as OAuth 2 has it for client credentials.
"""

from __future__ import annotations

import json
import os
import urllib.parse

import uvicorn
from mcp.server.fastmcp import Context, FastMCP
from mcp.server.transport_security import TransportSecuritySettings

WANTED = json.loads(os.environ["WANTED"])
CLIENT = json.loads(os.environ["CLIENT"])
NOTHING_OF_INTEREST = ("accept", "connection", "content-", "host", "mcp-", "user-agent", "traceparent", "last-event-id")

server = FastMCP(
    "upstream",
    stateless_http=True,
    transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
)


@server.tool()
def seen(context: Context) -> str:
    """The headers that this call came with, as JSON, without those that all requests have."""
    headers = context.request_context.request.headers
    return json.dumps({name: value for name, value in headers.items() if not name.startswith(NOTHING_OF_INTEREST)})


@server.tool()
def other() -> str:
    """Another tool."""
    return "other"


inner = server.streamable_http_app()


async def answer(send, status, body):
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def token(receive, send):
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    form = {name: values[0] for name, values in urllib.parse.parse_qs(body.decode()).items()}
    wanted = {
        "grant_type": "client_credentials",
        "client_id": CLIENT["id"],
        "client_secret": CLIENT["secret"],
        "scope": CLIENT["scope"],
    }
    if any(form.get(name) != value for name, value in wanted.items()):
        await answer(send, 401, b'{"error": "invalid_client"}')
        return
    given = {"access_token": CLIENT["token"], "token_type": "Bearer", "expires_in": 3600}
    await answer(send, 200, json.dumps(given).encode())


async def app(scope, receive, send):
    if scope["type"] != "http":
        await inner(scope, receive, send)
        return
    if scope["path"] == "/token":
        await token(receive, send)
        return
    kind, _separator, rest = scope["path"].strip("/").partition("/")
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    if rest != "mcp" or kind not in WANTED:
        await answer(send, 404, b"{}")
    elif any(headers.get(name.lower()) != value for name, value in WANTED[kind].items()):
        await answer(send, 401, b"{}")
    else:
        await inner({**scope, "path": "/mcp", "raw_path": b"/mcp"}, receive, send)


uvicorn.run(app, host="0.0.0.0", port=8000, log_level="warning")
