# SPDX-License-Identifier: GPL-3.0-or-later
"""The long run (pytest --all) tries 10,000 generated files for each property."""

from __future__ import annotations

import os


def pytest_configure(config):
    if config.getoption("all", default=False):
        os.environ.setdefault("MCP_LAN_EXAMPLES", "10000")
