# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine of its own, which knows the gateway by other addresses, or by none until its hosts file has one."""

from __future__ import annotations

import json
import os
import secrets
import subprocess

import pytest
from guarded_gateway import PREFIX, run
from tree import TOP

NAME = "linuxserver.invalid"
UNKNOWN = f"http://{NAME}:4000"


class Machine:
    """A container with a shell, in the gateway's network, and the role run on it."""

    def __init__(self, container, folder):
        self.container = container
        self.folder = folder
        self.key = "sk-" + secrets.token_urlsafe(24)
        self.before = self.hosts()

    def sh(self, script: str) -> str:
        status, output = self.container.exec_run(["sh", "-c", script], user="0:0")
        assert status == 0, output.decode()
        return output.decode()

    def hosts(self) -> str:
        return self.sh("cat /etc/hosts")

    def write(self, url, *options: str, state="present", user="root", home=None, other=None, **role):
        """Run the role, and return what was written for the one client, and what was printed."""
        entry = {"user": user, "client": "claude-code", "key_value": self.key, "state": state}
        entry |= {"home": home} if home else {}
        entry |= {"url": other} if other else {}
        variables = {
            "client_configs_clients": [entry],
            "client_configs_gateway_url": url,
            "result": str(self.folder / "result.json"),
            **role,
        }
        (self.folder / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        done = subprocess.run(
            [
                *("ansible-playbook", "tests/integration/clients/machine.yml", "-i", f"{self.container.name},"),
                *("-c", "community.docker.docker", "-e", f"@{self.folder}/variables.json", *options),
            ],
            cwd=TOP,
            env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        printed = " ".join((done.stdout + done.stderr).split())
        assert done.returncode == 0, printed
        return json.loads((self.folder / "result.json").read_text(encoding="utf-8"))[0], printed


@pytest.fixture(scope="module")
def machine(docker_api, network, guarded, images, tmp_path_factory):
    container = run(
        docker_api,
        f"{PREFIX}machine-{guarded.version.replace('.', '-').split('-')[-1]}",
        images["MCP_LAN_TEST_LITELLM_IMAGE"],
        ["infinity"],
        network,
        entrypoint="sleep",
        user="0:0",
        healthcheck={"test": ["NONE"]},
    )
    yield Machine(container, tmp_path_factory.mktemp("machine"))
    container.remove(force=True)


@pytest.fixture
def known(guarded):
    """The address at which the gateway answers machines of its network."""
    return f"http://{guarded.container.name}:4000"


@pytest.fixture
def address(guarded, network):
    guarded.container.reload()
    return guarded.container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]


def test_the_first_address_that_answers_is_written(machine, known):
    silent = known.replace(":4000", ":4001")
    written, printed = machine.write(UNKNOWN, client_configs_fallback_urls=[silent, known, UNKNOWN])
    assert written["url"] == f"{known}/mcp/" and written["changed"]
    assert known in machine.sh("cat ~root/.claude.json") and "not a name" not in printed
    written, _printed = machine.write(UNKNOWN, client_configs_fallback_urls=[silent, known])
    assert not written["changed"], "a second run changes nothing"
    written, _printed = machine.write(known, client_configs_fallback_urls=[UNKNOWN])
    assert written["url"] == f"{known}/mcp/" and not written["changed"]


def test_none_that_answers_is_said_and_the_first_is_written(machine, known):
    silent = known.replace(":4000", ":4001")
    written, printed = machine.write(silent, client_configs_fallback_urls=[UNKNOWN])
    assert written["url"] == f"{silent}/mcp/"
    assert f"reaches the gateway at none of {silent}, {UNKNOWN}" in printed


@pytest.mark.slow
def test_a_name_is_written_to_the_hosts_file_and_goes_again(machine, address):
    _written, printed = machine.write(UNKNOWN)
    assert f"{NAME} is not a name that this machine can resolve" in printed and machine.hosts() == machine.before
    _written, printed = machine.write(UNKNOWN, "--check", "--diff", client_configs_hosts_address=address)
    assert machine.hosts() == machine.before and f"{address} {NAME} # mcp_lan.litellm" in printed
    assert "localhost" not in printed.partition("TASK [Keep")[0].partition("@@")[2], "nothing else of the file is shown"

    _written, printed = machine.write(UNKNOWN, client_configs_hosts_address=address)
    assert machine.hosts() == f"{machine.before}{address} {NAME}  # mcp_lan.litellm\n"
    assert "not a name" not in printed
    url = f"{UNKNOWN}/health/liveliness"
    assert machine.sh(f"python3 -c 'import urllib.request as r; print(r.urlopen(\"{url}\").status)'") == "200\n"
    written, printed = machine.write(UNKNOWN, client_configs_hosts_address=address)
    assert not written["changed"] and "changed=0" in printed
    machine.write(UNKNOWN, client_configs_hosts_address="192.0.2.1")
    assert f"192.0.2.1 {NAME}" in machine.hosts() and address not in machine.hosts().replace(machine.before, "")

    machine.write(UNKNOWN, state="absent")
    assert machine.hosts() == machine.before


def test_another_servers_name_is_not_given_the_gateways_address(machine, known, address):
    other = "http://other.invalid/mcp"
    written, printed = machine.write(known, other=other, client_configs_hosts_address=address)
    assert written["url"] == other and "other.invalid is not a name" in printed
    assert machine.hosts() == machine.before


def test_who_may_not_write_the_hosts_file_is_told(machine, address):
    machine.sh("mkdir -p /tmp/home && chown 10001:10001 /tmp/home")
    with pytest.raises(AssertionError, match="/etc/hosts can't be written for .*connect as an administrator, or use"):
        machine.write(UNKNOWN, "-u", "litellm", user="litellm", home="/tmp/home", client_configs_hosts_address=address)
    assert machine.hosts() == machine.before and machine.sh("ls -A /tmp/home") == ""


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"client_configs_hosts_address": "linuxserver"}, "hosts_address has to be an IP address"),
        ({"client_configs_gateway_url": "", "client_configs_fallback_urls": ["http://x"]}, "which is missing"),
    ],
)
def test_what_cannot_be_is_refused(machine, variables, says):
    with pytest.raises(AssertionError, match=says):
        machine.write(variables.pop("client_configs_gateway_url", UNKNOWN), **variables)
