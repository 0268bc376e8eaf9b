# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the transports' scenarios share: their deployment, and a real MCP client with its keys."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import docker
import yaml
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from tree import OUTPUT, TOP

VERSION = os.environ.get("MCP_LAN_TEST_LITELLM_VERSION", "1.77.3")


@dataclass(frozen=True)
class Deployment:
    """One scenario's gateway, from what its deployment.yml says."""

    prefix: str
    port: int

    @classmethod
    def of(cls, scenario: str) -> Deployment:
        said = yaml.safe_load((TOP / "molecule" / scenario / "deployment.yml").read_text(encoding="utf-8"))
        return cls(said["transports_prefix"], said["transports_port"])

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 10}"

    @property
    def output(self) -> Path:
        return OUTPUT / self.prefix

    def key(self, name: str) -> str:
        return (self.output / "store/keys" / name).read_text(encoding="utf-8").strip()

    def session(self, key: str, *calls: tuple[str, dict], **headers: str) -> dict:
        """What the official SDK gets through the front door: the tools that a key lists, the answers to its calls.

        headers: more of them, with _ for - in their names.
        """
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        endpoint = {
            "transport": "http",
            "url": f"http://127.0.0.1:{self.port}/mcp/",
            "headers": {"Authorization": f"Bearer {self.key(key)}", **more},
            "timeout": 60,
            "calls": [{"tool": tool, "arguments": arguments} for tool, arguments in calls],
        }
        return probe.run([endpoint])[0]

    def ask(self, key: str, *calls: tuple[str, dict], **headers: str) -> dict:
        """The same where there has to be a session."""
        answer = self.session(key, *calls, **headers)
        assert answer["ok"], answer
        return answer

    def container(self, name: str):
        return docker.from_env().containers.get(f"{self.prefix}-{name}")

    def start(self, name: str) -> None:
        """Start a container that was stopped, and wait until it is healthy."""
        container = self.container(name)
        container.start()
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            container.reload()
            if container.attrs["State"]["Health"]["Status"] == "healthy":
                return
            time.sleep(1)
        raise AssertionError(container.logs(tail=20).decode())

    def inside(self, name: str, *command: str) -> tuple[int, str]:
        """A command in a container: exit status and output."""
        status, output = self.container(name).exec_run(list(command))
        return status, output.decode()


def isolated(container) -> list[str]:
    """What a container has that an MCP server must not have."""
    settings = container.attrs["HostConfig"]
    user = container.attrs["Config"]["User"].split(":")[0]
    found = {
        "a root file system that it can write to": not settings["ReadonlyRootfs"],
        "capabilities": settings["CapDrop"] != ["ALL"] or settings["CapAdd"],
        "a way to new privileges": not any(
            one.startswith("no-new-privileges") for one in settings["SecurityOpt"] or []
        ),
        "no limit of memory": not settings["Memory"],
        "no limit of processes": not settings["PidsLimit"],
        "root's rights": user in ("", "0", "root"),
        "a published port": any(container.attrs["NetworkSettings"]["Ports"].values()),
        "a folder of the host to write to": any(
            mount["Type"] == "bind" and mount["RW"] for mount in container.attrs["Mounts"]
        ),
    }
    return [what for what, is_so in found.items() if is_so]


def networks_with_a_way_out(container) -> list[str]:
    """The container's networks that the engine gives a route out."""
    api = docker.from_env()
    return [
        name for name in container.attrs["NetworkSettings"]["Networks"] if not api.networks.get(name).attrs["Internal"]
    ]


_CONNECT = """
import concurrent.futures, json, socket, sys

def connected(place):
    try:
        socket.create_connection(place, 2).close()
        return True
    except OSError:
        return False

places = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(32) as pool:
    print(json.dumps([place for place, there in zip(places, pool.map(connected, places)) if there]))
"""


def reached(container, *places: tuple[str, int]) -> list[tuple[str, int]]:
    """Those hosts and ports to which something inside a container, whose image has Python, gets a connection."""
    _status, output = container.exec_run(["python3", "-c", _CONNECT, json.dumps(places)])
    return [(host, port) for host, port in json.loads(output)]


def addresses(container) -> list[str]:
    """Where a container is: its name, and its address on each of its networks."""
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    return [container.name, *(network["IPAddress"] for network in networks)]


# How a server's refusal reads. LiteLLM 1.77.3 passes on its text, and not that it is an error.
_REFUSED = re.compile(r"(Error|Access denied|Parent directory does not exist|ENOENT|EACCES|EROFS|mcp_lan_guard)")


def refused(call: dict) -> bool:
    """Whether the server did not do what the call asked for."""
    return not call["ok"] or bool(_REFUSED.match(call["text"]))
