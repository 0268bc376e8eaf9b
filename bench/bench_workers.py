# SPDX-License-Identifier: GPL-3.0-or-later
"""Workers: calls a second of a gateway with one process of LiteLLM and of one with two, by 16 clients.

Each client makes one call after another. Each gateway has a database of its own, the guard, the request filter and the
front door, and both have one MCP server behind them; the gateways take turns, in random order. The client, the MCP
server, the front door and the databases share the machine with them: what they take of its processors is in the table,
for a call, as the engine counts it and the client its own. MCP_LAN_BENCH_VERSIONS names the versions, separated by
spaces (otherwise the newest that is tested); MCP_LAN_BENCH_CALLS is the number of calls of a turn, MCP_LAN_BENCH_TURNS
that of the turns.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import secrets
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bench_guard
import bench_requests
import docker
import front_door
import gateway as gateways
import load
import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED

CALLS = int(os.environ.get("MCP_LAN_BENCH_CALLS", "400"))
TURNS = int(os.environ.get("MCP_LAN_BENCH_TURNS", "5"))
AT_ONCE = 16
SEVERAL = {
    "NUM_WORKERS": "2",
    "TIMEOUT_WORKER_HEALTHCHECK": "600",
    "DEFAULT_MANAGEMENT_OBJECT_IN_MEMORY_CACHE_TTL": "3",
}
WAYS = {1: {}, 2: SEVERAL}
TOOL = f"{bench_guard.SERVER}-{bench_guard.TOOL}"
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": TOOL, "arguments": {}}}


def client() -> float:
    """Milliseconds of processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


def turn(url: str, containers: list, key: str) -> list[float]:
    """Calls a second, and milliseconds a call of each container and of the client."""

    def call(session: requests.Session) -> str:
        answer = session.post(f"{url}/mcp/", json=CALL, headers=headers, timeout=120)
        return "" if answer.ok and f"{bench_guard.SERVER}:{bench_guard.TOOL}" in answer.text else answer.text[:300]

    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}
    before, mine = [bench_requests.used(each) for each in containers], client()
    with load.Load([call], AT_ONCE, CALLS) as asked:
        asked.wait()
    took = client() - mine
    spent = [bench_requests.used(each) - then for each, then in zip(containers, before, strict=True)]
    if asked.wrong:
        raise SystemExit(f"bench: a call failed: {asked.wrong[0].wrong}")
    return [asked.rate, *(each / CALLS for each in (*spent, took))]


def rows(version: str, references: dict[str, str]) -> Iterator[str]:
    api, key = docker.from_env(), "sk-" + secrets.token_urlsafe(24)
    with contextlib.ExitStack() as stack:
        made = {
            number: stack.enter_context(
                gateways.gateway(version, references, f"{gateways.PREFIX}workers{number}-", environment=environment)
            )
            for number, environment in WAYS.items()
        }
        server = bench_guard.answering(stack, references[version], list(made.values()), key)
        asked = {}
        for number, each in made.items():
            url, door = front_door.start(
                api,
                references["front-door"],
                f"{gateways.PREFIX}front-door-{number}",
                each.network,
                each.name,
                each.master_key,
                Path(stack.enter_context(tempfile.TemporaryDirectory())),
                front_door_rate=100000,
                front_door_burst=100000,
            )
            stack.callback(door.remove, force=True)
            asked[number] = url, [api.containers.get(each.name), each.database.container, server, door]
        taken: dict[int, list[list[float]]] = {number: [] for number in made}
        # The first turn is not counted: what a process does once.
        for counts in [False] + [True] * TURNS:
            for number in random.sample(list(made), len(made)):
                found = turn(*asked[number], key)
                taken[number] += [found] if counts else []
    medians = {number: [statistics.median(each) for each in zip(*taken[number], strict=True)] for number in taken}
    for number, (calls, *spent) in medians.items():
        ratio = f"{calls / medians[1][0]:.2f}" if number > 1 else ""
        yield f"| {version} | {number} | {calls:.1f} | {ratio} | {' | '.join(f'{one:.1f}' for one in spent)} |"


def table() -> str:
    spent = "LiteLLM, ms a call | its database | MCP server | front door | client"
    titles = f"LiteLLM | workers | calls a second | ratio | {spent}"
    versions = os.environ.get("MCP_LAN_BENCH_VERSIONS", NEWEST_TESTED).split()
    references = gateways.images(versions)
    lines = [f"| {titles} |", "| --- " * 9 + "|"]
    return "\n".join([*lines, *(row for version in versions for row in rows(version, references))])
