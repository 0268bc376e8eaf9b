# SPDX-License-Identifier: GPL-3.0-or-later
"""A network whose hosts are not the machine that runs Ansible: reached by SSH, each with a Python of its own, or none.

linuxserver.lan    the gateway's host: `admin` becomes root by a password; its engine is the one that is here
workstation.lan    a client's machine with Debian's Python, where `ann` becomes root by a password
laptop.lan         one without Python and without sudo, where `ben` is nobody but himself
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import copies
import docker
import pytest
import scenario
import yaml
from tree import OUTPUT, TOP

PREFIX = "lan-test-"
FOLDER = OUTPUT / "lan"
# The roles whose files lie in a folder of their own on the gateway's host, below /etc/mcp_lan by themselves.
CONFIGURED = {
    "postgres_db": "postgresql",
    "mcp_service": "mcp",
    "mcp_postgresql": "mcp",
    "litellm_gateway": "litellm",
    "egress_proxy": "egress-proxy",
    "front_door": "front-door",
}
# Of the two machines with Python; the engine's client is for the gateway's host.
PACKAGES = "curl sudo python3 python3-requests python3-psycopg2 docker-cli docker-buildx docker-compose mmdebstrap"

# A client's own words to the gateway, with the key that its environment has; the answer is JSON, or an event with it.
ASK = """
. ~/.config/environment.d/60-mcp_lan.conf
key=$(sed -n 's/^MCP_LAN_KEY_{key}=//p' ~/.config/environment.d/60-mcp_lan.conf | tr -d '"')
ask() {{
    printf 'header = "Authorization: Bearer %s"' "$key" | curl -K - -s -m 60 {url}/mcp/ -d "$1" \\
        -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' |
        sed 's/^data: //' | grep '"id":'
}}
ask '{{"jsonrpc":"2.0","id":1,"method":"tools/list"}}'
ask '{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}'
"""


def _free_ports() -> int:
    """The first of two, one after the other, that nobody listens at."""
    while True:
        with socket.socket() as one, socket.socket() as two, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            two.bind(("127.0.0.1", port + 1))
            return port


@dataclass
class Machine:
    """One host of the network, and who is logged in to it."""

    name: str
    user: str
    container: object
    address: str
    port: int
    key: Path
    known_hosts: Path
    password: str = field(repr=False)

    def ssh(self, script: str) -> str:
        """What a script prints that the user runs there, as from a login shell."""
        done = subprocess.run(
            [
                *("ssh", "-F", "none", "-i", str(self.key), "-p", str(self.port), "-o", "BatchMode=yes"),
                *("-o", f"UserKnownHostsFile={self.known_hosts}", f"{self.user}@{self.address}", "bash -l -s"),
            ],
            input=script,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{self.name}: {done.stderr}{done.stdout}"
        return done.stdout

    def variables(self) -> dict:
        """How Ansible gets to it; sudo's password is its own."""
        said = {
            "ansible_host": self.address,
            "ansible_port": self.port,
            "ansible_ssh_private_key_file": str(self.key),
            "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={self.known_hosts}",
        }
        return said | ({"ansible_become_password": self.password} if self.password else {})


class Network:
    """The machines, and playbooks that are run for them from a home of their own."""

    def __init__(self, machines: dict[str, Machine], address: str, folder: Path):
        self.machines = machines
        self.address = address  # at which the other machines find linuxserver.lan
        self.folder = folder
        self.port = _free_ports()
        self.controls = tempfile.mkdtemp(prefix="lan-")  # a short path: sockets lie in it

    def overlay(self) -> dict:
        """What an inventory of this network says beyond what people write: names and ports of its own."""
        return {
            "mcp_lan_prefix": PREFIX,
            "front_door_bind": self.address,
            "front_door_port": self.port,
            "front_door_hosts": ["linuxserver.lan", "linuxserver", self.address],
            "front_door_admin_networks": [],
            "litellm_api_url": f"http://{self.address}:{self.port}",
            # As through a tunnel: the gateway's host shares its loopback address with the machine that runs Ansible.
            "litellm_admin_url": f"http://127.0.0.1:{self.port + 1}",
            "litellm_clients_url": f"http://linuxserver.lan:{self.port}",
            "mcp_lan_store": str(self.folder / "store"),
            "container_service_project_dir": str(self.folder / "etc"),
            **{f"{role}_config_dir": str(self.folder / "etc" / part) for role, part in CONFIGURED.items()},
        }

    def asked(self, name: str, tool: str, key: str = "[A-Z0-9_]*", **arguments) -> tuple[set[str], dict]:
        """From that machine: the tools that its key lists, and the answer to a call."""
        script = ASK.format(
            url=f"http://linuxserver.lan:{self.port}",
            key=key,
            tool=tool,
            arguments=json.dumps(arguments, separators=(",", ":")),
        )
        listed, called = self.machines[name].ssh(script).strip().splitlines()
        return {one["name"] for one in json.loads(listed)["result"]["tools"]}, json.loads(called)

    def playbook(self, *words: str, cwd: Path = TOP, **environment: str) -> str:
        """What a run printed that went well."""
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["ansible-playbook", *words],
            cwd=cwd,
            env={
                **os.environ,
                "HOME": str(home),
                "LC_ALL": "C.UTF-8",
                "NO_COLOR": "1",
                "ANSIBLE_SSH_CONTROL_PATH_DIR": self.controls,
                "ANSIBLE_PIPELINING": "true",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1200,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout


def remove(engine) -> None:
    for one in engine.containers.list(all=True, filters={"name": f"^/{PREFIX}"}):
        one.remove(force=True, v=True)
    for one in engine.networks.list():
        if one.name.startswith(PREFIX):
            one.remove()
    for one in engine.volumes.list():
        if one.name.startswith(PREFIX):
            one.remove(force=True)


def _start(engine, name: str, user: str, image: str, port: int, public: str, sudo: bool, **options) -> str:
    """A machine with a user, who logs in with a key; sudo's password."""
    short = name.partition(".")[0]
    command = ["-o", "PasswordAuthentication=no", "-p", str(port)]
    if options.get("network_mode") == "host":
        command += ["-o", f"ListenAddress=127.0.0.1:{port}"]
    container = engine.containers.run(image, command, name=PREFIX + short, hostname=short, detach=True, **options)
    password = secrets.token_urlsafe(24) if sudo else ""
    script = (
        f"useradd -m -s /bin/bash {user} && install -d -m 700 -o {user} -g {user} /home/{user}/.ssh"
        f' && echo "$PUBLIC" >/home/{user}/.ssh/authorized_keys && chown {user}: /home/{user}/.ssh/authorized_keys'
        f" && usermod -p '*' {user}"
    )
    if sudo:
        script += f' && usermod -aG sudo {user} && echo "{user}:$PASSWORD" | chpasswd'
    status, said = container.exec_run(["sh", "-c", script], environment={"PUBLIC": public, "PASSWORD": password})
    assert status == 0, said.decode()
    return password


def _host_key(container) -> str:
    status, said = container.exec_run(["cat", "/etc/ssh/ssh_host_ed25519_key.pub"])
    assert status == 0, said.decode()
    return " ".join(said.decode().split()[:2])


def _listens(address: str, port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection((address, port), 1).close()
            return
        assert time.monotonic() < deadline, f"nothing listens at {address}:{port}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def network(engine, images, show):
    """The three machines, up and reached."""
    context = {"name": "lan-machine", "context": str(TOP / "tests/integration/lan/machine"), "source": "build"}
    desired = {
        "whole": {**context, "args": {"PACKAGES": PACKAGES}},
        "bare": {**context, "args": {"PACKAGES": "curl"}},
    }
    with show():
        step, made = scenario.make_images(desired)
    assert step.ok, step.tail
    api = docker.from_env()
    remove(api)
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "shared").mkdir(parents=True)
    (FOLDER / "shared" / "list.txt").write_text("milk\n", encoding="utf-8")
    _private, public = copies.ssh_key(FOLDER / "key")
    net = api.networks.create(f"{PREFIX}net")
    net.reload()
    address = net.attrs["IPAM"]["Config"][0]["Gateway"]
    port = _free_ports()
    # What is mounted is found by the engine at the same place as by the host's own programs.
    mounted = {path: {"bind": path, "mode": "rw"} for path in ("/var/run/docker.sock", str(FOLDER))}
    here = {"network": net.name, "extra_hosts": {"linuxserver.lan": address}}
    known, machines = FOLDER / "known_hosts", {}
    for name, user, image, sudo, at, options in (
        ("linuxserver.lan", "admin", "whole", True, port, {"network_mode": "host", "volumes": mounted}),
        ("workstation.lan", "ann", "whole", True, 22, here),
        ("laptop.lan", "ben", "bare", False, 22, here),
    ):
        password = _start(api, name, user, made[image], at, public, sudo, **options)
        container = api.containers.get(PREFIX + name.partition(".")[0])
        own = at != 22
        place = "127.0.0.1" if own else container.attrs["NetworkSettings"]["Networks"][net.name]["IPAddress"]
        _listens(place, at)
        line = f"{f'[{place}]:{at}' if own else place} {_host_key(container)}\n"
        known.write_text((known.read_text() if known.exists() else "") + line, encoding="utf-8")
        machines[name] = Machine(name, user, container, place, at, FOLDER / "key", known, password)
    reached = Network(machines, address, FOLDER)
    yield reached
    shutil.rmtree(reached.controls, ignore_errors=True)
    if not os.environ.get("MCP_LAN_TEST_KEEP"):
        remove(api)


@pytest.fixture(scope="module")
def inventory(network) -> Path:
    """inventories/lan as it stands, with how these machines are reached beside it."""
    folder = network.folder / "inventory"
    shutil.copytree(TOP / "inventories" / "lan", folder)
    main = folder / "group_vars" / "all" / "main.yml"
    # What names its containers by their address has to say the prefix (docs/operation.md).
    main.write_text(main.read_text(encoding="utf-8").replace("http://mcp-", f"http://{PREFIX}mcp-"), encoding="utf-8")
    more = {**network.overlay(), "mcp_filesystem_path": str(network.folder / "shared")}
    (main.parent / "zz_tests.yml").write_text(yaml.safe_dump(more), encoding="utf-8")
    for name, machine in network.machines.items():
        path = folder / "host_vars" / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        path.touch(0o600)
        path.write_text(yaml.safe_dump(machine.variables()), encoding="utf-8")
    return folder
