#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @modelcontextprotocol/sdk 1.32.2 with zod 4.1.12 and PyPI mcp 2.3.0, a server and a client of each: a tool whose argument
# and answer have the same schema, a number in steps of 0.01, and that answers what it was given.
# Behaviour: 19.99 is taken as the argument and refused by the client as the answer, which it makes of the very tool's schema;
#   19.95 and 0.13 pass. Servers allow for rounding when they look for steps, as zod and Pydantic do; clients divide, and
#   19.99 / 0.01 is 1998.9999999999998. So it is in all four pairs, and for one price in six.
# A good guess: the checks at both ends of a call are one schema's, and a client takes what its own SDK's server checked.
# Seen: as below; the tool has done its work when the client raises.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @modelcontextprotocol/sdk@1.32.2 zod@4.1.12
python_packages mcp==2.3.0

for server in TypeScript Python; do
    for client in TypeScript Python; do
        echo "$server server, $client client"
        cat <<'EOF'
  19.95 taken
  19.99 refused by the client
  1.005 refused by the server
  of 0.01 to 10.00: 841 taken, 159 refused by the client
EOF
    done
done >expected

cat >server.mjs <<'EOF'
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "prices", version: "1" });
const schema = { price: z.number().multipleOf(0.01) };
server.registerTool("echo", { inputSchema: schema, outputSchema: schema }, async ({ price }) => ({
  content: [{ type: "text", text: `${price}` }],
  structuredContent: { price },
}));
await server.connect(new StdioServerTransport());
EOF

cat >server.py <<'EOF'
from typing import Annotated

from mcp.server import MCPServer
from pydantic import BaseModel, Field

Price = Annotated[float, Field(multiple_of=0.01)]
server = MCPServer("prices", log_level="CRITICAL")


class Offer(BaseModel):
    price: Price


@server.tool()
def echo(price: Price) -> Offer:
    return Offer(price=price)


server.run()
EOF

cat >client.mjs <<'EOF'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [command, ...args] = process.argv.slice(2);
const client = new Client({ name: "probe", version: "1" });
await client.connect(new StdioClientTransport({ command, args }));
await client.listTools();
const ask = (price) => client.callTool({ name: "echo", arguments: { price } }).then(
  (answer) => (answer.isError ? "refused by the server" : "taken"), () => "refused by the client");
for (const price of [19.95, 19.99, 1.005]) console.log(`  ${price} ${await ask(price)}`);
const all = [];
for (let cents = 1; cents <= 1000; cents++) all.push(await ask(cents / 100));
const count = (word) => `${all.filter((one) => one === word).length} ${word}`;
console.log(`  of 0.01 to 10.00: ${count("taken")}, ${count("refused by the client")}`);
await client.close();
EOF

cat >client.py <<'EOF'
import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    async with stdio_client(StdioServerParameters(command=sys.argv[1], args=sys.argv[2:])) as streams:
        async with ClientSession(*streams) as session:
            await session.initialize()

            async def ask(price):
                try:
                    answer = await session.call_tool("echo", {"price": price})
                except RuntimeError:
                    return "refused by the client"
                return "refused by the server" if answer.is_error else "taken"

            for price in (19.95, 19.99, 1.005):
                print(f"  {price} {await ask(price)}")
            told = [await ask(cents / 100) for cents in range(1, 1001)]
            counts = (f"{told.count(word)} {word}" for word in ("taken", "refused by the client"))
            print("  of 0.01 to 10.00:", ", ".join(counts))


asyncio.run(main())
EOF

for server in TypeScript Python; do
    if [ "$server" = Python ]; then set -- venv/bin/python server.py; else set -- node server.mjs; fi
    echo "$server server, TypeScript client"
    node client.mjs "$@" 2>>log
    echo "$server server, Python client"
    venv/bin/python client.py "$@" 2>>log
done >seen
compare
