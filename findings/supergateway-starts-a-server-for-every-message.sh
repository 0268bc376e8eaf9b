#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm supergateway 4.0.0 with @modelcontextprotocol/sdk 1.32.2, a stdio server behind it that counts its calls.
# Behaviour: towards streamable HTTP, at its defaults, every POST starts the stdio program anew, the one with
#   `notifications/initialized` included: a client that connects and calls three tools starts five programs, and nothing
#   is remembered between two calls. Towards SSE it starts one program, which all clients share: they see each other's
#   state.
# A good guess: one program for each client's session, on both transports.
# Seen: counter 1, 1, 1 with five starts for each client; over SSE 1, 2, 3, then 4, 5, 6 for the second client.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages supergateway@4.0.0 @modelcontextprotocol/sdk@1.32.2

cat >expected <<'EOF'
streamableHttp: first client counts 1 1 1, second 1 1 1, programs started 10
sse: first client counts 1 2 3, second 4 5 6, programs started 1
EOF

cat >server.mjs <<'EOF'
import { appendFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

appendFileSync("starts", "x");
let calls = 0;
const server = new McpServer({ name: "counter", version: "1" });
server.registerTool("count", { inputSchema: {} }, async () => ({ content: [{ type: "text", text: String(++calls) }] }));
await server.connect(new StdioServerTransport());
EOF

cat >client.mjs <<'EOF'
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [kind, port] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}`;
for (let waited = 0; waited < 200; waited++) {
  if (await fetch(`${base}/ready`).then((answer) => answer.ok, () => false)) break;
  await setTimeout(100);
}
const counted = [];
for (let who = 0; who < 2; who++) {
  const client = new Client({ name: "probe", version: "1" });
  await client.connect(kind === "sse" ? new SSEClientTransport(new URL(`${base}/sse`))
    : new StreamableHTTPClientTransport(new URL(`${base}/mcp`)));
  const counts = [];
  for (let call = 0; call < 3; call++)
    counts.push((await client.callTool({ name: "count", arguments: {} })).content[0].text);
  counted.push(counts.join(" "));
  await client.close();
}
const starts = readFileSync("starts", "utf8").length;
console.log(`${kind}: first client counts ${counted[0]}, second ${counted[1]}, programs started ${starts}`);
process.exit(0);
EOF

for kind in streamableHttp sse; do
    rm -f starts
    port="$(free_port)"
    node_modules/.bin/supergateway --stdio "node server.mjs" --outputTransport "$kind" --port "$port" \
        --healthEndpoint /ready --logLevel none >log 2>&1 &
    server=$!
    node client.mjs "$kind" "$port" >>seen
    kill "$server"
    wait "$server" || true
    server=
done
compare
