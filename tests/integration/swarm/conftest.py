# SPDX-License-Identifier: GPL-3.0-or-later
"""A swarm of two machines, each with an engine of its own, and the site on one of them, with two replicas of LiteLLM.

With MCP_LAN_TEST_SWARM, a folder, it is kept there after a run, and used again by the next one.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import scenario
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED
from machines import Machine
from swarm_site import CALL, CHAT, SwarmSite, asking

KEPT = os.environ.get("MCP_LAN_TEST_SWARM")
# What the site has on the gateway host; the other machine runs the first two.
IMAGES = {name: {"name": name} for name in ("litellm", "front-door", "postgresql", "egress-proxy", "mcp-filesystem")}


@pytest.fixture(scope="session")
def machines(engine, show, tmp_path_factory):
    """Both, in a swarm."""
    # The path of a socket is at most 107 characters long.
    folder = Path(KEPT) if KEPT else tmp_path_factory.mktemp("machines")
    made = [Machine(number, folder, "--no-new-privileges") for number in (1, 2)]
    if not all(each.answers() for each in made):
        _start(made, show)
    yield made
    if not KEPT:
        for each in made:
            each.stop()


def _start(made: list[Machine], show) -> None:
    with show():
        step, references = scenario.make_images(IMAGES | {"litellm": {"name": "litellm", "version": NEWEST_TESTED}})
    assert step.ok, f"an image cannot be had:\n{step.tail}"
    for each in made:
        each.start()
    first, second = made
    first.cable(second)
    first.has_swarm()
    second.joins(first)
    first.load(*references.values())
    second.load(references["litellm"], references["front-door"])


@pytest.fixture(scope="module")
def site(machines):
    """The site, deployed with its replicas."""
    instance = SwarmSite(*machines)
    if not KEPT:
        instance.remove()
    run = instance.run()
    assert run.status == 0, run.output[-3000:]
    yield instance
    if not KEPT:
        shutil.rmtree(instance.output)


@pytest.fixture(scope="module")
def asks(site, machines):
    """A chat and the call of a tool at each machine, with a key that the proof of a run does not look at."""
    client = site.client()
    (server,) = (each["server_id"] for each in client.get("/v1/mcp/server") if each["server_name"] == "filesystem")
    asked = {
        "models": ["mock"],
        "object_permission": {"mcp_servers": [server]},
        "metadata": {"mcp_lan": {"policy": {"filesystem": ["*"]}}},
    }
    key = client.post("/key/generate", asked)["key"]
    return [
        asking(machine, path, key, body, holds)
        for machine in machines
        for path, body, holds in (("/v1/chat/completions", CHAT, "The gateway works."), ("/mcp/", CALL, "/data"))
    ]
