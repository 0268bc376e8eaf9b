#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.108.7, a tool's JSON schema on its way to a Gemini model.
# Behaviour: `anyOf` and string enums are passed on; `oneOf`, `allOf`, enums of numbers, `const`, and `prefixItems` are
#   dropped without an error or a warning. The empty string in an enum becomes null.
# A good guess: what cannot be expressed is refused, or at least `oneOf` is turned into `anyOf`. Pydantic writes
#   `oneOf` for every discriminated union, so tools of Python MCP servers are concerned.
# Seen: as below; a discriminated union arrives as `{}`, and a level of 1, 2 or 3 as any integer.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.108.7

cat >expected <<'EOF'
allOf: {}
anyOf: {"anyOf": [{"type": "string"}, {"type": "integer"}]}
const: {"type": "object"}
enum of numbers: {"type": "integer"}
enum of strings: {"enum": ["low", "high"], "type": "string"}
enum with an empty string: {"enum": [null, "high"], "type": "string"}
oneOf: {}
prefixItems: {"items": {"type": "object"}, "type": "array"}
EOF

venv/bin/python - >seen 2>log <<'EOF'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm

litellm.suppress_debug_info = True
got = []
GOOD = {"candidates": [{"content": {"role": "model", "parts": [{"text": "ok"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}


class Gemini(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        body = json.dumps(GOOD).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Gemini)
threading.Thread(target=server.serve_forever, daemon=True).start()
two = [{"type": "string"}, {"type": "integer"}]
properties = {
    "oneOf": {"oneOf": two},
    "anyOf": {"anyOf": two},
    "allOf": {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}]},
    "const": {"const": "v1"},
    "prefixItems": {"type": "array", "prefixItems": two},
    "enum of numbers": {"type": "integer", "enum": [1, 2, 3]},
    "enum of strings": {"type": "string", "enum": ["low", "high"]},
    "enum with an empty string": {"type": "string", "enum": ["", "high"]},
}
litellm.completion(
    model="gemini/gemini-2.5-flash",
    api_base=f"http://127.0.0.1:{server.server_port}",
    api_key="none",
    messages=[{"role": "user", "content": "hello"}],
    tools=[{"type": "function", "function": {
        "name": "save", "description": "Save it.", "parameters": {"type": "object", "properties": properties}}}],
)
arrived = got[0]["tools"][0]["function_declarations"][0]["parameters"]["properties"]
for name in sorted(properties):
    print(f"{name}: {json.dumps(arrived.get(name), sort_keys=True)}")
EOF

compare
