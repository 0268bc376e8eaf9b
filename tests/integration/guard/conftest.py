# The gateway of the guard's tests: a real one with the guard, and real MCP servers behind it.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def gateway(guarded):
    return guarded
