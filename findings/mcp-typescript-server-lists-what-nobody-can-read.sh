#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @modelcontextprotocol/sdk 1.32.2 and @modelcontextprotocol/server 2.0.0, PyPI mcp 2.3.0 and fastmcp 4.2.3: what a
# server lists under a fixed address, and clients of mcp 1.30.0, 2.3.0 and of the SDK ask for by the address as they got it.
# Behaviour: a TypeScript server keeps a resource under its address as it was written, and looks for what `new URL` makes of
#   the one that is asked for. `https://example.com` becomes `https://example.com/`, and so it is listed and found by no client;
#   so are a default port, a host in capitals, `file://localhost/` and a dot. A client of mcp 1.x does the like to what it got,
#   and does not find these with a server of mcp 2.x.
# A good guess: what stands in a server's own list can be read under that address.
# Seen: as below, which of the addresses in the list are not found.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/server@2.0.0 zod@4.1.12
python_packages mcp==1.30.0
mv venv old
python_packages mcp==2.3.0 fastmcp==4.2.3

cat >addresses.json <<'EOF2'
["notes://tea", "https://example.com", "http://example.com:80/a", "https://EXAMPLE.com/b", "file://localhost/c", "notes://x/./d"]
EOF2

cat >expected <<'EOF2'
sdk 1.32.2, asked by sdk 1.32.2: https://example.com http://example.com:80/a https://EXAMPLE.com/b file://localhost/c notes://x/./d
sdk 1.32.2, asked by mcp 1.30.0: https://example.com/ http://example.com/a https://example.com/b file:///c notes://x/d
sdk 1.32.2, asked by mcp 2.3.0: https://example.com http://example.com:80/a https://EXAMPLE.com/b file://localhost/c notes://x/./d
server 2.0.0, asked by sdk 1.32.2: https://example.com http://example.com:80/a https://EXAMPLE.com/b file://localhost/c notes://x/./d
server 2.0.0, asked by mcp 1.30.0: https://example.com/ http://example.com/a https://example.com/b file:///c notes://x/d
server 2.0.0, asked by mcp 2.3.0: https://example.com http://example.com:80/a https://EXAMPLE.com/b file://localhost/c notes://x/./d
mcp 2.3.0, asked by sdk 1.32.2: -
mcp 2.3.0, asked by mcp 1.30.0: https://example.com/ http://example.com/a https://example.com/b file:///c notes://x/d
mcp 2.3.0, asked by mcp 2.3.0: -
fastmcp 4.2.3, asked by sdk 1.32.2: -
fastmcp 4.2.3, asked by mcp 1.30.0: -
fastmcp 4.2.3, asked by mcp 2.3.0: -
EOF2

cat >server.mjs <<'EOF2'
import { readFileSync } from "node:fs";

const [, , main, stdio] = process.argv;
const { McpServer } = await import(main);
const { StdioServerTransport } = await import(stdio);
const server = new McpServer({ name: "probe", version: "1" });
for (const address of JSON.parse(readFileSync("addresses.json"))) {
  server.registerResource(address, address, {}, async ({ href }) => ({ contents: [{ uri: href, text: "found" }] }));
}
await server.connect(new StdioServerTransport());
EOF2

cat >server.py <<'EOF2'
import json
import sys

if sys.argv[1:]:
    from fastmcp import FastMCP
    server, running = FastMCP("probe"), {"show_banner": False}
else:
    from mcp.server import MCPServer
    server, running = MCPServer("probe", log_level="CRITICAL"), {}
with open("addresses.json") as addresses:
    for address in json.load(addresses):
        server.resource(address, name=address)(lambda: "found")
server.run(**running)
EOF2

cat >client.mjs <<'EOF2'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [command, ...args] = process.argv.slice(2);
const client = new Client({ name: "probe", version: "1" });
await client.connect(new StdioClientTransport({ command, args, stderr: "ignore" }));
const missing = [];
for (const { uri } of (await client.listResources()).resources) {
  await client.readResource({ uri }).catch(() => missing.push(uri));
}
console.log(missing.join(" ") || "-");
await client.close();
EOF2

cat >client.py <<'EOF2'
import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    server = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:])
    missing = []
    async with stdio_client(server) as streams, ClientSession(*streams) as client:
        await client.initialize()
        for resource in (await client.list_resources()).resources:
            try:
                await client.read_resource(resource.uri)
            except Exception:
                missing.append(str(resource.uri))
    print(*missing or "-")


asyncio.run(main())
EOF2

ask() {
    said="$1"
    shift
    echo "$said, asked by sdk 1.32.2: $(node client.mjs "$@" 2>>log)"
    echo "$said, asked by mcp 1.30.0: $(old/bin/python client.py "$@" 2>>log)"
    echo "$said, asked by mcp 2.3.0: $(venv/bin/python client.py "$@" 2>>log)"
}

{
    ask "sdk 1.32.2" node server.mjs @modelcontextprotocol/sdk/server/mcp.js @modelcontextprotocol/sdk/server/stdio.js
    ask "server 2.0.0" node server.mjs @modelcontextprotocol/server @modelcontextprotocol/server/stdio
    ask "mcp 2.3.0" venv/bin/python server.py
    ask "fastmcp 4.2.3" venv/bin/python server.py fastmcp
} >seen
compare
