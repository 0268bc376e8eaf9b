# SPDX-License-Identifier: GPL-3.0-or-later
"""An older tree of this checkout's history, to measure beside; MCP_LAN_BENCH_BEFORE names its commit."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tree import TOP

BEFORE = os.environ.get("MCP_LAN_BENCH_BEFORE", "9ee5249")


@contextlib.contextmanager
def older() -> Iterator[Path]:
    """Where it is, as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "older"
        subprocess.run(["git", "worktree", "add", "--detach", str(top), BEFORE], cwd=TOP, check=True)
        try:
            yield top
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(top)], cwd=TOP, check=True)


def environment(top: Path) -> dict[str, str]:
    """What has Ansible take the collection of a tree."""
    return {
        **os.environ,
        "MOLECULE_PROJECT_DIRECTORY": str(top),
        "ANSIBLE_COLLECTIONS_PATH": str(top / ".collections"),
        "NO_COLOR": "1",
    }


def images(top: Path, desired: list[dict]) -> list[str]:
    """The references of images, each as the module image takes it, as that tree builds them."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "images.json"
        done = subprocess.run(
            [
                *("ansible-playbook", "-i", "localhost,", "tests/scenarios/images.yml"),
                *("-e", json.dumps({"images": desired, "output": str(output)})),
            ],
            cwd=top,
            env=environment(top),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"bench: {BEFORE} has no image:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
        return json.loads(output.read_text(encoding="utf-8"))


def versions(top: Path) -> list[str]:
    """The versions of LiteLLM that it can build, the oldest first."""
    locks = (path.stem for path in (top / "images/litellm/locks").glob("*.txt"))
    return sorted(locks, key=lambda version: [int(part) for part in version.split(".")])
