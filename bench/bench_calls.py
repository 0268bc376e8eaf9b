# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls: LiteLLM's processor time for a tools/call, and what takes of it.

The image has certifi's authorities in a directory (`SSL_CERT_DIR`), so that httpx does not read all of them for each of
the clients that LiteLLM makes for a call; with the variable empty, it reads certifi's one file. Both gateways, each
with its database and the guard, take turns in random order in one run, with one MCP server behind them; the time is the
container's, as the engine counts it, in the median. MCP_LAN_BENCH_VERSIONS names the versions, separated by
spaces; MCP_LAN_BENCH_CALLS is the number of calls of a turn.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import statistics
from collections.abc import Iterator

import bench_guard
import bench_requests
import docker
import gateway as gateways

CALLS = int(os.environ.get("MCP_LAN_BENCH_CALLS", "200"))
TURNS = 5
WAYS = {"in one file": {"SSL_CERT_DIR": ""}, "in a directory": {}}


def spent(container, url: str, key: str, at_once: int) -> float:
    """Milliseconds of the container's processor time a call."""
    before = bench_requests.used(container)
    bench_guard.measured(CALLS, at_once, key, {"it": f"{url}/mcp/"})
    return (bench_requests.used(container) - before) / CALLS


def measured(version: str, references: dict[str, str], at_once: tuple[int, ...]) -> dict[tuple[str, int], list[float]]:
    """Milliseconds a call in each turn, by the way and how many calls there are at once."""
    api, key = docker.from_env(), "sk-" + secrets.token_urlsafe(24)
    taken: dict[tuple[str, int], list[float]] = {}
    with contextlib.ExitStack() as stack:
        made = {
            name: stack.enter_context(
                gateways.gateway(version, references, f"{gateways.PREFIX}calls{number}-", environment=environment)
            )
            for number, (name, environment) in enumerate(WAYS.items())
        }
        bench_guard.answering(stack, references[version], list(made.values()), key)
        containers = {name: api.containers.get(each.name) for name, each in made.items()}
        for number in at_once:
            # Not counted: what a process does once.
            for turn in range(TURNS + 1):
                for name in random.sample(list(made), len(made)):
                    found = spent(containers[name], made[name].url, key, number)
                    taken.setdefault((name, number), []).extend([found] if turn else [])
    return taken


def rows(version: str, references: dict[str, str]) -> Iterator[str]:
    taken = measured(version, references, (1, 16))
    for (name, at_once), times in taken.items():
        before = statistics.median(taken[next(iter(WAYS)), at_once])
        ratio = f"{statistics.median(times) / before:.2f}" if name != next(iter(WAYS)) else ""
        yield f"| {version} | {at_once} | {name} | {statistics.median(times):.1f} | {ratio} |"


def table() -> str:
    head = ["| LiteLLM | at once | authorities | ms a call | ratio |", "| --- " * 5 + "|"]
    versions = gateways.versions()
    references = gateways.images(versions)
    return "\n".join([*head, *(row for version in versions for row in rows(version, references))])
