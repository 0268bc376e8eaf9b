# What the gateway tells the MCP servers beside it.
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of the role mcp_service answers its gateway alone: who shows the token that is made of the master key and of
the server's name. A name without a dot is that of a container; one elsewhere is shown nothing. It is told which
request it is asked for, too, so that its log names the same one.
"""

from __future__ import annotations

import functools
import hashlib
from urllib.parse import urlsplit

from mcp_lan_filter.current import named

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
