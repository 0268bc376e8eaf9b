# SPDX-License-Identifier: GPL-3.0-or-later
"""All tasks on the gateway's host ask the engine that docker_engine_socket names, by docker exec as well."""

from __future__ import annotations

import json
import os

import yaml
from plays import run_playbook
from tree import TOP


def environments() -> dict[str, str | None]:
    """What each play on the gateway's host has in its environment, by file and name."""
    return {
        f"{path.name}: {play['name']}": play.get("environment")
        for path in sorted((TOP / "playbooks").glob("*.yml"))
        for play in yaml.safe_load(path.read_text(encoding="utf-8"))
        if play.get("hosts") == "gateway"
    }


def test_each_task_asks_the_engine_that_is_named(tmp_path):
    (said,) = set(environments().values())
    keep = {"cmd": f'echo "${{DOCKER_HOST-none}}" >>{tmp_path}/asked'}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "environment": said,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [{"ansible.builtin.shell": keep}],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    for given in ({}, {"docker_engine_socket": ""}, {"docker_engine_socket": "unix:///run/other.sock"}):
        run_playbook("-i", "localhost,", "-c", "local", "-e", json.dumps(given), str(tmp_path / "play.yml"))
    usual = os.environ.get("DOCKER_HOST", "none")
    assert (tmp_path / "asked").read_text().splitlines() == [usual, usual, "unix:///run/other.sock"]
