# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment of the site's own for the tests that break it."""

from __future__ import annotations

import os
import shutil

import pytest
from site_deployment import PORT, PREFIX, Site


@pytest.fixture(scope="session")
def site(images):
    """The deployment, with nothing there yet; removed at the end."""
    instance = Site(PREFIX, PORT)
    instance.remove()
    yield instance
    if not os.environ.get("MCP_LAN_TEST_KEEP"):
        instance.remove()
        shutil.rmtree(instance.output)
