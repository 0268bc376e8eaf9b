# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service is given as ConfigMap and Secret, and how its container sees it.

A file that not everybody on the host may read is in the Secret, and so is the whole environment: the Compose file does
not say which values of it are secret.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.description import (
    File,
    Mount,
    Service,
    quantity,
    slug,
)

# What a ConfigMap or a Secret holds at most, without its names and before base64
# (https://kubernetes.io/docs/concepts/configuration/configmap/#motivation).
_LARGEST = 1024 * 1024
# A Secret's files are root's and the pod's fsGroup's, which is the container's group: it reads them as a member.
_SECRET_MODE = 0o440


@dataclass
class Volumes:
    """Of a pod: its volumes, where its container has them, and the volumes of the Compose file among them. held: their
    names, which are those of claims.
    """

    volumes: list[dict[str, Any]] = field(default_factory=list)
    mounts: list[dict[str, Any]] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    held: frozenset[str] = frozenset()

    def free(self, target: str) -> str:
        """A name for what is at this path alone: of two paths, or a path and a claim, it may be the same."""
        name = slug(target) or "root"
        taken = self.held | {each["name"] for each in self.volumes}
        return next(each for each in (name, *(f"{name[-58:]}-{at}" for at in range(2, 9999))) if each not in taken)


def environment_name(service: str) -> str:
    """The Secret with a service's environment."""
    return f"{service}-environment"


def files_name(service: str) -> str:
    """The ConfigMap, and the Secret, with a service's files."""
    return f"{service}-files"


def config_maps(service: Service) -> list[dict[str, Any]]:
    """Its files that everybody may read: what is text as it is, the others in base64."""
    texts, others = {}, {}
    for file in _files(service, secret=False):
        try:
            texts[_key(file)] = file.content.decode("utf-8")
        except UnicodeDecodeError:
            others[_key(file)] = _encoded(file.content)
    parts = {name: values for name, values in (("data", texts), ("binaryData", others)) if values}
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": files_name(service.name)}, **parts}
    return [made] if parts else []


def secrets(service: Service) -> list[dict[str, Any]]:
    """Its environment, and its files that not everybody may read. Not as stringData, which the API only takes and never
    shows, and without empty values, which are none to it: whoever compares would see a difference at every look.
    """
    environment = {name: _encoded(value.encode()) for name, value in sorted(service.environment.items()) if value}
    files = {_key(file): _encoded(file.content) for file in _files(service, secret=True)}
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "Opaque", "data": values}
        for name, values in ((environment_name(service.name), environment), (files_name(service.name), files))
        if values
    ]


def digest(service: Service) -> str:
    """SHA-256 of all that a container reads when it starts: with another one, it is made anew."""
    read = [*config_maps(service), *secrets(service)]
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def volumes(service: Service) -> Volumes:
    """What its container has beside its image."""
    _refuse_same_keys(service)
    _refuse_large(service)
    claims = {mount.volume: slug(mount.volume) for mount in service.mounts if mount.volume}
    made = Volumes(held=frozenset(claims.values()))
    for mount in service.mounts:
        _add(made, service, mount)
    folders = {each.partition(":")[0]: each.partition(":")[2] for each in service.said.get("tmpfs") or []}
    if service.said.get("shm_size"):
        folders.setdefault("/dev/shm", f"size={service.said['shm_size']}")
    for target, options in folders.items():
        _add_memory(made, target, dict(part.partition("=")[::2] for part in options.split(",")).get("size"))
    return made


def _add(made: Volumes, service: Service, mount: Mount) -> None:
    seen: dict[str, Any] = {"name": slug(mount.volume) or made.free(mount.target), "mountPath": mount.target}
    if mount.read_only:
        seen["readOnly"] = True
    if mount.volume:
        # Once, however often it is mounted.
        if mount.volume not in made.claimed:
            made.claimed.append(mount.volume)
    elif mount.claim:
        # Of a volume that is read-only as a whole kubelet leaves owners and modes as they are, whatever fsGroup says.
        only = {"readOnly": True} if mount.read_only else {}
        made.volumes.append({"name": seen["name"], "persistentVolumeClaim": {"claimName": mount.claim} | only})
    elif mount.files:
        made.volumes.append({"name": seen["name"], "projected": {"sources": _sources(service, mount)}})
    else:
        made.volumes.append({"name": seen["name"], "emptyDir": {}})
    if mount.single:
        seen["subPath"] = mount.target.rpartition("/")[2]
    made.mounts.append(seen)


def _sources(service: Service, mount: Mount) -> list[dict[str, Any]]:
    """The mount's files in ConfigMap and Secret, and where each of them goes."""
    sources = []
    folder = mount.target.rpartition("/")[0] if mount.single else mount.target
    for kind, secret in (("configMap", False), ("secret", True)):
        items = [
            {"key": _key(file), "path": file.path.removeprefix(f"{folder}/"), "mode": _mode(file)}
            for file in mount.files
            if file.secret is secret
        ]
        if items:
            sources.append({kind: {"name": files_name(service.name), "items": items}})
    return sources


def _mode(file: File) -> int:
    return _SECRET_MODE | (file.mode & 0o100 and 0o110) if file.secret else file.mode & 0o555


def _add_memory(made: Volumes, target: str, size: Any) -> None:
    """A tmpfs. What is in it counts against the container's memory, as it does with Compose."""
    limit = {"sizeLimit": quantity(size)} if size else {}
    name = made.free(target)
    made.volumes.append({"name": name, "emptyDir": {"medium": "Memory", **limit}})
    made.mounts.append({"name": name, "mountPath": target})


def _files(service: Service, *, secret: bool) -> Iterable[File]:
    return [file for mount in service.mounts for file in mount.files if file.secret is secret]


def _key(file: File) -> str:
    """A key of ConfigMaps and Secrets has no slash, and does not begin with two dots."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", file.path.strip("/"))


def _refuse_same_keys(service: Service) -> None:
    paths = {_key(file): file.path for mount in service.mounts for file in mount.files}
    for mount in service.mounts:
        for file in mount.files:
            if paths[_key(file)] != file.path:
                raise UserError(
                    f"The service {service.name} has the files {paths[_key(file)]} and {file.path}, which would have "
                    "one key in a ConfigMap: call one of them otherwise.",
                    "cluster_unsupported",
                )


def _refuse_large(service: Service) -> None:
    for kind, secret in (("ConfigMap", False), ("Secret", True)):
        sizes = {file.path: len(file.content) for file in _files(service, secret=secret)}
        if (whole := sum(sizes.values())) > _LARGEST:
            largest = max(sizes, key=lambda path: sizes[path])
            raise UserError(
                f"The files of the service {service.name} have {whole} bytes, {sizes[largest]} of them in {largest}, "
                f"and a {kind} holds {_LARGEST} (1 MiB): give it smaller ones, or have a volume hold them.",
                "cluster_unsupported",
            )


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
