# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads of a run: each play, what changes, what is said, and what fails."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml
from tree import TOP

PLAY = {
    "name": "The gateway",
    "hosts": "localhost",
    "connection": "local",
    "gather_facts": False,
    "vars": {"ansible_python_interpreter": sys.executable, "shown": {"one": 1}},
    "tasks": [
        {"name": "See that all is well", "ansible.builtin.assert": {"that": True}},
        {"name": "Skip this", "ansible.builtin.debug": {"msg": "never said"}, "when": False},
        {
            "name": "Write the file",
            "ansible.builtin.copy": {"content": "one\n", "dest": "{{ folder }}/file", "mode": "0644"},
        },
        {
            "name": "Write more",
            "ansible.builtin.copy": {"content": "{{ item }}", "dest": "{{ folder }}/{{ item }}", "mode": "0644"},
            "loop": ["a", "b"],
        },
        {"name": "Summary", "ansible.builtin.debug": {"msg": "all is well\n  and more"}},
        {"name": "Say each", "ansible.builtin.debug": {"msg": "about {{ item }}"}, "loop": ["a", "b"]},
        {"name": "Show", "ansible.builtin.debug": {"var": "shown"}},
        {"name": "Fail", "ansible.builtin.fail": {"msg": "one sentence"}, "when": "broken is defined"},
    ],
}


@pytest.fixture
def run(tmp_path):
    (tmp_path / "play.yml").write_text(yaml.safe_dump([PLAY], sort_keys=False), encoding="utf-8")

    def run(*options: str) -> list[str]:
        done = subprocess.run(
            ["ansible-playbook", "-i", "localhost,", str(tmp_path / "play.yml"), "-e", f"folder={tmp_path}", *options],
            cwd=TOP,
            env={name: value for name, value in os.environ.items() if name != "ANSIBLE_STDOUT_CALLBACK"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == (2 if "broken=true" in options else 0), done.stdout + done.stderr
        return [line.rstrip() for line in done.stdout.splitlines() if line.strip()]

    return run


def test_a_line_for_each_change_and_what_is_said(run):
    lines = run()
    assert lines[:9] == [
        "The gateway",
        "  changed: [localhost] Write the file",
        "  changed: [localhost] Write more",
        "  all is well",
        "    and more",
        "  about a",
        "  about b",
        "  shown:",
        "      one: 1",
    ]
    assert lines[9].startswith("PLAY RECAP") and "changed=2" in lines[10] and len(lines) == 11


def test_nothing_of_what_is_as_it_should_be(run):
    run()
    assert [line for line in run() if "changed:" in line or "TASK" in line] == []


def test_a_failure_is_told_with_its_task(run):
    lines = run("-e", "broken=true")
    (at,) = [number for number, line in enumerate(lines) if line.startswith("TASK [Fail]")]
    assert any("FAILED!" in line for line in lines[at:]) and "msg: one sentence" in map(str.strip, lines)


def test_check_mode_and_differences(run):
    lines = run("--check", "--diff")
    assert lines[0] == "The gateway [check mode]" and "+one" in lines


def test_with_v_it_is_the_default_one(run):
    lines = run("-v")
    assert any(line.startswith("TASK [See that all is well]") for line in lines)
    assert any(line.startswith("PLAY [The gateway]") for line in lines)
