# SPDX-License-Identifier: GPL-3.0-or-later
"""A real MCP server with one tool, whose result is known here alone: letters.py SECRET. Prints which letters it opened.

It runs in the gateway's own image, so it has to do with the MCP SDK of that LiteLLM version (1.x or 2.x).
"""

from __future__ import annotations

import hashlib
import sys

from mcp.server.transport_security import TransportSecuritySettings

options = {
    "host": "0.0.0.0",
    "port": 8000,
    "transport_security": TransportSecuritySettings(enable_dns_rebinding_protection=False),
}
try:
    from mcp.server.mcpserver import MCPServer

    server, at_run = MCPServer("letters"), options
except ImportError:
    from mcp.server.fastmcp import FastMCP

    server, at_run = FastMCP("letters", **options), {}


@server.tool(description="Opens the letter of this name and gives what it says")
def open_letter(name: str) -> str:
    print(f"opened {name}", flush=True)
    return hashlib.sha256(f"{sys.argv[1]} {name}".encode()).hexdigest()


server.run("streamable-http", **at_run)
