# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment as a host has it (that of the site, with its secrets exchanged for words), and a cluster for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tree
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes import cluster, manifests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.description import Host

HERE = tree.TOP / "tests/unit/plugins/plugin_utils/_kubernetes/deployment"
FILE = "/etc/mcp_lan/compose.yaml"
SUBNETS = {"mcp-lan-front-door-net": ["172.23.0.0/16"], "mcp-lan-litellm-net": ["172.21.0.0/16"]}
OPTIONS: dict[str, Any] = {
    "namespace": "mcp-lan",
    "cluster_networks": ["10.244.0.0/16", "10.96.0.0/12", "fd00:10:244::/56"],
    "registry": "registry.lan:5000",
    "replicas": {"mcp-lan-front-door": {"min": 2, "max": 4}, "mcp-lan-egress-proxy": 2},
    "storage_class": "fast",
    "volume_size": "10Gi",
    "volume_sizes": {"mcp-lan-postgresql-data": "20Gi"},
    "claims": {"/srv/shared": "shared"},
    "gateway": "gateways/public",
    "gateway_pods_namespace": None,
    "routes": [{"service": "mcp-lan-front-door", "port": 4000, "hostnames": ["gateway.lan"]}],
}


def host() -> Host:
    """It, as it was written."""
    given = yaml.safe_load((HERE / "files.txt").read_text(encoding="utf-8"))
    files = {path: (int(each["mode"], 8), each["content"].encode()) for path, each in given.items()}
    return Host(FILE, project.read((HERE / "compose.txt").read_text(encoding="utf-8"), FILE), files, dict(SUBNETS))


def made(given: Host | None = None, **options) -> dict[str, list[dict[str, Any]]]:
    """The manifests of a host, which is this one if none is given, with other options of the module."""
    return manifests.manifests(given or host(), cluster.cluster(OPTIONS | options))


def described(services: Mapping[str, Mapping[str, Any]], internal=(), files=None, subnets=None) -> Host:
    """A host that runs these, each as the role container_service describes it."""
    image = {"image": "mcp-lan/any:1", "source_used": "build", "user": "10001:10001"}
    written = {
        name: project.service({"name": name, "expose": ["80"], **each}, image) for name, each in services.items()
    }
    given = files or {}
    paths = {name: list(given) for name in written}
    text = project.text(project.document("any", written, paths, internal))
    return Host(FILE, project.read(text, FILE), given, subnets or {})


def bare(given: Host, **options) -> dict[str, list[dict[str, Any]]]:
    """The manifests of a host for a cluster of which nothing more is said."""
    return made(given, **{"replicas": {}, "routes": [], "gateway": "", "claims": {}, "volume_sizes": {}, **options})


def of_kind(files: Mapping[str, list[dict[str, Any]]], *kinds: str) -> dict[str, dict[str, Any]]:
    """The manifests of these kinds by their names."""
    return {each["metadata"]["name"]: each for several in files.values() for each in several if each["kind"] in kinds}


def pods(files: Mapping[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The templates of pods by the names of what makes them."""
    found = of_kind(files, "Deployment", "StatefulSet", "Job")
    return {name: each["spec"]["template"] for name, each in found.items()}
