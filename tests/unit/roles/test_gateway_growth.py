# SPDX-License-Identifier: GPL-3.0-or-later
"""How long rows are kept and how many connections are had, by the role's own variables and its tasks."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
import yaml
from plays import run_playbook
from tree import TOP

ROLE = TOP / "roles/litellm_gateway"
SEEN = ("retention_config", "retention_wanted", "retention_by_litellm", "connections_wanted", "connections_taken")
NEWEST = {"litellm_gateway_version": "1.108.7"}
READERS = [{"name": "demo", "owner": "demo", "readers": ["a", "b", "c"]}, {"name": "litellm", "owner": "litellm"}]
INVENTORIES = {
    "plain": {},
    "newest": NEWEST,
    "ever": {**NEWEST, "litellm_gateway_retention_days": 0, "litellm_gateway_daily_retention_days": 0},
    "sums": {"litellm_gateway_retention_days": 0},
    "readers": {
        "postgres_db_databases": READERS,
        "postgres_db_roles": [{"name": "a", "connection_limit": 3}, {"name": "b", "connection_limit": -1}],
        "litellm_gateway_workers": 4,
        "litellm_gateway_config": {"general_settings": {"database_connection_pool_limit": 7}},
    },
    "external": {
        "postgres_db_mode": "external",
        "litellm_gateway_connections_outside": {"query_result": [{"taken": 40}]},
    },
}
FALLS = {
    "first": ("", 90, 730, True),
    "same": ("PGHOST=x\nRETENTION_DAYS=90\nRETENTION_DAILY_DAYS=730\n", 90, 730, False),
    "longer": ("RETENTION_DAYS=90\nRETENTION_DAILY_DAYS=730\n", 120, 0, False),
    "shorter": ("RETENTION_DAYS=90\nRETENTION_DAILY_DAYS=730\n", 30, 730, True),
    "sums": ("RETENTION_DAYS=90\nRETENTION_DAILY_DAYS=0\n", 90, 365, True),
    "never": ("", 0, 0, False),
}


@pytest.fixture(scope="module")
def worked_out(tmp_path_factory):
    """What the role makes of each inventory, and of each change of the limits."""
    folder = tmp_path_factory.mktemp("growth")
    content = "{{ {" + ", ".join(f"'{name}': litellm_gateway_{name}" for name in SEEN) + "} | to_json }}"

    def task(name, text, variables):
        return {
            "ansible.builtin.copy": {"content": text, "dest": f"{folder}/{name}.json", "mode": "0600"},
            "vars": variables,
        }

    tasks = [task(name, content, variables) for name, variables in INVENTORIES.items()]
    for name, (before, days, daily, _) in FALLS.items():
        limits = {"litellm_gateway_retention_days": days, "litellm_gateway_daily_retention_days": daily}
        now = {"litellm_gateway_now": {"stdout": before}}
        tasks.append(task(f"falls-{name}", "{{ litellm_gateway_retention_falls | to_json }}", limits | now))
    play = {
        "hosts": "server",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "vars_files": [str(ROLE / "defaults/main.yml"), str(ROLE / "vars/main.yml")],
        "tasks": tasks,
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "server,", "-c", "local", str(folder / "play.yml"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}


def test_litellms_own_setting_is_used_where_it_holds(worked_out):
    assert worked_out["plain"]["retention_config"] == {} and not worked_out["plain"]["retention_by_litellm"]
    assert worked_out["newest"]["retention_config"] == {
        "general_settings": {
            "maximum_spend_logs_retention_period": "90d",
            "maximum_spend_logs_cleanup_cron": "17 * * * *",
        }
    }
    assert worked_out["ever"]["retention_config"] == {}
    wanted = {name: worked_out[name]["retention_wanted"] for name in INVENTORIES}
    assert [name for name, there in wanted.items() if not there] == ["ever"]


@pytest.mark.parametrize("name", FALLS)
def test_a_limit_that_falls_is_seen(worked_out, name):
    assert worked_out[f"falls-{name}"] is FALLS[name][3]


def test_connections_are_counted(worked_out):
    counted = {
        name: (int(one["connections_wanted"]), int(one["connections_taken"]))
        for name, one in worked_out.items()
        if name in INVENTORIES
    }
    assert counted["plain"] == (10 + 8, 97)
    assert counted["readers"] == (7 * 4 + 3 + 20 + 8, 97)  # one reader has no limit of its own, and one none at all
    assert counted["external"] == (10 + 8, 40)


def preflight(tmp_path, **variables) -> str:
    """What the role's check says of an inventory, without an engine."""
    play = {
        "hosts": "server",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", **variables},
        "tasks": [
            {
                "ansible.builtin.include_role": {
                    "name": "mcp_lan.litellm.litellm_gateway",
                    "tasks_from": "names.yml",
                    "public": True,
                }
            },
            {"ansible.builtin.include_tasks": str(ROLE / "tasks/connections.yml")},
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = subprocess.run(
        ["ansible-playbook", "-i", "server,", "-c", "local", str(tmp_path / "play.yml")],
        cwd=TOP,
        env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/none.sock"},
        capture_output=True,
        text=True,
        check=False,
    )
    return " ".join((done.stdout + done.stderr).split()) if done.returncode else ""


def test_more_connections_than_the_server_takes_are_refused(tmp_path):
    config = {"general_settings": {"database_connection_pool_limit": 45}}
    assert preflight(tmp_path, litellm_gateway_config=config) == ""
    told = preflight(tmp_path, litellm_gateway_config=config, litellm_gateway_workers=2)
    sentence = (
        "general_settings.database_connection_pool_limit (45) x litellm_gateway_workers (2) are 90 connections of "
        "LiteLLM, and with those of the database's readers (0) and of migrations, retention and backups (8) 98; "
        "PostgreSQL at postgresql takes 97. Lower database_connection_pool_limit in litellm_gateway_config, or raise "
        "the server's"
    )
    assert sentence in told, told
