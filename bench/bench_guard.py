# SPDX-License-Identifier: GPL-3.0-or-later
"""Guard: a tools/call straight to the MCP server, through LiteLLM, through it with the guard, and with the front door.

The ways take turns, in random order, so that what else the machine does falls on all of them alike. The difference is
to LiteLLM alone. It starts its own gateways, of the versions that MCP_LAN_BENCH_VERSIONS names, separated by spaces;
MCP_LAN_BENCH_CALLS is the number of calls of each way.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import docker
import front_door
import gateway as gateways
import guarded_gateway

HERE = Path(__file__).resolve().parent
CALLS = os.environ.get("MCP_LAN_BENCH_CALLS", "1000")
SERVER, TOOL = "alpha", "ping"
POLICY = {"mcp_lan": {"policy": {SERVER: ["*"]}}}
WAYS = ("LiteLLM", "with the guard", "with guard and front door", "straight to the MCP server")


def prepare(gateway: gateways.Gateway, server: str, key: str) -> None:
    """Register the MCP server, and give the key its tools."""
    made = {"server_name": SERVER, "alias": SERVER, "transport": "http", "url": server}
    identity = gateway.admin("/v1/mcp/server", made)["server_id"]
    gateway.admin("/key/generate", {"key": key, "object_permission": {"mcp_servers": [identity]}, "metadata": POLICY})


def measured(at_once: int, key: str, urls: dict[str, str]) -> list[dict]:
    ways = [f"{name}={url}" for name, url in urls.items()]
    done = subprocess.run(
        [sys.executable, str(HERE / "overhead.py"), f"{SERVER}-{TOOL}", CALLS, str(at_once), *ways],
        env={**os.environ, "MCP_LAN_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench: a call failed:\n{done.stdout}{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(version: str, references: dict[str, str]) -> list[str]:
    api, key = docker.from_env(), "sk-" + secrets.token_urlsafe(24)
    with contextlib.ExitStack() as stack:
        guarded = stack.enter_context(gateways.gateway(version, references))
        alone = stack.enter_context(gateways.gateway(version, references, gateways.PREFIX + "alone-", guard=False))
        server = guarded_gateway.run(
            api,
            gateways.PREFIX + SERVER,
            references[version],
            ["/srv/mcp_server.py", SERVER, TOOL],
            guarded.network,
            entrypoint="python3",
            healthcheck={"test": ["NONE"]},
            volumes={str(guarded_gateway.HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"}},
        )
        stack.callback(server.remove, force=True)
        network = api.networks.get(alone.network)
        network.connect(server)
        stack.callback(network.disconnect, server)
        for each in (guarded, alone):
            prepare(each, f"http://{server.name}:8000/mcp", key)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        door, container = front_door.start(
            api,
            references["front-door"],
            gateways.PREFIX + "front-door",
            guarded.network,
            guarded.name,
            folder,
            front_door_rate=100000,
            front_door_burst=100000,
        )
        stack.callback(container.remove, force=True)
        server.reload()
        address = server.attrs["NetworkSettings"]["Networks"][guarded.network]["IPAddress"]
        urls = [alone.url + "/mcp/", guarded.url + "/mcp/", door + "/mcp/", f"http://{address}:8000/mcp"]
        return [
            " | ".join(
                [
                    f"| {version}",
                    way["way"],
                    f"{at_once}",
                    f"{way['calls']}",
                    f"{way['median_ms']:.1f}",
                    f"{way['percent']:+.1f} % |",
                ]
            )
            for at_once in (1, 16)
            for way in measured(at_once, key, dict(zip(WAYS, urls, strict=True)))
        ]


def table() -> str:
    head = ["| LiteLLM | way | at once | calls | median, ms | difference |", "| --- | --- | --- | --- | --- | --- |"]
    versions = gateways.versions()
    references = gateways.images(versions)
    return "\n".join([*head, *(row for version in versions for row in rows(version, references))])
