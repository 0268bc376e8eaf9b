#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# FastMCP 4.2.3 (PyPI), a proxy made by create_proxy for a server over streamable HTTP.
# Behaviour: for each tools/call of a client that keeps its session the proxy opens a session of its own with the server behind
#   it, asks for its stream, calls and ends it: five requests for one. mcp-proxy 0.13.0 keeps the one that it has.
# A good guess: a proxy keeps its session with the server as its client keeps the one with the proxy.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF2'
FastMCP's proxy, behind one tools/call: DELETE GET initialize notifications/initialized tools/call
mcp-proxy, behind one tools/call: tools/call
EOF2

cat >server.py <<'EOF2'
import json, sys, uvicorn
from mcp.server.fastmcp import FastMCP

server = FastMCP("behind", host="127.0.0.1", port=int(sys.argv[1]))
server.add_tool(lambda: "pong", name="ping")
inner = server.streamable_http_app()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return await inner(scope, receive, send)
    body, done = b"", False

    async def heard():
        nonlocal body, done
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.request" and not message.get("more_body") and not done:
            done = True
            with open("requests", "a") as file:
                file.write((json.loads(body)["method"] if body else scope["method"]) + "\n")
        return message

    if scope["method"] != "POST":
        done = True
        with open("requests", "a") as file:
            file.write(scope["method"] + "\n")
    await inner(scope, heard, send)


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
EOF2
cat >client.py <<'EOF2'
import asyncio, sys, time
from pathlib import Path
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


async def main():
    for attempt in range(60):
        try:
            async with streamablehttp_client(sys.argv[1]) as (reads, writes, _), ClientSession(reads, writes) as session:
                await session.initialize()
                await session.call_tool("ping", {})
                await asyncio.sleep(1)
                Path("requests").write_text("")
                assert (await session.call_tool("ping", {})).content[0].text == "pong"
                await asyncio.sleep(1)
                print(*sorted(set(Path("requests").read_text().split())))
                return
        except BaseExceptionGroup:
            await asyncio.sleep(0.5)


asyncio.run(main())
EOF2

python_packages mcp==1.30.0 mcp-proxy==0.13.0
mv venv sdk
behind="$(free_port)" front="$(free_port)"
sdk/bin/python server.py "$behind" >>log 2>&1 &
first=$!
{
    sdk/bin/python -m mcp_proxy --host 127.0.0.1 --port "$front" -- \
        sdk/bin/python -m mcp_proxy --transport streamablehttp "http://127.0.0.1:$behind/mcp" >>log 2>&1 &
    server="$first $!"
    proxied="$(sdk/bin/python client.py "http://127.0.0.1:$front/mcp" 2>>log)"
    kill "${server#* }"
    server=$first
    python_packages fastmcp==4.2.3
    front="$(free_port)"
    venv/bin/python -c "from fastmcp.server.server import create_proxy
create_proxy('http://127.0.0.1:$behind/mcp').run(transport='http', host='127.0.0.1', port=$front, show_banner=False)" >>log 2>&1 &
    second=$!
    echo "FastMCP's proxy, behind one tools/call: $(sdk/bin/python client.py "http://127.0.0.1:$front/mcp" 2>>log)"
    echo "mcp-proxy, behind one tools/call: $proxied"
    kill "$second"
} >seen

compare
