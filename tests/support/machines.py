# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines for a swarm on this one: each is a network namespace with an engine of its own, and a cable to another.

The engine that tests use otherwise is not touched. A second one beside it would be a danger to it: dockerd makes the
chains of its firewall anew when it starts, and with --bridge=none it removes docker0, whoever's it is.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import docker
from waiting import until

# Addresses of no network that tests use otherwise.
HOST, CABLE, BRIDGE, POOL, OVERLAY = "10.85.{}", "10.87.0.{}", "10.86.{}.1/24", "10.83.0.0/16", "10.84.0.0/16"


def run(*command: str, **more) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


class Machine:
    """One of them, by its number from 1 on. address: where this machine finds what it publishes."""

    def __init__(self, number: int, folder: Path, *options: str):
        self.number, self.folder, self.options = number, folder / f"machine-{number}", options
        self.name, self.here = f"mcp-lan-test-{number}", f"mcp-lan-t{number}"
        self.address = HOST.format(number) + ".2"
        self.docker_host = f"unix://{self.folder}/docker.sock"
        self.process: subprocess.Popen | None = None

    def inside(self, *command: str) -> list[str]:
        """The command, run in its network."""
        return ["nsenter", f"--net=/run/netns/{self.name}", *command]

    def ip(self, *words: str) -> None:
        run("ip", "-n", self.name, *words)

    def start(self) -> None:
        self.stop()
        self.folder.mkdir(parents=True)
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", self.here, "type", "veth", "peer", "name", "host0", "netns", self.name)
        run("ip", "address", "add", f"{HOST.format(self.number)}.1/24", "dev", self.here)
        run("ip", "link", "set", self.here, "up")
        for link in ("lo", "host0"):
            self.ip("link", "set", link, "up")
        self.ip("address", "add", f"{self.address}/24", "dev", "host0")
        self.ip("route", "add", "default", "via", f"{HOST.format(self.number)}.1")
        run(*self.inside("sysctl", "-qw", "net.ipv4.ip_forward=1"))
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                self.inside(
                    *("dockerd", "-H", self.docker_host, "--data-root", f"{self.folder}/data"),
                    *("--exec-root", f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid"),
                    *("--bip", BRIDGE.format(self.number), "--default-address-pool", f"base={POOL},size=24"),
                    *self.options,
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(self.answers, 60, f"the engine of {self.name}")

    @property
    def api(self) -> docker.DockerClient:
        return docker.DockerClient(base_url=self.docker_host, timeout=120)

    def answers(self) -> bool:
        with contextlib.suppress(docker.errors.DockerException):
            return docker.DockerClient(base_url=self.docker_host).ping()
        return False

    def cable(self, *others: Machine) -> None:
        """A network between two machines, without this one: its firewall would be asked of what goes over a bridge."""
        for other in others:
            run(
                "ip",
                "-n",
                self.name,
                "link",
                "add",
                "lan0",
                "type",
                "veth",
                "peer",
                "name",
                "lan0",
                "netns",
                other.name,
            )
            for each in (self, other):
                each.ip("address", "add", f"{CABLE.format(each.number)}/24", "dev", "lan0")
                each.ip("link", "set", "lan0", "up")

    def docker(self, *words: str) -> str:
        return run("docker", "--host", self.docker_host, *words).strip()

    def load(self, *images: str) -> None:
        """Images of the engine that tests use otherwise."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
            run("docker", "--host", self.docker_host, "load", stdin=saved.stdout)

    def has_swarm(self) -> None:
        """Makes it the manager of a swarm."""
        place = CABLE.format(self.number)
        self.docker("swarm", "init", "--advertise-addr", place, "--default-addr-pool", OVERLAY)

    def joins(self, manager: Machine) -> None:
        token = manager.docker("swarm", "join-token", "--quiet", "worker")
        place = CABLE.format(self.number)
        self.docker("swarm", "join", "--advertise-addr", place, "--token", token, CABLE.format(manager.number))

    def stop(self) -> None:
        """Everything of it is gone, also what a run that was killed has left."""
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.folder / "pid").read_text()), signal.SIGTERM)
        end = time.monotonic() + 60
        while (self.folder / "pid").exists() and time.monotonic() < end:
            time.sleep(0.2)
        if self.process:
            self.process.wait(60)
            self.process = None
        # What the kernel has of containers that ended with it.
        for line in reversed(Path("/proc/self/mountinfo").read_text().splitlines()):
            if (place := line.split()[4]).startswith(f"{self.folder}/"):
                subprocess.run(["umount", "--lazy", place], check=False)
        for gone in (["link", "delete", self.here], ["netns", "delete", self.name]):
            subprocess.run(["ip", *gone], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
