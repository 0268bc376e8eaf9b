# Stands where the gateway would: a stream of events that does not end, and a redirect as LiteLLM writes them.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/mcp/":
            self.stream()
        elif self.path == "/v1/models":
            # Starlette makes it of the Host header and of the scheme that it was asked by, which is plain.
            self.answer(307, "", Location=f"http://{self.headers['Host']}/v1/models/")
        else:
            told = {name: self.headers.get(name) for name in ("Host", "X-Forwarded-For", "X-Forwarded-Proto")}
            self.answer(200, json.dumps(told))

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(200, "{}")

    def answer(self, status, text, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(1200):
            self.wfile.write(f"data: {number}\n\n".encode())
            time.sleep(0.1)

    def log_message(self, *_arguments):
        pass


ThreadingHTTPServer(("0.0.0.0", 4000), Handler).serve_forever()
