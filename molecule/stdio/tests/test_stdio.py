# SPDX-License-Identifier: GPL-3.0-or-later
"""stdio both ways: by a bridge in a container of its own, and inside the gateway's from a read-only volume."""

from __future__ import annotations

import time

import pytest
from transports import Deployment, isolated, networks_with_a_way_out, refused

STDIO = Deployment.of("stdio")
BRIDGED = ["time", "memory", "everything"]
NOW = {"timezone": "UTC"}


def test_every_server_answers_through_the_gateway():
    answer = STDIO.ask(
        "bridged",
        ("time-get_current_time", NOW),
        ("time_sse-get_current_time", NOW),
        ("memory-read_graph", {}),
        ("everything-echo", {"message": "over"}),
    )
    assert [call["ok"] for call in answer["calls"]] == [True] * 4, answer["calls"]
    for word, call in zip(("day_of_week", "day_of_week", "entities", "over"), answer["calls"], strict=True):
        assert word in call["text"]
    answer = STDIO.ask("inside", ("time_inside-get_current_time", NOW))
    assert answer["calls"][0]["ok"] and "day_of_week" in answer["calls"][0]["text"], answer["calls"]


def test_a_scoped_key_has_its_own_tools_alone():
    answer = STDIO.ask("bridged", ("time-get_current_time", NOW), ("time_inside-get_current_time", NOW))
    assert [refused(call) for call in answer["calls"]] == [False, True], answer["calls"]
    answer = STDIO.ask("inside", ("time_inside-get_current_time", NOW), ("time-get_current_time", NOW))
    assert [refused(call) for call in answer["calls"]] == [False, True], answer["calls"]


@pytest.mark.parametrize("server", BRIDGED)
def test_a_bridged_server_is_isolated(server):
    container = STDIO.container(f"mcp-{server}")
    assert not isolated(container)
    assert list(container.attrs["NetworkSettings"]["Networks"]) == [f"{STDIO.prefix}-mcp-{server}-net"]
    assert not networks_with_a_way_out(container)


def test_one_process_serves_all_calls():
    """The bridge's child is the same before and after many sessions, and has no brother."""

    def servers():
        rows = STDIO.container("mcp-time").top(ps_args="-eo pid,args")["Processes"]
        return [
            pid for pid, command in rows if command.startswith("/opt/server/bin/python3 /opt/server/bin/mcp-server")
        ]

    before = servers()
    assert len(before) == 1
    for _time in range(5):
        STDIO.ask("bridged", ("time-get_current_time", NOW), ("time-get_current_time", NOW))
    assert servers() == before


def test_the_gateway_has_the_packages_for_reading():
    mounts = {mount["Destination"]: mount for mount in STDIO.container("litellm").attrs["Mounts"]}
    assert mounts["/opt/mcp/time-inside"]["RW"] is False
    assert STDIO.inside("litellm", "touch", "/opt/mcp/time-inside/x")[0] != 0


@pytest.mark.parametrize("signal", ["KILL", "STOP"])
def test_a_server_that_dies_or_hangs_is_back(signal):
    """The container ends with its server, so that the engine starts both again."""
    container = STDIO.container("mcp-everything")
    before = container.attrs["RestartCount"]
    to_the_server = 'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = node ] && kill -"$0" ${p#/proc/}; done; true'
    STDIO.inside("mcp-everything", "bash", "-c", to_the_server, signal)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        time.sleep(1)
        container.reload()
        if container.attrs["RestartCount"] > before and container.attrs["State"]["Health"]["Status"] == "healthy":
            break
    assert container.attrs["RestartCount"] == before + 1, container.logs(tail=20).decode()
    assert STDIO.ask("bridged", ("everything-echo", {"message": "again"}))["calls"][0]["ok"]
