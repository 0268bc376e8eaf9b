# SPDX-License-Identifier: GPL-3.0-or-later
"""shell_info in a real play: what it returns, with whose environment, in check mode, and with a script that reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tree
import yaml

SCRIPTS = {
    "both": "echo one; echo two; echo wrong >&2; exit 3",
    "environment": 'echo "$MCP_LAN_TEST_VALUE"',
    # What it reads is nothing, and no part of the script.
    "reads": "cat\necho after",
    "heredoc": "cat <<'END'\n\\connect \"it's $HOME\"\nEND",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shell_info")
    tasks = [
        {
            "name": name,
            "mcp_lan.litellm.shell_info": {"cmd": script},
            "environment": {"MCP_LAN_TEST_VALUE": "it's set"},
        }
        for name, script in SCRIPTS.items()
    ]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = subprocess.run(
        ["ansible-playbook", "-i", "localhost,", "-c", "local", "--check", str(folder / "play.yml")],
        cwd=tree.TOP,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    return {one["task"]["name"]: one["hosts"]["localhost"] for one in report["plays"][0]["tasks"]}


def test_what_a_script_prints_and_how_it_ends_is_returned_and_no_failure(results):
    both = results["both"]
    assert (both["rc"], both["stdout"], both["stdout_lines"]) == (3, "one\ntwo", ["one", "two"])
    assert (both["stderr"], both["changed"]) == ("wrong", False)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("environment", "it's set"),
        ("reads", "after"),
        ("heredoc", '\\connect "it\'s $HOME"'),
    ],
)
def test_the_script_is_run_as_it_is_written(results, name, printed):
    assert (results[name]["rc"], results[name]["stdout"]) == (0, printed)
