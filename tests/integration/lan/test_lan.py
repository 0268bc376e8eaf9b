# SPDX-License-Identifier: GPL-3.0-or-later
"""`site.yml -i inventories/lan`, end to end, over SSH, with sudo's password, for clients on two machines."""

from __future__ import annotations

import json
import re

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def deployed(network, inventory):
    return network.playbook("site.yml", "-i", str(inventory))


def test_a_first_run_proves_every_key(deployed):
    assert re.search(r"ann-claude-code +may use .*filesystem: 14 of 14 tools", deployed), deployed[-3000:]
    assert "workstation.lan: /home/ann/.claude.json" in deployed
    assert "laptop.lan: /home/ben/.codex/config.toml" in deployed


def test_a_second_run_changes_nothing(deployed, network, inventory):
    again = network.playbook("site.yml", "-i", str(inventory))
    recap = dict(re.findall(r"(?m)^(\S+) +: ok=\d+ +changed=(\d+)", again))
    assert recap == dict.fromkeys(network.machines, "0"), again[-3000:]


def test_each_machine_has_its_own_files_and_no_others(deployed, network):
    for name, user, path in (
        ("workstation.lan", "ann", ".claude.json"),
        ("laptop.lan", "ben", ".codex/config.toml"),
    ):
        said = network.machines[name].ssh(
            f"stat -c '%U %a' ~/{path} ~/.config/environment.d/60-mcp_lan.conf; whoami; ls -A ~ | tr '\\n' ' '"
        )
        assert said.split()[:5] == [user, "600", user, "600", user], said
    assert network.machines["laptop.lan"].ssh("command -v python3 sudo || echo neither").strip() == "neither"


def test_a_client_lists_and_calls_what_its_key_may(deployed, network):
    listed, called = network.asked("laptop.lan", "filesystem-read_text_file", path="/data/list.txt")
    assert listed == {"filesystem-list_directory", "filesystem-read_text_file"}
    assert "milk" in json.dumps(called["result"])
    listed, called = network.asked("workstation.lan", "postgresql-list_schemas")
    assert {"postgresql-list_schemas", "filesystem-write_file"} <= listed
    assert "error" not in called and not called["result"].get("isError"), called


def test_a_client_is_refused_what_its_key_may_not(deployed, network):
    _listed, called = network.asked("laptop.lan", "postgresql-execute_sql", sql="SELECT 1")
    assert called["result"]["isError"] and "this key may not call" in json.dumps(called), called


def test_the_diagnosis_is_made_from_the_clients_machine(deployed, network, inventory):
    """It is a module: where it is made there is Python."""
    said = network.playbook(
        *("playbooks/diagnose.yml", "-i", str(inventory), "-e", "diagnose_key=ann-claude-code"),
        *("-e", "diagnose_client=workstation.lan"),
        ANSIBLE_STDOUT_CALLBACK="mcp_lan.litellm.brief",
    )
    # A name that the machine which runs Ansible does not know.
    assert f"linuxserver.lan is {network.address}" in said and re.search(r"[1-9]\d* called", said), said
