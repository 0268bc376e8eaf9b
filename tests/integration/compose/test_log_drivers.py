# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the engine keeps what services log, and rsyslog, which sends it on by the configurations in docs/logs.md."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import uuid
from pathlib import Path

import docker
import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from debian_packages import Unpacked
from docker.types import LogConfig
from guarded_gateway import free_port
from tree import TOP
from waiting import until

PROGRAM = Unpacked("rsyslog", "rsyslog")
NAME = "mcp-lan-test-log"
IMAGE = {"image": "one", "source_used": "build"}


def logging(driver: str, **options: str) -> LogConfig:
    """What a service is given for this driver."""
    said = project.service({"name": NAME, "log_driver": driver, "log_options": options}, IMAGE)["logging"]
    return LogConfig(type=said["driver"], config=said["options"])


@pytest.fixture
def start(images):
    """A container that says a line whenever it is told to, under a driver."""
    client, made = docker.from_env(), []

    def begin(driver: str, name: str, **options: str):
        container = client.containers.create(
            images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"],
            ["-c", "mkfifo /tmp/said; trap exit TERM; while :; do cat /tmp/said; done"],
            entrypoint="bash",
            name=name,
            healthcheck={"test": ["NONE"]},
            labels={"mcp_lan.service": name, "mcp_lan.deployment": "litellm"},
            log_config=logging(driver, **options),
            network_mode="none",
        )
        made.append(container)
        return container

    yield begin
    for container in made:
        container.remove(force=True)


@pytest.mark.parametrize("driver", ["json-file", "local", "journald", "syslog"])
def test_the_engine_takes_the_options_of_each_driver(start, driver):
    made = start(driver, NAME).attrs["HostConfig"]["LogConfig"]
    assert made["Type"] == driver
    kept = {name.removeprefix("cache-"): value for name, value in made["Config"].items()}
    assert (kept["max-size"], kept["max-file"]) == ("10m", "3"), "whatever is sent elsewhere, the host's disk is safe"


def test_an_option_that_a_driver_does_not_have_is_refused(start):
    with pytest.raises(docker.errors.APIError, match="unknown log opt 'colour' for json-file"):
        start("json-file", NAME, colour="red")


class Rsyslog:
    """Debian's rsyslogd with a configuration of docs/logs.md, its places replaced by those of the test."""

    def __init__(self, folder: Path, number: int, places: dict[str, str]) -> None:
        folder.mkdir()
        said = re.findall(r"```rsyslog\n(.*?)```", (TOP / "docs/logs.md").read_text(encoding="utf-8"), re.DOTALL)[
            number
        ]
        for place, other in places.items():
            assert place in said
            said = said.replace(place, other)
        self.config, self.folder = folder / "rsyslog.conf", folder
        self.config.write_text(f'global(workDirectory="{folder}")\n{said}', encoding="utf-8")
        self.start()

    def start(self) -> None:
        command = [PROGRAM.top / "usr/sbin/rsyslogd", "-n", "-f", self.config, "-i", self.folder / "pid"]
        with (self.folder / "out").open("a") as out:
            self.process = subprocess.Popen(
                [*command, "-M", PROGRAM.libraries / "rsyslog"],
                env=PROGRAM.environment,
                stdout=out,
                stderr=out,
            )

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def rsyslog():
    PROGRAM.install()


@pytest.fixture
def server(rsyslog, tmp_path):
    """The one of the server for logs, and the port on which it listens."""
    port = free_port()
    places = {'Port="514"': f'Address="127.0.0.1" Port="{port}"', "/var/log/mcp-lan": str(tmp_path / "logs")}
    running = Rsyslog(tmp_path / "server", 1, places)
    running.port = port
    until(lambda: _listens(port))
    yield running
    running.end()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def say(container, identity: str) -> None:
    """Have it write a line as the front door does."""
    line = json.dumps({"time": "2026-11-29T19:10:41.172Z", "level": "INFO", "request_id": identity})
    command = ["bash", "-c", 'until test -p /tmp/said; do sleep 0.1; done; echo "$0" >/tmp/said', line]
    assert container.exec_run(command).exit_code == 0


def written(tmp_path: Path, name: str) -> list[dict]:
    path = tmp_path / "logs" / f"{name}.log"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def running(start, *arguments: str, **options: str):
    container = start(*arguments, **options)
    container.start()
    container.reload()
    return container


@pytest.mark.slow
def test_rsyslog_sends_what_is_in_the_engines_files(start, server, tmp_path):
    container = running(start, "json-file", f"{NAME}-files")
    log = container.attrs["LogPath"]
    assert log, "the engine says where it writes"
    places = {
        "/var/lib/docker/containers/*/*-json.log": log,
        'Target="logs.lan" Port="514"': f'Target="127.0.0.1" Port="{server.port}"',
    }
    host = Rsyslog(tmp_path / "host", 0, places)
    try:
        first, second = uuid.uuid4().hex, uuid.uuid4().hex
        say(container, first)
        (line,) = until(lambda: written(tmp_path, container.name))
        assert line["request_id"] == first
        # While the server is away the gateway goes on, and nothing is lost.
        server.end()
        say(container, second)
        server.start()
        until(lambda: [one["request_id"] for one in written(tmp_path, container.name)] == [first, second])
    finally:
        host.end()


@pytest.mark.slow
def test_rsyslog_receives_from_the_engine(start, server, tmp_path):
    address = {"syslog-address": f"tcp://127.0.0.1:{server.port}"}
    container = running(start, "syslog", f"{NAME}-sent", **address)
    first, second = uuid.uuid4().hex, uuid.uuid4().hex
    say(container, first)
    (line,) = until(lambda: written(tmp_path, container.name))
    assert line["request_id"] == first
    server.end()
    say(container, second)
    container.reload()
    assert container.status == "running"
    # The engine keeps the last lines all the same.
    until(lambda: {first, second} <= set(re.findall(r"[0-9a-f]{32}", container.logs().decode())))
    with pytest.raises(docker.errors.APIError, match="failed to initialize logging driver"):
        start("syslog", f"{NAME}-late", **address).start()


@pytest.fixture(autouse=True, scope="module")
def nothing_of_a_run_before(images):
    for left in docker.from_env().containers.list(all=True, filters={"name": f"^/{NAME}"}):
        left.remove(force=True)
