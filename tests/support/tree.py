# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout as the tests see it: its files, and copies of it that tools which refuse a link can work on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
OUTPUT = TOP / "tests" / "output"
NAMESPACE, NAME = "mcp_lan", "litellm"


@cache
def files() -> tuple[Path, ...]:
    """Every regular file that git tracks or would add, relative to the top."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (Path(name) for name in sorted(set(listed.split("\0"))) if name)
    return tuple(path for path in paths if (TOP / path).is_file() and not (TOP / path).is_symlink())


@cache
def text_files() -> dict[Path, str]:
    """The text of every file that is UTF-8."""
    texts = {}
    for path in files():
        try:
            texts[path] = (TOP / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def copy(root: Path, without: Iterable[str] = ()) -> Path:
    """A copy of these files below root/ansible_collections, the place that ansible-test insists on."""
    shutil.rmtree(root, ignore_errors=True)
    destination = root / "ansible_collections" / NAMESPACE / NAME
    for path in files():
        if str(path).startswith(tuple(without)):
            continue
        (destination / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOP / path, destination / path)
    return destination


def run(*command: str | Path, cwd: Path = TOP, timeout: float = 600, **environment: str) -> tuple[int, str]:
    """A tool's exit status and what it printed, without colours."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    return done.returncode, done.stdout


def check(*command: str | Path, **options) -> str:
    """What a tool printed; an assertion with its findings where it has some."""
    status, output = run(*command, **options)
    assert status == 0, f"{' '.join(str(word) for word in command)} found:\n{output}"
    return output
