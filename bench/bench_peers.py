# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers: a tools/call through the gateway, and through others that PyPI has, with one MCP server behind all of them.

The gateway is LiteLLM with the guard and its database, as it is deployed; of its processor time the database's is a
part. The others are installed in virtual environments of their own, and run with what they come with (one process,
SQLite where they have a database) and the access rule that they have: ContextForge a token and a virtual server with
the one tool, FastMCP's proxy a token with a scope, mcp-proxy none; it is there twice, as it has HTTP on one side
only. The client is the same for all, one kept-alive connection for each call at once. They take turns in random order
in one run; client and MCP server share the processors with them. Memory is what they have after the calls, start the
seconds from their start until a call is answered (LiteLLM: started again, with a database that is there).
MCP_LAN_BENCH_VERSIONS names LiteLLM's versions, separated by spaces; MCP_LAN_BENCH_CALLS is the number of calls of
each, one and 16 at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import bench_guard
import bench_requests
import docker
import gateway as gateways
import guarded_gateway
import httpx

CALLS = int(os.environ.get("MCP_LAN_BENCH_CALLS", "400"))
TURNS, AT_ONCE = 4, (1, 16)
PEERS = {
    "ContextForge": ["mcp-contextforge-gateway==1.0.7.post20260921"],
    "FastMCP's proxy": ["fastmcp==4.2.3"],
    "mcp-proxy": ["mcp-proxy==0.13.0"],
}
HEADERS = {"Accept": "application/json, text/event-stream"}
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
TICK = os.sysconf("SC_CLK_TCK")
FASTMCP = """
import os
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier
from fastmcp.server.server import create_proxy
tokens = {os.environ["TOKEN"]: {"client_id": "bench", "scopes": ["call"]}}
auth = StaticTokenVerifier(tokens=tokens, required_scopes=["call"])
proxy = create_proxy(os.environ["SERVER"], name="bench", auth=auth)
proxy.run(
    transport="http", host="127.0.0.1", port=int(os.environ["PORT"]), stateless_http=True, show_banner=False
)
"""


@dataclass
class Way:
    """A gateway: how it is called, what it has used (milliseconds), and what came of it."""

    name: str
    url: str
    tool: str
    token: str
    used: Callable[[], float]
    memory: Callable[[], float]
    start: float
    spent: dict[int, list[float]] = field(default_factory=dict)
    taken: dict[int, list[float]] = field(default_factory=dict)
    rates: dict[int, list[float]] = field(default_factory=dict)

    async def opened(self, stack: contextlib.AsyncExitStack) -> httpx.AsyncClient:
        """A client of its own, with a session where there are any."""
        headers = HEADERS | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=120, headers=headers))
        answer = await client.post(self.url, json={"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO})
        if session := answer.headers.get("mcp-session-id"):
            client.headers["mcp-session-id"] = session
        await client.post(self.url, json={"jsonrpc": "2.0", "method": "notifications/initialized"})
        return client

    async def call(self, client: httpx.AsyncClient) -> float:
        """One call; how long it took, in milliseconds."""
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": self.tool, "arguments": {}}}
        began = time.perf_counter()
        answer = await client.post(self.url, json=body)
        taken = (time.perf_counter() - began) * 1000
        if f"{bench_guard.SERVER}:{bench_guard.TOOL}" not in answer.text:
            raise SystemExit(f"bench: {self.name} answers {answer.status_code}: {answer.text[:300]}")
        return taken

    async def turn(self, calls: int, at_once: int, counted: bool) -> None:
        async with contextlib.AsyncExitStack() as stack:
            clients = [await self.opened(stack) for _ in range(at_once)]
            used, began, taken = self.used(), time.perf_counter(), []
            for _ in range(calls // at_once):
                taken += await asyncio.gather(*map(self.call, clients))
            seconds = time.perf_counter() - began
        if counted:
            self.taken.setdefault(at_once, []).extend(taken)
            self.spent.setdefault(at_once, []).append((self.used() - used) / len(taken))
            self.rates.setdefault(at_once, []).append(len(taken) / seconds)


def tree(pid: int) -> list[Path]:
    """A process and those that it has started, as they stand in /proc."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(int(path.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return [Path("/proc") / str(each) for each in found]


def process_time(pid: int) -> float:
    fields = [(path / "stat").read_text().rpartition(")")[2].split() for path in tree(pid)]
    return sum(int(each[11]) + int(each[12]) for each in fields) * 1000 / TICK


def process_memory(pid: int) -> float:
    pages = [int((path / "statm").read_text().split()[1]) for path in tree(pid)]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def container_memory(container) -> float:
    """Without the cache of files, as cgroup v2 or v1 says it."""
    stats = container.stats(stream=False)["memory_stats"]["stats"]
    return stats.get("anon", stats.get("total_rss", 0)) / 2**20


def environments(folder: Path) -> dict[str, Path]:
    """The folder of programs of each peer."""
    made = {}
    for name, packages in PEERS.items():
        made[name] = folder / name.replace(" ", "-").replace("'", "") / "bin"
        subprocess.run([sys.executable, "-m", "venv", str(made[name].parent)], check=True)
        subprocess.run([str(made[name] / "pip"), "install", "--quiet", *packages], check=True)
    return made


@contextlib.contextmanager
def running(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    with (folder / "output.log").open("w", encoding="utf-8") as output:
        path = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        process = subprocess.Popen(command, cwd=folder, env=path | environment, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def until(said: Callable[[], str], log: Path) -> str:
    """What is said as soon as something is."""
    deadline = time.monotonic() + 120
    while True:
        with contextlib.suppress(httpx.HTTPError, SystemExit):
            if found := said():
                return found
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: a peer does not start:\n{log.read_text(encoding='utf-8')[-2000:]}")
        time.sleep(0.2)


def contextforge(folder: Path, key: str) -> dict[str, str]:
    """What it is told by its environment."""
    return {
        "JWT_SECRET_KEY": key,
        "AUTH_ENCRYPTION_SECRET": key,
        "DATABASE_URL": f"sqlite:///{folder}/mcp.db",
        "PLATFORM_ADMIN_EMAIL": "bench@example.com",
        "PLATFORM_ADMIN_PASSWORD": f"Aa1-{key}",
        "BASIC_AUTH_PASSWORD": f"Aa1-{key}",
        "AUTH_REQUIRED": "true",
        "MCPGATEWAY_UI_ENABLED": "false",
        "MCPGATEWAY_ADMIN_API_ENABLED": "false",
        "CACHE_TYPE": "memory",
        "LOG_LEVEL": "ERROR",
        # It lets through 100 calls a minute otherwise.
        "RATE_LIMITING_ENABLED": "false",
        # The MCP server is at an address of a Docker bridge.
        "SSRF_ALLOW_PRIVATE_NETWORKS": "true",
    }


def registered(programs: Path, url: str, server: str, key: str) -> tuple[str, str]:
    """ContextForge's address for the one tool, and a token."""
    words = ["-m", "mcpgateway.utils.create_jwt_token", "--username", "bench@example.com", "--exp", "600", "--admin"]
    made = subprocess.run(
        [str(programs / "python"), *words, "--secret", key],
        env={"PATH": os.environ["PATH"], "JWT_SECRET_KEY": key},
        capture_output=True,
        text=True,
        check=True,
    )
    token = made.stdout.split()[-1]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        gateway = {"name": bench_guard.SERVER, "url": server, "transport": "STREAMABLEHTTP"}
        client.post("/gateways", json=gateway).raise_for_status()
        tools = [tool["id"] for tool in client.get("/tools").json()]
        made = client.post("/servers", json={"server": {"name": "bench", "associated_tools": tools}})
        made.raise_for_status()
        return f"{url}/servers/{made.json()['id']}/mcp", token


@contextlib.contextmanager
def peer(name: str, programs: Path, server: str) -> Iterator[Way]:
    port, key = guarded_gateway.free_port(), secrets.token_urlsafe(32)
    url, tool, token = f"http://127.0.0.1:{port}", bench_guard.TOOL, key
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if name == "ContextForge":
            environment = contextforge(folder, key)
            command = [str(programs / "mcpgateway"), "mcpgateway.main:app", "--host", "127.0.0.1", "--port", str(port)]
        elif name == "mcp-proxy":
            proxy, token, environment = str(programs / "mcp-proxy"), "", {}
            command = [proxy, "--host", "127.0.0.1", "--port", str(port), "--stateless", "--"]
            command += [proxy, "--transport", "streamablehttp", server]
        else:
            environment = {"TOKEN": key, "SERVER": server, "PORT": str(port)}
            command = [str(programs / "python"), "-c", FASTMCP]
        began = time.monotonic()
        with running(command, folder, environment) as process:
            log = folder / "output.log"
            until(lambda: str(httpx.get(f"{url}/health", timeout=5).status_code), log)
            address = f"{url}/mcp"
            if name == "ContextForge":
                address, token = registered(programs, url, server, key)
                tool = f"{bench_guard.SERVER}-{tool}"
            used, memory = (lambda: process_time(process.pid)), (lambda: process_memory(process.pid))
            way = Way(name, address, tool, token, used, memory, 0)
            until(lambda: str(asyncio.run(once(way))), log)
            way.start = time.monotonic() - began
            yield way


async def once(way: Way) -> float:
    async with contextlib.AsyncExitStack() as stack:
        return await way.call(await way.opened(stack))


def own(gateway: gateways.Gateway, key: str) -> Way:
    """The gateway itself, started again."""
    api = docker.from_env()
    both = [api.containers.get(gateway.name), gateway.database.container]
    began = time.monotonic()
    both[0].restart(timeout=5)
    guarded_gateway.wait_until_ready(gateway.url, both[0])
    tool = f"{bench_guard.SERVER}-{bench_guard.TOOL}"
    way = Way(
        f"LiteLLM {gateway.version}, as deployed",
        f"{gateway.url}/mcp/",
        tool,
        key,
        lambda: sum(bench_requests.used(each) for each in both),
        lambda: sum(map(container_memory, both)),
        0,
    )
    asyncio.run(once(way))
    way.start = time.monotonic() - began
    return way


def measure(ways: list[Way]) -> None:
    for at_once in AT_ONCE:
        calls = max(CALLS // TURNS, at_once)
        # Not counted: what a process does once.
        for turn in range(TURNS + 1):
            for way in random.sample(ways, len(ways)):
                asyncio.run(way.turn(calls, at_once, counted=turn > 0))


def row(way: Way, at_once: int) -> str:
    taken = sorted(way.taken[at_once])
    cells = [
        way.name,
        at_once,
        f"{statistics.median(way.rates[at_once]):.0f}",
        f"{statistics.median(taken):.0f}",
        f"{taken[int(len(taken) * 0.99)]:.0f}",
        f"{statistics.median(way.spent[at_once]):.1f}",
        f"{way.memory():.0f}",
        f"{way.start:.0f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def table() -> str:
    versions, api, key = gateways.versions(), docker.from_env(), "sk-" + secrets.token_urlsafe(24)
    references = gateways.images(versions)
    with contextlib.ExitStack() as stack:
        programs = environments(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        made = [
            stack.enter_context(gateways.gateway(version, references, f"{gateways.PREFIX}{number}-"))
            for number, version in enumerate(versions)
        ]
        server = bench_guard.answering(stack, references[versions[-1]], made, key)
        server.reload()
        address = server.attrs["NetworkSettings"]["Networks"][made[0].network]["IPAddress"]
        straight = f"http://{address}:8000/mcp"
        container = api.containers.get(server.name)
        used, tool = (lambda: bench_requests.used(container)), bench_guard.TOOL
        nothing = Way("straight to the MCP server", straight, tool, "", used, lambda: container_memory(container), 0)
        until(lambda: str(asyncio.run(once(nothing))), Path(os.devnull))
        ways = [nothing, *(own(each, key) for each in made)]
        ways += [stack.enter_context(peer(name, programs[name], straight)) for name in PEERS]
        measure(ways)
        head = (
            "| gateway | at once | calls/s | median, ms | 99th percentile, ms | processor, ms a call | MiB | start, s |"
        )
        lines = [head, "| --- " * 8 + "|", *(row(way, at_once) for at_once in AT_ONCE for way in ways)]
    return "\n".join([*lines, "", f"The others are {json.dumps(PEERS)[1:-1]}."])
