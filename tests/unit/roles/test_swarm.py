# SPDX-License-Identifier: GPL-3.0-or-later
"""The role swarm says what cannot be before anything is changed, and has networks for both sides alone."""

from __future__ import annotations

import pytest
import yaml
from plays import run_playbook

DOOR = {"front_door_port": 4100}


def run(tmp_path, tasks: list[dict], **variables) -> str:
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": DOOR | variables,
        "tasks": tasks,
    }
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return run_playbook("-i", "localhost,", str(path))


def role(name: str, tasks_from: str) -> dict:
    return {"ansible.builtin.import_role": {"name": f"mcp_lan.litellm.{name}", "tasks_from": tasks_from}}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"swarm_litellm_replicas": 0}, "swarm_litellm_replicas is 0: write a number from 1 to 64."),
        ({"front_door_port": 4000}, "swarm_port is 4000, which the front door of the gateway host has"),
        ({"front_door_admin_port": 4000}, "swarm_port is 4000, which the front door of the gateway host has"),
        ({"front_door_enabled": False}, "replicas answer front doors alone"),
        ({"acme_enabled": True}, "the certificate that it gets is on the gateway host alone"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, variables, sentence):
    with pytest.raises(AssertionError) as told:
        run(tmp_path, [role("swarm", "check.yml")], **variables)
    assert sentence in " ".join(str(told.value).split())


def test_what_can_be_is_not(tmp_path):
    run(tmp_path, [role("swarm", "check.yml")])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("container", ["litellm-net", "mcp-filesystem-net", "mcp-postgresql-net", "swarm-postgres-net"]),
        ("external", ["litellm-net", "mcp-filesystem-net", "mcp-postgresql-net", "postgres-net"]),
    ],
)
def test_the_host_keeps_its_own_way_to_the_database(tmp_path, mode, expected):
    names = role("litellm_gateway", "names.yml")
    told = {"ansible.builtin.debug": {"msg": "{{ swarm_networks | map(attribute='name') | sort | to_json }}"}}
    printed = run(tmp_path, [names, role("swarm", "check.yml"), told], postgres_db_mode=mode)
    assert str(expected).replace("'", '"') in printed.replace("\\", "")
