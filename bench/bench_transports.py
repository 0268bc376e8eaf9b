# SPDX-License-Identifier: GPL-3.0-or-later
"""Transports: a tools/call of a small stdio server, straight to its bridge and through the gateway, by each transport.

Behind the bridge one process serves all calls; with stdio inside the gateway LiteLLM starts a process for each call,
which is what the others are compared with. The ways take turns, so that what else the machine does falls on all of them
alike. It starts its own gateways, of the versions that MCP_LAN_BENCH_VERSIONS names, separated by spaces;
MCP_LAN_BENCH_CALLS is the number of calls of each way, one at a time and 16 at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import docker
import gateway as gateways
import guarded_gateway
import httpx
import scenario

sys.path.insert(0, str(scenario.TOP / ".collections"))
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import complete

CALLS = int(os.environ.get("MCP_LAN_BENCH_CALLS", "200"))
TURNS = 4
HEADERS = {"Accept": "application/json, text/event-stream"}
PROCESS = "through the gateway, stdio inside: a process for each call"


@dataclass
class Way:
    """Where a call goes, and what it answers."""

    url: str
    tool: str
    arguments: dict = field(default_factory=lambda: {"timezone": "UTC"})
    answer: str = "day_of_week"
    headers: dict = field(default_factory=dict)

    async def post(self, client: httpx.AsyncClient, method: str, params: dict) -> httpx.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await client.post(self.url, json=body, headers=HEADERS | self.headers)

    async def call(self, client: httpx.AsyncClient) -> float:
        """One call; how long it took, in milliseconds."""
        began = time.perf_counter()
        answer = await self.post(client, "tools/call", {"name": self.tool, "arguments": self.arguments})
        taken = (time.perf_counter() - began) * 1000
        if self.answer not in answer.text:
            raise SystemExit(f"bench: {self.tool} at {self.url} answers {answer.status_code}: {answer.text[:300]}")
        return taken


def register(gateway: gateways.Gateway, service: dict) -> str:
    """The server, as the inventory would register it: its id."""
    server = {name: value for name, value in service["registration"].items() if name != "name"}
    name = service["registration"]["name"]
    return gateway.admin("/v1/mcp/server", {**server, "server_name": name, "alias": name})["server_id"]


@contextlib.contextmanager
def ways(version: str, references: dict[str, str]) -> Iterator[dict[str, Way]]:
    """The ways to the one server, whose bridge, packages and gateway are there as long as they are used."""
    api, prefix = docker.from_env(), gateways.PREFIX
    bridged = complete({"name": "time", "container_name": prefix + "time"})
    by_sse = complete({"name": "time-sse", "service": "time", "transport": "sse", "container_name": prefix + "time"})
    inside = complete({"name": "time-inside", "service": "time", "transport": "stdio"})
    itself = {"registration": {"name": "itself", "transport": "http", "url": f"http://{prefix}itself:8000/mcp"}}
    with contextlib.ExitStack() as stack:
        packages = api.volumes.create(prefix + "packages")
        stack.callback(packages.remove)
        filled = {packages.name: {"bind": "/srv/packages", "mode": "rw"}}
        api.containers.run(references["time"], ["--packages", "/srv/packages"], volumes=filled, remove=True)
        gateway = stack.enter_context(
            gateways.gateway(
                version,
                references,
                volumes={packages.name: {"bind": inside["packages"]["path"], "mode": "ro"}},
                environment={"LITELLM_ENABLE_MCP_STDIO": "true"},
            )
        )
        bridge = guarded_gateway.run(
            api, prefix + "time", references["time"], bridged["command"], gateway.network, tmpfs={"/tmp": ""}
        )
        stack.callback(bridge.remove, force=True)
        server = guarded_gateway.run(
            api,
            prefix + "itself",
            references[version],
            ["/srv/mcp_server.py", "itself", "ping"],
            gateway.network,
            entrypoint="python3",
            healthcheck={"test": ["NONE"]},
            volumes={str(guarded_gateway.HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"}},
        )
        stack.callback(server.remove, force=True)
        wait_until_healthy(bridge)
        ids = [register(gateway, service) for service in (bridged, by_sse, inside, itself)]
        key = "sk-" + secrets.token_urlsafe(24)
        policy = {"mcp_lan": {"policy": {name: ["*"] for name in ("time", "time_sse", "time_inside", "itself")}}}
        gateway.admin("/key/generate", {"key": key, "object_permission": {"mcp_servers": ids}, "metadata": policy})
        bearer = {"Authorization": f"Bearer {key}"}
        address = bridge.attrs["NetworkSettings"]["Networks"][gateway.network]["IPAddress"]
        url, tool = gateway.url + "/mcp/", "get_current_time"
        yield {
            "straight to the bridge, HTTP": Way(f"http://{address}:8000/mcp", tool),
            "through the gateway, bridged, HTTP": Way(url, f"time-{tool}", headers=bearer),
            "through the gateway, bridged, SSE": Way(url, f"time_sse-{tool}", headers=bearer),
            PROCESS: Way(url, f"time_inside-{tool}", headers=bearer),
            "through the gateway, a server that speaks HTTP itself": Way(
                url, "itself-ping", {}, "itself:ping", headers=bearer
            ),
        }


def wait_until_healthy(container) -> None:
    deadline = time.monotonic() + 90
    while True:
        container.reload()
        if container.attrs["State"]["Health"]["Status"] == "healthy":
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: the bridge does not start:\n{container.logs(tail=20).decode()}")
        time.sleep(0.5)


async def measured(those: dict[str, Way], at_once: int) -> dict[str, list[float]]:
    """How long each call of each way took."""
    taken: dict[str, list[float]] = {name: [] for name in those}
    async with httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=None)) as client:
        for way in those.values():
            # The list is what tells LiteLLM whose the tools are.
            await way.post(client, "tools/list", {})
            await way.call(client)
        rounds = max(CALLS // TURNS // at_once, 1)
        for _ in range(TURNS):
            for name, way in those.items():
                for _ in range(rounds):
                    taken[name] += await asyncio.gather(*(way.call(client) for _ in range(at_once)))
    return taken


def rows(version: str, references: dict[str, str]) -> list[str]:
    made = []
    with ways(version, references) as those:
        for at_once in (1, 16):
            taken = asyncio.run(measured(those, at_once))
            slowest = statistics.median(taken[PROCESS])
            for name, each in taken.items():
                middle, worst = statistics.median(each), sorted(each)[int(len(each) * 0.99)]
                made.append(
                    f"| {version} | {name} | {at_once} | {len(each)} | {middle:.0f} | {worst:.0f} "
                    f"| {slowest / middle:.1f} |"
                )
    return made


def table() -> str:
    head = [
        "| LiteLLM | way | at once | calls | median, ms | 99th percentile, ms | times as fast as a process for each |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    versions = gateways.versions()
    references = gateways.images(versions, {"time": complete({"name": "time"})["image"]})
    return "\n".join([*head, *(row for version in versions for row in rows(version, references))])
