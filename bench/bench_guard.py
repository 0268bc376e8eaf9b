# SPDX-License-Identifier: GPL-3.0-or-later
"""Guard: a tools/call straight to the MCP server, through LiteLLM without the guard, with it, and with the front door.

The ways take turns, so that what else the machine does falls on all of them alike; milliseconds are medians. The
ratio is to LiteLLM without the guard. It asks running deployments, which the environment names: MCP_LAN_BENCH_WAYS
(name=URL, separated by spaces; the first is what the others are compared with), MCP_LAN_BENCH_KEY, and
MCP_LAN_BENCH_TOOL, a tool without arguments, with its server's prefix.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

OVERHEAD = Path(__file__).resolve().parents[1] / "tests/integration/front_door/overhead.py"
NEEDS = ("MCP_LAN_BENCH_WAYS", "MCP_LAN_BENCH_KEY", "MCP_LAN_BENCH_TOOL")
CALLS = int(os.environ.get("MCP_LAN_BENCH_CALLS", "1000"))


def measured(at_once: int) -> list[dict]:
    command = [sys.executable, str(OVERHEAD), os.environ["MCP_LAN_BENCH_TOOL"], str(CALLS), str(at_once)]
    done = subprocess.run(
        [*command, *os.environ["MCP_LAN_BENCH_WAYS"].split()],
        env={**os.environ, "MCP_LAN_KEY": os.environ["MCP_LAN_BENCH_KEY"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def table() -> str:
    lines = ["| way | at once | calls | median, ms | against the first |", "| --- | --- | --- | --- | --- |"]
    for at_once in (1, 16):
        lines += [
            f"| {one['way']} | {at_once} | {one['calls']} | {one['median_ms']:.1f} | {one['percent']:+.1f} % |"
            for one in measured(at_once)
        ]
    return "\n".join(lines)
