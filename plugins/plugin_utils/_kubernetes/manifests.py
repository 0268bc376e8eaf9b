# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All manifests of a deployment, by the files of a kustomize base, and these files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.files import File
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes import contents, network, workloads
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.cluster import Cluster
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.description import (
    Host,
    Service,
    services,
    slug,
)

HEADER = "# Written by mcp_lan.litellm.kubernetes_manifests: changes belong in the inventory, or in an overlay.\n"
# What stays when the rest is deleted: the namespace, and the claims in it that no StatefulSet makes.
STAYS = "namespace.yaml"
SECRETS = "secrets.yaml"
KUSTOMIZATION = "kustomization.yaml"
# No service has such a name. The base does not name it, and whoever has the cluster delete what it names removes it.
TO_DELETE = "to_delete.yaml"
# Data, and what ends by itself: half a migration is none.
_NEVER_REMOVED = ("Namespace", "PersistentVolumeClaim", "Job")


def manifests(host: Host, cluster: Cluster) -> dict[str, list[dict[str, Any]]]:
    """A file's name to its manifests, in the order in which they are applied. UserError for what is no cluster's."""
    found = services(host, cluster)
    # What it is called, which the names of its containers begin with.
    deployment = next((each.name for each in found.values() if each.is_litellm), cluster.namespace)
    secrets = [secret for each in found.values() for secret in contents.secrets(each)]
    counted = Counter(volume for each in found.values() for volume in contents.volumes(each).claimed)
    shared = {volume for volume, times in counted.items() if times > 1}
    volumes = [_claim(volume, cluster) for volume in sorted(shared)]
    files = {
        STAYS: [_namespace(cluster), *volumes],
        "network-policies.yaml": _policies(host, cluster, found, deployment),
        SECRETS: secrets,
        **{f"{name}.yaml": _of(each, deployment, cluster, shared) for name, each in found.items()},
        "routes.yaml": [network.http_route(each, deployment, cluster) for each in cluster.routes],
    }
    return {name: [_placed(each, cluster) for each in several] for name, several in files.items() if several}


def _of(service: Service, deployment: str, cluster: Cluster, shared: set[str]) -> list[dict[str, Any]]:
    return [
        *contents.config_maps(service),
        *network.services(service, deployment),
        *workloads.migration(service, deployment, cluster),
        *workloads.workload(service, deployment, cluster, shared),
    ]


def _policies(host: Host, cluster: Cluster, found: Mapping[str, Service], deployment: str) -> list[dict[str, Any]]:
    outside = [name for name, internal in host.written.networks.items() if not internal]
    made = [network.closed(deployment)]
    for name, service in found.items():
        made.append(network.policy(name, service, deployment, cluster, outside))
        for job in workloads.migration(service, deployment, cluster):
            made.append(
                network.policy(job["metadata"]["labels"][workloads.NAME], service, deployment, cluster, outside)
            )
    return made


def _namespace(cluster: Cluster) -> dict[str, Any]:
    level = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": cluster.namespace, "labels": workloads.BY | level},
    }


def _claim(volume: str, cluster: Cluster) -> dict[str, Any]:
    """A volume that several services have, and so several nodes, perhaps."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": slug(volume), "labels": dict(workloads.BY)},
        "spec": workloads.claim(volume, cluster, "ReadWriteMany"),
    }


def _placed(manifest: dict[str, Any], cluster: Cluster) -> dict[str, Any]:
    if manifest["kind"] == "Namespace":
        return manifest
    return manifest | {"metadata": {"name": "", "namespace": cluster.namespace} | manifest["metadata"]}


# libyaml where PyYAML was built with it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(project.Dumper):
    """YAML 1.1, as kubectl reads it: what one reader takes for a text and the other for a number or a boolean (1e3, y)
    is in quotes. A text of several lines is shown line by line.
    """

    def represent_str(self, data: str) -> yaml.Node:
        word = len(data) > 1 and (data[0].isalpha() or data[0] == "/")
        style = "|" if "\n" in data else None if word else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


def files(folder: str, made: Mapping[str, list[dict[str, Any]]]) -> dict[str, File]:
    """The files of a folder by their names. That of the Secrets is its owner's alone, and no diff shows it. The base
    names all but the namespace, with which `kubectl delete -k` would delete every claim in it.
    """
    texts = {name: _text(several) for name, several in made.items()}
    texts[KUSTOMIZATION] = _text([_kustomization([name for name in made if name != STAYS])])
    return {
        name: File(f"{folder}/{name}", text.encode(), 0o600 if name == SECRETS else 0o644, name != SECRETS)
        for name, text in texts.items()
    }


def _kustomization(names: list[str]) -> dict[str, Any]:
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": names}


def _text(several: list[dict[str, Any]]) -> str:
    # Ansible's texts carry marks of where they come from, which YAML has no form for.
    plain = json.loads(json.dumps(several))
    return HEADER + yaml.dump_all(
        plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000, explicit_start=True
    )


def removed(former: Iterable[bytes], made: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, str]]:
    """What former files of the folder have and these manifests have not, and what is to go from the cluster: each
    api_version, kind, namespace and name. Nothing that holds data is among it; a StatefulSet leaves its claims.
    """
    before = [each for text in former for each in _documents(text) if each["kind"] not in _NEVER_REMOVED]
    after = {_identity(each) for several in made.values() for each in several}
    gone = {identity: each["apiVersion"] for each in before if (identity := _identity(each)) not in after}
    return [
        {"api_version": version, "kind": kind, "namespace": namespace, "name": name}
        for (_group, kind, namespace, name), version in sorted(gone.items())
    ]


def to_delete(folder: str, removed: Iterable[Mapping[str, str]]) -> dict[str, File]:
    """The file that names what is to go, by its name; none where nothing is. It is itself among the former files of the
    next run, so that this is known until the file is removed.
    """
    named = [
        {
            "apiVersion": each["api_version"],
            "kind": each["kind"],
            "metadata": {"name": each["name"], "namespace": each["namespace"]},
        }
        for each in removed
    ]
    return {TO_DELETE: File(f"{folder}/{TO_DELETE}", _text(named).encode(), 0o644, True)} if named else {}


def _documents(text: bytes) -> list[dict[str, Any]]:
    """Those of a file that this collection wrote, but the kustomization; none of one that somebody has broken since."""
    try:
        read = list(yaml.load_all(text, Loader=_Loader)) if text.startswith(HEADER.encode()) else []
    except yaml.YAMLError:
        return []
    return [each for each in read if _is_object(each) and each["kind"] != "Kustomization"]


def _is_object(document: Any) -> bool:
    """Whether a document is an object of a cluster; one that ends with --- has an empty one behind it."""
    said = isinstance(document, dict) and isinstance(document.get("metadata"), dict)
    return said and {"apiVersion", "kind"} <= document.keys() and "name" in document["metadata"]


def _identity(manifest: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """By which a cluster knows it: the same in each version of its API group."""
    metadata = manifest["metadata"]
    group = manifest["apiVersion"].rpartition("/")[0]
    return group, manifest["kind"], metadata.get("namespace", ""), metadata["name"]
