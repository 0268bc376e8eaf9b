# SPDX-License-Identifier: GPL-3.0-or-later
"""What the front door says: its log, by a socket, and whether LiteLLM is ready behind it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import urllib.request
from pathlib import Path

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily

from . import say

REQUESTS = Counter("mcp_lan_http_requests", "Requests at the front door.", ["route", "protocol", "status"])
SECONDS = Histogram(
    "mcp_lan_http_request_seconds",
    "From a request's first byte to its answer's last one; without the streams that clients hold open.",
    ["route", "protocol"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)


def take(message: bytes) -> None:
    """One line of nginx's log, behind syslog's own words."""
    line = json.loads(message[message.index(b"{") :])
    route, protocol = line["route"] or "none", line["protocol"]
    REQUESTS.labels(route, protocol, line["status"]).inc()
    # GET below /mcp waits for what a server has to say: it is as long as the client's session.
    if line["method"] != "GET" or protocol != "jsonrpc":
        SECONDS.labels(route, protocol).observe(float(line["seconds"]))


def listen(path: Path) -> None:
    """For ever. nginx drops what nobody takes, and finds a new socket by itself."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(str(path))
    # nginx is another user, and the socket is in a volume that the two share with nobody.
    os.chmod(path, 0o666)
    while True:
        message = log.recv(1 << 14)
        try:
            take(message)
        except (ValueError, KeyError, TypeError) as error:
            say(f"a line of the front door's log cannot be read: {error}")


class Gateway:
    """Asks through the front door whether LiteLLM is ready, every few seconds."""

    def __init__(self, settings: dict):
        self.url, self.every = settings["gateway_url"], settings["every_seconds"]
        self.up, self.database, self.seconds, self.version = 0, 0, 0.0, ""
        self._lock = threading.Lock()

    def run(self) -> None:
        """For ever."""
        while True:
            self.look()
            time.sleep(self.every)

    def look(self) -> None:
        began = time.monotonic()
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                said = json.load(answer)
            up, database = 1, int(said.get("db") == "connected")
            version = str(said.get("litellm_version") or "")
        except (OSError, ValueError):
            up, database, version = 0, 0, ""
        with self._lock:
            # One that is away has the version that it had.
            self.up, self.database, self.version = up, database, version if up else self.version
            self.seconds = time.monotonic() - began

    def collect(self):
        with self._lock:
            yield GaugeMetricFamily(
                "mcp_lan_gateway_up", "Whether LiteLLM says within 5 s that it is ready.", value=self.up
            )
            yield GaugeMetricFamily(
                "mcp_lan_gateway_database_connected",
                "Whether LiteLLM says that it has its database.",
                value=self.database,
            )
            yield GaugeMetricFamily("mcp_lan_gateway_ready_seconds", "How long it took to say so.", value=self.seconds)
            info = GaugeMetricFamily("mcp_lan_gateway_info", "LiteLLM's version, where it says it.", labels=["version"])
            if self.version:
                info.add_metric([self.version], 1)
            yield info
