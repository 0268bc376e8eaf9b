# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves /metrics, and the page below /observability/, on port 9400.

Reads /etc/gateway-exporter/settings.json, which the role observability writes, and libpq's variables.
"""

from __future__ import annotations

import json
import os
import threading
import traceback
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import REGISTRY, disable_created_metrics, make_wsgi_app
from whitenoise import WhiteNoise

from . import say
from .database import Database
from .front_door import Gateway, listen
from .host import Backups, Certificates


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each request."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    timeout = 10

    def log_message(self, *_):
        pass


def work(function) -> None:
    """What nobody expected ends the exporter: it is started again, and does not go on with half of the figures."""
    try:
        function()
    except BaseException:
        say(traceback.format_exc(), "ERROR")
        os._exit(1)


def main() -> None:
    settings = json.loads(Path("/etc/gateway-exporter/settings.json").read_text(encoding="utf-8"))
    database, gateway = Database(settings, Path("/data")), Gateway(settings)
    certificates = Certificates(settings)
    for part in (database, gateway, certificates, Backups(Path("/backups"))):
        REGISTRY.register(part)
    for function in (database.run, gateway.run, certificates.run, lambda: listen(Path("/run/front-door-log/log"))):
        threading.Thread(target=work, args=[function], daemon=True).start()
    disable_created_metrics()
    metrics = make_wsgi_app()

    def application(environ, start_response):
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is nothing here.\n"]

    served = WhiteNoise(application, root="/opt/page", prefix="observability/", index_file=True)
    make_server("", 9400, served, server_class=Server, handler_class=Quiet).serve_forever()


main()
