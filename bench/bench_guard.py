# SPDX-License-Identifier: GPL-3.0-or-later
"""Guard: a tools/call straight to the MCP server, through LiteLLM, through it with the guard, and with the front door.

The ways take turns, in random order, so that what else the machine does falls on all of them alike. Two processes of
LiteLLM differ by some percent by themselves, therefore each way has a gateway of its own, and new ones in each turn.
The difference is to LiteLLM alone; "95 %" is where it lies with this probability, found by drawing the rounds again and
again (a bootstrap). MCP_LAN_BENCH_VERSIONS names the versions, separated by spaces; MCP_LAN_BENCH_CALLS is the number
of calls of each way, one at a time; there are four times as many by 16 at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import docker
import front_door
import gateway as gateways
import guarded_gateway

HERE = Path(__file__).resolve().parent
CALLS = int(os.environ.get("MCP_LAN_BENCH_CALLS", "1000"))
CALLS_AT_ONCE = {1: CALLS, 16: 4 * CALLS}
TURNS = 3
DRAWS = 400
SERVER, TOOL = "alpha", "ping"
POLICY = {"mcp_lan": {"policy": {SERVER: ["*"]}}}
WAYS = ("LiteLLM", "with the guard", "with guard and front door", "straight to the MCP server")

Rounds = list[list[float]]
"""How long each call of each round took, in milliseconds."""


def prepare(gateway: gateways.Gateway, server: str, key: str) -> None:
    """Register the MCP server, and give the key its tools."""
    made = {"server_name": SERVER, "alias": SERVER, "transport": "http", "url": server}
    identity = gateway.admin("/v1/mcp/server", made)["server_id"]
    gateway.admin("/key/generate", {"key": key, "object_permission": {"mcp_servers": [identity]}, "metadata": POLICY})


def answering(stack: contextlib.ExitStack, image: str, asked_by: list[gateways.Gateway], key: str):
    """The container of one MCP server that these gateways have, and of which the key may call the tool."""
    api = docker.from_env()
    server = guarded_gateway.run(
        api,
        gateways.PREFIX + SERVER,
        image,
        ["/srv/mcp_server.py", SERVER, TOOL],
        asked_by[0].network,
        entrypoint="python3",
        healthcheck={"test": ["NONE"]},
        volumes={str(guarded_gateway.HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"}},
    )
    stack.callback(server.remove, force=True)
    for each in asked_by[1:]:
        network = api.networks.get(each.network)
        network.connect(server)
        stack.callback(network.disconnect, server)
    for each in asked_by:
        prepare(each, f"http://{server.name}:8000/mcp", key)
    return server


def measured(calls: int, at_once: int, key: str, urls: dict[str, str]) -> dict[str, Rounds]:
    """The rounds of so many calls of each way."""
    ways = [f"{name}={url}" for name, url in urls.items()]
    done = subprocess.run(
        [
            sys.executable,
            str(HERE / "overhead.py"),
            f"{SERVER}-{TOOL}",
            str(calls),
            str(at_once),
            *ways,
        ],
        env={**os.environ, "MCP_LAN_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench: a call failed:\n{done.stdout}{done.stderr}")
    return {way["way"]: way["rounds"] for way in map(json.loads, done.stdout.splitlines())}


def one_turn(version: str, references: dict[str, str]) -> dict[int, dict[str, Rounds]]:
    """The rounds of each way at new gateways, by how many calls there are at once."""
    api, key = docker.from_env(), "sk-" + secrets.token_urlsafe(24)
    with contextlib.ExitStack() as stack:
        # One for each way: what a gateway writes after its calls would fall on the other way's calls.
        alone, guarded, behind = (
            stack.enter_context(gateways.gateway(version, references, f"{gateways.PREFIX}{name}-", guard=guard))
            for name, guard in (("alone", False), ("guarded", True), ("behind", True))
        )
        server = answering(stack, references[version], [guarded, alone, behind], key)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        door, container = front_door.start(
            api,
            references["front-door"],
            gateways.PREFIX + "front-door",
            behind.network,
            behind.name,
            behind.master_key,
            folder,
            front_door_rate=100000,
            front_door_burst=100000,
        )
        stack.callback(container.remove, force=True)
        server.reload()
        address = server.attrs["NetworkSettings"]["Networks"][guarded.network]["IPAddress"]
        urls = [alone.url + "/mcp/", guarded.url + "/mcp/", door + "/mcp/", f"http://{address}:8000/mcp"]
        ways = dict(zip(WAYS, urls, strict=True))
        return {at_once: measured(calls // TURNS, at_once, key, ways) for at_once, calls in CALLS_AT_ONCE.items()}


def median(rounds: Iterable[list[float]]) -> float:
    return statistics.median(itertools.chain.from_iterable(rounds))


def difference(way: Rounds, first: Rounds) -> str:
    """Of the medians in percent, and between what it lies with a probability of 95 %."""
    drawn = []
    for _ in range(DRAWS):
        these = random.choices(range(len(first)), k=len(first))
        drawn.append(median(way[each] for each in these) / median(first[each] for each in these))
    drawn.sort()
    low, high = drawn[DRAWS // 40], drawn[-DRAWS // 40]
    percent = [(ratio - 1) * 100 for ratio in (median(way) / median(first), low, high)]
    return "{:+.1f} % | {:+.1f} … {:+.1f} %".format(*percent)


def rows(version: str, references: dict[str, str]) -> Iterator[str]:
    turns = [one_turn(version, references) for _ in range(TURNS)]
    for at_once in CALLS_AT_ONCE:
        taken = {name: [rounds for turn in turns for rounds in turn[at_once][name]] for name in WAYS}
        for name, rounds in taken.items():
            against = difference(rounds, taken[WAYS[0]]) if name != WAYS[0] else "| "
            calls = sum(map(len, rounds))
            yield f"| {version} | {name} | {at_once} | {calls} | {median(rounds):.1f} | {against} |"


def table() -> str:
    head = ["| LiteLLM | way | at once | calls | median, ms | difference | 95 % |", "| --- " * 7 + "|"]
    versions = gateways.versions()
    references = gateways.images(versions)
    return "\n".join([*head, *(row for version in versions for row in rows(version, references))])
