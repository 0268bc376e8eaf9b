# An MCP server of whichever version of the SDK is there: it says which version of the protocol it was asked in.
# SPDX-License-Identifier: GPL-3.0-or-later
from importlib.metadata import version

options = {"host": "0.0.0.0", "port": 8000}
try:
    from mcp.server.transport_security import TransportSecuritySettings

    options["transport_security"] = TransportSecuritySettings(enable_dns_rebinding_protection=False)
except ImportError:
    pass
try:
    from mcp.server.mcpserver import Context, MCPServer

    server, at_run = MCPServer("seen"), options
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP

    server, at_run = FastMCP("seen", **options), {}


@server.tool()
async def seen(ctx: Context) -> str:
    """Which version of the protocol this call came in, and which one of the SDK answers."""
    request = ctx.request_context.request
    said = request.headers.get("mcp-protocol-version")
    return f"{said} by {version('mcp')}"


@server.tool()
async def big(size: int) -> str:
    """A text of so many characters."""
    return "x" * size


server.run("streamable-http", **at_run)
