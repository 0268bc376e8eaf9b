# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls: processor time of LiteLLM and its database for a tools/call, beside the build of 9ee5249, and what saves it.

"As deployed" is this tree's image with its guard and its request filter. What saves time is taken away by one, to see
what it does: certifi's authorities in a directory (`SSL_CERT_DIR`), so that httpx does not read all of them for each of
the clients that LiteLLM makes for a call; the catalogue of MCP servers, of which the request filter has LiteLLM ask the
database once a second rather than four times a call, where the version does so; the address of the MCP server, which it
has LiteLLM look up once a second rather than for each connection. The older build has the guard of its
time and no filter, and of LiteLLM the newest version that it knew where it did not know this one. All of them, each
with its database, take turns in random order in one run, with one MCP server behind them; the time is that of the
containers of LiteLLM and PostgreSQL together, as the engine counts it, in the median. MCP_LAN_BENCH_VERSIONS names the
versions, separated by spaces; MCP_LAN_BENCH_CALLS is the number of calls of a turn, MCP_LAN_BENCH_TURNS that of the
turns, MCP_LAN_BENCH_BEFORE names another older commit.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import bench_guard
import bench_requests
import docker
import gateway as gateways
import older

CALLS = int(os.environ.get("MCP_LAN_BENCH_CALLS", "200"))
TURNS = int(os.environ.get("MCP_LAN_BENCH_TURNS", "5"))
AT_ONCE = (1, 16)


@dataclass
class Way:
    """A gateway that is measured, and milliseconds a call in each turn, by how many calls there are at once."""

    label: str
    version: str
    images: dict[str, str]
    guard: bool | Path = True
    environment: dict[str, str] = field(default_factory=dict)
    edits: dict[str, tuple[str, str]] = field(default_factory=dict)
    whole: dict[int, list[float]] = field(default_factory=dict)
    database: dict[int, list[float]] = field(default_factory=dict)


def ways(version: str, images: dict[str, str], before: Path) -> list[Way]:
    """What is measured of a version; the first is what the others are compared with."""
    known = older.versions(before)
    then = version if version in known else known[-1]
    litellm, postgresql = older.images(before, [{"name": "litellm", "version": then}, {"name": "postgresql"}])
    guard = before / "roles/litellm_gateway/files/mcp_lan_guard.py"
    catalogue, names = ({f"mcp_lan_filter/{name}.py": ("HOLDS = 1", "HOLDS = 0")} for name in ("catalogue", "names"))
    return [
        Way(f"{older.BEFORE}, with {then}", then, {then: litellm, "postgresql": postgresql}, guard),
        Way("as deployed", version, images),
        Way("authorities in one file", version, images, environment={"SSL_CERT_DIR": ""}),
        Way("catalogue asked for each time", version, images, edits=catalogue),
        Way("address looked up each time", version, images, edits=names),
    ]


def spent(containers: list, url: str, key: str, at_once: int) -> list[float]:
    """Milliseconds of the containers' processor time a call."""
    before = [bench_requests.used(each) for each in containers]
    bench_guard.measured(CALLS, at_once, key, {"it": f"{url}/mcp/"})
    return [(bench_requests.used(each) - began) / CALLS for each, began in zip(containers, before, strict=True)]


def measure(taken: list[Way]) -> None:
    """Have all of them run at the same time, and take turns."""
    api, key = docker.from_env(), "sk-" + secrets.token_urlsafe(24)
    with contextlib.ExitStack() as stack:
        made = [
            stack.enter_context(
                gateways.gateway(
                    *(way.version, way.images, f"{gateways.PREFIX}calls{number}-"),
                    guard=way.guard,
                    environment=way.environment,
                    edits=way.edits,
                )
            )
            for number, way in enumerate(taken)
        ]
        bench_guard.answering(stack, taken[1].images[taken[1].version], made, key)
        containers = [[api.containers.get(each.name), each.database.container] for each in made]
        for at_once in AT_ONCE:
            # Not counted: what a process does once.
            for turn in range(TURNS + 1):
                for number in random.sample(range(len(taken)), len(taken)):
                    found = spent(containers[number], made[number].url, key, at_once)
                    taken[number].whole.setdefault(at_once, []).extend([sum(found)] if turn else [])
                    taken[number].database.setdefault(at_once, []).extend([found[1]] if turn else [])


def rows(version: str, images: dict[str, str], before: Path) -> Iterator[str]:
    taken = ways(version, images, before)
    measure(taken)
    for at_once in AT_ONCE:
        then = statistics.median(taken[0].whole[at_once])
        for way in taken:
            whole, database = (statistics.median(times[at_once]) for times in (way.whole, way.database))
            ratio = f"{whole / then:.2f}" if way is not taken[0] else ""
            yield f"| {version} | {at_once} | {way.label} | {whole:.1f} | {database:.1f} | {ratio} |"


def table() -> str:
    head = ["| LiteLLM | at once | build | ms a call | of these the database | ratio |", "| --- " * 6 + "|"]
    versions = gateways.versions()
    images = gateways.images(versions)
    with older.older() as before:
        return "\n".join([*head, *(row for version in versions for row in rows(version, images, before))])
