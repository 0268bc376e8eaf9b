#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcpo 0.0.20 (mcp 1.30.0), which offers the tools of an MCP server as an OpenAPI service.
# Behaviour: a tool's text that can be read as JSON is answered as what it reads as. A version 1.10 becomes the number 1.1,
#   an identifier 1e3 the number 1000.0, and the words null and NaN nothing at all; 007 stays text. One part is answered
#   bare, several are a list. A tool that fails is HTTP 500, "Unexpected error".
# A good guess: what a tool gives as text is a JSON string, whatever it says, in the same shape each time.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
# A FastAPI of its time: with the one of today it does not start.
python_packages mcpo==0.0.20 mcp==1.30.0 fastapi==0.121.3

cat >expected <<'EOF'
text hello: "hello"
text 1.10: 1.1
text 1e3: 1000.0
text 007: "007"
text null: null
text NaN: null
0 parts: []
1 parts: "a"
2 parts: ["a","a"]
a tool that fails: 500 Unexpected error
EOF

cat >tools.py <<'EOF'
from mcp.server.fastmcp import FastMCP

server = FastMCP("probe")


@server.tool(structured_output=False)
def say(text: str) -> str:
    return text


@server.tool(structured_output=False)
def parts(number: int) -> list[str]:
    return ["a"] * number


@server.tool(structured_output=False)
def fail() -> str:
    raise ValueError("there is no such note")


server.run()
EOF

cat >probe.py <<'EOF'
import sys
import time

import httpx

with httpx.Client(base_url=f"http://127.0.0.1:{sys.argv[1]}", trust_env=False, timeout=20) as client:
    for _ in range(120):
        try:
            client.get("/openapi.json")
            break
        except httpx.TransportError:
            time.sleep(0.5)
    for text in ("hello", "1.10", "1e3", "007", "null", "NaN"):
        print(f"text {text}: {client.post('/say', json={'text': text}).text}")
    for number in range(3):
        print(f"{number} parts: {client.post('/parts', json={'number': number}).text}")
    failed = client.post("/fail", json={})
    print("a tool that fails:", failed.status_code, failed.json()["detail"]["message"])
EOF

port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
venv/bin/mcpo --host 127.0.0.1 --port "$port" -- "$work/venv/bin/python" "$work/tools.py" >>log 2>&1 &
server=$!
venv/bin/python probe.py "$port" >seen
compare
