# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs Molecule's scenarios as a person would, printing as they go, and knows where the test gateway is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tree import OUTPUT, TOP

# What molecule/default/molecule.yml deploys: names, port and folders of its own, nothing that a deployed gateway has.
API_URL, ADMIN_URL = "http://127.0.0.1:14999", "http://127.0.0.1:14989"
STORE = OUTPUT / "molecule" / "store"


@dataclass(frozen=True)
class Step:
    """How one command went."""

    ok: bool
    output: str
    seconds: float

    @property
    def tail(self) -> str:
        return "\n".join(self.output.splitlines()[-60:])


@dataclass(frozen=True)
class Gateway:
    """A running test gateway: where clients and the administration find it, and where its secrets lie."""

    api_url: str
    admin_url: str
    master_key_file: Path
    store: Path

    @classmethod
    def from_environment(cls) -> Gateway:
        store = Path(os.environ.get("MCP_LAN_TEST_STORE", STORE))
        master_key_file = os.environ.get("MCP_LAN_TEST_MASTER_KEY_FILE", store / "secrets" / "master_key")
        urls = (os.environ.get("MCP_LAN_TEST_API_URL", API_URL), os.environ.get("MCP_LAN_TEST_ADMIN_URL", ADMIN_URL))
        return cls(*urls, Path(master_key_file), store)

    def environment(self) -> dict[str, str]:
        """The same for programs that a test starts."""
        return {
            "MCP_LAN_TEST_API_URL": self.api_url,
            "MCP_LAN_TEST_ADMIN_URL": self.admin_url,
            "MCP_LAN_TEST_MASTER_KEY_FILE": str(self.master_key_file),
            "MCP_LAN_TEST_STORE": str(self.store),
        }

    @property
    def master_key(self) -> str:
        return self.master_key_file.read_text(encoding="utf-8").strip()


def stream(*command: str, **environment: str) -> Step:
    """Run a command at the top of the checkout, pass its output on line by line, and keep it."""
    began = time.monotonic()
    print(f"\n$ {' '.join(command)}", flush=True)
    lines = []
    with subprocess.Popen(
        command,
        cwd=TOP,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    return Step(process.returncode == 0, "".join(lines), time.monotonic() - began)


def start_engine() -> Step:
    return stream("ansible-playbook", "-i", "localhost,", "tests/scenarios/engine.yml")


def make_images(desired: dict[str, dict]) -> tuple[Step, dict[str, str]]:
    """Have images by the module image, {what the test calls it: {name, version, ...}}; and their references."""
    output = OUTPUT / f"images-{os.getpid()}.json"  # several processes may want some
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    step = stream(
        *("ansible-playbook", "-i", "localhost,", "tests/scenarios/images.yml"),
        *("-e", json.dumps({"images": list(desired.values()), "output": str(output)})),
    )
    references = json.loads(output.read_text(encoding="utf-8")) if step.ok else []
    output.unlink(missing_ok=True)
    return step, dict(zip(desired, references, strict=step.ok))


class Scenario:
    """One of molecule's scenarios and the steps that were run of it."""

    def __init__(self, name: str, show: Callable[[], AbstractContextManager]):
        self.name = name
        self._show = show

    def run(self, step: str) -> Step:
        with self._show():
            return stream("molecule", step, "--scenario-name", self.name)
