# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom LiteLLM's clients trust: whom they trusted before, and without reading all of them for each call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "authorities.py"


@pytest.mark.parametrize(
    "image",
    ["MCP_LAN_TEST_LITELLM_IMAGE", pytest.param("MCP_LAN_TEST_NEWEST_LITELLM_IMAGE", marks=pytest.mark.slow)],
)
def test_the_same_authorities_are_trusted_for_less(images, playground, image):
    mounted = {str(SCRIPT): {"bind": "/authorities.py", "mode": "ro"}}
    found = json.loads(playground.told(images[image], ["/authorities.py"], volumes=mounted).splitlines()[-1])
    assert found["same"] and found["linked"]
    # A server is trusted by an authority of the directory, and by no other.
    assert found["own"] == "200" and "CERTIFICATE_VERIFY_FAILED" in found["stranger"]
    assert found["read"] == 0 and found["read of the bundle"] > 100
