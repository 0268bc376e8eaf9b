# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode before the first run: it says what would be made, and asks nobody who is not there yet."""

from __future__ import annotations

import hashlib
import json
import venv

import pytest
import yaml
from plays import run_tasks
from tree import TOP

NO_ENGINE = {"rc": 127, "stdout": "", "stderr": "", "stdout_lines": []}


def checked(folder, tasks, **variables) -> str:
    """What the last task says; a task that fails is an AssertionError."""
    told = {"docker_engine_found": NO_ENGINE, "mcp_lan_store": str(folder / "store"), **variables}
    results, output = run_tasks(folder, tasks, "--check", **told)
    assert not [one for one in results if one.get("failed")], output
    assert not (folder / "store").exists()
    (*_others, said) = [one["msg"] for one in results if "msg" in one]
    return said


def role(name: str, tasks: str, **variables) -> dict:
    return {"ansible.builtin.include_role": {"name": f"mcp_lan.litellm.{name}", "tasks_from": tasks}, "vars": variables}


def test_packages_of_a_server_are_said_before_there_is_an_engine(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    variables = {
        "mcp_service_name": "fetch",
        "mcp_service_container_name": "mcp-fetch",
        "mcp_service_image": {"name": "mcp-bridge"},
        "mcp_service_packages": {"volume": "mcp-fetch-packages"},
    }
    said = checked(tmp_path, [role("mcp_service", "packages.yml", **variables)])
    assert said == "Check mode: the packages of fetch would be copied into the volume mcp-fetch-packages."


@pytest.mark.parametrize(
    "place",
    [
        {},
        {
            "postgres_db_mode": "external",
            "litellm_gateway_database_host": "127.0.0.1",
            "litellm_gateway_database_port": 9,
        },
    ],
)
def test_what_exporters_ask_is_said_before_there_is_a_database(tmp_path, monkeypatch, place):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    said = checked(tmp_path, [role("observability", "database.yml")], **place)
    assert said == "Check mode: observability and its functions would be made in the database litellm."


@pytest.fixture
def backup(tmp_path):
    """A backup with a store in it, as it is brought to a bare host; its folder and name."""
    folder = tmp_path / "backups/one"
    folder.mkdir(parents=True)
    (folder / "store.tar").write_bytes(b"packed")
    files = {"store.tar": {"size": 6, "sha256": hashlib.sha256(b"packed").hexdigest()}}
    said = {"name": "one", "format": 1, "taken": "2026-11-29T13:05:01+00:00", "litellm": "1.77.3", "postgresql": "17.6"}
    manifest = said | {"databases": {}, "volumes": [], "files": files, "salt_key": "of another machine"}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return {"backup_dir": str(folder.parent), "backup_name": "one", "litellm_gateway_version": "1.77.3"}


def test_a_restore_onto_a_bare_host_is_said(tmp_path, monkeypatch, backup):
    """Neither the store nor the server is there: both would come of the backup, and of the run itself."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    plays = yaml.safe_load((TOP / "playbooks/restore.yml").read_text(encoding="utf-8"))
    (restored,) = [play["tasks"] for play in plays if play["name"] == "Restore the databases"]
    (settled,) = [play["tasks"] for play in plays if play["name"] == "Settle"]
    place = {"postgres_db_address": "", "postgres_db_container_name": "postgresql"}
    tasks = [role("backup", "check.yml"), *restored[-2:], *settled]
    said = checked(tmp_path, tasks, **backup, **place)
    assert said == "Check mode: one, taken 2026-11-29T13:05:01+00:00, would be restored into the container postgresql."


def test_the_password_of_copies_that_the_store_has_not_is_none(tmp_path):
    """The placeholder of check mode would be tried as the password."""
    tasks = [
        role("backup", "settle.yml") | {"when": False},
        {"ansible.builtin.include_vars": str(TOP / "roles/backup/vars/main.yml")},
        {"ansible.builtin.debug": {"msg": "{{ backup_copy_secret | length }}"}},
    ]
    assert checked(tmp_path, tasks, backup_copy_password="") in (0, "0")


def test_a_restore_into_a_server_outside_is_refused(tmp_path, backup):
    place = {"postgres_db_mode": "external", "postgres_db_host": "database.lan"}
    with pytest.raises(AssertionError, match=r"a server outside \(database\.lan\): restore what it"):
        checked(tmp_path, [role("backup", "check.yml")], **backup, **place)


def test_what_would_be_installed_is_said(tmp_path):
    """By no package manager's module: in check mode apt's own fails on a host that lacks python3-apt."""
    lacking = {"backup_copy_repository": "/mnt/copies", "backup_copy_packages": ["restic", "one-that-nobody-has"]}
    said = checked(tmp_path, [role("backup", "program.yml", **lacking)])
    assert said == "Would install restic and one-that-nobody-has."
    for path in sorted((TOP / "roles").glob("*/tasks/*.yml")):
        text = path.read_text(encoding="utf-8")
        for task in text.split("- name: "):
            if "ansible.builtin.apt:" in task or "ansible.builtin.package:" in task:
                guarded = "not ansible_check_mode" in task or path.name in ("modules.yml", "program.yml")
                assert guarded, f"{path}: {task}"


def test_a_report_of_an_engine_that_is_away(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    asked = role("postgres_db", "write_report.yml", postgres_db_report_user="report")
    with pytest.raises(AssertionError, match=r"postgresql cannot be looked for \(Error connecting: .*start it"):
        checked(tmp_path, [asked])


@pytest.mark.parametrize("half", ["no engine", "no requests"])
def test_an_engine_that_is_there_by_half(tmp_path, monkeypatch, half):
    """The modules that ask it need requests in the host's Python, which docker_engine would have installed."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    found = NO_ENGINE
    if half == "no requests":
        venv.create(tmp_path / "python", with_pip=False)
        found = NO_ENGINE | {"rc": 0, "stdout_lines": ["no-requests"]}
    gone = {"mcp_service_container_name": "mcp-notes", "mcp_service_gone_network": "mcp-notes-net"}
    tasks = [
        role("observability", "database.yml"),
        role("mcp_service", "network_gone.yml", **gone),
        role("postgres_db", "configure.yml"),
    ]
    for task in tasks if half == "no requests" else []:
        task["vars"]["ansible_python_interpreter"] = str(tmp_path / "python/bin/python")
    said = checked(tmp_path, tasks, docker_engine_found=found)
    assert said == "Check mode: the roles and databases would be made in the container postgresql."
