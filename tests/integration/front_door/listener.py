# Stands where the gateway would, and prints what it is asked: what the front door adds is seen nowhere else.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = {name: self.headers.get_all(f"X-MCP-LAN-{name}", []) for name in ("audience", "door")}
        print(json.dumps({"path": self.path, **told}), flush=True)
        self.send_response(500 if self.path == "/mcp/fails" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = answer

    def log_message(self, *_arguments):
        pass


ThreadingHTTPServer(("0.0.0.0", 4000), Handler).serve_forever()
