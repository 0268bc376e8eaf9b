#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.77.3 and 1.108.7, requests in Anthropic's form to a model behind an OpenAI-compatible server.
# Behaviour: a `document` block with text and a `search_result` block, of the user or as a tool's result, are left out
#   without an error or a warning, and the question about them is asked all the same; the tool's result is then empty in
#   1.108.7 and not sent at all in 1.77.3. In 1.108.7 a PDF becomes an image_url with a PDF in it. `is_error` goes too.
#   1.77.3 has every image end up as what Python prints for a dict, behind `data:image;base64,`.
# A good guess: what the other form has no block for is refused, as unknown parameters are, and plain text is handed on as
#   text, because every chat API takes that.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
1.77.3
text document, user: ['question']
text document, tool: nothing
search result, user: ['question']
search result, tool: nothing
pdf document, user: ['question']
image, user: ["data:image;base64,{'type': 'base64', 'media_type': 'image/png', 'data': 'AAAA'}", 'question']
failed call, tool: ['no such file']
1.108.7
text document, user: ['question']
text document, tool: ['']
search result, user: ['question']
search result, tool: ['']
pdf document, user: ['data:application/pdf;base64,AAAA', 'question']
image, user: ['data:image/png;base64,AAAA', 'question']
failed call, tool: ['no such file']
EOF

cat >ask.py <<'EOF'
import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm

got, loop = [], asyncio.new_event_loop()
GOOD = {"id": "c", "object": "chat.completion", "created": 1, "model": "x", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}]}


class Model(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        got.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["messages"])
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(GOOD).encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()


def sent(name, *messages):
    """What of the last message the model is given."""
    model = "openai/x" if sys.argv[1] == "1.77.3" else "hosted_vllm/x"
    loop.run_until_complete(litellm.anthropic.messages.acreate(
        model=model, api_key="none", max_tokens=9, messages=list(messages),
        api_base=f"http://127.0.0.1:{server.server_port}"))
    content = [part for message in got.pop()[len(messages) - 1:] for part in (
        message["content"] if isinstance(message["content"], list) else [{"type": "text", "text": message["content"]}])]
    print(f"{name}:", [part[part["type"]] if part["type"] == "text" else part["image_url"]["url"] for part in content]
          or "nothing")


def user(name, block):
    sent(f"{name}, user", {"role": "user", "content": [block, {"type": "text", "text": "question"}]})


def tool(name, content, **more):
    call = {"type": "tool_use", "id": "t", "name": "read", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": content, **more}
    sent(f"{name}, tool", {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]})


print(sys.argv[1])
for name, block in {
    "text document": {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "the text"}},
    "search result": {"type": "search_result", "source": "https://example.com", "title": "One",
                      "content": [{"type": "text", "text": "the text"}]},
}.items():
    user(name, block)
    tool(name, [block])
user("pdf document", {"type": "document",
                      "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}})
user("image", {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}})
tool("failed call", "no such file", is_error=True)
EOF

for version in 1.77.3 1.108.7; do
    python_packages litellm==$version
    venv/bin/python ask.py $version >>seen 2>log
done

compare
