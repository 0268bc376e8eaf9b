#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.108.7, its Router with two deployments, one of which answers with an error.
# Behaviour: after one 401 or 404 a deployment is left out for a while and the request is not tried again on it. A 403
#   becomes an `APIError`: it is tried again as often as `num_retries` says, and the deployment stays in rotation.
# A good guess: a provider that says 403 (key without access, region, suspended account) is treated as one that says 401.
# Seen: with num_retries=3 the server is asked once for 401 and 404, four times for 403 and 429; of 40 later requests
#   401, 404 and 429 cost one, while 403 goes on failing about every second request.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.108.7

cat >expected <<'EOF'
401 AuthenticationError: asked 1 times with num_retries=3; beside a good one: left out after the first failure
403 APIError: asked 4 times with num_retries=3; beside a good one: asked again and again
404 NotFoundError: asked 1 times with num_retries=3; beside a good one: left out after the first failure
429 RateLimitError: asked 4 times with num_retries=3; beside a good one: left out after the first failure
EOF

venv/bin/python - >seen 2>log <<'EOF'
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm
from litellm import Router

litellm.suppress_debug_info = True
asked, status = Counter(), 200
GOOD = {"id": "c", "object": "chat.completion", "created": 1, "model": "x", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}]}


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        name = self.path.split("/")[1]
        asked[name] += 1
        body = json.dumps(GOOD if name == "good" else {"error": {"message": "no"}}).encode()
        self.send_response(200 if name == "good" else status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(count, retries, *names):
    address = f"http://127.0.0.1:{server.server_port}"
    deployments = [{"model_name": "group", "model_info": {"id": name}, "litellm_params": {
        "model": "openai/x", "api_key": "none", "api_base": f"{address}/{name}"}} for name in names]
    router = Router(deployments, num_retries=retries, retry_after=0, cooldown_time=60)
    asked.clear()
    kinds = set()
    for _ in range(count):
        try:
            router.completion(model="group", messages=[{"role": "user", "content": "hello"}])
        except Exception as error:
            kinds.add(type(error).__name__)
    return asked["bad"], kinds


for status in (401, 403, 404, 429):
    times, kinds = ask(1, 3, "bad")
    beside, _ = ask(40, 0, "bad", "good")
    print(status, f"{'/'.join(kinds)}: asked {times} times with num_retries=3; beside a good one:",
          "left out after the first failure" if beside == 1 else "asked again and again" if beside > 3 else beside)
EOF

compare
