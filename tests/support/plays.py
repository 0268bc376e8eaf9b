# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a playbook as a person does, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import tree


def run_playbook(*arguments: str) -> str:
    """What ansible-playbook printed; a run that fails is an AssertionError with all of it."""
    done = subprocess.run(
        ["ansible-playbook", *arguments],
        cwd=tree.TOP,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
