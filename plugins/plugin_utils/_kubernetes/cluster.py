# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a cluster: where its pods are, where images come from, what runs more than once, what is let in."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names, and that of a Service before
# 1.34, which begins with a letter.
_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
# Those of all else: a namespace's may begin with a digit, and most have dots in them.
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_OBJECT = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
# What comes before an image's name in its reference (https://pkg.go.dev/github.com/distribution/reference).
_REGISTRY = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*")
# https://gateway-api.sigs.k8s.io/reference/spec/#hostname: a name, or all names below one, and no address.
_HOSTNAME = re.compile(r"(?![0-9.]+$)(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_SIZE = re.compile(r"[1-9][0-9]*(Ki|Mi|Gi|Ti)")


@dataclass(frozen=True)
class Scale:
    """How many pods there are of a service: the least, and the most."""

    least: int
    most: int


@dataclass(frozen=True)
class Route:
    """What is let in: a service's port under some host names."""

    service: str
    port: int
    hostnames: tuple[str, ...]


@dataclass(frozen=True)
class Cluster:
    """Where manifests are for. networks: those of its pods and its services (CIDR); claims: for a folder of the host
    the PersistentVolumeClaim that holds it; gateway: the Gateway of the routes, with its namespace; gateway_pods: the
    namespace of the pods that pass on what it lets in.
    """

    namespace: str
    networks: tuple[str, ...]
    registry: str = ""
    storage_class: str = ""
    volume_size: str = "10Gi"
    volume_sizes: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)
    replicas: Mapping[str, Scale] = field(default_factory=dict)
    gateway: tuple[str, str] = ("", "")
    gateway_pods: str = ""
    routes: tuple[Route, ...] = ()


def is_label(name: str) -> bool:
    """Whether all of Kubernetes' objects can have this name."""
    return bool(_LABEL.fullmatch(name))


def cluster(options: Mapping[str, Any]) -> Cluster:
    """It, of the options of the module kubernetes_manifests."""
    networks = tuple(_network(each) for each in options["cluster_networks"])
    if not networks:
        raise _wrong("cluster_networks names no network: give those of the cluster's pods and of its services")
    sizes = {"volume_size": options["volume_size"], **options["volume_sizes"]}
    for name, size in sizes.items():
        if not _SIZE.fullmatch(str(size)):
            raise _wrong(f"{name}: {size} is no size of a volume, such as 10Gi")
    pods = options["gateway_pods_namespace"]
    registry = str(options["registry"] or "").rstrip("/")
    if registry and not _REGISTRY.fullmatch(registry):
        raise _wrong(f"registry: {registry} does not begin the name of an image: write it as in registry.lan:5000")
    names = [(_NAMESPACE, options["namespace"]), *((_OBJECT, each) for each in options["claims"].values())]
    for form, name in [*names, *([(_NAMESPACE, pods)] if pods else [])]:
        if not form.fullmatch(str(name)):
            raise _wrong(f"{name} is no name in Kubernetes: lower-case letters, digits and - are")
    routes = tuple(_route(each) for each in options["routes"])
    gateway = str(options["gateway"] or "").split("/")
    if routes and not (len(gateway) == 2 and _NAMESPACE.fullmatch(gateway[0]) and _OBJECT.fullmatch(gateway[1])):
        raise _wrong("gateway names the Gateway of the routes with its namespace, such as gateways/public")
    return Cluster(
        namespace=options["namespace"],
        networks=networks,
        registry=registry,
        storage_class=options["storage_class"] or "",
        volume_size=options["volume_size"],
        volume_sizes=options["volume_sizes"],
        claims=options["claims"],
        replicas={name: _scale(name, each) for name, each in options["replicas"].items()},
        gateway=(gateway[0], gateway[1]) if routes else ("", ""),
        gateway_pods=pods or gateway[0],
        routes=routes,
    )


def _network(written: Any) -> str:
    try:
        network = str(ipaddress.ip_network(str(written)))
    except ValueError:
        network = "%"
    if "%" in network:  # of one interface alone
        raise _wrong(f"cluster_networks: {written} is no network, such as 10.244.0.0/16")
    return network


def _scale(name: str, said: Any) -> Scale:
    least, most = (said.get("min"), said.get("max")) if isinstance(said, Mapping) else (said, said)
    if isinstance(said, Mapping) and not {"min"} <= set(said) <= {"min", "max"}:
        raise _wrong(f"replicas: of {name}, give a number, or min and max, and nothing else")
    most = least if most is None else most
    if not all(re.fullmatch("[0-9]{1,6}", str(each)) for each in (least, most)):
        raise _wrong(f"replicas: of {name}, give a number, or min and max")
    scale = Scale(int(least), int(most))
    if not 1 <= scale.least <= scale.most:
        raise _wrong(f"replicas: of {name}, min is at least 1, and max not less than it")
    return scale


def _route(said: Any) -> Route:
    if not isinstance(said, Mapping) or set(said) != {"service", "port", "hostnames"}:
        raise _wrong("routes: each has service, port and hostnames, and nothing else")
    service, port, names = said["service"], said["port"], said["hostnames"]
    if isinstance(port, bool) or not isinstance(port, int):
        raise _wrong(f"routes: the port of {service} is a number, such as 4000, and not {port}")
    if not isinstance(names, list) or not names:
        raise _wrong(f"routes: hostnames of {service} is a list of names, such as [gateway.lan], and not {names}")
    for name in names:
        if not _HOSTNAME.fullmatch(str(name)):
            raise _wrong(f"routes: {name} is no host name of {service}: lower-case letters, digits, - and dots are")
    return Route(str(service), port, tuple(str(name) for name in names))


def _wrong(message: str) -> UserError:
    return UserError(f"{message}.", "cluster_invalid")
