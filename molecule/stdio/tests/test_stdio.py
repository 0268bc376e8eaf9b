# SPDX-License-Identifier: GPL-3.0-or-later
"""stdio both ways: by a bridge in a container of its own, and inside the gateway's from a read-only volume."""

from __future__ import annotations

import time

import pytest
from transports import HAS_A_ROUTE_OUT, Deployment, isolated

STDIO = Deployment.of("stdio")
BRIDGED = ["time", "memory", "everything"]
NOW = {"timezone": "UTC"}


def test_every_server_answers_through_the_gateway():
    answer = STDIO.ask(
        "all",
        ("time-get_current_time", NOW),
        ("time_inside-get_current_time", NOW),
        ("memory-read_graph", {}),
        ("everything-echo", {"message": "over"}),
    )
    assert [call["ok"] for call in answer["calls"]] == [True] * 4, answer["calls"]
    texts = [call["text"] for call in answer["calls"]]
    assert "day_of_week" in texts[0] and "day_of_week" in texts[1] and "entities" in texts[2]
    assert "over" in texts[3]


def test_a_scoped_key_has_its_own_tools_alone():
    answer = STDIO.ask("bridged", ("time-get_current_time", NOW), ("time_inside-get_current_time", NOW))
    assert [call["ok"] for call in answer["calls"]] == [True, False], answer["calls"]
    answer = STDIO.ask("inside", ("time_inside-get_current_time", NOW), ("time-get_current_time", NOW))
    assert [call["ok"] for call in answer["calls"]] == [True, False], answer["calls"]


@pytest.mark.parametrize("server", BRIDGED)
def test_a_bridged_server_is_isolated(server):
    container = STDIO.container(f"mcp-{server}")
    assert not isolated(container)
    assert list(container.attrs["NetworkSettings"]["Networks"]) == [f"{STDIO.prefix}-mcp-net"]
    assert STDIO.inside(f"mcp-{server}", *HAS_A_ROUTE_OUT)[0] == 1


def test_one_process_serves_all_calls():
    """The bridge's child is the same before and after many sessions, and has no brother."""

    def servers():
        rows = STDIO.container("mcp-time").top(ps_args="-eo pid,args")["Processes"]
        return [
            pid for pid, command in rows if command.startswith("/opt/server/bin/python3 /opt/server/bin/mcp-server")
        ]

    before = servers()
    assert len(before) == 1
    for _ in range(5):
        STDIO.ask("bridged", ("time-get_current_time", NOW), ("time-get_current_time", NOW))
    assert servers() == before


def test_the_gateway_has_the_packages_for_reading():
    mounts = {mount["Destination"]: mount for mount in STDIO.container("litellm").attrs["Mounts"]}
    assert mounts["/opt/mcp/time-inside"]["RW"] is False
    assert STDIO.inside("litellm", "touch", "/opt/mcp/time-inside/x")[0] != 0


def test_a_server_that_dies_is_back():
    """The container ends with its server, so that the engine starts both again."""
    container = STDIO.container("mcp-everything")
    STDIO.inside("mcp-everything", "bash", "-c", "for p in /proc/[0-9]*; do grep -qz server-everything $p/cmdline "
                 "&& [ \"$(cat $p/comm)\" = node ] && kill -9 ${p#/proc/}; done; true")  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(1)
        container.reload()
        if container.attrs["RestartCount"] and container.attrs["State"]["Health"]["Status"] == "healthy":
            break
    assert container.attrs["RestartCount"] == 1, container.logs(tail=20).decode()
    assert STDIO.ask("all", ("everything-echo", {"message": "again"}))["calls"][0]["ok"]
