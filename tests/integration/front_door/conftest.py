# Starts the front door before a real gateway; see guarded_gateway for what stands behind it.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from pathlib import Path

import jinja2
import pytest
import requests
import yaml
from guarded_gateway import PREFIX, ROOT, run

ROLE = ROOT / "roles/front_door"


def configure(folder: Path, **settings) -> None:
    """Writes the role's configuration as the role would with these settings."""
    variables = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    variables |= yaml.safe_load((ROLE / "vars/main.yml").read_text())
    variables |= {"front_door_hosts": [], "front_door_trusted_networks": [], **settings}
    variables["front_door_routes"] = variables["front_door_base_routes"] + variables["front_door_extra_routes"]
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    template = environment.from_string((ROLE / "templates/nginx.conf.j2").read_text())
    (folder / "nginx.conf").write_text(template.render(variables))
    (folder / "front_door.js").write_text((ROLE / "files/front_door.js").read_text())
    folder.chmod(0o755)


@pytest.fixture(scope="session")
def gateway(guarded):
    return guarded


@pytest.fixture(scope="session")
def start_front_door(docker_api, network, gateway, images, tmp_path_factory):
    """Starts a front door with these settings and returns its address and its container."""
    started = []

    def start(**settings):
        folder = tmp_path_factory.mktemp("front-door")
        configure(folder, front_door_upstream_host=gateway.container.name, **settings)
        container = run(
            docker_api,
            f"{PREFIX}front-door-{len(started)}",
            images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"],
            None,
            network,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            mem_limit="256m",
            tmpfs={"/tmp": "rw,noexec,nosuid,mode=1777,size=64m"},
            ports={"4000/tcp": ("127.0.0.1", None)},
            environment={"FRONT_DOOR_UPSTREAM": gateway.container.name},
            volumes={str(folder): {"bind": "/etc/front-door", "mode": "ro"}},
        )
        started.append(container)
        container.reload()
        url = f"http://127.0.0.1:{container.ports['4000/tcp'][0]['HostPort']}"
        for _ in range(60):
            try:
                if requests.get(url + "/health/liveliness", timeout=3).status_code == 200:
                    return url, container
            except requests.RequestException:
                pass
            time.sleep(0.5)
        raise AssertionError(container.logs(tail=20).decode())

    yield start
    for container in started:
        container.remove(force=True)


@pytest.fixture(scope="session")
def front_door(start_front_door):
    return start_front_door(front_door_rate=100000, front_door_burst=100000)


@pytest.fixture(scope="session")
def url(front_door):
    return front_door[0]
