#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.108.7 as an MCP gateway (config.yaml, no database), the MCP SDK 2.3.0 that it brings, two MCP servers.
# Behaviour: resources/list shows the resources of both servers, with the server's name before the resource's name and the
#   URI as it is. resources/read takes the URI alone, and is refused wherever more than one server may be meant, also where
#   one of them alone has that URI; at /mcp/NAME it is read. A prompt, whose name begins with the server's, is got at once.
# A good guess: what a client finds in the list it can read, as with tools and prompts.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
listed at /mcp/: first-page note://first/page, second-page note://second/page
read at /mcp/: 400: Multiple MCP servers configured; read_resource currently supports exactly one allowed server.
read at /mcp/first: the page of first
prompt at /mcp/: the prompt of first
EOF

python_packages 'litellm[proxy]==1.108.7' mcp==2.3.0
gateway="$(free_port)"
first="$(free_port)"
second="$(free_port)"

cat >server.py <<'EOF'
import sys

from mcp.server import MCPServer

name = sys.argv[2]
server = MCPServer(name)


@server.resource(f"note://{name}/page", name="page")
def page() -> str:
    return f"the page of {name}"


@server.prompt("greet")
def greet() -> str:
    return f"the prompt of {name}"


server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
EOF

cat >client.py <<'EOF'
import json
import sys
import time

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


def ask(method, params, path="/mcp/"):
    text = client.post(base + path, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).text
    data = next((line[5:] for line in text.splitlines() if line.startswith("data:")), text)
    message = json.loads(data)
    return message.get("result") or message["error"]["message"]


found = ask("resources/list", {})["resources"]
print("listed at /mcp/:", ", ".join(sorted(f"{one['name']} {one['uri']}" for one in found)))
print("read at /mcp/:", ask("resources/read", {"uri": "note://first/page"}))
alone = ask("resources/read", {"uri": "note://first/page"}, "/mcp/first")
print("read at /mcp/first:", alone["contents"][0]["text"])
print("prompt at /mcp/:", ask("prompts/get", {"name": "first-greet"})["messages"][0]["content"]["text"])
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
