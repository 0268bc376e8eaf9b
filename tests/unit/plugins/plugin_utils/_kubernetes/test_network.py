# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom: by a reading of NetworkPolicies of its own, against the networks of the Compose file.

The reading is that of https://kubernetes.io/docs/concepts/services-networking/network-policies/: a connection is there
if the sender's policies let it out and the receiver's let it in; what no policy selects is open.
"""

from __future__ import annotations

import ipaddress
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kubernetes_cases import bare, described, host, made, of_kind, pods


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())


class Policies:
    """All of a namespace's, and its pods with their labels."""

    def __init__(self, files):
        self.all = of_kind(files, "NetworkPolicy").values()
        self.pods = {name: each["metadata"]["labels"] for name, each in pods(files).items()}

    def rules(self, pod: str, direction: str) -> list[dict[str, Any]] | None:
        """Those of a pod; None where it is open."""
        found = [
            each["spec"]
            for each in self.all
            if selects(each["spec"]["podSelector"], self.pods[pod]) and direction in each["spec"]["policyTypes"]
        ]
        return [rule for each in found for rule in each.get(direction.lower(), [])] if found else None

    @staticmethod
    def own(peers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The pods of the same namespace."""
        return [peer for peer in peers if "podSelector" in peer and "namespaceSelector" not in peer]

    def lets(self, sender: str, receiver: str, port: int) -> bool:
        def matching(rules, side: str, labels: dict[str, str]) -> bool:
            return any(
                any(
                    "namespaceSelector" not in peer and selects(peer["podSelector"], labels)
                    for peer in rule[side]
                    if "podSelector" in peer
                )
                and ("ports" not in rule or any(each["port"] == port for each in rule["ports"]))
                for rule in rules
            )

        out, into = self.rules(sender, "Egress"), self.rules(receiver, "Ingress")
        return (out is None or matching(out, "to", self.pods[receiver])) and (
            into is None or matching(into, "from", self.pods[sender])
        )

    def reaches(self, sender: str, address: str) -> bool:
        """An address outside, or inside, by its number alone."""
        blocks = [
            peer["ipBlock"] for rule in self.rules(sender, "Egress") or [] for peer in rule["to"] if "ipBlock" in peer
        ]
        at = ipaddress.ip_address(address)
        return any(
            at in ipaddress.ip_network(block["cidr"])
            and not any(at in ipaddress.ip_network(each) for each in block["except"])
            for block in blocks
            if ipaddress.ip_network(block["cidr"]).version == at.version
        )


NAMES = ("one", "two", "three", "four")
NETWORKS = ("red", "green", "blue")


@settings(max_examples=60, deadline=None)
@given(
    on=st.fixed_dictionaries({name: st.sets(st.sampled_from(NETWORKS), max_size=3) for name in NAMES}),
    internal=st.sets(st.sampled_from(NETWORKS)),
)
def test_two_services_reach_each_other_where_they_share_a_network(on, internal):
    services = {name: {"networks": [{"name": each} for each in sorted(networks)]} for name, networks in on.items()}
    policies = Policies(bare(described(services, internal)))
    for one, other in product(NAMES, NAMES):
        assert policies.lets(one, other, 80) == bool(on[one] & on[other]), (one, other)
        assert not policies.lets(one, other, 81), "on the ports that are named alone"
    for name, networks in on.items():
        # Without one, Compose puts it on the engine's own.
        assert policies.reaches(name, "203.0.113.9") == bool(networks - internal or not networks)


def test_of_a_deployment_exactly_those_that_share_a_network():
    """LiteLLM's request filter answers the front door's network alone: here its pods let in nobody else at all."""
    files, services = made(), host().written.services
    policies = Policies(files)
    for one, other in product(services, services):
        for port in services[other].get("expose", ["1"]):
            shared = set(services[one]["networks"]) & set(services[other]["networks"])
            if other == "mcp-lan-litellm":
                shared &= {"mcp-lan-litellm-net"}
            expected = bool(shared) and "expose" in services[other]
            assert policies.lets(one, other, int(port)) == expected, (one, other, port)
    assert policies.lets("mcp-lan-litellm", "mcp-lan-mcp-postgresql", 8000)
    assert not policies.lets("mcp-lan-mcp-postgresql", "mcp-lan-litellm", 4000)


def test_what_migrates_reaches_the_database_and_nobody_reaches_it():
    files = made()
    (job,) = of_kind(files, "Job")
    policies = Policies(files)
    assert policies.lets(job, "mcp-lan-postgresql", 5432)
    assert not any(policies.lets(name, job, 4000) for name in policies.pods)
    (selector,) = [
        each["spec"]["selector"] for name, each in of_kind(files, "Service").items() if name == "mcp-lan-litellm"
    ]
    assert not selects({"matchLabels": selector}, policies.pods[job]), "no request is sent to it"


@pytest.mark.parametrize("address", ["10.244.1.2", "10.96.0.1", "169.254.169.254", "fd00:10:244::5", "fe80::1"])
def test_a_way_out_is_none_into_the_cluster_or_to_its_nodes_credentials(address):
    policies = Policies(made())
    assert not any(policies.reaches(name, address) for name in policies.pods)
    out = {
        name
        for name in policies.pods
        if policies.reaches(name, "2001:db8::1") and policies.reaches(name, "203.0.113.9")
    }
    assert out == {"mcp-lan-egress-proxy", "mcp-lan-front-door"}


def test_all_else_is_closed():
    closed = of_kind(made(), "NetworkPolicy")["default-deny"]["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_gateway_reaches_what_has_a_route_and_nothing_else():
    assert let_in(made()) == {("mcp-lan-front-door", "gateways", 4000)}
    elsewhere = made(gateway_pods_namespace="envoy-gateway-system")
    assert let_in(elsewhere) == {("mcp-lan-front-door", "envoy-gateway-system", 4000)}
    for files in (made(), elsewhere):
        route = of_kind(files, "HTTPRoute")["mcp-lan-front-door-4000"]["spec"]
        assert route["hostnames"] == ["gateway.lan"]
        assert route["parentRefs"] == [{"name": "public", "namespace": "gateways"}]
        assert route["rules"] == [{"backendRefs": [{"name": "mcp-lan-front-door", "port": 4000}]}]


def let_in(files) -> set[tuple[str, str, int]]:
    """Which service takes requests of which namespace, and on which port."""
    return {
        (name, peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], port["port"])
        for name, each in of_kind(files, "NetworkPolicy").items()
        for rule in each["spec"].get("ingress", [])
        for peer in rule["from"]
        if "namespaceSelector" in peer
        for port in rule["ports"]
    }


def test_each_name_of_a_container_is_that_of_a_service():
    files = made()
    ports = {
        name: {each["port"] for each in service["spec"]["ports"]} for name, service in of_kind(files, "Service").items()
    }
    exposed = {
        name: {int(port) for port in each["expose"]}
        for name, each in host().written.services.items()
        if "expose" in each
    }
    assert ports == exposed and "mcp-lan-litellm-retention" not in ports
