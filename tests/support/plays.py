# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a playbook as a person does, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import tree
import yaml


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


def run_tasks(folder: Path, tasks: list[dict], *options: str, **variables: str) -> tuple[list[dict], str]:
    """These tasks on this machine, in a play that is written into a folder: what each gave, and all that was said."""
    variables["ansible_python_interpreter"] = sys.executable
    book = folder / "play.yml"
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
    book.write_text(yaml.safe_dump([play]), encoding="utf-8")
    _status, output = tree.run(
        *("ansible-playbook", "-i", "localhost,", "-c", "local", *options, book),
        ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
        ANSIBLE_LOCAL_TEMP=str(folder / "ansible"),
        HOME=str(folder),
    )
    report = json.loads(output[output.index("{\n") : output.rindex("}") + 1])
    return [one["hosts"]["localhost"] for one in report["plays"][0]["tasks"]], output
