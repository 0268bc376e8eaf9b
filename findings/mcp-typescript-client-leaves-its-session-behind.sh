#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @modelcontextprotocol/sdk 1.32.2 as the client, PyPI mcp 1.30.0 as the server, over streamable HTTP.
# Behaviour: `client.close()` of the TypeScript SDK ends its own streams and not the session; that takes the transport's
#   terminateSession() before it. The Python SDK's client ends its session when it is left. A server of the Python SDK
#   keeps one that nobody has ended for 30 minutes after its last request, unless session_idle_timeout says otherwise.
# A good guess: who closes a client leaves nothing at the server.
# Seen: a session that was closed still answers; 300 of them take more than 10 MiB, and 300 that were ended less than 2 MiB.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages mcp==1.30.0
node_packages @modelcontextprotocol/sdk@1.32.2

cat >expected <<'EOF'
close: the session still answers: true
terminateSession, close: the session still answers: false
300 sessions that were ended: less than 2 MiB
300 sessions that were left: more than 10 MiB
EOF

cat >server.py <<'EOF'
import sys

from mcp.server.fastmcp import FastMCP

server = FastMCP("probe", host="127.0.0.1", port=int(sys.argv[1]), log_level="CRITICAL")


@server.tool()
def hello() -> str:
    return "hello"


server.run("streamable-http")
EOF

cat >close.mjs <<'EOF'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const url = new URL(process.argv[2]);
const ask = { jsonrpc: "2.0", id: 9, method: "tools/list" };

for (const ends of [false, true]) {
  const transport = new StreamableHTTPClientTransport(url);
  const client = new Client({ name: "probe", version: "1" });
  await client.connect(transport);
  const session = transport.sessionId;
  await client.callTool({ name: "hello", arguments: {} });
  if (ends) await transport.terminateSession();
  await client.close();
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(ask), headers: {
    "content-type": "application/json", accept: "application/json, text/event-stream", "mcp-session-id": session } });
  console.log(`${ends ? "terminateSession, " : ""}close: the session still answers: ${answer.ok}`);
}
EOF

cat >many.py <<'EOF'
import re
import sys
from pathlib import Path

import httpx

port, process = sys.argv[1:]
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}}


def memory():
    """What the server has of the machine's memory, in MiB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[1]) / 1024


def session(client, ends):
    answer = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO})
    headers = {"mcp-session-id": answer.headers["mcp-session-id"]}
    client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=headers)
    if ends:
        client.delete("/mcp", headers=headers)


with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HEADERS, trust_env=False, timeout=20) as client:
    for ends in (True, False):
        for _ in range(50):
            session(client, ends)
        before = memory()
        for _ in range(300):
            session(client, ends)
        more = memory() - before
        said = "less than 2 MiB" if more < 2 else "more than 10 MiB" if more > 10 else f"{more:.0f} MiB"
        print(f"300 sessions that were {'ended' if ends else 'left'}: {said}")
EOF

port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
venv/bin/python server.py "$port" >>log 2>&1 &
server=$!
python3 - "$port" <<'EOF'
import socket
import sys
import time

for _ in range(120):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
        break
    except OSError:
        time.sleep(0.5)
EOF
export NO_PROXY=127.0.0.1
{
    node close.mjs "http://127.0.0.1:$port/mcp"
    venv/bin/python many.py "$port" "$server"
} >seen
compare
