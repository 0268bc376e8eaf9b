# SPDX-License-Identifier: GPL-3.0-or-later
"""MCP servers are tried from LiteLLM's container before they are registered otherwise, and when the proof fails."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

TRIED = "Try each MCP server from where the gateway is"


def test_servers_are_tried_when_they_are_new_and_when_they_do_not_answer(site):
    site.remove()
    first = site.run("-v")
    assert first.status == 0, first.output[-3000:]
    assert TRIED in first.output
    again = site.run("-v")
    assert again.status == 0 and again.changed == [], again.changed
    assert TRIED not in again.output
    asked = site.run("-v", "--tags", "litellm_preflight")
    assert asked.status == 0 and TRIED in asked.output, asked.output[-3000:]

    # Health checks do not see it, and the gateway's own words would not say where it is.
    name = f"{site.prefix}-mcp-filesystem"
    server = site.engine.containers.get(name)
    server.stop(timeout=5)
    try:
        proof = site.run(playbook="verify")
    finally:
        server.start()
    assert proof.status != 0
    why, found = proof.message.split("\n", 1)
    assert why.startswith(f"filesystem: http://{name}:8000/mcp: "), proof.message
    assert "MCP server 'filesystem' is registered and offers no tool through the gateway" in found
