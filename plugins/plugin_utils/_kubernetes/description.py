# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a Compose file, with what they read of their host, in the terms of a container.

What a cluster that holds its pods to Pod Security's level "restricted" does not run is refused here, in a sentence
(https://kubernetes.io/docs/concepts/security/pod-security-standards/).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.cluster import Cluster, is_label

DEPLOYMENT = "mcp_lan.deployment"
# Of the collection's own files those that say where its networks are, by the path in the container.
REQUESTS = "/etc/litellm/requests.json"
DOOR_NETWORKS = "/etc/front-door/networks.conf"
EXPORTERS = "/etc/front-door/exporters.conf"
_UNITS = {"": "", "b": "", "k": "Ki", "m": "Mi", "g": "Gi", "t": "Ti"}


@dataclass(frozen=True)
class Host:
    """What a host has: the Compose file, and where; the files beside it by their paths, each its mode and content; the
    subnets of its networks (CIDR), and the health checks of its images.
    """

    file: str
    written: project.Written
    files: Mapping[str, tuple[int, bytes]]
    subnets: Mapping[str, list[str]] = field(default_factory=dict)
    checks: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file of a container: its path there, what is in it, its mode, and whether others may not read it."""

    path: str
    content: bytes
    mode: int

    @property
    def secret(self) -> bool:
        """Whether not everybody on the host may read it."""
        return not self.mode & 0o004


@dataclass(frozen=True)
class Mount:
    """Where a container has files: those of a folder, or the one; a volume by its name; or a claim that is there."""

    target: str
    files: tuple[File, ...] = ()
    single: bool = False
    volume: str = ""
    claim: str = ""
    read_only: bool = False


@dataclass(frozen=True)
class Service:
    """One service. open_on: those of its networks from which it is reached, where it does not answer on all."""

    name: str
    said: Mapping[str, Any]
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    user: int
    group: int
    test: tuple[str, ...]
    open_on: tuple[str, ...] | None = None

    @property
    def networks(self) -> tuple[str, ...]:
        """Those that it is on."""
        return tuple(self.said.get("networks") or ())

    @property
    def ports(self) -> tuple[int, ...]:
        """Those on which the services of its networks reach it."""
        return tuple(int(port) for port in self.said.get("expose") or ())

    @property
    def is_litellm(self) -> bool:
        """Whether it is the gateway itself, after which the deployment is called."""
        return (self.said.get("labels") or {}).get(DEPLOYMENT) == self.name

    @property
    def is_built(self) -> bool:
        """Whether its image was built here, and is nowhere to be pulled from."""
        return self.said.get("pull_policy") == "never"


def paths(written: project.Written) -> list[str]:
    """The files of a host that are to be read: environments, and those that containers are given."""
    environments = [path for each in written.services.values() for path in each.get("env_file") or []]
    sources = {
        mount["source"]
        for each in written.services.values()
        for mount in each.get("volumes") or []
        if mount["type"] == "bind"
    }
    given = [
        path
        for each in written.paths.values()
        for path in each
        if path in sources or any(path.startswith(f"{source}/") for source in sources)
    ]
    return [*dict.fromkeys([*environments, *given])]


def services(host: Host, cluster: Cluster) -> dict[str, Service]:
    """All of them, by their names."""
    said = {name: project.unescaped(dict(each)) for name, each in host.written.services.items()}
    if not any(each.get("expose") for each in said.values()):
        raise UserError(
            f"{host.file} does not say on which ports services are reached, as an earlier release wrote it, or none "
            "is in it: run site.yml, and then this.",
            "cluster_unsupported",
        )
    _refuse_unknown(cluster, said)
    _refuse_same_volumes(said.values())
    filled = {
        mount["source"]
        for each in said.values()
        for mount in each.get("volumes") or []
        if mount["type"] == "volume" and not mount.get("read_only")
    }
    return {name: _service(name, each, host, cluster, filled) for name, each in said.items()}


def _refuse_unknown(cluster: Cluster, said: Mapping[str, Any]) -> None:
    mounted: dict[str, set[str]] = {"volume": set(), "bind": set()}
    for service in said.values():
        for mount in service.get("volumes") or []:
            mounted[mount["type"]].add(mount["source"])
    for option, names, kind, there in (
        ("replicas", cluster.replicas, "service", set(said)),
        ("routes", [each.service for each in cluster.routes], "service", set(said)),
        ("volume_sizes", cluster.volume_sizes, "volume", mounted["volume"]),
        ("claims", cluster.claims, "folder of the host", mounted["bind"]),
    ):
        for name in names:
            if name not in there:
                raise UserError(
                    f"{option} names {name}, which is no {kind} of the Compose file: it has "
                    f"{', '.join(sorted(there)) or 'none'}.",
                    "cluster_invalid",
                )
    for each in cluster.routes:
        if str(each.port) not in said[each.service].get("expose", []):
            raise UserError(
                f"routes names port {each.port} of {each.service}, which is reached on "
                f"{', '.join(said[each.service].get('expose') or ['none'])}.",
                "cluster_invalid",
            )


def _refuse_same_volumes(said: Iterable[Mapping[str, Any]]) -> None:
    volumes = {each["source"] for one in said for each in one.get("volumes") or [] if each["type"] == "volume"}
    found: dict[str, str] = {}
    for volume in sorted(volumes):
        if (other := found.setdefault(slug(volume), volume)) != volume:
            raise UserError(
                f"The volumes {other} and {volume} would have one name in a cluster, {slug(volume)}: call one of them "
                "otherwise.",
                "cluster_unsupported",
            )


def _service(name: str, said: dict[str, Any], host: Host, cluster: Cluster, filled: set[str]) -> Service:
    if not is_label(name):
        raise _refused(
            name, "has a name that no Service of Kubernetes has: lower-case letters, digits and - are possible"
        )
    user, group = _user(name, said)
    said |= {"cap_add": [each.removeprefix("CAP_") for each in said["cap_add"]]} if said.get("cap_add") else {}
    for capability in sorted(set(said.get("cap_add") or ()) - {"NET_BIND_SERVICE"}):
        raise _refused(
            name, f"keeps the capability {capability}, which Pod Security's level 'restricted' does not allow"
        )
    if "host-gateway" in (said.get("extra_hosts") or {}).values():
        raise _refused(name, "names its host (host-gateway), which a pod may not reach: give it an address")
    mounts = tuple(_mount(name, each, host, cluster, filled) for each in said.get("volumes") or [])
    check = said.get("healthcheck") or {}
    test = project.asked(check.get("test") or host.checks.get(said["image"]) or [])
    return Service(
        name,
        said,
        _environment(said, host),
        tuple(_of_cluster(each, cluster) for each in mounts),
        user,
        group,
        _command(test) if not check.get("disable") else (),
        _open_on(name, mounts, host),
    )


def _user(name: str, said: Mapping[str, Any]) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9][0-9]*)(?::([0-9]+))?", str(said.get("user") or ""))
    if not found:
        raise _refused(
            name,
            f"runs as {said.get('user') or 'the user of its image'}: Pod Security's level 'restricted' takes the "
            "number of a user that is not root, which the images that are built here have",
        )
    return int(found[1]), int(found[2] or found[1])


def _environment(said: Mapping[str, Any], host: Host) -> dict[str, str]:
    """As Compose reads it: what the service says itself comes before its files."""
    values: dict[str, str] = {}
    for path in said.get("env_file") or []:
        if path not in host.files:
            raise UserError(f"The host has no {path}, which {host.file} names: run site.yml.", "path_missing")
        values |= project.read_env_file(host.files[path][1].decode(), path)
    return values | dict(said.get("environment") or {})


def _command(test: list[str]) -> tuple[str, ...]:
    """A health check's command (https://github.com/compose-spec/compose-spec/blob/main/05-services.md#healthcheck)."""
    if not test or test[0] == "NONE":
        return ()
    return ("sh", "-c", *test[1:]) if test[0] == "CMD-SHELL" else tuple(test[1:])


def _mount(name: str, said: Mapping[str, Any], host: Host, cluster: Cluster, filled: set[str]) -> Mount:
    source, target, read_only = said["source"], said["target"], bool(said.get("read_only"))
    if said["type"] == "volume":
        if source not in filled:
            raise _refused(
                name,
                f"reads the volume {source}, which is filled on the host (an MCP server with transport: stdio): run "
                "that server as a service of its own, with transport: http",
            )
        return Mount(target, volume=source, read_only=read_only)
    if source in cluster.claims:
        return Mount(target, claim=cluster.claims[source], read_only=read_only)
    environments = {path for each in host.written.services.values() for path in each.get("env_file") or []}
    if source in host.files:
        mode, content = host.files[source]
        return Mount(target, (File(target, content, mode),), single=True, read_only=read_only)
    if source not in host.written.all_paths():
        raise _refused(
            name,
            f"is given {source} of the host, which a cluster does not have: name the PersistentVolumeClaim that holds "
            f"it in claims (kubernetes_claims), such as {source}: shared",
        )
    files = tuple(
        File(target + path.removeprefix(source), content, mode)
        for path, (mode, content) in sorted(host.files.items())
        if path.startswith(f"{source}/") and path not in environments
    )
    return Mount(target, files, read_only=read_only)


def _of_cluster(mount: Mount, cluster: Cluster) -> Mount:
    """Where it says which networks are those of containers, the cluster's take their place. As far as the front door
    can tell, who forwards a port to a pod (`kubectl port-forward`) is at home there, as the engine is on a host. The
    Gateway's address is one of many pods' in turn, so that nobody administers by the word of a pod.
    """
    pods = "".join(f"{network} pod;\n" for network in cluster.networks)
    texts = {
        DOOR_NETWORKS: f"{pods}127.0.0.1 engine;\n::1 engine;\n",
        EXPORTERS: "".join(f"allow {network};\n" for network in cluster.networks),
    }
    changed = []
    for file in mount.files:
        content = texts[file.path].encode() if file.path in texts else file.content
        if file.path == REQUESTS and (rules := json.loads(content)).get("open_networks"):
            content = request_rules.rendered(rules | {"open_networks": list(cluster.networks)})["text"].encode()
        changed.append(File(file.path, content, file.mode))
    return Mount(mount.target, tuple(changed), mount.single, mount.volume, mount.claim, mount.read_only)


def _open_on(name: str, mounts: Iterable[Mount], host: Host) -> tuple[str, ...] | None:
    """The networks from which LiteLLM's request filter takes requests: in a cluster its NetworkPolicy holds it."""
    rules = next((file.content for mount in mounts for file in mount.files if file.path == REQUESTS), b"{}")
    subnets = set(json.loads(rules).get("open_networks") or ())
    if not subnets:
        return None
    networks = tuple(
        network
        for network in host.written.services[name].get("networks") or ()
        if subnets & set(host.subnets.get(network, ()))
    )
    if not networks:
        raise UserError(
            f"The request filter of {name} answers {', '.join(sorted(subnets))}, which is none of its networks on the "
            "host: run site.yml, and then this.",
            "cluster_unsupported",
        )
    return networks


def quantity(size: Any) -> str:
    """A size of a Compose file (512m, 1.5g, 4GiB; powers of 1024) as Kubernetes writes it."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([bkmgt]?)i?b?", str(size).strip().lower())
    if not found:
        raise UserError(f"{size} is no size of the Compose specification, such as 512m.", "cluster_unsupported")
    return found[1] + _UNITS[found[2]]


def seconds(duration: Any, default: int) -> int:
    """A duration of a Compose file (90s, 1m30s) in seconds."""
    found = re.fullmatch(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?", str(duration or ""))
    if not duration or not found:
        return default
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


def slug(path: str) -> str:
    """A path as the name of a volume."""
    name = re.sub(r"[^a-z0-9]+", "-", posixpath.normpath(path).lower()).strip("-")
    return name[-63:].strip("-")


def _refused(name: str, why: str) -> UserError:
    return UserError(f"The service {name} {why}.", "cluster_unsupported")
