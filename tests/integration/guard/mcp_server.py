# A small real MCP server for the guard's tests: mcp_server.py NAME TOOL...; each tool says whose it is.
# SPDX-License-Identifier: GPL-3.0-or-later
"""It runs in the gateway's own image, so it has to do with the MCP SDK of that LiteLLM version (1.x or 2.x)."""

from __future__ import annotations

import sys

from mcp.server.transport_security import TransportSecuritySettings

name, *tools = sys.argv[1:]
options = {
    "host": "0.0.0.0",
    "port": 8000,
    "transport_security": TransportSecuritySettings(enable_dns_rebinding_protection=False),
}
try:
    from mcp.server.mcpserver import MCPServer

    server, at_run = MCPServer(name), options
except ImportError:
    from mcp.server.fastmcp import FastMCP

    server, at_run = FastMCP(name, **options), {}
for tool in tools:
    server.add_tool(lambda tool=tool: f"{name}:{tool}", name=tool, description=f"Says {name}:{tool}")
server.run("streamable-http", **at_run)
