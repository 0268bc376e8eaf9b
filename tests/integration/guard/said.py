# Answers on port 4000 what it is told to: said.py '{"/path": {"any": "JSON"}}'. A path that it has not is 503.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = json.loads(sys.argv[1])


class Said(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(ANSWERS.get(self.path)).encode()
        self.send_response(200 if self.path in ANSWERS else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        """Nothing."""


ThreadingHTTPServer(("", 4000), Said).serve_forever()
