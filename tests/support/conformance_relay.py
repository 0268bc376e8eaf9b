# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between the conformance suite and a gateway: the suite has no key, and names tools and prompts alone."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Relay(ThreadingHTTPServer):
    """Adds the key, and takes the server's name off the tools' names and puts it back on."""

    daemon_threads = True

    def __init__(self, gateway: str, key: str, server: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.gateway, self.key, self.prefix = urlsplit(gateway), key, f"{server}-"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{self.gateway.path}"

    def handle_error(self, request, client_address) -> None:
        pass  # the suite hangs up on streams


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Relay

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with contextlib.suppress(ValueError):
            message = json.loads(body)
            if message.get("method") in ("tools/call", "prompts/get"):
                message["params"]["name"] = self.server.prefix + message["params"]["name"]
                body = json.dumps(message).encode()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("content-length",)}
        own, theirs = f"127.0.0.1:{self.server.server_port}", self.server.gateway.netloc
        headers = {name: value.replace(own, theirs) for name, value in headers.items()}
        headers |= {"Authorization": f"Bearer {self.server.key}", "Content-Length": str(len(body))}
        connection = http.client.HTTPConnection(self.server.gateway.hostname, self.server.gateway.port, timeout=60)
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        prefixed = f'"name":"{self.server.prefix}'.encode()
        with contextlib.suppress(OSError, http.client.HTTPException):
            while line := answer.readline():
                self.wfile.write(
                    line.replace(prefixed, b'"name":"').replace(prefixed.replace(b":", b": "), b'"name":"')
                )
                self.wfile.flush()
        self.close_connection = True
        connection.close()

    do_GET = do_POST = do_DELETE = do_OPTIONS = _pass

    def log_message(self, *args) -> None:
        pass
