# A small real MCP server for the guard's tests: mcp_server.py NAME TOOL...; whatever it has says whose it is.
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


def called(tool: str) -> str:
    """What a tool answers; one whose name says so fails."""
    if tool.startswith("failing"):
        raise ValueError(f"{name}:{tool} fails")
    return f"{name}:{tool}"


for tool in tools:
    server.add_tool(lambda tool=tool: called(tool), name=tool, description=f"Says {name}:{tool}")


@server.prompt("greet")
def greet() -> str:
    return f"{name}:greet"


@server.prompt("secret-plan")
def secret_plan() -> str:
    return f"{name}:secret-plan"


@server.resource("note://open/first", name="first")
def first() -> str:
    return f"{name}:first"


@server.resource("note://secret/first", name="kept")
def kept() -> str:
    return f"{name}:kept"


@server.resource("note://open/{number}", name="open_notes")
def note(number: str) -> str:
    return f"{name}:open {number}"


@server.resource("note://secret/{number}", name="secret_notes")
def secret_note(number: str) -> str:
    return f"{name}:secret {number}"


server.run("streamable-http", **at_run)
