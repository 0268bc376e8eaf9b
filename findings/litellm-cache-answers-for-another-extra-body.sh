#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.77.3, its response cache (type local; the key is made the same way for Redis).
# Behaviour: the cache's key leaves out `extra_body` and every parameter that is not one of OpenAI's, so a request with
#   other constraints gets the first one's answer. The order of keyword arguments is part of it, so the same request
#   written in another order is sent again.
# A good guess: the key covers all that is sent to the model, and nothing else.
# Seen: a choice between red and blue is answered with what a choice between yes and no gave, and the server is not
#   asked; `temperature, seed` and `seed, temperature` are two requests.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.77.3

cat >expected <<'EOF'
choice of yes, no: yes, requests: 1
choice of red, blue: yes, requests: 0
min_p 0.9 instead: yes, requests: 0
temperature, seed: requests: 1
the same again: requests: 0
seed, temperature: requests: 1
EOF

venv/bin/python - >seen 2>log <<'EOF'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm

litellm.suppress_debug_info = True
got = []


class Model(BaseHTTPRequestHandler):
    """Answers with the first of the choices that it is given."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        message = {"role": "assistant", "content": got[-1].get("guided_choice", ["-"])[0]}
        body = json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "x",
                           "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
litellm.cache = litellm.Cache(type="local")


def ask(**parameters):
    got.clear()
    reply = litellm.completion(model="openai/x", api_base=f"http://127.0.0.1:{server.server_port}", api_key="none",
                               messages=[{"role": "user", "content": "hello"}], caching=True, **parameters)
    return reply.choices[0].message.content, len(got)


print("choice of yes, no: {}, requests: {}".format(*ask(extra_body={"guided_choice": ["yes", "no"]})))
print("choice of red, blue: {}, requests: {}".format(*ask(extra_body={"guided_choice": ["red", "blue"]})))
print("min_p 0.9 instead: {}, requests: {}".format(*ask(min_p=0.9)))
print("temperature, seed: requests:", ask(temperature=0, seed=1)[1])
print("the same again: requests:", ask(temperature=0, seed=1)[1])
print("seed, temperature: requests:", ask(seed=1, temperature=0)[1])
EOF

compare
