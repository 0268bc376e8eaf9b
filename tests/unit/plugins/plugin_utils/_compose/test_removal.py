# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes when all of a project is removed, in which order, and what stays."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.host import Container, Host, Network, seen
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.project import Written
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.removal import planned

FILE = "/etc/mcp_lan/compose.yaml"
DATA = {"volumes": [{"type": "volume", "source": "data", "target": "/data"}], "env_file": ["/etc/mcp_lan/db.env"]}
WRITTEN = Written(
    {"door": {}, "database": DATA, "gateway": {}},
    {"gateway": ["/etc/mcp_lan/gateway", "/etc/mcp_lan/gateway/config.yaml", "/etc/mcp_lan/gone"]},
    {"net": True},
    ("data",),
)


def container(*ports: str) -> Container:
    return Container("running", "healthy", 0, {}, ports, "sha256:0", {})


OURS = {"database": container(), "gateway": container(), "door": container("4000"), "left-over": container()}


def host(**more) -> Host:
    there = set(WRITTEN.all_paths()) - {"/etc/mcp_lan/gone"}
    made = {"file": "x", "volumes": {"data"}, "paths": there, "networks": {"net": Network(True, [], tuple(OURS))}}
    return Host(**made | more)


def test_what_was_made_for_a_service_alone_is_its_own():
    written = Written(
        {
            "cache": {"networks": {"cache-net": {"aliases": ["c"]}, "net": {}}},
            "exporter": {"networks": ["figures-net"]},
            "prometheus": {"networks": ["figures-net", "net"]},
            "gateway": {"networks": ["net"], "env_file": ["/srv/a-persons.env"]},
        },
        {
            "cache": ["/etc/mcp_lan/cache", "/etc/mcp_lan/shared"],
            "gateway": ["/etc/mcp_lan/shared"],
            "prometheus": ["/etc/mcp_lan/prometheus.yml"],
        },
    )
    assert written.own(["cache"]) == (["/etc/mcp_lan/cache"], ["cache-net"])
    assert written.own(["exporter"]) == ([], [])
    assert written.own(["exporter", "prometheus", "never"]) == (["/etc/mcp_lan/prometheus.yml"], ["figures-net"])
    assert written.own([]) == ([], [])


def test_what_lets_requests_in_goes_first_and_what_holds_data_last():
    plan = planned(FILE, WRITTEN, host(), OURS, keeps_data=True)
    assert (plan.doors, plan.others) == (["door"], ["gateway", "left-over", "database"])


def test_the_file_stays_with_the_data_and_names_it():
    plan = planned(FILE, WRITTEN, host(), OURS, keeps_data=True)
    assert plan.kept == {"volumes": ["data"]}
    assert plan.removed == {
        "containers": ["database", "door", "gateway", "left-over"],
        "networks": ["net"],
        "paths": ["/etc/mcp_lan/db.env", "/etc/mcp_lan/gateway"],
    }
    assert "/etc/mcp_lan/gateway/config.yaml" in plan.paths


def test_all_goes_with_the_data():
    plan = planned(FILE, WRITTEN, host(), OURS, keeps_data=False)
    assert plan.kept == {} and plan.removed["volumes"] == ["data"] and FILE in plan.removed["paths"]


def test_a_network_of_others_stays():
    shared = {"net": Network(False, [], (*OURS, "another"))}
    plan = planned(FILE, WRITTEN, host(networks=shared), OURS, keeps_data=False)
    assert plan.kept == {"networks": ["net"]} and "networks" not in plan.removed and FILE not in plan.removed["paths"]


@pytest.mark.parametrize("keeps_data", [True, False])
def test_nothing_goes_twice(keeps_data):
    volumes = {"data"} if keeps_data else set()
    left = Host(file="x" if keeps_data else None, volumes=volumes)
    assert planned(FILE, Written(volumes=tuple(volumes)), left, {}, keeps_data=keeps_data).removed == {}


def test_folders_in_which_others_have_something_stay():
    plan = planned(FILE, WRITTEN, host(), OURS, keeps_data=False)
    plan.found_filled(["/etc/mcp_lan/gateway"])
    assert plan.kept == {"paths": ["/etc/mcp_lan/gateway"]}
    assert plan.removed["paths"] == [FILE, "/etc/mcp_lan/db.env", "/etc/mcp_lan/gateway/config.yaml"]


def test_the_load_balancer_of_an_overlay_network_is_nobody():
    """As Docker 20.10 prints it."""
    printed = json.dumps(
        ["net", True, [], {"5f" * 32: {"Name": "gateway"}, "lb-net": {"Name": "net-endpoint"}}, "x1", "overlay"]
    )
    networks = seen(f"network\t{printed}").networks
    assert networks["net"].containers == ("gateway",) and networks["net"].driver == "overlay"
    plan = planned(FILE, WRITTEN, host(networks=networks), OURS, keeps_data=False)
    assert plan.networks == ["net"]
    plan.found_held(["net"])
    assert plan.kept == {"networks": ["net"]} and "networks" not in plan.removed
