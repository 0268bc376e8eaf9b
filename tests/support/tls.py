# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server that speaks TLS with a certificate of the deployment's own authority."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
NAMES = ["127.0.0.1", "localhost"]


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"keys": []}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serving(folder: Path, authority: certificate.Pair, names=(), began=NOW) -> Iterator[str]:
    """The address of a server whose certificate is for these names, and for one day from then on."""
    file = folder / "tls.pem"
    file.touch(mode=0o600)
    file.write_text(certificate.issue(authority, names or NAMES, 1, began).text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.handle_error = lambda *_arguments: None  # who does not trust it hangs up
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# What can be wrong with a certificate: how it is served, whether its authority is trusted, and what is said.
PROBLEMS = {
    "ended": ({"began": NOW - datetime.timedelta(days=2)}, True, "has expired: run site.yml, which renews"),
    "early": ({"began": NOW + datetime.timedelta(days=2)}, True, "is not valid yet as this machine's clock goes"),
    "name": ({"names": ["localhost"]}, True, "is for other names than this one: add it to front_door_hosts"),
    "stranger": ({}, False, "is of an authority that is not trusted here"),
}
