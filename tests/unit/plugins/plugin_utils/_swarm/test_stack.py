# SPDX-License-Identifier: GPL-3.0-or-later
"""The stack file: a golden file of what a site has written, what it refuses, and how its containers start and end."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm import stack

HERE = Path(__file__).parent
# Of a deployment of site.yml, with three of its services and a few of their files.
WRITTEN = project.read((HERE / "compose.yaml").read_text(encoding="utf-8"), "compose.yaml")
# Without the line that says its licence.
GOLDEN = (HERE / "stack.yaml").read_text(encoding="utf-8").partition("\n")[2]
LITELLM = stack.Wanted(
    "litellm",
    replicas=2,
    without_networks=["postgres-net"],
    shared_networks=["swarm-postgres-net"],
    drain=10,
    stop_timeout=60,
)
DOORS = stack.Wanted(
    "front-door",
    environment={"FRONT_DOOR_UPSTREAM": "litellm-replicas", "PRICE": "5$"},
    without_networks=["front-door-net"],
    extra_networks=["front-doors-net"],
    ports={4000: 4003},
    files={"/etc/front-door/networks.conf": "0.0.0.0/1 container;\n"},
    constraints=["node.labels.gateway==true"],
)
IMAGES = {
    "mcp-lan/litellm:1.77.3": stack.Image("sha256:1", ("/usr/local/bin/litellm-entrypoint",), ("--port", "4000")),
    "mcp-lan/front-door:1.26": stack.Image("sha256:2", ("tini", "--", "/usr/local/bin/entrypoint.sh")),
    "mcp-lan/postgresql:17": stack.Image("sha256:3", (), ("postgres",)),
}
FILES = {
    path: stack.Found(f"{number:02d}" * 32, not path.endswith((".env", ".pem")))
    for number, path in enumerate(sorted(path for paths in WRITTEN.paths.values() for path in paths), 10)
    if "." in Path(path).name
}
TEXTS = {path: "NAME=value\n" for service in WRITTEN.services.values() for path in service.get("env_file", [])}


def made(wanted: dict[str, stack.Wanted], written: project.Written = WRITTEN, **more) -> stack.Stack:
    given = {"images": IMAGES, "files": FILES, "texts": TEXTS, "folder": "/etc/mcp_lan/stack"} | more
    return stack.made("mcp-lan", written, wanted, **given)


def changed(service: str, **more) -> project.Written:
    services = WRITTEN.services | {service: WRITTEN.services[service] | more}
    return dataclasses.replace(WRITTEN, services=services)


def test_the_file_is_as_it_was():
    document = made({"litellm-replicas": LITELLM, "front-doors": DOORS}).document
    assert project.text(document, stack.HEADER) == GOLDEN


def test_a_file_that_somebody_has_broken_is_written_anew():
    assert stack.read(GOLDEN, "stack.yaml") == made({"litellm-replicas": LITELLM, "front-doors": DOORS}).document
    for broken in ("", "services: [", "- a list", "services: {litellm-replicas: 5}"):
        assert stack.read(broken, "stack.yaml") == {}


@pytest.mark.parametrize(
    ("mode", "kind"), [(0o644, "configs"), (0o640, "secrets"), (0o660, "secrets"), (0o600, "secrets")]
)
def test_what_not_everybody_may_read_is_a_secret(mode, kind):
    path = "/etc/mcp_lan/litellm/config/config.yaml"
    whole = made({"x": LITELLM}, files=FILES | {path: stack.Found.of("ab" * 32, mode)})
    assert whole.document[kind]["mcp-lan_abababababababab"]["file"] == path


def test_a_service_is_another_one_with_another_file_environment_or_image():
    def digest(**more) -> str:
        whole = made({"litellm-replicas": LITELLM}, **more)
        return whole.document["services"]["litellm-replicas"]["deploy"]["labels"][stack.DIGEST]

    path = "/etc/mcp_lan/litellm/config/config.yaml"
    others = [
        {"files": FILES | {path: stack.Found("ff" * 32, True)}},
        {"texts": dict.fromkeys(TEXTS, "NAME=other\n")},
        {"images": IMAGES | {"mcp-lan/litellm:1.77.3": stack.Image("sha256:9")}},
    ]
    assert len({digest(), *(digest(**each) for each in others)}) == 1 + len(others)
    assert digest() == digest()


def test_no_secret_is_in_the_file():
    texts = dict.fromkeys(TEXTS, "LITELLM_MASTER_KEY=made-for-this-test\n")
    whole = made({"litellm-replicas": LITELLM, "front-doors": DOORS}, texts=texts)
    assert "made-for-this-test" not in project.text(whole.document)
    assert all("made-for-this-test" in text for place, text in whole.files.items() if place.endswith(".env"))


@pytest.mark.parametrize(
    ("service", "more", "words"),
    [
        ("litellm", {"privileged": True}, "Swarm has no privileged"),
        ("litellm", {"security_opt": ["no-new-privileges", "seccomp=x.json"]}, "Swarm has no security_opt"),
        ("litellm", {"tmpfs": ["/tmp:exec,size=64m"]}, "cannot have the option exec, as /tmp has it"),
        ("litellm", {"tmpfs": ["/tmp:size=half"]}, "has a size in bytes, and half is none"),
        ("litellm", {"networks": []}, "it is on no network of its own"),
        ("postgresql", {}, "what is in its volume postgresql-data is on one machine alone"),
    ],
)
def test_what_swarm_cannot_say_is_refused(service, more, words):
    with pytest.raises(UserError, match=words) as refused:
        made({"x": stack.Wanted(service, replicas=1)}, changed(service, **more))
    assert refused.value.code == "swarm_refused"


@pytest.mark.parametrize(
    ("bind", "words"),
    [
        ({"source": "/srv/notes", "target": "/data", "read_only": True}, "it reads /srv/notes of its host"),
        (
            {"source": "/etc/mcp_lan/litellm/config", "target": "/etc/litellm"},
            "it writes to /etc/mcp_lan/litellm/config",
        ),
    ],
)
def test_folders_of_the_host_are_refused(bind, words):
    with pytest.raises(UserError, match=words):
        made({"x": LITELLM}, changed("litellm", volumes=[{"type": "bind", **bind}]))


def test_what_is_not_there_is_named():
    with pytest.raises(UserError, match="The Compose file has no service other: run site.yml"):
        made({"x": stack.Wanted("other")})
    with pytest.raises(UserError, match="its image mcp-lan/litellm:1.77.3 is not on this machine"):
        made({"x": LITELLM}, images={})


class Asked(dict):
    """A service as it is described, and which of its options are read."""

    def __init__(self, **given):
        super().__init__(given)
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)


def test_all_that_a_service_can_be_is_known():
    """What the Compose file says of a service that has each option which is written there."""
    given = Asked(
        name="x",
        image="x:1",
        entrypoint=["run"],
        command=["--fast"],
        user="1:1",
        env={"NAME": "value"},
        env_file="/etc/mcp_lan/x.env",
        networks=[{"name": "x-net", "aliases": ["y"]}],
        expose=["4000"],
        published_ports=["127.0.0.1:4000:4000"],
        volumes=["x-data:/data"],
        tmpfs=["/tmp:size=64m"],
        memory="256m",
        shm_size="64m",
        pids_limit=64,
        ulimits=["nofile:64"],
        read_only=True,
        capabilities=["CHOWN"],
        healthcheck={"test": ["CMD", "true"]},
        extra_hosts={"y": "192.168.1.5"},
        labels={"mcp_lan.service": "x"},
        log_driver="local",
        log_options={"compress": "true"},
        log_max_size="1m",
        log_max_files=2,
        restart_policy="always",
        stop_timeout=9,
        wait_timeout=60,
    )
    services = {"x": project.service(given, {"image": "x:1", "source_used": "build"})}
    assert given.asked - given.keys() == set(), "an option that this test does not give"
    written = dataclasses.replace(WRITTEN, services=services)
    more = {"images": {"x:1": stack.Image("sha256:4")}, "texts": {"/etc/mcp_lan/x.env": "NAME=value\n"}}
    made({"y": stack.Wanted("x", in_memory=["x-data"])}, written, **more)


def test_another_file_is_in_the_place_of_one_that_it_reads():
    whole = made({"front-doors": DOORS})
    given = {each["target"]: each["source"] for each in whole.document["services"]["front-doors"]["configs"]}
    place = whole.document["configs"][given["/etc/front-door/networks.conf"]]["file"]
    assert whole.files[place] == "0.0.0.0/1 container;\n"
    other = dataclasses.replace(DOORS, files={"/etc/front-door/x.conf": ""})
    with pytest.raises(UserError, match="it reads no /etc/front-door/x.conf, which is to be another file here"):
        made({"front-doors": other})


@pytest.mark.parametrize("size", ["1.5g", "1536MiB", "1610612736"])
def test_a_size_in_memory_is_written_as_the_engine_takes_it(size):
    written = changed("postgresql", shm_size=size)
    whole = made({"x": stack.Wanted("postgresql", replicas=1, in_memory=["postgresql-data"])}, written)
    assert whole.document["services"]["x"]["volumes"][1]["tmpfs"] == {"size": 1536 * 1024**2}


def test_a_volume_in_memory():
    written = changed("postgresql", shm_size="128m", ulimits={"data": 7})
    whole = made({"x": stack.Wanted("postgresql", replicas=1, in_memory=["postgresql-data"])}, written)
    assert whole.document["services"]["x"]["volumes"] == [
        {"type": "tmpfs", "target": "/var/run/postgresql", "tmpfs": {"size": 1024**2}},
        {"type": "tmpfs", "target": "/dev/shm", "tmpfs": {"size": 128 * 1024**2}},
        {"type": "tmpfs", "target": "/var/lib/postgresql/data"},
    ]
    assert whole.document["services"]["x"]["ulimits"] == {"data": 7}


# U+2028 is a new line for Python's splitlines() alone.
VALUES = {"WIDE": "a\u2028b", "PLAIN": "a/b:c", "ODD": 'it\'s "$HOME" `id` \\n', "LINES": "one\ntwo\r\n", "EMPTY": ""}


def test_an_environment_is_the_same_for_a_shell():
    text = stack.environment(project.env_file(VALUES), "x.env")
    asked = f"{text}exec env -0"
    printed = subprocess.run(["sh", "-c", asked], env={}, capture_output=True, check=True).stdout.decode()
    read = dict(each.partition("=")[::2] for each in printed.split("\0") if each)
    assert {name: read[name] for name in VALUES} == VALUES


def test_a_service_without_a_variable_has_an_empty_environment():
    assert stack.environment(project.env_file({}), "x.env") == ""


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("no value", "x.env is not an environment file that the collection wrote"),
        ('A=b c"d', "x.env is not an environment file that the collection wrote"),
        ('A="b', "x.env is not an environment file that the collection wrote"),
        ("A-B=c", "x.env: a shell has no variable A-B"),
        ("1A=c", "x.env: a shell has no variable 1A"),
    ],
)
def test_what_is_no_environment_is_refused(line, sentence):
    with pytest.raises(UserError, match=sentence):
        stack.environment(f"A=b\n{line}\n", "x.env")


def start(drain: int, *command: str) -> list[str]:
    """What a container runs, as the engine is told."""
    written = dataclasses.replace(LITELLM, drain=drain)
    service = made({"x": written}, changed("litellm", entrypoint=list(command), command=[])).document["services"]["x"]
    return [word.replace("$$", "$") for word in (*service["entrypoint"], *service["command"])]


def without_new_privileges() -> None:
    """For this process and those that it becomes (linux/prctl.h)."""
    assert ctypes.CDLL(None, use_errno=True).prctl(38, 1, 0, 0, 0) == 0


def test_a_container_starts_without_new_privileges_alone():
    command = start(0, "echo", "it runs")
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=without_new_privileges)
    assert (done.returncode, done.stdout) == (0, "it runs\n")
    # Where these tests run so themselves, it cannot be otherwise.
    if "NoNewPrivs:\t0" in Path("/proc/self/status").read_text():
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1 and not done.stdout
        assert 'write "no-new-privileges": true into its /etc/docker/daemon.json' in done.stderr


@pytest.mark.parametrize("drain", [1, 2])
def test_a_container_that_is_to_end_answers_for_a_while(drain, tmp_path):
    there = tmp_path / "there"
    script = f"trap 'exit 7' TERM; touch {shlex.quote(str(there))}; while :; do sleep 0.1; done"
    process = subprocess.Popen(start(drain, "sh", "-c", script), preexec_fn=without_new_privileges)
    while not there.exists():
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 7
    assert drain <= time.monotonic() - began < drain + 2


def test_what_is_shown_has_no_values():
    document = made({"front-doors": DOORS}).document
    before, after = project.shown({}, document, stack.HEADER)
    assert before == "" and json.dumps("litellm-replicas") not in after and "FRONT_DOOR_UPSTREAM: (not shown)" in after
