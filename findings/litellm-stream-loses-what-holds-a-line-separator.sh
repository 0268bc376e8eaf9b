#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.108.7, streamed answers of fake servers that speak OpenAI's, Anthropic's and Gemini's form.
# Behaviour: LiteLLM cuts an event stream into lines as Python does with texts, so that U+2028, U+2029 and U+0085, which
#   JSON allows within a string and which are sent as they are, end a line in the middle of an event. From most providers
#   the piece of text that holds one goes missing, from Anthropic all that follows as well, from Gemini the character
#   alone. None of it is an error, and the answer is said to have ended by itself.
#   `openai/`, whose stream OpenAI's own library reads, keeps it; for the same server as `hosted_vllm/` it is lost.
# A good guess: a stream gives what the whole answer would be, and another prefix for the same OpenAI-compatible server
#   changes parameters and prices, not the text. (Models repeat such characters from documents that were made from PDFs.)
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.108.7

cat >expected <<'EOF'
U+2028 openai/x: 'one two three four', stop
U+2028 hosted_vllm/x: 'one four', stop
U+2028 deepseek/deepseek-chat: 'one four', stop
U+2028 mistral/mistral-large-latest: 'one four', stop
U+2028 anthropic/claude-sonnet-4-5: 'one ', stop
U+2028 gemini/gemini-2.5-flash: 'one twothree four', stop
U+0085 hosted_vllm/x: 'one four', stop
not streamed, hosted_vllm/x: 'one two three four'
EOF

venv/bin/python - >seen 2>log <<'EOF'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm

litellm.suppress_debug_info = True


def events(path):
    """The objects of a streamed answer, in the form of the API that was asked."""
    if "/v1/messages" in path:
        message = {"id": "m", "type": "message", "role": "assistant", "model": "x", "content": [],
                   "usage": {"input_tokens": 1, "output_tokens": 1}}
        yield {"type": "message_start", "message": message}
        yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        for text in texts:
            yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        yield {"type": "content_block_stop", "index": 0}
        yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
        yield {"type": "message_stop"}
    elif "GenerateContent" in path:
        for text in texts:
            yield {"candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}]}
    else:
        for delta, ended in (*(({"content": text}, None) for text in texts), ({}, "stop")):
            yield {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "x",
                   "choices": [{"index": 0, "delta": delta, "finish_reason": ended}]}


class Model(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        streamed = sent.get("stream") or "alt=sse" in self.path
        message = {"role": "assistant", "content": "".join(texts)}
        whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "x",
                 "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if streamed else "application/json")
        self.end_headers()
        for item in events(self.path) if streamed else [whole]:
            line = json.dumps(item, ensure_ascii=False)
            self.wfile.write((f"data: {line}\n\n" if streamed else line).encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(model, **options):
    address = f"http://127.0.0.1:{server.server_port}" + ("/v1/messages" if "anthropic" in model else "")
    return litellm.completion(model=model, api_key="none", api_base=address,
                              messages=[{"role": "user", "content": "hello"}], **options)


for sign, model in (("\u2028", "openai/x"), ("\u2028", "hosted_vllm/x"), ("\u2028", "deepseek/deepseek-chat"),
                    ("\u2028", "mistral/mistral-large-latest"), ("\u2028", "anthropic/claude-sonnet-4-5"),
                    ("\u2028", "gemini/gemini-2.5-flash"), ("\x85", "hosted_vllm/x")):
    texts = ["one ", f"two{sign}three ", "four"]
    choices = [chunk.choices[0] for chunk in ask(model, stream=True) if chunk.choices]
    text = "".join(choice.delta.content or "" for choice in choices).replace(sign, " ")
    print(f"U+{ord(sign):04X} {model}: {text!r},", *{choice.finish_reason for choice in choices} - {None})
print("not streamed, hosted_vllm/x:", repr(ask("hosted_vllm/x").choices[0].message.content.replace(sign, " ")))
EOF

compare
