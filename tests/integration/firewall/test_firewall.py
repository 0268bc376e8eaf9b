# SPDX-License-Identifier: GPL-3.0-or-later
"""The role firewall, tried from two network namespaces of this machine: one that it names, and one that it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import docker
import pytest
import yaml
from guarded_gateway import free_port
from tree import OUTPUT, run

pytestmark = pytest.mark.slow
NAME = "mcp-lan-test-firewall"
TABLE = "mcp_lan_test_firewall"
# Each has one end of a cable; addresses that RFC 2544 keeps for tests.
NAMED, OTHER = 1, 2


def sh(*words: object, check: bool = True) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout


def host(number: int) -> str:
    """This machine's end of a cable."""
    return f"198.18.{number}.1"


@pytest.fixture(scope="module")
def cables():
    def remove():
        for number in (NAMED, OTHER):
            sh("ip", "netns", "del", f"mcp-lan-{number}", check=False)
            sh("ip", "link", "del", f"mcp-lan-{number}", check=False)

    remove()
    for number in (NAMED, OTHER):
        space = f"mcp-lan-{number}"
        sh("ip", "netns", "add", space)
        sh("ip", "link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space)
        sh("ip", "address", "add", f"{host(number)}/24", "dev", space)
        sh("ip", "link", "set", space, "up")
        sh("ip", "-n", space, "address", "add", f"198.18.{number}.2/24", "dev", "eth0")
        sh("ip", "-n", space, "link", "set", "eth0", "up")
    yield
    remove()


@pytest.fixture(scope="module")
def published(images, cables):
    """Ports of a container that the engine publishes at both ends: one for the firewall, and another."""
    ports = free_port(), free_port()
    api = docker.from_env()
    at = {
        f"{8000 + place}/tcp": [(host(number), port) for number in (NAMED, OTHER)] for place, port in enumerate(ports)
    }
    at["8000/tcp"].append(("127.0.0.1", ports[0]))
    script = "python3 -m http.server 8001 & exec python3 -m http.server 8000"
    container = api.containers.run(
        images["MCP_LAN_TEST_LITELLM_IMAGE"],
        ["-c", script],
        entrypoint="sh",
        name=NAME,
        detach=True,
        ports=at,
        working_dir="/srv",
        healthcheck={"test": ["NONE"]},
    )
    yield ports
    container.remove(force=True)


def reached(number: int | None, port: int) -> bool:
    """Whether a port is answered, as asked from the other end of a cable, or from this machine."""
    inside = ["ip", "netns", "exec", f"mcp-lan-{number}"] if number else []
    address = host(number) if number else "127.0.0.1"
    command = [*inside, "curl", "-s", "-m", "2", "--retry", "2", "--retry-connrefused", "-o", "/dev/null"]
    return subprocess.run([*command, f"http://{address}:{port}/"], check=False).returncode == 0


@pytest.fixture(scope="module")
def firewall(published):
    """Runs the role; the tasks that changed something, and all that was said."""
    folder = OUTPUT / NAME
    folder.mkdir(parents=True, exist_ok=True)

    def running(*options, ok=True, **variables):
        given = {
            "ansible_python_interpreter": sys.executable,
            "firewall_enabled": True,
            "firewall_networks": ["198.18.1.0/24"],
            "firewall_ports": [published[0]],
            "firewall_table": TABLE,
            "firewall_file": str(folder / "firewall.nft"),
            "firewall_unit_dir": str(folder),
            **variables,
        }
        play = {"hosts": "localhost", "gather_facts": False, "vars": given, "roles": ["mcp_lan.litellm.firewall"]}
        (folder / "play.yml").write_text(yaml.safe_dump([play]))
        status, output = run(
            *("ansible-playbook", "-i", "localhost,", "-c", "local", *options, folder / "play.yml"),
            ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
            PATH=os.environ["PATH"],
        )
        assert (status == 0) == ok, output
        report = json.loads(output[output.index("{\n") : output.rindex("}") + 1])
        tasks = report["plays"][0]["tasks"]
        return [one["task"]["name"] for one in tasks if one["hosts"]["localhost"].get("changed")], output

    yield running
    subprocess.run(["nft", "delete", "table", "inet", TABLE], check=False, stderr=subprocess.DEVNULL)


def tables() -> list[str]:
    return sh("nft", "list", "tables", "inet").splitlines()


def test_named_networks_alone_reach_what_the_engine_publishes(firewall, published):
    guarded, beside = published
    everything = [(place, port) for place in (NAMED, OTHER) for port in published]
    assert all(reached(*one) for one in everything) and reached(None, guarded)

    would, _ = firewall("--check")
    assert would and f"table inet {TABLE}" not in tables() and reached(OTHER, guarded)

    before = sh("nft", "list", "tables")
    assert firewall()[0] and firewall()[0] == []
    assert reached(NAMED, guarded) and not reached(OTHER, guarded) and reached(None, guarded)
    assert reached(NAMED, beside) and reached(OTHER, beside), "another port is none of its business"
    # As it is after a restart of the distribution's own firewall.
    sh("nft", "delete", "table", "inet", TABLE)
    assert firewall()[0] and not reached(OTHER, guarded)

    assert firewall(firewall_networks=["198.18.2.0/24"])[0]
    assert not reached(NAMED, guarded) and reached(OTHER, guarded)

    _, said = firewall(firewall_networks=[], ok=False)
    assert "firewall_networks names nobody" in said
    _, said = firewall(firewall_ports=[22], ok=False)
    assert "by which this host is administered (SSH)" in said
    assert reached(OTHER, guarded)

    assert firewall(firewall_enabled=False)[0] and firewall(firewall_enabled=False)[0] == []
    assert all(reached(*one) for one in everything) and f"table inet {TABLE}" not in tables()
    assert sh("nft", "list", "tables") == before
