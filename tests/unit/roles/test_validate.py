# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks/validate.yml says of an inventory by itself, without an engine."""

from __future__ import annotations

import re

import pytest
import yaml
from plays import run_playbook

GATEWAY = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def validate(tmp_path, **machine) -> str:
    """What is said of a client program's machine with these variables; the gateway alone knows its own address."""
    variables = {"ansible_become": False, "mcp_lan_store": str(tmp_path / "store")}
    groups = {
        "gateway": {"hosts": {"server": {**GATEWAY, "litellm_api_url": "http://linuxserver.lan:4000"}}},
        "clients": {"hosts": {"desk": machine}},
    }
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": variables, "children": groups}}), encoding="utf-8")
    with pytest.raises(AssertionError) as failed:
        run_playbook("mcp_lan.litellm.validate", "-i", str(inventory), "-e", "litellm_gateway_version=1.77.3")
    return re.sub(r"\s+", " ", str(failed.value))


def test_a_machine_that_does_not_know_where_the_gateway_is(tmp_path):
    assert (
        "litellm_api_url is not set for desk, a machine of the group clients: put it into group_vars/all, as in "
        "http://linuxserver.lan:4000. Nothing has been changed."
    ) in validate(tmp_path)
