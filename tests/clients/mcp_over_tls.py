# SPDX-License-Identifier: GPL-3.0-or-later
"""A small real MCP server over HTTPS: mcp_over_tls.py PORT FILE, the file with its key and certificate."""

from __future__ import annotations

import sys

import uvicorn
from mcp.server.fastmcp import FastMCP

port, file = int(sys.argv[1]), sys.argv[2]
server = FastMCP("over-tls", host="127.0.0.1", port=port, streamable_http_path="/mcp/")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=port, ssl_certfile=file, ssl_keyfile=file)
