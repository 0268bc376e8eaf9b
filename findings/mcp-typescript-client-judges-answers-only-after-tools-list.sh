#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @modelcontextprotocol/sdk 1.32.2, a TypeScript server and client; PyPI mcp 2.3.0, a Python client of that server.
# Behaviour: the server's schema says `additionalProperties: false` for `z.object`, yet its own check lets a further
#   field pass. The TypeScript client takes the answer as long as it has not asked for the list of tools, and throws for
#   the same answer afterwards. The Python client asks for the list by itself at the first call, and throws at once.
# A good guess: an answer that the server's SDK has checked against its schema is valid for every client, at any time.
# Seen: as below; what works in a script that only calls fails in a client that lists first, as all chat programs do.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @modelcontextprotocol/sdk@1.32.2 zod@4.1.12
python_packages mcp==2.3.0

cat >expected <<'EOF'
TypeScript, before tools/list: {"n":1,"unit":"m"}
TypeScript, after tools/list: refused
Python, which lists by itself: refused
EOF

cat >server.mjs <<'EOF'
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "measure", version: "1" });
server.registerTool("measure", { inputSchema: {}, outputSchema: { n: z.number() } }, async () => ({
  content: [{ type: "text", text: "1 m" }],
  structuredContent: { n: 1, unit: "m" },
}));
await server.connect(new StdioServerTransport());
EOF

cat >client.mjs <<'EOF'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const client = new Client({ name: "probe", version: "1" });
await client.connect(new StdioClientTransport({ command: process.execPath, args: ["server.mjs"] }));
const ask = () => client.callTool({ name: "measure", arguments: {} }).then(
  (answer) => JSON.stringify(answer.structuredContent), () => "refused");
console.log("TypeScript, before tools/list:", await ask());
await client.listTools();
console.log("TypeScript, after tools/list:", await ask());
await client.close();
EOF

cat >client.py <<'EOF'
import asyncio

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    async with stdio_client(StdioServerParameters(command="node", args=["server.mjs"])) as streams:
        async with ClientSession(*streams) as session:
            await session.initialize()
            try:
                answer = str((await session.call_tool("measure", {})).structured_content)
            except RuntimeError:
                answer = "refused"
            print("Python, which lists by itself:", answer)


asyncio.run(main())
EOF

node client.mjs >seen
venv/bin/python client.py >>seen 2>log
compare
