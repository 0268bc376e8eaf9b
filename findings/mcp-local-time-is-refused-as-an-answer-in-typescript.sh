#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp 2.3.0 and fastmcp 4.2.3 as servers; npm @modelcontextprotocol/sdk 1.32.2 and PyPI mcp 2.3.0 as their clients.
# Behaviour: what Pydantic writes for a datetime or a time without a zone, for half a second, for a negative duration and for
#   some addresses is not of the `format` that it writes into the schema. Python clients do not look at a format, TypeScript's
#   do, and throw for an answer of the very class that the schema was made of. Where a function returns such a value alone,
#   mcp has no schema for it, and nothing is refused, but the structure of an address is empty; FastMCP has one, and it is.
# A good guess: a value and its schema from one library agree, and one client takes what another one does.
# Seen: as below, what the server sends, and which of the two clients takes it after `tools/list`.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @modelcontextprotocol/sdk@1.32.2 zod@4.1.12

cat >expected <<'EOF2'
mcp 2.3.0
  Python takes zoned {"value":"2026-10-01T12:00:00Z"}
  Python takes local {"value":"2026-10-01T12:00:00"}
  Python takes clock {"value":"12:30:00"}
  Python takes minute {"value":"PT1M"}
  Python takes half {"value":"PT0.5S"}
  Python takes earlier {"value":"-P1D"}
  Python takes address {"value":"http://example.com/?q=[1]"}
  Python takes local_alone null
  Python takes address_alone {}
  TypeScript takes zoned
  TypeScript refuses local
  TypeScript refuses clock
  TypeScript takes minute
  TypeScript refuses half
  TypeScript refuses earlier
  TypeScript refuses address
  TypeScript takes local_alone
  TypeScript takes address_alone
fastmcp 4.2.3
  Python takes zoned {"value":"2026-10-01T12:00:00Z"}
  Python takes local {"value":"2026-10-01T12:00:00"}
  Python takes clock {"value":"12:30:00"}
  Python takes minute {"value":"PT1M"}
  Python takes half {"value":"PT0.5S"}
  Python takes earlier {"value":"-P1D"}
  Python takes address {"value":"http://example.com/?q=[1]"}
  Python takes local_alone {"result":"2026-10-01T12:00:00"}
  Python takes address_alone {"result":"http://example.com/?q=[1]"}
  TypeScript takes zoned
  TypeScript refuses local
  TypeScript refuses clock
  TypeScript takes minute
  TypeScript refuses half
  TypeScript refuses earlier
  TypeScript refuses address
  TypeScript refuses local_alone
  TypeScript refuses address_alone
EOF2

cat >server.py <<'EOF2'
import datetime as dt

from pydantic import AnyUrl, create_model

try:
    from fastmcp import FastMCP
    server, running = FastMCP("probe"), {"show_banner": False}
except ImportError:
    from mcp.server import MCPServer
    server, running = MCPServer("probe", log_level="CRITICAL"), {}

VALUES = {
    "zoned": dt.datetime(2026, 10, 1, 12, tzinfo=dt.timezone.utc),
    "local": dt.datetime(2026, 10, 1, 12),
    "clock": dt.time(12, 30),
    "minute": dt.timedelta(minutes=1),
    "half": dt.timedelta(seconds=0.5),
    "earlier": dt.timedelta(days=-1),
    "address": AnyUrl("http://example.com/?q=[1]"),
}


def add(name, kind, value):
    def give() -> kind:
        return value

    server.tool(name=name)(give)


for name, value in VALUES.items():
    model = create_model("Answer", value=(type(value), ...))
    add(name, model, model(value=value))
for name in ("local", "address"):
    add(f"{name}_alone", type(VALUES[name]), VALUES[name])
server.run(**running)
EOF2

cat >client.py <<'EOF2'
import asyncio
import json
import sys

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    async with Client(stdio_client(StdioServerParameters(command=sys.executable, args=["server.py"]))) as client:
        for tool in (await client.list_tools()).tools:
            answer = await client.call_tool(tool.name, {})
            print(f"  Python takes {tool.name}", json.dumps(answer.structured_content, separators=(",", ":")))


asyncio.run(main())
EOF2

cat >client.mjs <<'EOF2'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const client = new Client({ name: "probe", version: "1" });
await client.connect(new StdioClientTransport({ command: "venv/bin/python", args: ["server.py"], stderr: "ignore" }));
for (const { name } of (await client.listTools()).tools) {
  const verb = await client.callTool({ name, arguments: {} }).then(() => "takes", () => "refuses");
  console.log(`  TypeScript ${verb} ${name}`);
}
await client.close();
EOF2

for package in mcp==2.3.0 fastmcp==4.2.3; do
    # The client is mcp 2.3.0 in both.
    python_packages "$package" mcp==2.3.0
    echo "${package%==*} ${package#*==}"
    venv/bin/python client.py 2>>log
    node client.mjs 2>>log
done >seen
compare
