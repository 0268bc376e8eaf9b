# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom: a Service for each name that others use, and a NetworkPolicy for each service.

Two services of a Compose project reach each other where they share a network. So it is here: a pod has a label for each
of its networks, and lets in the pods that have one of them, on the ports that it is reached on. What is not named is
closed (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.cluster import Cluster, Route
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.description import Service
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.workloads import (
    BY,
    DEPLOYMENT,
    labels,
    network_label,
)

# Where a cloud keeps the credentials of its nodes.
_LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")
_EVERYWHERE = ("0.0.0.0/0", "::/0")
# As kubeadm and its like run it; https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/
_DNS = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}


def services(service: Service, deployment: str) -> list[dict[str, Any]]:
    """The name by which others reach it, which is that of its container; none where nobody does."""
    if not service.ports:
        return []
    found = labels(service.name, deployment)
    # A server of before 1.21 that is asked to apply them has no default for the protocol, which is part of their key.
    ports = [{"name": f"tcp-{port}", "protocol": "TCP", "port": port, "targetPort": port} for port in service.ports]
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": service.name, "labels": found | BY},
            "spec": {"type": "ClusterIP", "selector": found, "ports": ports},
        }
    ]


def closed(deployment: str) -> dict[str, Any]:
    """Of the whole namespace: nobody reaches anybody, and is reached by nobody, but as another policy says."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "labels": {DEPLOYMENT: deployment} | BY},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def policy(
    name: str, service: Service, deployment: str, cluster: Cluster, open_networks: Iterable[str]
) -> dict[str, Any]:
    """Of the pods called `name`, which are on the networks of a service. open_networks: those with a way out."""
    ingress = []
    inside = service.networks if service.open_on is None else service.open_on
    if service.ports and inside and name == service.name:
        ingress.append({"from": [_on(network) for network in inside], "ports": _tcp(service.ports)})
    for route in cluster.routes:
        if route.service == name:
            gateway = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.gateway_pods}}}
            ingress.append({"from": [gateway], "ports": _tcp([route.port])})
    egress: list[dict[str, Any]] = [_DNS]
    if service.networks:
        egress.append({"to": [_on(network) for network in service.networks]})
    if set(service.networks) & set(open_networks) or service.said.get("network_mode") == "bridge":
        egress.append({"to": [{"ipBlock": _outside(block, cluster)} for block in _EVERYWHERE]})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": labels(name, deployment) | BY},
        "spec": {
            "podSelector": {"matchLabels": labels(name, deployment)},
            "policyTypes": ["Ingress", "Egress"],
            # An empty list is none to the API, and would be another one at each look.
            **({"ingress": ingress} if ingress else {}),
            "egress": egress,
        },
    }


def _on(network: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {network_label(network): "member"}}}


def _tcp(ports: Iterable[int]) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def _outside(block: str, cluster: Cluster) -> dict[str, Any]:
    """All addresses but those of the cluster: policies add up, and this one would open what another one closes."""
    version = ipaddress.ip_network(block).version
    inside = [each for each in (*cluster.networks, *_LINK_LOCAL) if ipaddress.ip_network(each).version == version]
    return {"cidr": block, "except": inside}


def http_route(route: Route, deployment: str, cluster: Cluster) -> dict[str, Any]:
    """What a Gateway of the cluster lets in (https://gateway-api.sigs.k8s.io/reference/spec/#httproute)."""
    namespace, name = cluster.gateway
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": f"{route.service}-{route.port}", "labels": labels(route.service, deployment) | BY},
        "spec": {
            "parentRefs": [{"name": name, "namespace": namespace}],
            "hostnames": list(route.hostnames),
            "rules": [{"backendRefs": [{"name": route.service, "port": route.port}]}],
        },
    }
