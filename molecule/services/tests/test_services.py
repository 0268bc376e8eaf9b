# SPDX-License-Identifier: GPL-3.0-or-later
"""Services with what each may have and no more: a repository, a route out, an API."""

from __future__ import annotations

import pytest
from transports import Deployment, isolated, networks_with_a_way_out, refused

SERVICES = Deployment.of("services")


def test_every_server_answers_through_the_gateway():
    answer = SERVICES.ask("all", ("git-git_status", {"repo_path": "/data"}), ("liveliness-liveliness", {}))
    assert [call["ok"] for call in answer["calls"]] == [True] * 2, answer["calls"]
    assert "branch" in answer["calls"][0]["text"] and "server_instances" in answer["calls"][1]["text"]


def test_a_scoped_key_has_its_own_tools_alone():
    calls = (("everything-echo", {"message": "mine"}), ("git-git_status", {"repo_path": "/data"}))
    answer = SERVICES.ask("reader", *calls)
    assert [refused(call) for call in answer["calls"]] == [False, True], answer["calls"]


@pytest.mark.parametrize("name", ["git", "fetch", "liveliness"])
def test_the_servers_are_isolated(name):
    container = SERVICES.container(f"mcp-{name}")
    assert not isolated(container)
    out = [f"{SERVICES.prefix}-out-net"] if name == "fetch" else []
    asked = [f"{SERVICES.prefix}-mcp-api-net"] if name == "liveliness" else []
    networks = [f"{SERVICES.prefix}-mcp-{name}-net", *asked, *out]
    assert sorted(container.attrs["NetworkSettings"]["Networks"]) == sorted(networks)
    assert networks_with_a_way_out(container) == out


def test_the_repository_is_the_only_one_and_stays_as_it_is():
    answer = SERVICES.ask(
        "all",
        ("git-git_status", {"repo_path": "/"}),
        ("git-git_status", {"repo_path": "/data/.."}),
        ("git-git_create_branch", {"repo_path": "/data", "branch_name": "made"}),
    )
    assert all(refused(call) for call in answer["calls"]), answer["calls"]
    branches = SERVICES.output / "shared/repository/.git/refs/heads"
    assert [branch.name for branch in branches.iterdir()] == ["main"]


def test_a_page_of_the_local_network_is_refused_by_the_server():
    answer = SERVICES.ask("all", ("fetch-fetch", {"url": f"http://{SERVICES.prefix}-litellm:4000/health/liveliness"}))
    assert refused(answer["calls"][0]) and "not a public address" in answer["calls"][0]["text"], answer["calls"]
