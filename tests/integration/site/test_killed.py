# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed at any moment leaves nothing that the next run does not put right, and no key without an owner.

MCP_LAN_TEST_KILL_SEED chooses other moments; the seed and each moment are printed.
"""

from __future__ import annotations

import os
import random
import time
from datetime import datetime
from pathlib import Path

import pytest
from site_deployment import Run, kill

SEED = int(os.environ.get("MCP_LAN_TEST_KILL_SEED", "20261121"))
MOMENTS = 5
pytestmark = pytest.mark.slow


def killed_run(site, moment: float, whole_tree: bool, **variables) -> Run:
    log = site.output / "killed.log"
    began = time.monotonic()
    process = site.start(log=log, **variables)
    while time.monotonic() - began < moment and process.poll() is None:
        time.sleep(0.05)
    kill(process, whole_tree)
    return Run(process.returncode, log.read_text(encoding="utf-8"), time.monotonic() - began)


def killed_when_written(site, path: Path, **variables) -> None:
    """kill -9 as soon as this file is another."""
    log = site.output / "killed.log"
    before = path.stat().st_mtime_ns
    process = site.start(log=log, **variables)
    try:
        while process.poll() is None and path.stat().st_mtime_ns == before:
            time.sleep(0.01)
        assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
    finally:
        kill(process, whole_tree=True)


def converges(site, show, row: str) -> None:
    again = site.run()
    unknown = site.unknown_keys() if again.status == 0 else ["?"]
    with show():
        print(
            f"{row} | again: status {again.status}, {again.seconds:.0f} s, keys without a value: {unknown}", flush=True
        )
    assert again.status == 0, again.output[-3000:]
    assert unknown == []


@pytest.fixture(scope="module")
def moments(site, show) -> list[tuple[float, float, bool]]:
    """Where in a run, fresh and over an existing deployment, it is killed: a share of what the whole of it takes."""
    chance = random.Random(SEED)
    chosen = [(chance.random(), chance.random(), chance.random() < 0.7) for _ in range(MOMENTS)]
    with show():
        print(f"\nseed {SEED}")
    return chosen


@pytest.fixture(scope="module")
def whole(site, show) -> float:
    """How long a run from nothing takes."""
    site.remove()
    run = site.run()
    assert run.status == 0, run.output[-3000:]
    with show():
        print(f"a run from nothing: {run.seconds:.0f} s")
    return run.seconds


@pytest.mark.parametrize("number", range(MOMENTS))
def test_fresh(site, whole, moments, show, number):
    share, _other, whole_tree = moments[number]
    site.remove()
    killed = killed_run(site, share * whole, whole_tree)
    where = "with its workers" if whole_tree else "its workers live on"
    converges(site, show, f"fresh    | {killed.seconds:5.1f} s | {where:19} | {killed.last_task}")


@pytest.mark.parametrize("number", range(MOMENTS))
def test_existing(site, whole, moments, show, number):
    """With something to change in each layer: a container, the configuration, a server, and a key that is new."""
    _other, share, whole_tree = moments[number]
    change = {
        "litellm_gateway_config": {"router_settings": {"num_retries": 2 + number}},
        "mcp_filesystem_read_only": number % 2 == 0,
        "litellm_keys": [
            {"name": "claude-code", "models": ["mock"], "mcp": {"postgresql": ["*"]}},
            {"name": f"new-{number}", "models": ["mock"], "mcp": {"filesystem": ["*"]}},
        ],
    }
    killed = killed_run(site, share * whole * 0.7, whole_tree, **change)
    where = "with its workers" if whole_tree else "its workers live on"
    converges(site, show, f"existing | {killed.seconds:5.1f} s | {where:19} | {killed.last_task}")


FILES = [
    ("litellm", "etc/litellm/config/config.yaml", {"litellm_gateway_config": {"router_settings": {"num_retries": 9}}}),
    ("front-door", "etc/front-door/nginx.conf", {"front_door_rate": 99}),
]


@pytest.mark.parametrize(("service", "path", "change"), FILES)
def test_between_a_file_and_its_container(site, whole, service, path, change):
    """What is written is what runs: the next run finds the file as it should be, and the container without it."""
    written = site.output / path

    def runs_what_is_written() -> bool:
        began = site.engine.containers.get(f"{site.prefix}-{service}").attrs["State"]["StartedAt"]
        return datetime.fromisoformat(began).timestamp() > written.stat().st_mtime

    assert runs_what_is_written()
    killed_when_written(site, written, **change)
    assert not runs_what_is_written(), "killed too late"
    again = site.run(**change)
    assert again.status == 0, again.output[-3000:]
    assert runs_what_is_written()


def test_then_nothing_changes(site, whole):
    assert site.run().status == 0  # without what the last one had changed
    run = site.run()
    assert run.status == 0
    assert run.changed == []
