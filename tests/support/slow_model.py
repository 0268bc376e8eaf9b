# SPDX-License-Identifier: GPL-3.0-or-later
"""A model for tests that takes its time: slow_model.py SECONDS [PLACES], and serves so many requests at once (0: any).

Each chat is answered after SECONDS, or after as many as its text says ("2 s"), or as a stream over them. GET /seen
tells how many have come, how many are served and were at most, and of each the text that was asked for, in the order in
which they were begun. It runs in the gateway's image, which has Python.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PARTS = 4  # of a stream
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


class Seen:
    """What has come; places: how many are served at once."""

    def __init__(self, places: int) -> None:
        self.lock = threading.Lock()
        self.free = threading.Semaphore(places) if places else contextlib.nullcontext()
        self.now = self.most = 0
        self.asked: list[str] = []

    @contextlib.contextmanager
    def one(self, text: str):
        with self.free:
            with self.lock:
                self.asked.append(text)
                self.now += 1
                self.most = max(self.most, self.now)
            try:
                yield
            finally:
                with self.lock:
                    self.now -= 1


class Model(BaseHTTPRequestHandler):
    seconds: float
    seen: Seen
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        seen = self.seen
        self.reply({"requests": len(seen.asked), "most": seen.most, "now": seen.now, "asked": seen.asked})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = str(asked["messages"][-1]["content"])
        seconds = float(text.removesuffix(" s")) if text.endswith(" s") else self.seconds
        if text == "fail":
            self.reply({"error": {"message": "It fails.", "type": "server_error"}}, 500)
            return
        head = {"id": "chatcmpl-1", "created": 1, "model": "slow"}
        with self.seen.one(text):
            if asked.get("stream"):
                self.stream(head, seconds)
                return
            time.sleep(seconds)
        choice = {"index": 0, "message": {"role": "assistant", "content": "It works."}, "finish_reason": "stop"}
        self.reply({**head, "object": "chat.completion", "choices": [choice], "usage": USAGE})

    def stream(self, head: dict, seconds: float):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(PARTS):
            delta = {"role": "assistant", "content": "word "}
            ends = "stop" if number == PARTS - 1 else None
            choice = {"index": 0, "delta": delta, "finish_reason": ends}
            part = {**head, "object": "chat.completion.chunk", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(part)}\n\n".encode())
            self.wfile.flush()
            time.sleep(seconds / PARTS)
        self.wfile.write(b"data: [DONE]\n\n")

    def reply(self, value: dict, status: int = 200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


if __name__ == "__main__":
    Model.seconds = float(sys.argv[1])
    Model.seen = Seen(int((sys.argv[2:] or ["0"])[0]))
    ThreadingHTTPServer.request_queue_size = 256
    ThreadingHTTPServer(("0.0.0.0", 8000), Model).serve_forever()
