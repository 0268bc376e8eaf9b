import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from litellm.google_genai import agenerate_content

got = []
ANSWER = {
    "candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [{"text": "{}"}]}}],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
}
CONFIG = {
    "temperature": 0.5,
    "seed": 7,
    "topP": 0.9,
    "maxOutputTokens": 5,
    "responseMimeType": "application/json",
    "responseSchema": {"type": "OBJECT", "properties": {"word": {"type": "STRING"}}},
}


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
asyncio.run(
    agenerate_content(
        model="gemini/gemini-2.5-flash",
        contents=[{"role": "user", "parts": [{"text": "hello"}]}],
        config=CONFIG,
        api_base=f"http://127.0.0.1:{server.server_port}/v1beta",
        api_key="none",
    )
)
print(f"{version('litellm')}:", *sorted(got[-1].get("generationConfig") or {}))
