# SPDX-License-Identifier: GPL-3.0-or-later
"""Streamable HTTP: servers that speak it by themselves or by a bridge; and nobody gets out of a shared folder."""

from __future__ import annotations

import pytest
from transports import Deployment, isolated, networks_with_a_way_out, refused

HTTP = Deployment.of("http")


def test_every_server_answers_through_the_gateway():
    answer = HTTP.ask(
        "all",
        ("everything-echo", {"message": "bridged"}),
        ("prometheus-health_check", {}),
        ("filesystem-read_text_file", {"path": "/data/inside.txt"}),
    )
    assert [call["ok"] for call in answer["calls"]] == [True] * 3, answer["calls"]
    for word, call in zip(("bridged", "prometheus-mcp-server", "folder/inside"), answer["calls"], strict=True):
        assert word in call["text"]


def test_a_scoped_key_has_its_own_tools_alone():
    answer = HTTP.ask("reader", ("everything-echo", {"message": "mine"}), ("prometheus-health_check", {}))
    assert [refused(call) for call in answer["calls"]] == [False, True], answer["calls"]


@pytest.mark.parametrize("name", ["everything", "prometheus", "filesystem"])
def test_the_servers_are_isolated(name):
    container = HTTP.container(f"mcp-{name}")
    assert not isolated(container)
    assert sorted(container.attrs["NetworkSettings"]["Networks"]) == [f"{HTTP.prefix}-mcp-{name}-net"]
    assert networks_with_a_way_out(container) == []


@pytest.mark.parametrize(
    "path",
    [
        "/data/../outside.txt",
        "../outside.txt",
        "/data/folder/../../etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "/proc/self/environ",
        "/data/link-to-a-file",
        "/data/link-to-a-folder/passwd",
        "/data/%2e%2e/etc/passwd",
        "/database",
        "file:///etc/passwd",
        "~/../../etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_folder(path):
    tools = ("read_text_file", "list_directory", "get_file_info")
    answer = HTTP.ask("all", *((f"filesystem-{tool}", {"path": path}) for tool in tools))
    for call in answer["calls"]:
        assert refused(call), call


def test_nothing_is_written_to_the_folder():
    answer = HTTP.ask(
        "all",
        ("filesystem-write_file", {"path": "/data/new.txt", "content": "x"}),
        ("filesystem-move_file", {"source": "/data/inside.txt", "destination": "/data/moved.txt"}),
        ("filesystem-create_directory", {"path": "/data/made"}),
    )
    assert all(refused(call) for call in answer["calls"]), answer["calls"]
    folder = HTTP.output / "shared/folder"
    assert sorted(path.name for path in folder.iterdir()) == ["inside.txt", "link-to-a-file", "link-to-a-folder"]
