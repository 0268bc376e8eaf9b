# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's figures for Prometheus, and the page that shows them."""

from __future__ import annotations

import json
import sys
import time


def say(text: str) -> None:
    """A line of the log."""
    print(
        json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "says": text}),
        file=sys.stderr,
        flush=True,
    )
