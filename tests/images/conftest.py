# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests of images start the images of this checkout."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _images(images):
    """Built before the first test; the environment names them."""
