#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp 2.3.0, a server and clients of it; mcp 1.30.0, a client of that server.
# Behaviour: a tool's result of 2 MB is sent whole. The client of the same release gives up at 1 MiB for one event, and
#   the call fails; answered as JSON (`json_response`) the same result arrives, and so it does at the older client. A
#   limit of None (`max_sse_event_size`) takes all.
# A good guess: client and server of one release carry the same results, and an update of the client carries what the
#   one before carried.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
1.30.0, answered as a stream: 2000000 characters
2.3.0, answered as a stream: SSE stream failed: Server-sent event exceeded the 1048576 byte limit.
2.3.0, answered as a stream, without a limit: 2000000 characters
1.30.0, answered as JSON: 2000000 characters
2.3.0, answered as JSON: 2000000 characters
EOF

cat >server.py <<'EOF'
import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("long")


@server.tool(structured_output=False)
def long(size: int) -> str:
    return "x" * size


server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]), json_response=sys.argv[2] == "json")
EOF

cat >old.py <<'EOF'
import asyncio
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


async def main(port):
    async with streamablehttp_client(f"http://127.0.0.1:{port}/mcp") as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            result = await session.call_tool("long", {"size": 2_000_000})
            print(len(result.content[0].text), "characters")


asyncio.run(main(sys.argv[1]))
EOF

cat >new.py <<'EOF'
import asyncio
import sys

from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client


async def main(port, *unlimited):
    more = {"max_sse_event_size": None} if unlimited else {}
    async with Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp", **more), mode="legacy") as client:
        try:
            result = await client.call_tool("long", {"size": 2_000_000})
            print(len(result.content[0].text), "characters")
        except MCPError as error:
            print(error)


asyncio.run(main(*sys.argv[1:]))
EOF

python_packages mcp==1.30.0
mv venv old
python_packages mcp==2.3.0
: >seen
for way in stream json; do
    port="$(free_port)"
    venv/bin/python server.py "$port" "$way" >>log 2>&1 &
    server=$!
    until python3 -c "import socket; socket.create_connection(('127.0.0.1', $port)).close()" 2>>log; do sleep 0.2; done
    case $way in stream) words="a stream" ;; *) words="JSON" ;; esac
    echo "1.30.0, answered as $words: $(old/bin/python old.py "$port" 2>>log)" >>seen
    echo "2.3.0, answered as $words: $(venv/bin/python new.py "$port" 2>>log)" >>seen
    [ "$way" = json ] || echo "2.3.0, answered as $words, without a limit: $(venv/bin/python new.py "$port" all 2>>log)" >>seen
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
done
compare
