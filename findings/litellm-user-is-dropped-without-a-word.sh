#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.108.7, the parameter `user` of a chat request, with `drop_params` at its default (off).
# Behaviour: `user` reaches an OpenAI-compatible server only when the model's name is one that LiteLLM's own list has.
#   For Claude it becomes `metadata.user_id`, unless it looks like an e-mail address or a telephone number, and a plain
#   staff number does. In all these cases it is left out without an error, although parameters that a provider does not
#   have are refused otherwise.
# A good guess: with drop_params off every parameter is either sent or refused, so the provider's logs name the user.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.108.7

cat >expected <<'EOF'
openai/gpt-4o, desk-7: sent
openai/qwen3, desk-7: left out
hosted_vllm/qwen3, desk-7: left out
anthropic/claude-sonnet-4-5, desk-7: sent
anthropic/claude-sonnet-4-5, ann@office.example: left out
anthropic/claude-sonnet-4-5, 0012345678: left out
openai/qwen3 with verbosity, which its provider does not list: UnsupportedParamsError
EOF

venv/bin/python - >seen 2>log <<'EOF'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm

litellm.suppress_debug_info = True
got = []
OPENAI = {"id": "c", "object": "chat.completion", "created": 1, "model": "x", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}]}
CLAUDE = {"id": "m", "type": "message", "role": "assistant", "model": "x", "content": [{"type": "text", "text": "ok"}],
          "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}}


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        got.append(self.rfile.read(int(self.headers["content-length"])).decode())
        body = json.dumps(CLAUDE if "messages" in self.path else OPENAI).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(model, **parameters):
    litellm.completion(model=model, api_base=f"http://127.0.0.1:{server.server_port}", api_key="none",
                       messages=[{"role": "user", "content": "hello"}], **parameters)
    return got[-1]


CLAUDE_MODEL = "anthropic/claude-sonnet-4-5"
for model, user in (
    ("openai/gpt-4o", "desk-7"),
    ("openai/qwen3", "desk-7"),
    ("hosted_vllm/qwen3", "desk-7"),
    (CLAUDE_MODEL, "desk-7"),
    (CLAUDE_MODEL, "ann@office.example"),
    (CLAUDE_MODEL, "0012345678"),
):
    print(f"{model}, {user}:", "sent" if user in ask(model, user=user) else "left out")
try:
    outcome = "sent" if ask("openai/qwen3", verbosity="low") else ""
except Exception as error:
    outcome = type(error).__name__
print("openai/qwen3 with verbosity, which its provider does not list:", outcome)
EOF

compare
