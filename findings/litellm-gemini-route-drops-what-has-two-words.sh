#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.77.3 and 1.108.7, Gemini's own request (generateContent) for a model of Google's.
# Behaviour: 1.77.3 knows the fields of generationConfig by their names in Google's SDK for Python. Of a request as the API
#   documents it, in camelCase, it hands on what is a single word, and leaves out the others without an error: the answer is
#   longer than maxOutputTokens, and not of the schema that was asked for. 1.108.7 hands on all of these, the schema
#   rewritten as responseJsonSchema.
# A good guess: a request in a provider's own form, for that provider's own model, arrives as it was written.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
1.77.3: seed temperature
1.108.7: maxOutputTokens responseJsonSchema responseMimeType seed temperature topP
EOF

cat >ask.py <<'EOF'
import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from litellm.google_genai import agenerate_content

got = []
ANSWER = {"candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [{"text": "{}"}]}}],
          "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}
CONFIG = {"temperature": 0.5, "seed": 7, "topP": 0.9, "maxOutputTokens": 5, "responseMimeType": "application/json",
          "responseSchema": {"type": "OBJECT", "properties": {"word": {"type": "STRING"}}}}


class Model(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
asyncio.run(agenerate_content(
    model="gemini/gemini-2.5-flash", contents=[{"role": "user", "parts": [{"text": "hello"}]}], config=CONFIG,
    api_base=f"http://127.0.0.1:{server.server_port}/v1beta", api_key="none"))
print(f"{version('litellm')}:", *sorted(got[-1].get("generationConfig") or {}))
EOF

for version in 1.77.3 1.108.7; do
    python_packages "litellm[proxy]==$version" google-genai==1.55.0
    venv/bin/python ask.py 2>>log
done >seen
compare
