#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# mcp 1.26.0 (the Python SDK), httpx 0.28.1, certifi 2026.10.19.post1.
# Behaviour: every session over streamable HTTP makes an HTTP client of its own, and each client a TLS context at once, into
#   which certifi's whole file of authorities is read, although the server is asked by plain http:// and no connection ever
#   uses it. A program that has a session for each call of a tool pays that with each call, some 10 ms of processor time. With
#   SSL_CERT_DIR, which is documented as another place for authorities, the context is still made, and nothing is read until
#   a connection needs it.
# A good guess: authorities are read when the first https:// connection is made, and once for a process.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
as installed, session 1 over http: contexts 1, authorities read into it: over 100
as installed, session 2 over http: contexts 1, authorities read into it: over 100
with SSL_CERT_DIR, session 1 over http: contexts 1, authorities read into it: 0
with SSL_CERT_DIR, session 2 over http: contexts 1, authorities read into it: 0
EOF

python_packages mcp==1.26.0 httpx==0.28.1 certifi==2026.10.19.post1
port="$(free_port)"

cat >server.py <<'EOF'
import sys

from mcp.server.fastmcp import FastMCP

server = FastMCP("one", port=int(sys.argv[1]), stateless_http=True, log_level="ERROR")


@server.tool()
def ping() -> str:
    return "pong"


server.run("streamable-http")
EOF

cat >client.py <<'EOF'
import asyncio
import ssl
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

contexts = []
make = ssl.create_default_context


def counted(*args, **kwargs):
    contexts.append(make(*args, **kwargs))
    return contexts[-1]


ssl.create_default_context = counted


async def call():
    async with streamablehttp_client(f"http://127.0.0.1:{sys.argv[1]}/mcp") as (reading, writing, _id):
        async with ClientSession(reading, writing) as session:
            await session.initialize()
            assert (await session.call_tool("ping", {})).content[0].text == "pong"


for number in (1, 2):
    contexts.clear()
    asyncio.run(call())
    read = max(one.cert_store_stats()["x509"] for one in contexts)
    shown = "over 100" if read > 100 else read
    print(f"{sys.argv[2]}, session {number} over http: contexts {len(contexts)}, authorities read into it: {shown}")
EOF

venv/bin/python server.py "$port" >log 2>&1 &
server=$!
for _try in $(seq 100); do curl --silent --output log "http://127.0.0.1:$port/mcp" && break; sleep 0.2; done
unset SSL_CERT_FILE SSL_CERT_DIR
venv/bin/python client.py "$port" "as installed" >seen 2>>log
mkdir authorities
SSL_CERT_DIR=$PWD/authorities venv/bin/python client.py "$port" "with SSL_CERT_DIR" >>seen 2>>log

compare
