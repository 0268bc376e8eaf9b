# A small real MCP server for the guard's tests: mcp_server.py NAME TOOL...; each tool says whose it is.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys

from mcp.server.fastmcp import FastMCP

name, *tools = sys.argv[1:]
options = {}
try:
    from mcp.server.transport_security import TransportSecuritySettings

    options["transport_security"] = TransportSecuritySettings(enable_dns_rebinding_protection=False)
except ImportError:
    pass  # older SDKs check no Host
server = FastMCP(name, host="0.0.0.0", port=8000, **options)
for tool in tools:
    server.add_tool(lambda tool=tool: f"{name}:{tool}", name=tool, description=f"Says {name}:{tool}")
server.run(transport="streamable-http")
