#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @portkey-ai/gateway 1.15.2: one request in OpenAI's form, and what of it arrives at providers of other forms.
# Behaviour: what it has no rule for is left out without a word: `stop` and `response_format` for Mistral, `stop` and `seed`
#   for OpenRouter, both of which take them. Together gets the frequency penalty as a repetition penalty, where 1 means none
#   and 0.5 asks for more of the same. A temperature above 1 becomes 1 for Claude and Mistral. A `stop` that is one text, as
#   OpenAI allows, stays one for Claude and Gemini, which take lists alone.
# A good guess: a field that a provider knows by the same name is passed on, one that it does not know is refused.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @portkey-ai/gateway@1.15.2

cat >expected <<'EOF'
asked: {"stop": "END", "response_format": {"type": "json_object"}, "seed": 7, "temperature": 1.5, "frequency_penalty": 0.5}
mistral-ai: {"random_seed": 7, "temperature": 1}
openrouter: {"response_format": {"type": "json_object"}, "temperature": 1.5}
together-ai: {"repetition_penalty": 0.5, "response_format": {"type": "json_object"}, "stop": "END", "temperature": 1.5}
anthropic: {"stop_sequences": "END", "temperature": 1}
google: {"responseMimeType": "application/json", "seed": 7, "stopSequences": "END", "temperature": 1.5}
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
import json, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ASKED = {"stop": "END", "response_format": {"type": "json_object"}, "seed": 7, "temperature": 1.5, "frequency_penalty": 0.5}
PROVIDERS = {"mistral-ai": "mistral-small-latest", "openrouter": "a/b", "together-ai": "a/b", "anthropic": "claude-sonnet-4-5",
             "google": "gemini-2.5-flash"}
arrived = []


class Provider(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        arrived.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(provider, model):
    body = {"model": model, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 9, **ASKED}
    headers = {"content-type": "application/json", "authorization": "Bearer none", "x-portkey-provider": provider,
               "x-portkey-custom-host": f"http://127.0.0.1:{server.server_port}"}
    url = f"http://127.0.0.1:{sys.argv[1]}/v1/chat/completions"
    opener.open(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=20)


print("asked:", json.dumps(ASKED))
for provider, model in PROVIDERS.items():
    for _ in range(60):
        try:
            ask(provider, model)
        except OSError:
            pass
        if arrived:
            break
        time.sleep(0.5)
    got = arrived[0]
    arrived.clear()
    got = {**got, **got.get("generationConfig", {})}
    left = ("model", "messages", "contents", "system", "max_tokens", "maxOutputTokens", "generationConfig")
    print(f"{provider}:", json.dumps({key: got[key] for key in sorted(got) if key not in left}))
EOF

port="$(free_port)"
node --require ./loopback.cjs node_modules/@portkey-ai/gateway/build/start-server.js --headless --port="$port" >>log 2>&1 &
server=$!
python3 probe.py "$port" >seen
compare
