#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.108.7, its Router: a Gemini model with an OpenAI-compatible one as its fallback.
# Behaviour: what Gemini's API cannot take is cut out of the caller's own `tools` object, in place. The fallback, and
#   every later request that uses the same object, gets the cut and partly contradictory schema.
# A good guess: each deployment's request is made from the tools as they were passed.
# Seen: after Gemini's 500 the fallback gets `{"const": 5, "type": "object"}` for `{"const": 5}` and
#   `{"anyOf": [{"type": "string", "nullable": true}]}` for `["string", "null"]`, and `additionalProperties: false`
#   is gone; the caller's list has changed as well.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.108.7

cat >expected <<'EOF'
asked alone, the OpenAI-compatible model gets the tool as it is: True
as Gemini's fallback it gets:
{"properties": {"note": {"anyOf": [{"nullable": true, "type": "string"}]}, "version": {"const": 5, "type": "object"}}, "type": "object"}
the caller's tool is as it was: False
EOF

venv/bin/python - >seen 2>log <<'EOF'
import copy
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm
from litellm import Router

litellm.suppress_debug_info = True
got = []
GOOD = {"id": "c", "object": "chat.completion", "created": 1, "model": "x", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}]}


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        gemini = "generateContent" in self.path
        if not gemini:
            got.append(sent["tools"][0]["function"]["parameters"])
        body = json.dumps({"error": {"message": "busy"}} if gemini else GOOD).encode()
        self.send_response(500 if gemini else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
parameters = {
    "type": "object",
    "properties": {"note": {"type": ["string", "null"]}, "version": {"const": 5}},
    "additionalProperties": False,
}
tools = [{"type": "function", "function": {"name": "save", "description": "Save it.", "parameters": parameters}}]
before = copy.deepcopy(tools)
router = Router(
    [
        {"model_name": name, "litellm_params": {"model": model, "api_key": "none", "api_base": address}}
        for name, model in (("main", "gemini/gemini-2.5-flash"), ("spare", "openai/x"))
    ],
    fallbacks=[{"main": ["spare"]}],
    num_retries=0,
)
prompt = [{"role": "user", "content": "hello"}]
router.completion(model="spare", messages=prompt, tools=tools)
print("asked alone, the OpenAI-compatible model gets the tool as it is:", got[-1] == parameters)
router.completion(model="main", messages=prompt, tools=tools)
print("as Gemini's fallback it gets:")
print(json.dumps(got[-1], sort_keys=True))
print("the caller's tool is as it was:", tools == before)
EOF

compare
