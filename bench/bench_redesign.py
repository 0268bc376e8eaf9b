# SPDX-License-Identifier: GPL-3.0-or-later
"""Redesign: the site as this tree deploys it beside the one of commit 9ee5249, on one machine in one run.

Both deploy the scenario "default" under names of their own, with the images present; then runs that change nothing take
turns, in random order. The ratio is of the medians. The older tree is taken from this checkout's history
(MCP_LAN_BENCH_BEFORE names another commit, MCP_LAN_BENCH_TURNS the number of turns). With MCP_LAN_BENCH_NOTHING=1 each
is deployed once without an image before: what the engine keeps of builds is removed for it.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import docker
import services
from older import BEFORE, environment, older
from scenario import start_engine
from tree import TOP

NOTHING = os.environ.get("MCP_LAN_BENCH_NOTHING") == "1"
TURNS = int(os.environ.get("MCP_LAN_BENCH_TURNS", "3"))
HELD = "mcp-lan-bench-held"
RECAP = re.compile(r"^\S+\s+: ok=(\d+)\s+changed=(\d+)\s.*?skipped=(\d+)", re.MULTILINE)


@dataclass
class Tree:
    """One of the two: where it is, what its containers are called, and how its runs went."""

    label: str
    top: Path
    prefix: str
    port: int
    output: Path
    seconds: list[float] = field(default_factory=list)
    tasks: tuple[int, int, int] = (0, 0, 0)

    def deployment(self) -> Path:
        """The scenario's variables under other names, ports and folders."""
        text = (self.top / "molecule/default/deployment.yml").read_text(encoding="utf-8")
        text = text.replace("molecule-", f"{self.prefix}-").replace("14999", str(self.port))
        text = text.replace("14989", str(self.port - 10)).replace(
            "{{ molecule_top }}/tests/output/molecule", str(self.output)
        )
        path = self.output / "deployment.yml"
        path.write_text(f"{text}\nfront_door_admin_port: {self.port - 10}\n", encoding="utf-8")
        return path

    def run(self) -> float:
        """How long one run of the site takes."""
        inventory = self.top / "inventories" / "local"
        began = time.monotonic()
        done = subprocess.run(
            [
                *("ansible-playbook", "mcp_lan.litellm.site", "-i", str(inventory)),
                *("-e", f"@{inventory / 'group_vars/all/main.yml'}", "-e", f"@{self.deployment()}"),
                *("-e", f"mcp_lan_store={self.output / 'store'}"),
            ],
            cwd=self.top,
            env=environment(self.top),
            capture_output=True,
            text=True,
            check=False,
        )
        taken = time.monotonic() - began
        if done.returncode:
            raise SystemExit(f"bench: {self.label} failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
        ok, changed, skipped = (sum(map(int, counts)) for counts in zip(*RECAP.findall(done.stdout), strict=True))
        self.tasks = ok, changed, skipped
        return taken


def table() -> str:
    if not (engine := start_engine()).ok:
        raise SystemExit(f"bench: no container engine answers:\n{engine.tail}")
    with tempfile.TemporaryDirectory() as folder, older() as before:
        trees = [
            Tree(f"at {BEFORE}", before, "mcp-lan-bench-older", 14960, Path(folder) / "old"),
            Tree("this tree", TOP, "mcp-lan-bench-newer", 14980, Path(folder) / "new"),
        ]
        try:
            return measured(trees)
        finally:
            for each in trees:
                services.remove(docker.from_env(), each.prefix)


def remove(tree: Tree) -> None:
    """All that a tree has deployed."""
    services.remove(docker.from_env(), tree.prefix)
    shutil.rmtree(tree.output)


def tags() -> list[str]:
    """The images of the collection that the engine has."""
    return [tag for image in docker.from_env().images.list() for tag in image.tags if tag.startswith("mcp-lan/")]


def from_nothing(tree: Tree) -> float:
    """How long a first run takes where there is no image. Those that were there have their names again after it."""
    api = docker.from_env()
    held = {}
    for number, tag in enumerate(tags()):
        held[tag] = f"{HELD}:{number}"
        api.images.get(tag).tag(HELD, str(number))
        api.images.remove(tag)
    subprocess.run(["docker", "builder", "prune", "--all", "--force"], check=True, stdout=subprocess.DEVNULL)
    tree.output.mkdir()
    seconds = tree.run()
    remove(tree)
    for tag in held.keys() - set(tags()):
        api.images.get(held[tag]).tag(*tag.rsplit(":", 1))
    for name in held.values():
        api.images.remove(name)
    return seconds


def measured(trees: list[Tree]) -> str:
    """The table: a first run of each, and runs that change nothing in turns."""
    first = {}
    nothing = {each.label: from_nothing(each) for each in trees} if NOTHING else {}
    for each in trees:
        each.output.mkdir()
        first[each.label] = each.run()
        each.run()
    for _ in range(TURNS):
        for each in random.sample(trees, len(trees)):
            each.seconds.append(each.run())
            if each.tasks[1]:
                raise SystemExit(f"bench: {each.label} changed {each.tasks[1]} in a run that was to change nothing")
    rows = ["| run | tree | tasks | of these skipped | s | ratio |", "| --- | --- | --- | --- | --- | --- |"]
    old, new = trees
    for label, seconds in nothing.items():
        ratio = f"{seconds / nothing[old.label]:.2f}" if label == new.label else ""
        rows.append(f"| from nothing | {label} | | | {seconds:.1f} | {ratio} |")
    for each in trees:
        ratio = f"{first[each.label] / first[old.label]:.2f}" if each is new else ""
        rows.append(f"| first, images present | {each.label} | | | {first[each.label]:.1f} | {ratio} |")
    for each in trees:
        median, ok, skipped = statistics.median(each.seconds), each.tasks[0], each.tasks[2]
        ratio = f"{median / statistics.median(old.seconds):.2f}" if each is new else ""
        rows.append(f"| nothing changes | {each.label} | {ok + skipped} | {skipped} | {median:.1f} | {ratio} |")
    return "\n".join(rows)
