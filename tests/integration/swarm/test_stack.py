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
LABEL = "com.docker.stack.namespace"
TAKES = """\
import socket, time
with socket.create_server(("0.0.0.0", 0)) as server:
    print(server.getsockname()[1], flush=True)
    time.sleep(600)
"""


class Stack:
    """A stack of one service that sleeps, by a Compose file of the collection's."""

    def __init__(self, machine, folder):
        self.machine, self.folder = machine, folder
        self.image = next(
            tag for image in machine.api.images.list() for tag in image.tags if tag.startswith("mcp-lan/front-door")
        )

    def module(self, *options: str, **given) -> dict:
        """What the module returns, or how it fails."""
        return self.task("swarm_stack", *options, name=NAME, file=f"{self.folder}/stack.yaml", **given)

    def project(self, **given) -> dict:
        """What compose_project returns of a project without a service."""
        return self.task("compose_project", project=NAME, file=f"{self.folder}/project.yaml", **given)

    def task(self, module: str, *options: str, **arguments) -> dict:
        done = self.folder.with_suffix(".json")
        kept = {"content": "{{ done | to_json }}", "dest": str(done), "mode": "0600"}
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False}
        play["vars"] = {"ansible_python_interpreter": sys.executable}
        play["environment"] = {"DOCKER_HOST": self.machine.docker_host}
        play["tasks"] = [
            {f"mcp_lan.litellm.{module}": arguments, "register": "done", "ignore_errors": True},
            {"ansible.builtin.copy": kept, "check_mode": False, "diff": False},
        ]
        path = done.with_suffix(".yml")
        path.write_text(yaml.safe_dump([play]))
        command = self.machine.inside("ansible-playbook", "-i", "localhost,", str(path), *options)
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TOP)
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(done.read_text())

    def write(self, seconds: str = "1000", **more) -> str:
        """The Compose file."""
        described = {
            "image": self.image,
            "entrypoint": ["sleep"],
            "command": [seconds],
            "networks": [NETWORK],
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "healthcheck": {"test": ["CMD", "true"], "interval": "1s"},
            "restart": "unless-stopped",
            **more,
        }
        compose = self.folder / "compose.yaml"
        compose.write_text(project.text(project.document(NAME, {"sleeps": described})))
        return str(compose)

    def present(self, *options: str, seconds: str = "1000", wait: int = 120, **given) -> dict:
        return self.deploy(*options, compose_file=self.write(seconds), wait=wait, **given)

    def deploy(self, *options: str, compose_file: str, wait: int = 120, **given) -> dict:
        service = {"name": "sleeps", "source": "sleeps", "replicas": 1, "stop_timeout": 1, **given}
        return self.module(*options, compose_file=compose_file, services=[service], wait_timeout=wait)


@pytest.fixture(scope="module")
def stack(machines, tmp_path_factory):
    return Stack(machines[0], tmp_path_factory.mktemp("stack"))


def test_check_mode_says_what_the_site_is_yet_to_make(stack):
    """A Compose file, an image, and networks of the swarm in the place of bridges."""
    said = stack.deploy("--check", compose_file=f"{stack.folder}/compose.yaml")
    assert said["changed"] and "has no" in said["msg"] and "run site.yml, which writes it" in said["msg"]
    said = stack.deploy("--check", compose_file=stack.write(image="mcp-lan/none:1"))
    assert said["changed"] and "its image mcp-lan/none:1 is not on this machine" in said["msg"]
    said = stack.present("--check")
    assert said["changed"] and f"has {NETWORK} as networks of its own alone" in said["msg"]
    assert stack.deploy(compose_file=f"{stack.folder}/none.yaml")["code"] == "path_missing"


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
    assert stack.present()["services"] == {f"{NAME}_sleeps": {"running": 1, "wanted": 1, "ports": []}}
    assert not stack.present()["changed"]


def test_a_network_of_the_swarm_is_not_made_anew_under_its_services(stack):
    """Nor are containers stopped for it."""
    refused = stack.module(state="prepared", networks=[{"name": NETWORK, "internal": False}])
    assert refused["code"] == "swarm_network" and "run swarm.yml with -e swarm_state=absent first" in refused["msg"]
    assert stack.machine.api.networks.list([NETWORK])[0].attrs["Internal"]


def test_a_network_that_services_are_on_stays(stack):
    """Where it would go with a service of the Compose project."""
    left = stack.project(absent=["gone"], absent_networks=[NETWORK])
    assert left["changed"] and stack.machine.api.networks.list([NETWORK])


def test_why_a_task_does_not_run_for_a_port_is_said(stack):
    taking = stack.machine.inside(sys.executable, "-c", TAKES)
    with subprocess.Popen(taking, stdout=subprocess.PIPE, text=True) as taker:
        assert taker.stdout is not None
        port = taker.stdout.readline().strip()
        more = {"published_ports": [f"{port}:80"], "extra_networks": [f"{NAME}-out"], "wait": 40}
        failed = stack.present(**more)
        taker.kill()
    assert failed["code"] == "service_not_running" and port in failed["msg"]
    assert stack.present()["changed"]


def test_what_does_not_come_up_is_put_back(stack):
    failed = stack.present(seconds="until the end")
    assert failed["code"] == "service_not_running"
    assert "did not come up" in failed["msg"] and "invalid time interval" in failed["msg"]
    again = stack.present()
    assert again["changed"] and again["services"][f"{NAME}_sleeps"] == {"running": 1, "wanted": 1, "ports": []}


def test_it_goes_whole(stack):
    assert stack.module(state="absent")["changed"]
    assert not stack.module(state="absent")["changed"]
    assert list(stack.folder.iterdir()) == [stack.folder / "compose.yaml"]
    assert stack.machine.docker("network", "ls", "--quiet", "--filter", f"name={NAME}-out") == ""


def test_what_is_left_of_a_stack_goes(stack):
    """As of a run that was ended between the services and the secrets."""
    file = str(stack.folder / "compose.yaml")
    stack.machine.docker("secret", "create", "--label", f"{LABEL}={NAME}", f"{NAME}_left", file)
    assert stack.module("--check", state="absent")["changed"]
    assert stack.module(state="absent")["changed"]
    assert stack.machine.docker("secret", "ls", "--quiet", "--filter", f"name={NAME}") == ""
    assert not stack.module(state="absent")["changed"]


def test_a_network_that_nobody_is_on_goes(stack):
    assert stack.project(absent=["gone"], absent_networks=[NETWORK])["changed"]
    assert not stack.machine.api.networks.list([NETWORK])
