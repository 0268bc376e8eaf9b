#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.77.3 and 1.108.7, whose costs are of its own list of models (gpt-4o: 2.5 and 10 per million tokens).
# Behaviour: a price that is given with one call is written into the list: from then on it is what the model costs in the
#   whole process, for calls that name none as well. It counts only where `output_cost_per_token` is given, too; an input's
#   price alone is ignored for a model on the list. In 1.77.3 a Router's deployment does the same: one on the own
#   servers at price 0 makes the paid one with the same model free, of another group and in other routers.
# A good guess: a parameter of a call, or of a deployment, is for that call or deployment; and what is not given of a price
#   is taken from the list.
# Seen: as below, for 1000 and 100 tokens.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
1.77.3
call without a price 0.0035, with 0.001 for input 0.0035, with 0.001 and 0 1.0, without 1.0
router: paid 0.0035; beside a free one: paid 0.0, free 0.0; then alone: paid 0.0
1.108.7
call without a price 0.0035, with 0.001 for input 0.0035, with 0.001 and 0 1.0, without 1.0
router: paid 0.0035; beside a free one: paid 0.0035, free 0.0; then alone: paid 0.0035
EOF

cat >ask.py <<'EOF'
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm

GOOD = {"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}}


class Model(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(GOOD).encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
model = {"model": "openai/gpt-4o", "api_key": "none", "api_base": f"http://127.0.0.1:{server.server_port}"}
prompt = [{"role": "user", "content": "hello"}]


def call(**price):
    return litellm.completion(messages=prompt, **model, **price)._hidden_params["response_cost"]


def routed(**prices):
    router = litellm.Router([{"model_name": name, "litellm_params": {**model, **price}} for name, price in prices.items()])
    costs = [router.completion(model=name, messages=prompt)._hidden_params["response_cost"] for name in prices]
    return ", ".join(f"{name} {cost}" for name, cost in zip(prices, costs))


if sys.argv[1] == "call":
    print("call without a price {}, with 0.001 for input {}, with 0.001 and 0 {}, without {}".format(
        call(), call(input_cost_per_token=0.001), call(input_cost_per_token=0.001, output_cost_per_token=0), call()))
else:
    free = {"input_cost_per_token": 0, "output_cost_per_token": 0}
    print(f"router: {routed(paid={})}; beside a free one: {routed(paid={}, free=free)}; then alone: {routed(paid={})}")
EOF

for version in 1.77.3 1.108.7; do
    python_packages litellm==$version
    {
        echo $version
        venv/bin/python ask.py call 2>log
        venv/bin/python ask.py router 2>log
    } >>seen
done

compare
