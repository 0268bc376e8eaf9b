# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ports the firewall is for, and when in a run. From outside: tests/integration/firewall."""

from __future__ import annotations

import json

import pytest
import yaml
from plays import run_playbook, run_tasks
from tree import TOP

ROLE = TOP / "roles/firewall"
BESIDE = {
    "litellm_gateway_port": 4100,
    "mcp_postgresql_published_port": "48001",
    "mcp_filesystem_published_port": 48002,
}
# With what is published by itself: the roles' own defaults are there in the site.
DEFAULTS = {"litellm_gateway_port": None, "mcp_postgresql_published_port": 0, "mcp_filesystem_published_port": 0}
PUBLISHED = {
    "door": ({}, [4000]),
    "no door": ({"front_door_enabled": False}, [4000]),
    "no door, another port": ({"front_door_enabled": "false", "litellm_gateway_port": 4100}, [4100]),
    "more beside the door": (BESIDE, [4000, 4100, 48001, 48002]),
    "a service": ({"mcp_services": [{"name": "time", "published_port": 48003}]}, [4000, 48003]),
    "what was before": ({"firewall_keep_ports": True}, [4000, 4080]),
}
BEFORE = "    fib daddr type != local accept\n    tcp dport != { 4000, 4080 } accept\n"


@pytest.fixture(scope="module")
def ports(tmp_path_factory):
    """The ports of the rules that the role makes of each inventory."""
    folder = tmp_path_factory.mktemp("firewall")
    common = {**DEFAULTS, "firewall_networks": ["192.168.1.0/24"], "firewall_before": {"stdout": BEFORE}}
    tasks = [
        {
            "ansible.builtin.copy": {
                "content": "{{ {'text': firewall_rules.text} | to_json }}",
                "dest": f"{folder}/{name}.json",
                "mode": "0600",
            },
            "vars": {**common, **variables},
        }
        for name, (variables, _) in PUBLISHED.items()
    ]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "vars_files": [str(ROLE / part / "main.yml") for part in ("defaults", "vars")],
        "tasks": tasks,
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "localhost,", "-c", "local", str(folder / "play.yml"))

    def of(name: str) -> list[int]:
        text = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["text"]
        return [int(port) for port in text.partition("tcp dport != { ")[2].partition(" }")[0].split(", ")]

    return of


@pytest.mark.parametrize("name", PUBLISHED)
def test_all_that_is_published_is_behind_it(ports, name):
    assert ports(name) == PUBLISHED[name][1]


def test_the_site_has_it_before_what_is_published_and_takes_ports_away_after():
    (play,) = [
        one for one in yaml.safe_load((TOP / "playbooks/site.yml").read_text()) if one["name"] == "Run the gateway"
    ]
    roles = []
    for task in play["tasks"]:
        part = task.get("ansible.builtin.import_role") or task.get("ansible.builtin.include_role") or {}
        roles.append((part.get("name", "").rpartition(".")[2], task.get("vars", {}).get("firewall_keep_ports")))
    first, last = [at for at, (name, _) in enumerate(roles) if name == "firewall"]
    publish = {"mcp_postgresql", "mcp_filesystem", "mcp_service", "litellm_gateway", "acme", "front_door", "open_webui"}
    assert roles[first][1] is True and not publish & {name for name, _ in roles[:first]}
    assert last == len(roles) - 1


def test_a_host_that_does_not_take_the_rules_is_told_so(tmp_path, monkeypatch):
    (tmp_path / "nft").write_text("#!/bin/sh\necho 'Operation not permitted' >&2\nexit 1\n", encoding="utf-8")
    (tmp_path / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    tasks = yaml.safe_load((ROLE / "tasks/present.yml").read_text(encoding="utf-8"))
    (first,) = [number for number, task in enumerate(tasks) if task["name"] == "Load the rules"]
    told = {"firewall_seen": {"stdout_lines": []}, "firewall_file": f"{tmp_path}/rules.nft"}
    results, _output = run_tasks(tmp_path, tasks[first : first + 2], **told)
    assert results[-1]["msg"].startswith("localhost does not take the firewall's rules (Operation not permitted): see")
