#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @ai-sdk/mcp 2.0.99 over stdio, servers of PyPI mcp 1.30.0, 2.3.0, npm @modelcontextprotocol/sdk 1.32.2 and server 2.0.0.
# Behaviour: the client asks for `server/discover` and waits for one second, whose length no option sets; then it sends
#   `initialize`. A Python server of 2.x that took longer to start reads the question first, serves from then on the protocol
#   of 2026-07-28 alone, and refuses `initialize`, and so does what the client made of it. uvx and imports take that second.
#   Servers of 1.x and those in TypeScript take both. With `protocolVersionDiscovery: false` all are reached, by the old protocol.
# A good guess: a client that falls back to the old handshake reaches every server, and a slow start only takes longer.
# Seen: as below, of servers that take two seconds to start.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @ai-sdk/mcp@2.0.99 @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/server@2.0.0 zod@4.1.12

cat >expected <<'EOF2'
TypeScript 1.32.2: connected by 2025-11-25
TypeScript 1.32.2, no discovery: connected by 2025-11-25
TypeScript 2.0.0: connected by 2025-11-25
TypeScript 2.0.0, no discovery: connected by 2025-11-25
Python 1.30.0: connected by 2025-11-25
Python 1.30.0, no discovery: connected by 2025-11-25
Python 2.3.0: connection is serving the 2026-07-28 protocol; the initialize handshake is not accepted
Python 2.3.0, no discovery: connected by 2025-11-25
EOF2

cat >server.py <<'EOF2'
import time

time.sleep(2)
try:
    from mcp.server import MCPServer
except ImportError:
    from mcp.server.fastmcp import FastMCP as MCPServer

MCPServer("probe", log_level="CRITICAL").run()
EOF2

cat >server-1.mjs <<'EOF2'
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

await new Promise((done) => setTimeout(done, 2000));
await new McpServer({ name: "probe", version: "1" }).connect(new StdioServerTransport());
EOF2

cat >server-2.mjs <<'EOF2'
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

await new Promise((done) => setTimeout(done, 2000));
serveStdio(() => new McpServer({ name: "probe", version: "1" }));
EOF2

cat >client.mjs <<'EOF2'
import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport } from "@ai-sdk/mcp/mcp-stdio";

const [name, command, ...args] = process.argv.slice(2);
for (const protocolVersionDiscovery of [true, false]) {
  const transport = new Experimental_StdioMCPTransport({ command, args, stderr: "ignore" });
  const said = protocolVersionDiscovery ? name : `${name}, no discovery`;
  try {
    const client = await createMCPClient({ transport, protocolVersionDiscovery });
    console.log(`${said}: connected by ${client.initializeResult.protocolVersion}`);
    await client.close();
  } catch (error) {
    console.log(`${said}: ${error.message}`);
  }
}
EOF2

{
    node client.mjs "TypeScript 1.32.2" node server-1.mjs
    node client.mjs "TypeScript 2.0.0" node server-2.mjs
    for version in 1.30.0 2.3.0; do
        python_packages "mcp==$version"
        node client.mjs "Python $version" venv/bin/python server.py
    done
} >seen 2>>log
compare
