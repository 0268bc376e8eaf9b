# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP API that answers with the request as it came: python3 echo_api.py, at port 9000."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    """Method, address, what the headers say of the body, and the body."""

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        named = {name: self.headers[name] for name in ("content-type", "cookie", "x-a") if name in self.headers}
        answer = json.dumps({"request": f"{self.command} {self.path}", "headers": named, "body": body}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PATCH = do_POST = do_PUT = do_GET


if __name__ == "__main__":
    ThreadingHTTPServer(("", 9000), Echo).serve_forever()
