# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario "keys": 20 keys, 3 servers, 12 tools each; the whole proof, on the target and on the newest LiteLLM."""

from __future__ import annotations

import os

import pytest
import scenario
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.77.3", "newest"])
def test_keys_hold(engine, show, monkeypatch, version):
    """Converge ends with the quick proof; verify does the full one, and what cannot be seen from an inventory."""
    desired = NEWEST_TESTED if version == "newest" else version
    monkeypatch.setenv("MCP_LAN_TEST_LITELLM_VERSION", desired)
    keys = scenario.Scenario("keys", show)
    keys.run("destroy")
    try:
        for name in ("converge", "verify"):
            step = keys.run(name)
            assert step.ok, f"molecule {name} failed on LiteLLM {desired}:\n{step.tail}"
    finally:
        if not os.environ.get("MCP_LAN_TEST_KEEP"):
            keys.run("destroy")
