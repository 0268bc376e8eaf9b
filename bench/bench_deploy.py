# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploy: seconds, tasks and changes of a first and a second run with the images present, on molecule's gateway.

BENCH_INVENTORY names an inventory whose next run is taken as well, such as inventories/local when it is deployed.
"""

from __future__ import annotations

import contextlib
import os
import re

from scenario import Scenario, Step, start_engine, stream

# One recap line a host; "ok" counts what changed as well.
RECAP = re.compile(
    r"^\S+\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)\s+skipped=(\d+)", re.MULTILINE
)


def row(label: str, step: Step) -> str:
    if not step.ok:
        raise SystemExit(f"bench: {label} failed:\n{step.tail}")
    ok, changed, _unreachable, _failed, skipped = (
        sum(map(int, counts)) for counts in zip(*RECAP.findall(step.output), strict=True)
    )
    return f"| {label} | {step.seconds:.1f} | {ok + skipped} | {skipped} | {changed} |"


def table() -> str:
    rows = ["| run | s | tasks | of these skipped | changed |", "| --- | --- | --- | --- | --- |"]
    if not (engine := start_engine()).ok:
        raise SystemExit(f"bench: no container engine answers:\n{engine.tail}")
    scratch = Scenario("default", contextlib.nullcontext)
    scratch.run("destroy")
    try:
        rows.append(row("first", scratch.run("converge")))
        rows.append(row("second", scratch.run("converge")))
    finally:
        scratch.run("destroy")
    if inventory := os.environ.get("BENCH_INVENTORY"):
        rows.append(row(f"`{inventory}` again", stream("ansible-playbook", "site.yml", "-i", inventory)))
    return "\n".join(rows)
