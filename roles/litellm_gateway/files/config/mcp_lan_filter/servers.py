# What the gateway tells the MCP servers beside it, and what they say of a call.
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of the role mcp_service answers its gateway alone: who shows the token that is made of the master key and of
the server's name. A name without a dot is that of a container; one elsewhere is shown nothing. It is told which
request it is asked for, too, so that its log names the same one.

That a tool has failed, LiteLLM 1.77.3 forgets: it hands on what the tool said, without isError (call_mcp_tool in
proxy/_experimental/mcp_server/server.py). So it is remembered for the answer and for the spend log.
"""

from __future__ import annotations

import functools
import hashlib
from urllib.parse import urlsplit

from mcp_lan_filter.current import current, named

REQUEST_ID = "x-request-id"
HEADER = "x-mcp-lan-gateway"


def token(master_key: str, host: str) -> str:
    """What a server of this name wants to be shown."""
    return hashlib.sha256(f"{master_key}:mcp-server:{host}".encode()).hexdigest()


def headers_for(url: str | None, master_key: str | None) -> dict[str, str]:
    """What is sent with each request to an address, beside its server's own credential."""
    host = urlsplit(url or "").hostname or ""
    if not master_key or not host or "." in host or ":" in host:
        return {}
    request = named.get()
    shown = {HEADER: token(master_key, host)}
    return {**shown, REQUEST_ID: request.id} if request else shown


def wrap(module, master_key) -> None:
    """LiteLLM's MCP client; master_key() tells the key."""
    own = module.MCPClient._get_auth_headers

    @functools.wraps(own)
    def with_token(client):
        return own(client) | headers_for(client.server_url, master_key())

    module.MCPClient._get_auth_headers = with_token
    call = module.MCPClient.call_tool

    @functools.wraps(call)
    async def told(*args, **kwargs):
        result, request = await call(*args, **kwargs), current.get()
        # By the names of both versions of the MCP SDK.
        if request is not None and (getattr(result, "isError", False) or getattr(result, "is_error", False)):
            request.failed = True
        return result

    module.MCPClient.call_tool = told
