# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a front door before a gateway, configured as the role would."""

from __future__ import annotations

import datetime
import hashlib
import os
import time
from pathlib import Path

import jinja2
import requests
import yaml
from ansible.plugins.filter.core import to_bool
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate
from guarded_gateway import ROOT, run

ROLE = ROOT / "roles/front_door"
NGINX = (10005, 10005)
"""The user and group of the image."""
NAMES = ("localhost", "127.0.0.1", "linuxserver.lan")


class Tls:
    """An authority as the role makes one, its certificate as a file, and what it has issued for the front door."""

    def __init__(self, folder: Path, names: tuple[str, ...] = NAMES):
        self.names, self.now = names, datetime.datetime.now(datetime.UTC)
        self.authority = certificate.new_authority(names, self.now)
        self.ca = folder / "ca.pem"
        self.ca.write_text(self.authority.public)
        self.renew()

    def renew(self, days: int = 90) -> None:
        """Another certificate for the same names."""
        self.pair = certificate.issue(self.authority, self.names, days, self.now)

    def put(self, folder: Path, text: str | None = None) -> None:
        """As the role does: whole, and for nginx's user alone. text: another one's."""
        new = folder / "tls.pem.new"
        new.touch(mode=0o600)
        new.write_text(text or self.pair.text())
        os.chown(new, *NGINX)
        new.replace(folder / "tls.pem")


def configure(folder: Path, **settings) -> None:
    """Writes the role's configuration as the role would with these settings."""
    variables = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    variables |= yaml.safe_load((ROLE / "vars/main.yml").read_text())
    variables |= {"front_door_hosts": [], "front_door_observability": False, **settings}
    variables["front_door_routes"] = request_rules.routes(
        variables["front_door_base_routes"] + variables["front_door_extra_routes"]
    )
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    environment.filters["bool"] = to_bool
    said = {name: value for name, value in variables.items() if isinstance(value, str) and "{{" in value}
    variables |= {name: environment.from_string(value).render(variables) for name, value in said.items()}
    variables.setdefault("front_door_observability_subnets", [])
    for name in ("nginx.conf", "networks.conf", "exporters.conf"):
        template = environment.from_string((ROLE / f"templates/{name}.j2").read_text())
        (folder / name).write_text(template.render(variables))
    folder.chmod(0o755)


def address(container, port: int) -> str:
    """Where one of its ports is published on the host's loopback address: 4000, or 4001 for the administration."""
    container.reload()
    (found,) = [one for one in container.ports[f"{port}/tcp"] if one["HostIp"] == "127.0.0.1"]
    return f"http://127.0.0.1:{found['HostPort']}"


def start(
    docker_api,
    image: str,
    name: str,
    network: str,
    upstream: str,
    master_key: str,
    folder: Path,
    also_on: str | None = None,
    tls: Tls | None = None,
    **settings,
):
    """A front door of this name before the container `upstream`: its address, once it answers, and its container.

    master_key: the gateway's, of which the door's own secret is made.
    also_on: another address of the host, such as an engine's bridge, at which clients find it.
    tls: what it shows, for front_door_tls_enabled.
    """
    if tls:
        tls.put(folder)
        settings["front_door_tls_enabled"] = True
    configure(
        folder,
        front_door_upstream_host=upstream,
        front_door_engine_networks=docker_api.networks.get(network).attrs["IPAM"]["Config"],
        **settings,
    )
    secret = hashlib.sha256(f"{master_key}:front-door".encode()).hexdigest()
    container = run(
        docker_api,
        name,
        image,
        None,
        network,
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        mem_limit="256m",
        tmpfs={"/tmp": "rw,noexec,nosuid,mode=1777,size=64m"},
        ports={
            "4000/tcp": [(one, None) for one in ("127.0.0.1", also_on) if one],
            "4001/tcp": ("127.0.0.1", None),
        },
        environment={"FRONT_DOOR_UPSTREAM": upstream, "FRONT_DOOR_SECRET": secret},
        volumes={str(folder): {"bind": "/etc/front-door", "mode": "ro"}},
    )
    url = address(container, 4000)
    url = url.replace("http://", "https://") if tls else url
    verify = str(tls.ca) if tls else True
    for _ in range(60):
        try:
            if requests.get(url + "/health/liveliness", timeout=3, verify=verify).status_code == 200:
                return url, container
        except requests.RequestException:
            pass
        time.sleep(0.5)
    raise AssertionError(container.logs(tail=20).decode())
