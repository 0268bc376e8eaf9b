#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @mastra/mcp 2.0.0 (@mastra/core 1.71.0) and the @modelcontextprotocol/client 2.0.0 below it, a stdio server of PyPI mcp 2.3.0.
# Behaviour: to learn which protocol a server speaks Mastra starts its program, asks, ends it with a signal, and starts it
#   again to work with it. What a program does at its start is done twice and takes twice as long, and what it would have put
#   in order at its end is not: one that keeps a lock does not start again. So does the client below, in its mode `auto` alone.
#   With `protocolVersion` set to `legacy` it is one start; with the new one, which is said to skip the question, two. The client
#   of Python's mcp asks the process that it keeps.
# A good guess: a stdio server is one process, started once for a session.
# Seen: as below, what the server wrote down of itself.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @mastra/mcp@2.0.0 @mastra/core@1.71.0 @modelcontextprotocol/client@2.0.0 zod@4.1.12
python_packages mcp==2.3.0

cat >expected <<'EOF2'
mcp, Python: start, end; answers: hi
client, auto: start, start, end; answers: hi
mastra: start, start, end; answers: hi
mastra, legacy: start, end; answers: hi
mastra, 2026-07-28: start, start, end; answers: hi
mastra, a server with a lock: start, locked, locked; answers: nothing
EOF2

cat >server.py <<'EOF2'
import atexit
import os
import sys

from mcp.server import MCPServer


def note(what):
    with open("notes", "a") as notes:
        print(what, file=notes)


if "lock" in sys.argv:
    try:
        os.close(os.open("lock", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        note("locked")
        sys.exit("Another one is running.")
    atexit.register(os.unlink, "lock")
note("start")
atexit.register(note, "end")
server = MCPServer("probe", log_level="CRITICAL")


@server.tool()
def say() -> str:
    return "hi"


server.run()
EOF2

cat >client.py <<'EOF2'
import asyncio
import sys

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    async with Client(stdio_client(StdioServerParameters(command=sys.executable, args=["server.py"]))) as client:
        print((await client.call_tool("say", {})).content[0].text)


asyncio.run(main())
EOF2

cat >client.mjs <<'EOF2'
import { MCPClient } from "@mastra/mcp";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const [what, option, ...more] = process.argv.slice(2);
const server = { command: "venv/bin/python", args: ["server.py", ...more], stderr: "ignore" };
if (what === "client") {
  const client = new Client({ name: "probe", version: "1" }, { versionNegotiation: { mode: option } });
  await client.connect(new StdioClientTransport(server));
  console.log((await client.callTool({ name: "say", arguments: {} })).content[0].text);
  await client.close();
} else {
  const client = new MCPClient({ servers: { probe: option ? { ...server, protocolVersion: option } : server } });
  const tools = await client.listTools().catch(() => ({}));
  console.log(tools.probe_say ? (await tools.probe_say.execute({}, {})).result : "nothing");
  await client.disconnect();
}
EOF2

try() {
    rm -f notes
    said="$1"
    shift
    "$@" >answer 2>>log
    echo "$said: $(paste -s -d , notes | sed 's/,/, /g'); answers: $(tail -n 1 answer)"
}

{
    try "mcp, Python" venv/bin/python client.py
    try "client, auto" node client.mjs client auto
    try mastra node client.mjs mastra ""
    try "mastra, legacy" node client.mjs mastra legacy
    try "mastra, 2026-07-28" node client.mjs mastra 2026-07-28
    try "mastra, a server with a lock" node client.mjs mastra "" lock
} >seen
compare
