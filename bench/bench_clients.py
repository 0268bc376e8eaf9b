# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients: 50 client programs on 10 hosts (folders of this machine), seconds in all, for each host, and changes."""

from __future__ import annotations

import getpass
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import yaml
from tree import TOP

HOSTS = [f"host{number}" for number in range(10)]
CLIENTS = ["claude-code", "codex", "gemini-cli", "opencode", "goose"]
PLAY = [
    {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "roles": ["mcp_lan.litellm.client_configs"],
    }
]


def run(place: Path) -> tuple[float, int]:
    began = time.monotonic()
    command = ["ansible-playbook", "-i", str(place / "hosts.json"), str(place / "play.yml")]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: the run failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return time.monotonic() - began, sum(map(int, re.findall(r"changed=(\d+)", done.stdout)))


def table() -> str:
    rows = ["| run | s | s for each host | changed |", "| --- | --- | --- | --- |"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        hosts = {}
        for host in HOSTS:
            (place / host).mkdir()
            common = {"user": getpass.getuser(), "home": str(place / host), "key_value": "sk-bench"}
            hosts[host] = {"client_configs_clients": [{**common, "client": client} for client in CLIENTS]}
        inventory = {"all": {"hosts": hosts, "vars": {"client_configs_gateway_url": "http://linuxserver.lan:4000"}}}
        (place / "hosts.json").write_text(json.dumps(inventory), encoding="utf-8")
        (place / "play.yml").write_text(yaml.safe_dump(PLAY), encoding="utf-8")
        for label in ("first", "second"):
            seconds, changed = run(place)
            rows.append(f"| {label} | {seconds:.2f} | {seconds / len(HOSTS):.2f} | {changed} |")
    return "\n".join(rows)
