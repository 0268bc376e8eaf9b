# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' own programs: npm installs them once for each lock file, and where it puts them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from tree import TOP


def install(source: Path) -> Path:
    """Return the folder that holds the packages of a lock file; npm makes it."""
    digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:12]
    place = TOP / ".cache" / "clients" / f"{source.name}-{digest}"
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, place)
        # Not `npm ci`: it refuses a lock without the optional packages that a dependency names and nobody publishes.
        npm(place, "--no-save")
        # VS Code's own packages lie in code-server as a list that is locked as well; its install script would get them.
        for inner in place.glob("node_modules/code-server/lib/vscode"):
            npm(inner, "--omit=dev")
        (place / "complete").touch()
    return place / "node_modules"


def npm(folder: Path, *options: str) -> None:
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"npm failed in {folder}:\n{done.stderr[-3000:]}"


def program(packages: Path, *names: str) -> Path:
    """Return a program that npm unpacked, by the first of these patterns that there is."""
    return next(path for name in names for path in sorted(packages.glob(name)))


def claude(packages: Path) -> Path:
    return program(packages, "@anthropic-ai/claude-code-linux-*/claude")


def codex(packages: Path) -> Path:
    return program(packages, "@openai/codex-linux-*/vendor/*/bin/codex")
