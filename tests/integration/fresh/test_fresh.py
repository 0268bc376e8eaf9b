# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's two commands on a machine that has nothing: no Docker, no image, no checkout, no systemd.

An empty Debian 12, as root, and an empty Debian 13, as a user with sudo, each a container with an engine of its own in
it. Put there is what the README asks for, and what this machine says of its network: authorities, package indexes.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import docker
import pytest
import tree
import yaml
from ansible_collections.mcp_lan.litellm.plugins.module_utils import build_config, image_build
from tree import OUTPUT, TOP

pytestmark = pytest.mark.slow

README = (TOP / "README.md").read_text(encoding="utf-8")
COMMANDS = re.search(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1]
NEEDED = re.search(r"apt-get install ([^`]+)", README)[1].split()
# An engine in a container wants these, and to see the host's control groups.
CAPABILITIES = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"]
UNCONFINED = ["seccomp", "apparmor", "systempaths"]
CERTIFICATES = "/usr/local/share/ca-certificates/network.crt"


def _call(command: list[str], environ_update: dict[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(command, env={**os.environ, **environ_update}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


class Machine:
    """One of them, and who is logged in."""

    def __init__(self, api: docker.DockerClient, suite: str, user: str, show):
        self.user, self.show = user, show
        self.home = "/root" if user == "root" else f"/home/{user}"
        self.folder = OUTPUT / f"fresh-{suite}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        image = f"mcp-lan-test-fresh:{suite}"
        builder = image_build.DockerCli(_call, os.environ)
        builder.make_base(TOP / "images/base", image, suite, self.folder)
        # What the README's address leads to: this checkout, as it was committed.
        repository = self.folder / "litellm.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", TOP, repository], check=True)
        address = yaml.safe_load((TOP / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
        settings = f'[url "{repository}"]\ninsteadOf = {address}.git\n[safe]\ndirectory = *\n'
        name = f"mcp-lan-test-fresh-{suite}"
        mounts = [
            "/var/lib/docker",
            "/sys/fs/cgroup:/sys/fs/cgroup",
            f"{repository}:{repository}:ro",
            *self._told(settings),
        ]
        # By the client, as the SDK has no words for the paths that a container may not write to otherwise.
        command = ["docker", "run", "--detach", "--init", "--name", name, "--hostname", suite, "--cgroupns", "host"]
        command += [word for one in CAPABILITIES for word in ("--cap-add", one)]
        command += [word for one in UNCONFINED for word in ("--security-opt", f"{one}=unconfined")]
        command += [word for one in mounts for word in ("--volume", one)]
        command += [word for one in build_config.proxies(os.environ).items() for word in ("--env", "=".join(one))]
        tree.check(*command, image, "sleep", "infinity")
        self.container = api.containers.get(name)

    def _told(self, git: str) -> list[str]:
        """What an administrator would tell the new machine of its network, as this one is told; what git is told."""
        bundle = build_config.ca_bundle(os.environ)
        certificate = f"cert = {CERTIFICATES}\n" if bundle else ""
        settings = build_config.pip_conf(os.environ) or "[global]\n"
        files = {
            "/etc/gitconfig": git,
            CERTIFICATES: bundle,
            "/etc/pip.conf": settings + certificate,
            "/etc/npmrc": build_config.npmrc(os.environ),
        }
        mounts = []
        for place, text in files.items():
            if text:
                path = self.folder / Path(place).name
                path.write_text(text, encoding="utf-8")
                mounts.append(f"{path}:{place}:ro")
        return mounts

    def run(self, script: str, user: str = "") -> str:
        """What a script printed that went well, in the user's home; what another one does there is done elsewhere."""
        where = "/" if user else self.home
        command = ["docker", "exec", "--user", user or self.user, "--workdir", where, self.container.name]
        command += ["env", f"HOME={self.home}", f"USER={self.user}", "sh", "-ec", script]
        lines = []
        with self.show(), subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as now:
            for line in now.stdout:
                print(line, end="", flush=True)
                lines.append(line)
        assert now.returncode == 0, f"{script}\n{''.join(lines[-60:])}"
        return "".join(lines)


@pytest.fixture(scope="module", params=[("bookworm", "root"), ("trixie", "ann")], ids=lambda given: given[0])
def machine(request, engine, show):
    suite, user = request.param
    api = docker.from_env()
    for left in api.containers.list(all=True, filters={"name": f"^/mcp-lan-test-fresh-{suite}$"}):
        left.remove(force=True, v=True)
    made = Machine(api, suite, user, show)
    packages = [*NEEDED, *([] if user == "root" else ["sudo"])]
    script = f"apt-get update -qq; apt-get install -y -qq --no-install-recommends {shlex.join(packages)} >/dev/null"
    if user != "root":
        script = f"useradd -m -s /bin/bash {user}; {script}; echo '{user} ALL=NOPASSWD: ALL' >/etc/sudoers.d/{user}"
    made.run(f"export DEBIAN_FRONTEND=noninteractive; {script}", user="root")
    yield made
    if not os.environ.get("MCP_LAN_TEST_KEEP"):
        made.container.remove(force=True, v=True)
        api.images.remove(f"mcp-lan-test-fresh:{suite}", force=True)


def test_the_two_commands_and_nothing_else(machine):
    printed = machine.run(COMMANDS)
    assert re.search(r"claude-code +may use .*filesystem: 14 of 14 tools", printed), printed[-3000:]
    assert f"codex            localhost: {machine.home}/.codex/config.toml" in printed
    running = machine.run("docker ps --format '{{.Names}} {{.Status}}'", user="root").splitlines()
    assert {line.split()[0] for line in running} >= {"postgresql", "litellm", "front-door", "mcp-filesystem"}
    assert all("(healthy)" in line for line in running), running


def test_the_same_again_changes_nothing(machine):
    again = machine.run("cd litellm && make deploy")
    assert re.search(r"localhost +: ok=\d+ +changed=0 ", again), again[-3000:]


def test_what_is_written_belongs_to_the_user(machine):
    owned = machine.run("find ~/.codex ~/.claude.json ~/.config/mcp_lan ! -user $(id -un) | sort")
    assert owned == ""
