# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios of transports and of credentials, each a gateway with real servers, on the target and the newest."""

from __future__ import annotations

import os
import re

import pytest
import scenario
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.77.3", "newest"])
@pytest.mark.parametrize("transport", ["http", "sse", "stdio", "services", "upstream"])
def test_transport(engine, show, monkeypatch, transport, version):
    """Converge ends with the proof of each key; verify asks with a real client, and tries what isolates the servers."""
    desired = NEWEST_TESTED if version == "newest" else version
    monkeypatch.setenv("MCP_LAN_TEST_LITELLM_VERSION", desired)
    deployment = scenario.Scenario(transport, show)
    deployment.run("destroy")
    taken = {}
    try:
        for name in ("converge", "idempotence", "verify"):
            step = deployment.run(name)
            taken[name] = step.seconds
            changed = re.findall(r"^changed: .*$", step.output, re.MULTILINE) if name == "idempotence" else []
            assert step.ok, f"molecule {name} failed on LiteLLM {desired}:\n" + "\n".join([*changed, step.tail])
        with show():
            steps = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in taken.items())
            print(f"\n{transport} on LiteLLM {desired}: {sum(taken.values()):.0f} s ({steps})", flush=True)
    finally:
        if not os.environ.get("MCP_LAN_TEST_KEEP"):
            deployment.run("destroy")
