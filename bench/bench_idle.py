# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle: memory and processor time of a whole deployment that nobody asks, beside the one of commit 9ee5249.

Both trees deploy the scenario "default" under names of their own; then they take turns, in random order, while the
other one is stopped. Processor time is that of the containers, as the engine counts it, and of the engine itself: its
processes, one for each container among them, and what they start for health checks, whose own few milliseconds are
counted twice. Memory is without the page cache, and of the containers alone. Each turn begins a minute after the start
of the last container. The older tree is taken from this checkout's history (MCP_LAN_BENCH_BEFORE names another commit,
MCP_LAN_BENCH_TURNS the number of turns, MCP_LAN_BENCH_SECONDS how long each is).
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from pathlib import Path

import bench_redesign
import docker
import services
from older import BEFORE, older
from scenario import start_engine
from tree import TOP

TURNS = int(os.environ.get("MCP_LAN_BENCH_TURNS", "3"))
SECONDS = int(os.environ.get("MCP_LAN_BENCH_SECONDS", "120"))
SETTLES = 60
TICK = 1000 / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """What the kernel tells of a process, from its state on; nothing of one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _engine(containers: list) -> float:
    """Milliseconds of processor time of the engine's processes so far, and of what they have started and seen end."""
    daemon = int(Path("/var/run/docker.pid").read_text(encoding="utf-8"))
    shims = {int(stat[1]) for each in containers if (stat := _stat(each.attrs["State"]["Pid"]))}
    named = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/comm")
        if path.exists() and path.read_text(encoding="utf-8").strip() == "containerd"
    ]
    # Debian's is a service of its own; one that the engine has started is its child.
    below = [pid for pid in named if (stat := _stat(pid)) and int(stat[1]) == daemon]
    pids = {daemon, *shims, *(below or named)}
    return sum(TICK * sum(map(int, stat[11:15])) for pid in pids if (stat := _stat(pid)))


def _held(memory: dict) -> int:
    """Bytes that a container has, without files that were read once."""
    detail = memory["stats"]
    return memory["usage"] - detail.get("total_inactive_file", detail.get("inactive_file", 0))


class Stack:
    """The containers of one of the two deployments."""

    def __init__(self, label: str, prefix: str) -> None:
        self.label, self.prefix = label, prefix
        self.own: list[float] = []
        self.engine: list[float] = []
        self.memory: list[float] = []

    def containers(self) -> list:
        return docker.from_env().containers.list(all=True, filters={"name": f"^/{self.prefix}-"})

    def start(self) -> None:
        for each in self.containers():
            each.start()

    def stop(self) -> None:
        for each in self.containers():
            each.stop(timeout=20)

    def look(self) -> tuple[float, float, float]:
        """Milliseconds of the containers, of the engine, and bytes of the containers."""
        running = self.containers()
        stats = [each.stats(stream=False) for each in running]
        own = sum(each["cpu_stats"]["cpu_usage"]["total_usage"] for each in stats) / 1e6
        memory = sum(_held(each["memory_stats"]) for each in stats)
        return own, _engine(running), memory

    def turn(self) -> None:
        began, before = time.monotonic(), self.look()
        time.sleep(SECONDS)
        after, took = self.look(), time.monotonic() - began
        self.own.append((after[0] - before[0]) / took)
        self.engine.append((after[1] - before[1]) / took)
        self.memory.append(after[2] / 2**20)


def measured(stacks: list[Stack]) -> str:
    """The table, of medians."""
    for each in stacks:
        each.stop()
    for _ in range(TURNS):
        for each in random.sample(stacks, len(stacks)):
            each.start()
            deadline = time.monotonic() + 300
            while any(one.attrs["State"].get("Health", {}).get("Status") == "starting" for one in each.containers()):
                if time.monotonic() > deadline:
                    raise SystemExit(f"bench: {each.label} is not healthy")
                time.sleep(5)
            time.sleep(SETTLES)
            each.turn()
            each.stop()
    rows = ["| tree | containers | MiB | ratio | their ms a second | the engine's | both | ratio |", "| --- " * 8 + "|"]
    first = None
    for each in stacks:
        own, engine, memory = (statistics.median(found) for found in (each.own, each.engine, each.memory))
        first = first or (memory, own + engine)
        ratios = ("", "") if each is stacks[0] else (f"{memory / first[0]:.2f}", f"{(own + engine) / first[1]:.2f}")
        rows.append(
            f"| {each.label} | {len(each.containers())} | {memory:.0f} | {ratios[0]} | {own:.1f} | {engine:.1f} "
            f"| {own + engine:.1f} | {ratios[1]} |"
        )
    return "\n".join(rows)


def table() -> str:
    if not (engine := start_engine()).ok:
        raise SystemExit(f"bench: no container engine answers:\n{engine.tail}")
    with tempfile.TemporaryDirectory() as folder, older() as before:
        trees = [
            bench_redesign.Tree(f"at {BEFORE}", before, "mcp-lan-bench-older", 14960, Path(folder) / "old"),
            bench_redesign.Tree("this tree", TOP, "mcp-lan-bench-newer", 14980, Path(folder) / "new"),
        ]
        try:
            for each in trees:
                each.output.mkdir()
                each.run()
            return measured([Stack(each.label, each.prefix) for each in trees])
        finally:
            for each in trees:
                services.remove(docker.from_env(), each.prefix)
