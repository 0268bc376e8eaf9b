# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy between the engine and a real gateway: it writes down what passes, and breaks one request as it is told."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class FaultProxy(ThreadingHTTPServer):
    """fault(number) says what becomes of a request: None, "500", "reset" (not sent), "lost" or "killed".

    "lost" is sent, and its answer is not; with "killed" what stands in `kill` ends the caller first. What the gateway
    puts off because of its rate limit is sent again from here: that is none of the faults, and the caller may be one
    that tries nothing twice.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target: str):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target)
        self.fault = lambda number, method, path: None
        self.kill = lambda: None
        self.seen: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reset(self, fault=None) -> None:
        self.seen = []
        self.fault = fault or (lambda number, method, path: None)

    def handle_error(self, request, client_address):
        pass  # the engine hangs up when it is done, and that is no error


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _pass(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            number = len(self.server.seen)
            self.server.seen.append((self.command, self.path))
        fault = self.server.fault(number, self.command, self.path)
        if fault == "500":
            self._answer(500, [], b'{"error": {"message": "made up by the test"}}')
        elif fault == "reset":
            self._hang_up()
        else:
            status, headers, data = self._forward(body)
            while status == 429:
                time.sleep(0.25)
                status, headers, data = self._forward(body)
            if fault == "killed":
                self.server.kill()
            if fault in ("lost", "killed"):
                self._hang_up()
            else:
                self._answer(status, headers, data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

    def _forward(self, body: bytes):
        connection = http.client.HTTPConnection(self.server.target.hostname, self.server.target.port, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status, headers, data):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *arguments):
        pass
