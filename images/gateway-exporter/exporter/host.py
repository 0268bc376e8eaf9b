# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, by their names, and certificates, by a look at what is served."""

from __future__ import annotations

import re
import socket
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from prometheus_client.core import GaugeMetricFamily

from . import say

# A folder gets this name when the backup in it is whole and was tried (plugins/module_utils/backups.py). What is in it
# is for root alone.
NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z")


def backups(folder: Path) -> list[float]:
    """When each was begun."""
    names = [each.name for each in folder.iterdir() if NAME.fullmatch(each.name)] if folder.is_dir() else []
    return sorted(datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() for name in names)


class Backups:
    """Looked at whenever Prometheus asks."""

    def __init__(self, folder: Path):
        self.folder = folder

    def collect(self):
        found = backups(self.folder)
        yield GaugeMetricFamily("mcp_lan_backups", "How many backups are kept.", value=len(found))
        yield GaugeMetricFamily(
            "mcp_lan_backup_last_timestamp_seconds",
            "When the newest was begun; 0 where there is none.",
            value=max(found, default=0),
        )


class Certificates:
    """Looked at every ten minutes."""

    def __init__(self, settings: dict):
        self.places = settings["tls"]
        self.ends: dict[str, float] = {}

    def run(self) -> None:
        """For ever."""
        while self.places:
            for place in self.places:
                try:
                    self.ends[place] = self.end(place)
                except (OSError, ValueError) as error:
                    self.ends.pop(place, None)
                    say(f"no certificate from {place}: {error}")
            time.sleep(600)

    @staticmethod
    def end(place: str) -> float:
        """Whoever has signed it: it is its end that is asked for."""
        host, _separator, port = place.rpartition(":")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((host, int(port)), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            served = tls.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(served).not_valid_after_utc.timestamp()

    def collect(self):
        ends = GaugeMetricFamily(
            "mcp_lan_certificate_expires_timestamp_seconds",
            "When the certificate served there ends; 0 where none is.",
            labels=["place"],
        )
        for place in self.places:
            ends.add_metric([place], self.ends.get(place, 0))
        yield ends
