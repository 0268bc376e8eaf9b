#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @modelcontextprotocol/sdk 1.32.2 beside PyPI fastmcp 4.2.3, resource templates.
# Behaviour: the TypeScript SDK hands a template's values on as they stand in the URI, percent signs included; FastMCP
#   decodes them. In the TypeScript SDK a query of the form `{?first,last}` matches only when every value is given, in the
#   template's order; FastMCP takes any order, and leaves out what has a default.
# A good guess: values arrive decoded, and names after `?` are optional, as RFC 6570 writes and URLs work.
# Seen: as below; the same client address is found at one server and "not found" at the other.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @modelcontextprotocol/sdk@1.32.2
python_packages fastmcp==4.2.3

cat >expected <<'EOF'
TypeScript doc://annual%20report: annual%20report
TypeScript log://days?first=1&last=2: 1 2
TypeScript log://days?last=2&first=1: not found
TypeScript log://days?first=1: not found
FastMCP doc://annual%20report: annual report
FastMCP log://days?first=1&last=2: 1 2
FastMCP log://days?last=2&first=1: 1 2
FastMCP log://days?first=1: 1 9
EOF

cat >probe.mjs <<'EOF'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";

const server = new McpServer({ name: "docs", version: "1" });
const text = (uri, value) => ({ contents: [{ uri: uri.href, text: value }] });
server.registerResource("doc", new ResourceTemplate("doc://{name}", { list: undefined }), {},
  async (uri, { name }) => text(uri, name));
server.registerResource("log", new ResourceTemplate("log://days{?first,last}", { list: undefined }), {},
  async (uri, { first, last }) => text(uri, `${first} ${last ?? 9}`));
const [near, far] = InMemoryTransport.createLinkedPair();
await server.connect(near);
const client = new Client({ name: "probe", version: "1" });
await client.connect(far);
for (const uri of process.argv.slice(2)) {
  const found = await client.readResource({ uri }).then((answer) => answer.contents[0].text, () => "not found");
  console.log(`TypeScript ${uri}: ${found}`);
}
EOF

cat >probe.py <<'EOF'
import asyncio
import sys

from fastmcp import Client, FastMCP

server = FastMCP("docs")


@server.resource("doc://{name}")
def doc(name: str) -> str:
    return name


@server.resource("log://days{?first,last}")
def log(first: int = 0, last: int = 9) -> str:
    return f"{first} {last}"


async def main():
    async with Client(server) as client:
        for uri in sys.argv[1:]:
            try:
                found = (await client.read_resource(uri))[0].text
            except Exception:
                found = "not found"
            print(f"FastMCP {uri}: {found}")


asyncio.run(main())
EOF

set -- "doc://annual%20report" "log://days?first=1&last=2" "log://days?last=2&first=1" "log://days?first=1"
node probe.mjs "$@" >seen
venv/bin/python probe.py "$@" >>seen 2>log
compare
