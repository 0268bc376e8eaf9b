# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's figures for Prometheus, and the page that shows them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime


def say(text: str, level: str = "WARNING") -> None:
    """A line of the log."""
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": level,
        "service": "gateway-exporter",
        "message": text,
    }
    print(json.dumps(line, separators=(",", ":")), file=sys.stderr, flush=True)


def first_line(error: Exception) -> str:
    """The first line of what an error says; its kind, where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
