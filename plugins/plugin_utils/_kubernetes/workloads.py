# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods: what runs of a service, how it is kept within its bounds, and when it is well."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import require
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes import contents
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.cluster import Cluster, Scale
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.description import (
    Service,
    quantity,
    seconds,
    slug,
)

# https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
NAME = "app.kubernetes.io/name"
DEPLOYMENT = "app.kubernetes.io/instance"
BY = {"app.kubernetes.io/managed-by": "mcp_lan.litellm"}
DIGEST = "mcp_lan.digest"
# Pods of one network have one label, by which its policies find them.
NETWORK = "network.mcp-lan/"
# While it is known on all nodes that a pod ends, it still gets requests.
_LEAVES_IN = 5
# One process of LiteLLM uses one processor at most (docs/capacity.md): there are more before it does.
_BUSY = "700m"
# Of an image that is built here.
_MIGRATE_MEMORY = {"mem_limit": "512m"}
_VERSION = re.compile(r":[a-z-]*([0-9]+\.[0-9]+\.[0-9]+)")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_MIGRATE = ["node", "/opt/litellm/migrate/main.js", "/opt/litellm/migrations"]


def labels(service: str, deployment: str) -> dict[str, str]:
    """By which the pods of a service are found."""
    return {NAME: service, DEPLOYMENT: deployment}


def network_label(network: str) -> str:
    """The label of the pods of a network. Docker has names that no label has: of more than 63 characters, or that end
    with a hyphen.
    """
    name = network if _LABEL.fullmatch(network) else hashlib.sha256(network.encode()).hexdigest()[:16]
    return f"{NETWORK}{name}"


def workload(service: Service, deployment: str, cluster: Cluster, shared: set[str]) -> list[dict[str, Any]]:
    """What runs it. shared: volumes of the Compose file that several services have."""
    made = contents.volumes(service)
    own = [volume for volume in made.claimed if volume not in shared]
    for volume in made.claimed:
        if volume in shared:
            made.volumes.append({"name": slug(volume), "persistentVolumeClaim": {"claimName": slug(volume)}})
    scale = cluster.replicas.get(service.name, Scale(1, 1))
    if scale.most > 1:
        _refuse_several(service, own)
    spec: dict[str, Any] = {"selector": {"matchLabels": labels(service.name, deployment)}}
    if scale.least == scale.most:
        spec["replicas"] = scale.least
    # A claim may be one of ReadWriteOnce, which no second node mounts, not even to read. Several pods have another one.
    alone = service.name not in cluster.replicas and bool(made.claimed or any(each.claim for each in service.mounts))
    spec |= _held(own, service, cluster) if own else _rolled(alone)
    spec["template"] = _template(service, deployment, cluster, made)
    kind = "StatefulSet" if own else "Deployment"
    _refuse_long(service, kind, service.name)
    runs = [_object("apps/v1", kind, service.name, deployment, spec)]
    if service.name in cluster.replicas:
        runs += _several(service, deployment, kind, scale)
    return runs


def _refuse_several(service: Service, volumes: list[str]) -> None:
    why = f"it has the volume {volumes[0]}" if volumes else _alone(service) if service.is_litellm else ""
    if why:
        raise UserError(
            f"replicas: of {service.name} there is one pod, as {why}.",
            "cluster_unsupported",
        )


def _refuse_long(service: Service, kind: str, name: str) -> None:
    """Their pods have labels of such names, of 63 characters at most: a StatefulSet's with a digest behind it."""
    longest = {"StatefulSet": 52, "Job": 63}.get(kind, len(name))
    if len(name) > longest:
        raise UserError(
            f"The service {service.name} would be the {kind} {name}, whose name has at most {longest} characters: give "
            "its container a shorter one.",
            "cluster_unsupported",
        )


def _alone(service: Service) -> str:
    """Why there is one pod of LiteLLM: its pods know as much of each other as its workers do."""
    version = _VERSION.search(service.said["image"])
    problem = require(version[1], "several_workers") if version else ""
    if problem or "NUM_WORKERS" in service.environment:
        return problem or ""
    return (
        "another one would take a deleted key for a minute: set litellm_gateway_workers to 2, and all forget in seconds"
    )


def _object(version: str, kind: str, name: str, deployment: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    named = {"name": name, "labels": labels(name, deployment) | BY}
    return {"apiVersion": version, "kind": kind, "metadata": named, "spec": dict(spec)}


def _held(volumes: list[str], service: Service, cluster: Cluster) -> dict[str, Any]:
    """Of a StatefulSet: volumes that stay when it goes, as those of Docker do."""
    claims = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": slug(volume)},
            "spec": claim(volume, cluster, "ReadWriteOnce"),
        }
        for volume in volumes
    ]
    return {"serviceName": service.name, "volumeClaimTemplates": claims}


def claim(volume: str, cluster: Cluster, access: str) -> dict[str, Any]:
    """What is asked of the cluster for a volume of the Compose file."""
    size = cluster.volume_sizes.get(volume, cluster.volume_size)
    made: dict[str, Any] = {"accessModes": [access], "resources": {"requests": {"storage": size}}}
    return made | ({"storageClassName": cluster.storage_class} if cluster.storage_class else {})


def _rolled(alone: bool) -> dict[str, Any]:
    """Of a Deployment: the new pod is well before the old one goes. alone: not where both would want one volume."""
    if alone:
        return {"strategy": {"type": "Recreate"}}
    return {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}


def _template(service: Service, deployment: str, cluster: Cluster, made: contents.Volumes) -> dict[str, Any]:
    on = {network_label(network): "member" for network in service.networks}
    return {
        "metadata": {
            "labels": labels(service.name, deployment) | BY | on,
            "annotations": {DIGEST: contents.digest(service)},
        },
        "spec": _pod(service, cluster, made)
        | (_apart(service, deployment) if service.name in cluster.replicas else {})
        | {"containers": [_container(service, cluster, made) | _checks(service) | _leaving(service, cluster)]},
    }


def _pod(service: Service, cluster: Cluster, made: contents.Volumes) -> dict[str, Any]:
    """All of a pod but its containers."""
    grace = seconds(service.said.get("stop_grace_period"), 20)
    spec: dict[str, Any] = {
        # It asks nothing of the API, and variables with other services' addresses are none of its configuration.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace + (_LEAVES_IN if service.name in cluster.replicas else 0),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": service.user,
            "runAsGroup": service.group,
            "fsGroup": service.group,
            # Else the group may write PostgreSQL's folder at its second start, and it starts no more.
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    hosts: dict[str, list[str]] = {}
    for name, address in (service.said.get("extra_hosts") or {}).items():
        hosts.setdefault(address.strip("[]"), []).append(name)
    if hosts:
        spec["hostAliases"] = [{"ip": address, "hostnames": names} for address, names in hosts.items()]
    if made.volumes:
        spec["volumes"] = made.volumes
    return spec


def reference(image: str, cluster: Cluster) -> str:
    """What an image that was built on the host is called in the cluster's registry."""
    if not cluster.registry:
        raise UserError(
            f"The image {image} was built on the host, and no cluster can pull it from there: push it to a registry, "
            "and name that in registry (kubernetes_registry).",
            "cluster_invalid",
        )
    return f"{cluster.registry}/{image}"


def _container(service: Service, cluster: Cluster, made: contents.Volumes) -> dict[str, Any]:
    said = service.said
    image = reference(said["image"], cluster) if service.is_built else said["image"]
    container: dict[str, Any] = {"name": service.name, "image": image, "imagePullPolicy": "IfNotPresent"}
    for ours, theirs in (("command", "entrypoint"), ("args", "command")):
        if said.get(theirs):
            # $(NAME) would be a variable, and $$ is a dollar sign.
            container[ours] = [word.replace("$", "$$") for word in said[theirs]]
    empty = sorted(name for name, value in service.environment.items() if not value)
    if empty:
        container["env"] = [{"name": name} for name in empty]
    if len(empty) < len(service.environment):
        # Taken as they are: values of `env` would be read for $(NAME).
        container["envFrom"] = [{"secretRef": {"name": contents.environment_name(service.name)}}]
    if service.ports:
        container["ports"] = [
            {"name": f"tcp-{port}", "protocol": "TCP", "containerPort": port} for port in service.ports
        ]
    container["resources"] = _resources(said)
    container["securityContext"] = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": bool(said.get("read_only")),
        "capabilities": {"drop": ["ALL"]} | ({"add": said["cap_add"]} if said.get("cap_add") else {}),
    }
    if made.mounts:
        container["volumeMounts"] = made.mounts
    return container


def _resources(said: Mapping[str, Any]) -> dict[str, Any]:
    """The limit is asked for as a whole, so that no node promises what it has not."""
    limits = {"memory": quantity(said["mem_limit"])} if said.get("mem_limit") else {}
    if said.get("cpus"):
        limits["cpu"] = str(said["cpus"])
    return {"requests": dict(limits), "limits": limits} if limits else {}


def _checks(service: Service) -> dict[str, Any]:
    """Compose takes no container away that is not well, nor one that starts slowly, as a database does that recovers:
    so there is no livenessProbe and no startupProbe, which would
    (https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/).
    """
    if not service.test:
        return {}
    probe = {"exec": {"command": list(service.test)}, "timeoutSeconds": 5}
    return {"readinessProbe": probe | {"periodSeconds": 5, "failureThreshold": 6}}


def _leaving(service: Service, cluster: Cluster) -> dict[str, Any]:
    if service.name not in cluster.replicas:
        return {}
    return {"lifecycle": {"preStop": {"exec": {"command": ["sleep", str(_LEAVES_IN)]}}}}


def _apart(service: Service, deployment: str) -> dict[str, Any]:
    """Its pods are on several nodes, where there are several."""
    return {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels(service.name, deployment)},
            }
        ]
    }


def _several(service: Service, deployment: str, kind: str, scale: Scale) -> list[dict[str, Any]]:
    """One at a time leaves its node, also the only one: a budget that keeps it would hold up the node's maintenance."""
    found = {"selector": {"matchLabels": labels(service.name, deployment)}}
    made = [_object("policy/v1", "PodDisruptionBudget", service.name, deployment, {"maxUnavailable": 1, **found})]
    if scale.most > scale.least:
        spec = {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": service.name},
            "minReplicas": scale.least,
            "maxReplicas": scale.most,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": _BUSY}},
                }
            ],
        }
        made.append(_object("autoscaling/v2", "HorizontalPodAutoscaler", service.name, deployment, spec))
    return made


def migration(service: Service, deployment: str, cluster: Cluster) -> list[dict[str, Any]]:
    """The Job that brings the database to LiteLLM's version, once for each image and configuration: what a Job runs
    cannot be changed. A start of LiteLLM does the same under a lock, and waits for this.
    """
    if not (service.is_litellm and service.is_built):
        return []
    made = contents.volumes(service)
    container = _container(service, cluster, made) | {"command": _MIGRATE, "resources": _resources(_MIGRATE_MEMORY)}
    for part in ("args", "ports"):
        container.pop(part, None)
    name = f"{service.name}-migrate"
    template = _template(service, deployment, cluster, made)
    pod = template["spec"] | {"containers": [container | {"name": name}], "restartPolicy": "OnFailure"}
    pod.pop("topologySpreadConstraints", None)
    metadata = {**template["metadata"], "labels": template["metadata"]["labels"] | {NAME: name}}
    whole = {"metadata": metadata, "spec": pod}
    found = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:10]
    spec = {"backoffLimit": 20, "template": whole}
    job = _object("batch/v1", "Job", name, deployment, spec)
    job["metadata"]["name"] = f"{name}-{found}"
    _refuse_long(service, "Job", job["metadata"]["name"])
    return [job]
