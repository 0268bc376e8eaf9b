# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer's files, as the playbook writes them: systemd accepts them, and what they run is the site."""

from __future__ import annotations

import configparser
import getpass
import json
import re
import shlex
import shutil
import subprocess

import pytest
from tree import TOP, check, run

# Words that a unit or a table would read as something else, were they not quoted.
ODD = {"MCP_LAN_STORE": "hashi-vault:secret/a b", "ODD": "100% \"of\" 'it' $HOME \\n"}


@pytest.fixture
def timer(tmp_path):
    """Runs the playbook with folders of the test; gives what it printed."""
    for name in ("units", "cron.d"):
        (tmp_path / name).mkdir()

    def playing(**variables):
        told = {
            "rotation_timer_unit_dir": str(tmp_path / "units"),
            "rotation_timer_cron_dir": str(tmp_path / "cron.d"),
            "rotation_timer_name": "mcp-lan-test",
            **variables,
        }
        return run("ansible-playbook", "playbooks/timer.yml", "-i", "inventories/local", "-e", json.dumps(told))

    playing.files = lambda: sorted(path.name for path in tmp_path.glob("*/*"))
    playing.text = lambda name: next(tmp_path.glob(f"*/{name}")).read_text()
    playing.paths = lambda: sorted(tmp_path.glob("units/*"))
    return playing


def runs(command: list[str], cwd: str, environment: dict[str, str]) -> str:
    """What a command prints that a timer would run, in the bare environment that a timer has."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(TOP / "tests" / "output"), **environment}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_is_none_until_it_is_asked_for_and_it_goes_again(timer):
    on = {"rotation_timer_enabled": True, "rotation_timer_manager": "cron"}
    for variables, changed, files in (({}, 0, []), (on, 1, ["mcp-lan-test"]), (on, 0, ["mcp-lan-test"]), ({}, 1, [])):
        status, output = timer(**variables)
        assert status == 0, output
        assert f"changed={changed} " in output and timer.files() == files


def test_the_units_are_accepted_and_run_the_site(timer):
    status, output = timer(
        rotation_timer_enabled=True,
        rotation_timer_manager="systemd",
        rotation_timer_at="04:05",
        rotation_timer_arguments=["--syntax-check", "-e", json.dumps(ODD)],
        rotation_timer_environment=ODD,
    )
    assert status == 0, output
    assert timer.files() == ["mcp-lan-test.service", "mcp-lan-test.timer"]
    if shutil.which("systemd-analyze"):
        check("systemd-analyze", "verify", *timer.paths())
        check("systemd-analyze", "calendar", re.search("OnCalendar=(.*)", timer.text("mcp-lan-test.timer")).group(1))
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str
    parsed.read_string(timer.text("mcp-lan-test.timer"))
    assert parsed["Timer"]["OnCalendar"] == "*-*-* 04:05:00" and parsed["Timer"]["Persistent"] == "true"
    text = timer.text("mcp-lan-test.service")
    assert f"User={getpass.getuser()}\n" in text and f"WorkingDirectory={TOP}\n" in text

    def words(line: str) -> list[str]:
        return shlex.split(line.replace("%%", "%").replace("$$", "$"), posix=True)

    given = dict(words(line)[0].split("=", 1) for line in re.findall("^Environment=(.*)$", text, re.MULTILINE))
    assert given == {"LC_ALL": "C.UTF-8", **ODD}
    (command,) = re.findall("^ExecStart=(.*)$", text, re.MULTILINE)
    assert json.loads(words(command)[-1]) == ODD
    assert "playbook: " in runs(words(command), str(TOP), given)


def test_the_table_of_cron_runs_the_site(timer):
    status, output = timer(
        rotation_timer_enabled=True,
        rotation_timer_manager="cron",
        rotation_timer_arguments=["--syntax-check", "-e", json.dumps(ODD)],
        rotation_timer_environment=ODD,
    )
    assert status == 0, output
    (line,) = [line for line in timer.text("mcp-lan-test").splitlines() if not line.startswith("#")]
    assert line.startswith(f"30 3 * * * {getpass.getuser()} cd ")
    # As cron reads it: the sixth blank ends the user's name, and an escaped % is one.
    command = line.split(" ", 6)[6].replace("\\%", "%")
    assert "playbook: " in runs(["sh", "-c", command], "/", {})
    words = shlex.split(command)[5:]
    program = next(number for number, word in enumerate(words) if "=" not in word)
    assert dict(word.split("=", 1) for word in words[:program]) == {"LC_ALL": "C.UTF-8", **ODD}


@pytest.mark.parametrize("prefix", ["", pytest.param("lab-", marks=pytest.mark.slow)])
def test_it_is_of_one_deployment_and_of_the_inventory_that_it_was_made_with(tmp_path, prefix):
    """A file among others in its folder, which Ansible would read as inventories too, and run what can be run. What the
    other one is called is how this one begins."""
    for name in ("units", "cron.d"):
        (tmp_path / name).mkdir()
    inventory, other = tmp_path / "lan.yml.yml", tmp_path / "lan.yml"
    for path in (inventory, other):
        path.write_text((TOP / "inventories/local/hosts.yml").read_text(encoding="utf-8"), encoding="utf-8")
    told = {
        "rotation_timer_unit_dir": str(tmp_path / "units"),
        "rotation_timer_cron_dir": str(tmp_path / "cron.d"),
        "rotation_timer_manager": "cron",
        "mcp_lan_prefix": prefix,
        "litellm_api_url": "http://127.0.0.1:4000",
    }
    on = {"rotation_timer_enabled": True, "backup_timer_enabled": True}
    names = [f"{prefix}mcp-lan", f"{prefix}mcp-lan-backup"]

    def run_with(path, playbook, **more):
        options = ("-i", path, "--tags", "timer", "-e", json.dumps({**told, **more}))
        status, output = run("ansible-playbook", f"playbooks/{playbook}.yml", *options)
        assert status == 0, output
        return sorted(path.name for path in tmp_path.glob("cron.d/*"))

    assert run_with(inventory, "timer", **on) == names
    for name in names:
        assert f" -i {inventory}" in (tmp_path / "cron.d" / name).read_text(encoding="utf-8")
    # The timer of others stays, and of this one it need not be said that there is one.
    assert run_with(other, "remove") == names
    assert run_with(inventory, "remove") == []


def test_it_runs_with_the_configuration_and_the_store_that_it_was_made_with(timer, tmp_path, monkeypatch):
    config = tmp_path / "lan.cfg"
    config.write_text((TOP / "ansible.cfg").read_text(encoding="utf-8").replace("= .", f"= {TOP}/."), encoding="utf-8")
    monkeypatch.setenv("ANSIBLE_CONFIG", str(config))
    monkeypatch.setenv("MCP_LAN_STORE", str(tmp_path / "store"))
    status, output = timer(rotation_timer_enabled=True, rotation_timer_manager="cron")
    assert status == 0, output
    assert f" ANSIBLE_CONFIG={config} LC_ALL=C.UTF-8 MCP_LAN_STORE={tmp_path}/store " in timer.text("mcp-lan-test")


def test_a_table_that_cron_would_pass_over_is_refused(timer):
    status, output = timer(
        rotation_timer_enabled=True, rotation_timer_manager="cron", rotation_timer_name="gateway.lan"
    )
    assert status != 0 and "rotation_timer_name is gateway.lan: cron reads no table but" in output
    assert timer.files() == []


def test_a_time_that_is_none_is_refused(timer):
    status, output = timer(rotation_timer_enabled=True, rotation_timer_at="25:00")
    assert status != 0 and "rotation_timer_at is 25:00: write hours and minutes" in " ".join(output.split())
    assert timer.files() == []
