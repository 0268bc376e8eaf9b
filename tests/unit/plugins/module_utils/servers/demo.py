# SPDX-License-Identifier: GPL-3.0-or-later
"""A small real MCP server for tests: demo.py TRANSPORT [PORT] [KIND], with KIND one of usual, empty, slow, dies."""

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


server.run(transport={"http": "streamable-http"}.get(transport, transport))
