#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp 1.30.0 and 2.3.0, tools that are plain functions (`def`), over stdio with a real client.
# Behaviour: 1.x calls them on the event loop's thread, one after the other, and every session waits; 2.x calls them on
#   worker threads, several at a time. What belongs to one thread breaks: a sqlite3 connection made at import cannot be
#   used. 2.x also stopped passing on what an exception says, so that the client learns "Error executing tool" alone.
# A good guess: after the renames of 2.0 the same server file behaves as before, and an error's text still comes through.
# Seen: as below; with 2.3.0 the tool that reads SQLite fails, and nothing that the client sees says why.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
mcp 1.30.0
  rows: 3
  failing: Error executing tool failing: no column named amount
  three calls at once: one after the other
mcp 2.3.0
  rows: Error executing tool rows
  failing: Error executing tool failing
  three calls at once: several at a time
EOF

cat >server.py <<'EOF'
import sqlite3
import time
from importlib.metadata import version

if version("mcp").startswith("1."):
    from mcp.server.fastmcp import FastMCP as Server
else:
    from mcp.server import MCPServer as Server

server = Server("shop", log_level="CRITICAL")
database = sqlite3.connect(":memory:")


@server.tool()
def rows() -> str:
    return str(database.execute("select 1 + 2").fetchone()[0])


@server.tool()
def failing() -> str:
    raise ValueError("no column named amount")


running = []


@server.tool()
def slow() -> str:
    running.append(1)
    time.sleep(1)
    together = len(running)
    running.pop()
    return str(together)


server.run("stdio")
EOF

cat >client.py <<'EOF'
import asyncio
import sys
from importlib.metadata import version

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    print("mcp", version("mcp"))
    program = StdioServerParameters(command=sys.executable, args=[sys.argv[1]])
    async with stdio_client(program) as streams, ClientSession(*streams) as session:
        await session.initialize()
        for tool in ("rows", "failing"):
            print(f"  {tool}:", (await session.call_tool(tool, {})).content[0].text)
        answers = await asyncio.gather(*[session.call_tool("slow", {}) for _ in range(3)])
        most = max(int(answer.content[0].text) for answer in answers)
        print("  three calls at once:", "several at a time" if most > 1 else "one after the other")


asyncio.run(main())
EOF

for version in 1.30.0 2.3.0; do
    python_packages "mcp==$version"
    venv/bin/python client.py server.py >>seen 2>>log
done
compare
