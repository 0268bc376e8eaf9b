# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook diagnose at a real gateway: nothing broken, and each link broken in turn, with its sentence."""

from __future__ import annotations

import json
import secrets
import subprocess

import pytest
from transports import Deployment
from tree import TOP

SERVICES = Deployment.of("services")
# What a GET below /mcp gives at once. Some versions between (1.106.2) send not even a head before the first ping.
PINGS = "here: HTTP 200, text/event-stream"


def diagnose(**asked):
    """What the playbook says: whether all holds, and its text on one line."""
    inventory = SERVICES.output / "inventory.yml"
    inventory.write_text("gateway: {hosts: {localhost: }}\n", encoding="utf-8")
    extra = {
        "mcp_lan_store": str(SERVICES.output / "store"),
        "transports_top": str(TOP),
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "diagnose_key": "reader",
        **asked,
    }
    files = [f"@{TOP}/molecule/shared/deployment.yml", f"@{TOP}/molecule/services/deployment.yml"]
    command = ["ansible-playbook", "-i", str(inventory), str(TOP / "playbooks/diagnose.yml")]
    for one in (*files, json.dumps(extra)):
        command += ["-e", one]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    return done.returncode == 0, " ".join((done.stdout + done.stderr).split())


def test_nothing_is_broken():
    ok, said = diagnose()
    assert ok and "the key reader may use" in said and "2 called" in said, said[-1500:]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"diagnose_url": "http://nobody.invalid:4676/mcp/"}, "name: the name 'nobody.invalid' does not resolve"),
        ({"diagnose_url": "http://127.0.0.1:9/mcp/"}, "port: nothing listens on 127.0.0.1:9"),
        ({"diagnose_url": f"http://127.0.0.1:{SERVICES.port}/mcp/tools"}, f"({PINGS}), which only pings"),
        ({"diagnose_url": f"http://127.0.0.2:{SERVICES.port}/mcp/"}, "port: nothing listens on 127.0.0.2"),
        ({"diagnose_value": "sk-" + secrets.token_urlsafe(16)}, "key: the gateway does not accept the key"),
        ({"diagnose_value": "${MCP_LAN_KEY}"}, "its program does not put the variable's value in"),
        ({"diagnose_server": "git"}, "scope: the key reader may use"),
        ({"diagnose_key": "all", "diagnose_server": "nothing"}, "scope: the key all may use"),
    ],
)
def test_the_first_broken_link_is_said(asked, sentence):
    ok, said = diagnose(**asked)
    assert not ok and sentence in said, said[-1500:]
    assert "Transport and upstream" not in said


def test_a_server_that_is_down_is_said():
    server = SERVICES.container("mcp-everything")
    server.stop(timeout=5)
    try:
        ok, said = diagnose()
    finally:
        SERVICES.start("mcp-everything")
    assert not ok and "everything: http://transports-services-mcp-everything:8000/mcp: " in said, said[-1500:]
