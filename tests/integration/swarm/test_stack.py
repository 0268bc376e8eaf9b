# SPDX-License-Identifier: GPL-3.0-or-later
"""The module swarm_stack by itself: check mode, an exchange that fails and is put back, networks, and removal."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from tree import TOP

pytestmark = pytest.mark.slow
NAME, NETWORK = "swarm-stack-test", "swarm-stack-test-net"


class Stack:
    """A stack of one service that sleeps, by a Compose file of the collection's."""

    def __init__(self, machine, folder):
        self.machine, self.folder = machine, folder
        self.image = next(
            tag for image in machine.api.images.list() for tag in image.tags if tag.startswith("mcp-lan/front-door")
        )

    def module(self, *options: str, **given) -> dict:
        """What the module returns, or how it fails."""
        done = self.folder.with_suffix(".json")
        arguments = {"name": NAME, "file": f"{self.folder}/stack.yaml", **given}
        kept = {"content": "{{ done | to_json }}", "dest": str(done), "mode": "0600"}
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False}
        play["vars"] = {"ansible_python_interpreter": sys.executable}
        play["environment"] = {"DOCKER_HOST": self.machine.docker_host}
        play["tasks"] = [
            {"mcp_lan.litellm.swarm_stack": arguments, "register": "done", "ignore_errors": True},
            {"ansible.builtin.copy": kept, "check_mode": False, "diff": False},
        ]
        path = done.with_suffix(".yml")
        path.write_text(yaml.safe_dump([play]))
        command = self.machine.inside("ansible-playbook", "-i", "localhost,", str(path), *options)
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TOP)
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(done.read_text())

    def present(self, *options: str, seconds: str = "1000", **given) -> dict:
        described = {
            "image": self.image,
            "entrypoint": ["sleep"],
            "command": [seconds],
            "networks": [NETWORK],
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "healthcheck": {"test": ["CMD", "true"], "interval": "1s"},
            "restart": "unless-stopped",
        }
        compose = self.folder / "compose.yaml"
        compose.write_text(project.text(project.document(NAME, {"sleeps": described})))
        service = {"name": "sleeps", "source": "sleeps", "replicas": 1, "stop_timeout": 1, **given}
        return self.module(*options, compose_file=str(compose), services=[service], wait_timeout=120)


@pytest.fixture(scope="module")
def stack(machines, tmp_path_factory):
    return Stack(machines[0], tmp_path_factory.mktemp("stack"))


def test_a_network_of_the_host_alone_is_made_one_of_the_swarm(stack):
    api = stack.machine.api
    api.networks.create(NETWORK)
    assert stack.present()["code"] == "swarm_network"
    wanted = {"state": "prepared", "networks": [{"name": NETWORK, "internal": True}]}
    assert stack.module("--check", **wanted)["changed"] and api.networks.list([NETWORK])[0].attrs["Driver"] == "bridge"
    assert stack.module(**wanted)["networks"] == [NETWORK]
    assert api.networks.list([NETWORK])[0].attrs["Driver"] == "overlay"
    assert not stack.module(**wanted)["changed"]


def test_check_mode_says_and_does_nothing(stack):
    said = stack.present("--check", "--diff")
    assert said["changed"] and "services:\n  sleeps:\n" in said["diff"][0]["after"]
    assert stack.machine.docker("service", "ls", "--quiet", "--filter", f"name={NAME}") == ""
    assert not (stack.folder / "stack.yaml").exists()


def test_it_runs_and_is_left_alone_then(stack):
    assert stack.present()["services"] == {f"{NAME}_sleeps": {"running": 1, "wanted": 1}}
    assert not stack.present()["changed"]


def test_what_does_not_come_up_is_put_back(stack):
    failed = stack.present(seconds="until the end")
    assert failed["code"] == "service_not_running"
    assert "did not come up" in failed["msg"] and "invalid time interval" in failed["msg"]
    again = stack.present()
    assert again["changed"] and again["services"][f"{NAME}_sleeps"] == {"running": 1, "wanted": 1}


def test_it_goes_whole(stack):
    assert stack.module(state="absent")["changed"]
    assert not stack.module(state="absent")["changed"]
    assert list(stack.folder.iterdir()) == [stack.folder / "compose.yaml"]
    stack.machine.api.networks.list([NETWORK])[0].remove()
