# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom LiteLLM's clients trust: whom they trusted before, and without reading all of them for each call."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "authorities.py"


@pytest.mark.parametrize(
    "image",
    ["MCP_LAN_TEST_LITELLM_IMAGE", pytest.param("MCP_LAN_TEST_NEWEST_LITELLM_IMAGE", marks=pytest.mark.slow)],
)
def test_the_same_authorities_are_trusted_for_less(images, playground, image):
    container = playground.docker.containers.create(
        images[image],
        entrypoint=["python", "/authorities.py"],
        volumes={str(SCRIPT): {"bind": "/authorities.py", "mode": "ro"}},
        network_mode="none",
        name=f"{playground.name}-authorities-{os.urandom(3).hex()}",
    )
    playground.containers.append(container)
    container.start()
    status = container.wait(timeout=300)["StatusCode"]
    assert status == 0, container.logs().decode()
    found = json.loads(container.logs(stderr=False).decode().splitlines()[-1])
    assert found["same"] and found["linked"]
    # A server is trusted by an authority of the directory, and by no other.
    assert found["own"] == "200" and "CERTIFICATE_VERIFY_FAILED" in found["stranger"]
    # Six times as much before; half is far from both.
    assert found["here"] < found["bundle"] / 2, found
