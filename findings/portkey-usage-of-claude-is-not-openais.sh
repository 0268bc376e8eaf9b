#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @portkey-ai/gateway 1.15.2 in front of a Claude that read most of its prompt from the cache, asked in OpenAI's form
#   and the answer priced by PyPI litellm 1.108.7 and genai-prices 0.2.3.
# Behaviour: `prompt_tokens` leaves out what came from the cache, `cached_tokens` counts it, and the total has it too: a part
#   that is larger than its whole. LiteLLM takes the part off the whole and prices the rest, below zero, at nothing;
#   genai-prices refuses to say a price.
# A good guess: in OpenAI's form cached tokens are some of the prompt's, whoever answered, and prompt and completion add up.
# Seen: as below; of 1,000 new tokens, 5,000 cached ones and 100 of the answer the new ones are free.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.108.7 genai-prices==0.2.3
node_packages @portkey-ai/gateway@1.15.2

cat >expected <<'EOF'
claude: {"input_tokens": 1000, "cache_read_input_tokens": 5000, "cache_creation_input_tokens": 0, "output_tokens": 100}
litellm asks claude: 6000 prompt, 5000 cached, 100 completion, 6100 total
  litellm: $0.006000
  genai-prices: $0.006000
litellm asks portkey: 1000 prompt, 5000 cached, 100 completion, 6100 total
  litellm: $0.003000
  genai-prices: Invalid usage data: cache_read_tokens (5000) cannot exceed input_tokens (1000)
EOF

# The gateway has no setting for the address that it listens on.
cat >loopback.cjs <<'EOF'
const { Server } = require('node:net');
const { listen } = Server.prototype;
Server.prototype.listen = function (port, host, ...rest) {
  return listen.call(this, port, '127.0.0.1', ...rest);
};
EOF

cat >probe.py <<'EOF'
import json, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm
from genai_prices import Usage, calc_price

MODEL = "claude-sonnet-4-5"
USAGE = {"input_tokens": 1000, "cache_read_input_tokens": 5000, "cache_creation_input_tokens": 0, "output_tokens": 100}
litellm.suppress_debug_info = True


class Claude(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"id": "m", "type": "message", "role": "assistant", "model": MODEL, "usage": USAGE,
                                     "content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn"}).encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Claude)
threading.Thread(target=server.serve_forever, daemon=True).start()
claude = f"http://127.0.0.1:{server.server_port}"
ROUTES = {
    "claude": {"model": f"anthropic/{MODEL}", "api_base": claude},
    "portkey": {"model": f"openai/{MODEL}", "api_base": f"http://127.0.0.1:{sys.argv[1]}/v1", "extra_headers": {
        "x-portkey-provider": "anthropic", "x-portkey-custom-host": f"{claude}/v1"}},
}


def ask(route):
    for _ in range(60):
        try:
            return litellm.completion(messages=[{"role": "user", "content": "hi"}], api_key="none", max_retries=0, **route)
        except litellm.InternalServerError:
            time.sleep(0.5)


print("claude:", json.dumps(USAGE))
for name, route in ROUTES.items():
    answer = ask(route)
    usage = answer.usage
    cached = usage.prompt_tokens_details.cached_tokens
    print(f"litellm asks {name}: {usage.prompt_tokens} prompt, {cached} cached, {usage.completion_tokens} completion,",
          usage.total_tokens, "total")
    cost = litellm.completion_cost(litellm.ModelResponse(model=MODEL, usage=usage), model=MODEL)
    print(f"  litellm: ${cost:.6f}")
    try:
        tokens = Usage(input_tokens=usage.prompt_tokens, cache_read_tokens=cached, output_tokens=usage.completion_tokens)
        print(f"  genai-prices: ${calc_price(tokens, model_ref=MODEL, provider_id='anthropic').total_price:.6f}")
    except ValueError as error:
        print("  genai-prices:", error)
EOF

export NO_PROXY=127.0.0.1
port="$(free_port)"
node --require ./loopback.cjs node_modules/@portkey-ai/gateway/build/start-server.js --headless --port="$port" >>log 2>&1 &
server=$!
venv/bin/python probe.py "$port" >seen 2>>log
compare
