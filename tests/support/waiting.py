# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for what comes a moment later: a log's line, a row, a state."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest


def until(found: Callable[[], Any], seconds: float = 60, what: str = "what is waited for") -> Any:
    """Return the first true answer of `found`; fail with what did not come after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.2)
    return pytest.fail(f"{what}: not within {seconds:g} s", pytrace=False)
