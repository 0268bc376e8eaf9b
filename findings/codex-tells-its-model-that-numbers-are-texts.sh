#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @openai/codex 0.171.0, a tool of an MCP server over stdio, and a stand-in for the model that writes down what it is asked.
# Behaviour: the schema of a tool is rewritten before the model sees it. What has an enum and no `type` becomes text, and the
#   enum stays: `Literal[1, 2, "auto"]`, as pydantic writes it, is a text that is 1, 2 or "auto". A pair of numbers is a list
#   of two texts or more, and an object whose keys have a pattern is one of no fields. Limits, defaults, patterns and formats
#   are left out. `put-item` is `put_item`, but next to a `get_item` both it and `get-item` have a number behind their names.
# A good guess: the model is told what the server says, or less of it, but nothing else.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @openai/codex@0.171.0

cat >expected <<'EOF2'
limit {"default":20,"maximum":100,"minimum":1,"type":"integer"} -> {"type":"integer"}
level {"default":"auto","enum":[1,2,"auto"]} -> {"enum":[1,2,"auto"],"type":"string"}
fast {"enum":[true,"auto"]} -> {"enum":[true,"auto"],"type":"string"}
point {"maxItems":2,"minItems":2,"prefixItems":[{"type":"number"},{"type":"number"}],"type":"array"} -> {"items":{"type":"string"},"minItems":2,"type":"array"}
since {"format":"date-time","type":"string"} -> {"type":"string"}
code {"pattern":"^[A-Z]{3}$","type":"string"} -> {"type":"string"}
by {"patternProperties":{"^k":{"type":"integer"}},"type":"object"} -> {"properties":{},"type":"object"}
tools: find get_item_# get_item_# put_item
EOF2

cat >server.py <<'EOF2'
import json, sys

number = {"type": "number"}
properties = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    "level": {"enum": [1, 2, "auto"], "default": "auto"},
    "fast": {"enum": [True, "auto"]},
    "point": {"type": "array", "prefixItems": [number, number], "minItems": 2, "maxItems": 2},
    "since": {"type": "string", "format": "date-time"},
    "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "by": {"type": "object", "patternProperties": {"^k": {"type": "integer"}}},
}
tools = [{"name": name, "inputSchema": {"type": "object", "properties": properties}}
         for name in ("find", "get-item", "get_item", "put-item")]
for line in sys.stdin if __name__ == "__main__" else ():
    message = json.loads(line)
    answer = {"tools": tools} if message["method"] == "tools/list" else {}
    if message["method"] == "initialize":
        answer = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                  "serverInfo": {"name": "probe", "version": "1"}}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": answer}), flush=True)
EOF2
cat >model.py <<'EOF2'
import json, re, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from server import properties


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        tools = next((each["tools"] for each in asked["tools"] if each.get("name") == "mcp__probe"), [])
        told = {tool["name"]: tool["parameters"]["properties"] for tool in tools}
        with open("seen", "w") as file:
            for name, schema in properties.items():
                both = (json.dumps(each, sort_keys=True, separators=",:") for each in (schema, told["find"][name]))
                print(name, " -> ".join(both), file=file)
            print("tools:", *(re.sub("_[0-9a-f]{12}$", "_#", name) for name in sorted(told)), file=file)
        text = {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "Hello."}]}
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for event in ({"type": "response.created", "response": {"id": "r"}},
                      {"type": "response.output_item.done", "item": text},
                      {"type": "response.completed", "response": {"id": "r"}}):
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())


HTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
EOF2

port="$(free_port)"
mkdir home
cat >home/config.toml <<EOF2
model = "any"
model_provider = "stand-in"
check_for_update_on_startup = false
analytics.enabled = false
[model_providers.stand-in]
name = "stand-in"
base_url = "http://127.0.0.1:$port/v1"
[mcp_servers.probe]
command = "python3"
args = ["$work/server.py"]
required = true
EOF2
python3 model.py "$port" >>log 2>&1 &
server=$!
sleep 1
CODEX_HOME="$work/home" NO_PROXY=127.0.0.1 node_modules/.bin/codex exec --skip-git-repo-check "Hello" </dev/null >>log 2>&1
compare
