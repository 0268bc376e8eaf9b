# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients and servers of each version of the MCP protocol, with both gateway versions between them.

docs/services.md has what is asserted here as a table.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import front_door
import pytest
from guarded_gateway import (
    GATEWAYS,
    GUARD,
    PREFIX,
    docker_api,
    network,
    plain,
    postgres,
    run,
    start_gateway,
    wait_until_ready,
)
from tree import TOP

pytestmark = pytest.mark.slow
__all__ = ["docker_api", "network", "postgres", "start_gateway"]

HERE = Path(__file__).parent
CACHE = TOP / ".cache/mcp-sdk"
# The SDK's releases by the newest version of the protocol that each speaks. Servers of older ones end with the first
# session that a client closes.
SERVERS = {"2025-06-18": "1.22.0", "2025-11-25": "1.30.0", "2026-07-28": "2.3.0"}
# Client: the script, the SDK's release, and how it is told to connect.
CLIENTS = {
    "1.9.4": ("ask_1.py", "1.9.4", ""),
    "1.30.0": ("ask_1.py", "1.30.0", ""),
    "2.3.0 legacy": ("ask_2.py", "2.3.0", "legacy"),
    "2.3.0 auto": ("ask_2.py", "2.3.0", "auto"),
    "2.3.0 2026-07-28": ("ask_2.py", "2.3.0", "2026-07-28"),
}
# What a client and a gateway agree on; None where the client says that it cannot.
AGREED = {
    "1.77.3": {"1.9.4": "2025-03-26", "1.30.0": "2025-06-18", "2.3.0 legacy": "2025-06-18", "2.3.0 auto": "2025-06-18"},
    "1.108.7": {
        "1.9.4": "2025-03-26",
        "1.30.0": "2025-11-25",
        "2.3.0 legacy": "2025-11-25",
        "2.3.0 auto": "2025-11-25",
    },
}
# In which version a gateway asks a server at most; an older server is asked in its own.
NEWEST_ASKED = {"1.77.3": "2025-06-18", "1.108.7": "2025-11-25"}


def packages(release: str) -> list[str]:
    """The SDK with what it was made for: the first ones do not run with the newest of their dependencies."""
    return [f"mcp=={release}", *(["--exclude-newer", "2025-06-20"] if release == "1.9.4" else [])]


def uv(*words: str) -> None:
    done = subprocess.run(["uv", *words], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def clients() -> dict[str, Path]:
    """A Python for each release of the SDK."""
    found = {}
    for release in {release for _, release, _ in CLIENTS.values()}:
        folder = CACHE / f"client-{release}"
        found[release] = folder / "bin/python"
        if not (folder / "ready").exists():
            uv("venv", "-q", "--clear", str(folder))
            uv("pip", "install", "-q", "-p", str(found[release]), *packages(release))
            (folder / "ready").touch()
    return found


@pytest.fixture(scope="session")
def servers(docker_api, network, images) -> dict[str, str]:
    """Servers by the newest version of the protocol that they speak: their names in the network."""
    started = {}
    for protocol, release in SERVERS.items():
        folder = CACHE / f"server-{release}"
        if not (folder / "ready").exists():
            platform = ["--python-version", "3.13", "--only-binary", ":all:"]
            uv("pip", "install", "-q", "--target", str(folder), *platform, *packages(release))
            (folder / "ready").touch()
        started[protocol] = run(
            docker_api,
            f"{PREFIX}speaks-{protocol}",
            images["MCP_LAN_TEST_LITELLM_IMAGE"],
            ["-I", "-c", "import sys; sys.path.insert(0, '/srv/sdk'); exec(open('/srv/server.py').read())"],
            network,
            entrypoint="/usr/bin/python3",
            healthcheck={"test": ["NONE"]},
            volumes={
                str(folder): {"bind": "/srv/sdk", "mode": "ro"},
                str(HERE / "server.py"): {"bind": "/srv/server.py", "mode": "ro"},
            },
        )
    yield {protocol: container.name for protocol, container in started.items()}
    for container in started.values():
        container.remove(force=True)


@pytest.fixture(scope="session", params=GATEWAYS)
def gateway(request, images, servers, start_gateway, docker_api, network, tmp_path_factory):
    """A gateway with those servers behind the front door: its version, the address of MCP, and a key for all."""
    made = start_gateway(images[request.param], GUARD)
    wait_until_ready(made.url, made.container)
    for protocol, name in servers.items():
        identity = "speaks" + protocol.replace("-", "")
        entry = {"server_id": identity, "server_name": identity, "transport": "http", "url": f"http://{name}:8000/mcp"}
        made.admin("POST", "/v1/mcp/server", entry)
        made.ids[identity] = identity
    url, container = front_door.start(
        docker_api,
        images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"],
        f"{PREFIX}protocols-front-door",
        network,
        made.container.name,
        made.master_key,
        tmp_path_factory.mktemp("door"),
    )
    tools = {name: ["*"] for name in made.ids}
    yield plain(made.version), f"{url}/mcp/", made.key({"mcp_lan": {"policy": tools}})
    container.remove(force=True)


@pytest.mark.parametrize("client", CLIENTS)
def test_who_agrees_on_what(gateway, clients, client):
    version, url, key = gateway
    script, release, mode = CLIENTS[client]
    command = [str(clients[release]), str(HERE / script), url, key, mode]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    agreed = AGREED[version].get(client)
    if agreed is None:
        assert done.returncode and "Unsupported" in done.stderr, done.stdout + done.stderr[-2000:]
        return
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout)
    assert answer["agreed"] == agreed
    for protocol, release in SERVERS.items():
        name = "speaks" + protocol.replace("-", "")
        assert f"{name}-big" in answer["said"], answer["said"]
        assert answer["said"][f"{name}-big"] == 5_000_000
        assert answer["said"][f"{name}-seen"] == f"{min(protocol, NEWEST_ASKED[version])} by {release}"
