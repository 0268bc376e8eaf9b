# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what runs on a host, and writes it as Kubernetes manifests on the controller. The host is only looked at."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import files as given_files
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import host as on_host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.action import OnHost
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.files import File
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes import manifests, workloads
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.cluster import Cluster, cluster
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.description import Host, paths


class ActionModule(OnHost):
    """One pass: look at the host, work out the manifests, write the files that differ."""

    argument_spec = {
        "file": {"type": "path", "required": True},
        "dest": {"type": "path", "required": True},
        "cluster_networks": {"type": "list", "elements": "str", "required": True},
        "namespace": {"type": "str", "default": "mcp-lan"},
        "registry": {"type": "str"},
        "replicas": {"type": "dict", "default": {}},
        "storage_class": {"type": "str"},
        "volume_size": {"type": "str", "default": "10Gi"},
        "volume_sizes": {"type": "dict", "default": {}},
        "claims": {"type": "dict", "default": {}},
        "gateway": {"type": "str"},
        "gateway_pods_namespace": {"type": "str"},
        "routes": {"type": "list", "elements": "dict", "default": []},
        "docker_host": {"type": "str"},
    }

    def act(self) -> dict[str, Any]:
        """The module."""
        where = cluster(self.options)
        host = self._host(self.options)
        made = manifests.manifests(host, where)
        folder = Path(self.options["dest"]).expanduser()
        former = _former(folder)
        removed = manifests.removed([content for _mode, content in former.values()], made)
        # First what is to be deleted: without the files that had it nothing else would say so.
        desired = manifests.to_delete(str(folder), removed) | manifests.files(str(folder), made)
        written = self._written(folder, desired, former)
        return written | self._said(folder, list(made), host, where) | {"removed": removed}

    def _host(self, options: dict[str, Any]) -> Host:
        """What the host has of it: the Compose file first, which names the rest."""
        quote, engine, file = self._connection._shell.quote, options["docker_host"], options["file"]
        seen = on_host.seen(self._engine_says(on_host.look(quote, engine, file=file)))
        if seen.file is None:
            raise UserError(f"{self.where} has no {file}: run site.yml, which writes it.", "path_missing")
        written = project.read(seen.file, file)
        images = {each["image"] for each in written.services.values()}
        look = on_host.look(quote, engine, file=file, images=sorted(images), paths=paths(written))
        there = on_host.seen(self._engine_says(look))
        if missing := [path for path in paths(written) if path not in there.paths]:
            raise UserError(f"{self.where} has no {missing[0]}, which {file} names: run site.yml.", "path_missing")
        read = self._shell(on_host.contents(quote, paths(written)))
        if read["rc"]:
            raise UserError(f"The files of the services could not be read on {self.where}.", "host_failed")
        subnets = {name: [one["Subnet"] for one in each.subnets] for name, each in seen.networks.items()}
        return Host(file, written, on_host.read(read["stdout"]), subnets, there.checked)

    def _written(self, folder: Path, desired: dict[str, File], former: dict[str, tuple[int, bytes]]) -> dict[str, Any]:
        """Has the files there, and none that an earlier run wrote beside them. former: the modes and contents of those
        that are there, by their paths.
        """
        differing = [each for each in desired.values() if former.get(each.path) != (each.mode, each.content)]
        left = [
            path
            for path, (_mode, content) in former.items()
            if Path(path).name not in desired and content.startswith(manifests.HEADER.encode())
        ]
        if not self._task.check_mode:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                for each in differing:
                    _place(each)
                for path in left:
                    Path(path).unlink()
            except OSError as error:
                raise UserError(
                    f"{folder} cannot be written ({error.strerror}): name another dest.", "path_missing"
                ) from error
        return {
            "changed": bool(differing or left),
            "diff": given_files.diffs(differing, left, former),
        }

    @staticmethod
    def _said(folder: Path, files: list[str], host: Host, where: Cluster) -> dict[str, Any]:
        built = sorted({each["image"] for each in host.written.services.values() if each.get("pull_policy") == "never"})
        return {
            "dest": str(folder),
            "files": files,
            "images": [{"image": image, "reference": workloads.reference(image, where)} for image in built],
        }


def _former(folder: Path) -> dict[str, tuple[int, bytes]]:
    """The modes and contents of the folder's manifests, by their paths, whoever wrote them."""
    there = [path for path in sorted(folder.glob("*.yaml")) if path.is_file()]
    return {str(path): (path.stat().st_mode & 0o777, path.read_bytes()) for path in there}


def _place(file: File) -> None:
    """At once, and never for others to read what is its owner's."""
    descriptor, name = tempfile.mkstemp(dir=Path(file.path).parent, prefix=".mcp-lan-")
    with os.fdopen(descriptor, "wb") as new:
        new.write(file.content)
        os.fchmod(descriptor, file.mode)
    os.replace(name, file.path)
