#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.108.7 as an MCP gateway (config.yaml, no database), the MCP SDK 2.3.0 that it brings, two MCP servers.
# Behaviour: when a client says `notifications/initialized`, the gateway opens a session to each server that the client may
#   use, one server after the other, to hear of changed lists, and the client's next request waits until all have answered.
#   A client that says nothing, for a short session, is answered without them.
# A good guess: the notification is only noted, and a list asks each server once, all at the same time. So a time limit of
#   30 s for servers would bound a list by 30 s; with one server that takes the connection and never answers it is 60 s,
#   as long as clients wait, and 30 s more for each further one.
# Seen: as below, with servers that take 2 s to open a session.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
no notification: a list opens 1 session at each of two servers, in 2 to 4 s
with notification: a list opens 2 sessions at each of two servers, in 6 to 8 s
EOF

python_packages 'litellm[proxy]==1.108.7' mcp==2.3.0
gateway="$(free_port)"
first="$(free_port)"
second="$(free_port)"

cat >server.py <<'EOF'
import asyncio
import sys

import uvicorn
from mcp.server import MCPServer

server = MCPServer("slow")


@server.tool()
def ping() -> str:
    return "pong"


inner = server.streamable_http_app()


async def slow(scope, receive, send):
    """Each new session is noted, and takes two seconds."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return await inner(scope, receive, send)
    message = await receive()
    if b'"initialize"' in message["body"]:
        with open(sys.argv[2], "a") as sessions:
            sessions.write("one\n")
        await asyncio.sleep(2)
    told = [message]

    async def again():
        return told.pop() if told else await receive()

    await inner(scope, again, send)


uvicorn.run(slow, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
EOF

cat >client.py <<'EOF'
import sys
import time
from pathlib import Path

import httpx

base, key = f"http://127.0.0.1:{sys.argv[1]}", sys.argv[2]
head = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}
client = httpx.Client(headers=head, timeout=60)
deadline = time.monotonic() + 180
while True:
    try:
        if client.get(f"{base}/health/liveliness").status_code == 200:
            break
    except httpx.HTTPError:
        pass
    assert time.monotonic() < deadline, "LiteLLM did not start"
    time.sleep(1)


def say(session, method, **more):
    body = {"jsonrpc": "2.0", "method": method, **more}
    return client.post(f"{base}/mcp/", json=body, headers={"mcp-session-id": session} if session else {})


def listed(notification):
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "client", "version": "1"}}
    session = say(None, "initialize", id=1, params=hello).headers["mcp-session-id"]
    for name in ("first", "second"):
        Path(name).write_text("")
    began = time.monotonic()
    if notification:
        say(session, "notifications/initialized")
    tools = say(session, "tools/list", id=2, params={}).text
    taken = time.monotonic() - began
    assert "first-ping" in tools and "second-ping" in tools, tools
    return taken, {len(Path(name).read_text().splitlines()) for name in ("first", "second")}


listed(True)  # the first one after the start does more
for notification in (False, True):
    taken, sessions = listed(notification)
    (count,) = sessions
    least = int(taken) // 2 * 2
    print("with notification:" if notification else "no notification:", "a list opens", count,
          "session" if count == 1 else "sessions", f"at each of two servers, in {least} to {least + 2} s")
EOF

key="sk-$(python3 -c 'import secrets; print(secrets.token_hex(16))')"
cat >config.yaml <<EOF
mcp_servers:
  first: {url: "http://127.0.0.1:$first/mcp", transport: http}
  second: {url: "http://127.0.0.1:$second/mcp", transport: http}
general_settings: {master_key: $key}
EOF

venv/bin/python server.py "$first" first >>log 2>&1 &
others="$!"
venv/bin/python server.py "$second" second >>log 2>&1 &
others="$others $!"
venv/bin/litellm --config config.yaml --host 127.0.0.1 --port "$gateway" >>log 2>&1 &
server="$!"
venv/bin/python client.py "$gateway" "$key" >seen 2>>log || { tail -n 20 log >&2; : >seen; }
# shellcheck disable=SC2086 # several
kill $others 2>/dev/null || true
compare
