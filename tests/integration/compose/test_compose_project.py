# SPDX-License-Identifier: GPL-3.0-or-later
"""The module compose_project on a real engine: what it makes, leaves alone, takes over and refuses."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import docker
import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.project import env_file
from services import remove
from tree import OUTPUT, TOP

NAME = "mcp-lan-test-compose"
FOLDER = OUTPUT / NAME
FILE = FOLDER / "compose.yaml"
HEALTHY = {"test": ["CMD", "true"], "interval": "200ms", "timeout": "2s", "retries": 2}


@pytest.fixture(scope="module")
def image(images) -> str:
    return images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"]


@pytest.fixture(scope="module")
def api(engine):
    api = docker.from_env()
    remove(api, NAME)
    FOLDER.mkdir(parents=True, exist_ok=True)
    yield api
    remove(api, NAME)
    shutil.rmtree(FOLDER)


@pytest.fixture
def service(image):
    def of(name: str = "notes", **more) -> dict:
        return {
            "name": f"{NAME}-{name}",
            "image": image,
            "entrypoint": ["sh", "-c"],
            "command": ["trap exit TERM; sleep 1000 & wait"],
            "user": "1000:1000",
            "memory": "32m",
            "pids_limit": 20,
            "networks": [{"name": f"{NAME}-net", "internal": True}],
            "healthcheck": HEALTHY,
            "labels": {"mcp_lan.service": f"{NAME}-{name}"},
            "stop_timeout": 1,
            **more,
        }

    return of


class Failed(AssertionError):
    """What the module said."""


def have(*options: str, **arguments) -> dict:
    """One task: what it returned, or what it said."""
    given = {"project": NAME, "file": str(FILE), **arguments}
    task = {"mcp_lan.litellm.compose_project": given, "register": "done"}
    keep = {
        "ansible.builtin.copy": {"content": "{{ done | to_json }}", "dest": str(FOLDER / "done.json"), "mode": "0600"}
    }
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    play["vars"] = {"ansible_python_interpreter": sys.executable}
    play["tasks"] = [{**task, "ignore_errors": True}, {**keep, "check_mode": False, "diff": False}]
    path = FOLDER / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    run = subprocess.run(
        ["ansible-playbook", "-i", "localhost,", str(path), *options],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    done = json.loads((FOLDER / "done.json").read_text(encoding="utf-8"))
    if done.get("failed"):
        raise Failed(done["msg"])
    return done | {"output": run.stdout}


def containers(api) -> dict[str, str]:
    return {each.name: each.id for each in api.containers.list(all=True, filters={"name": f"^/{NAME}-"})}


def test_a_service_runs_as_it_is_described_and_a_second_run_changes_nothing(api, service):
    secret = FOLDER / "secret.env"
    secret.write_text(env_file({"TOKEN": "a$b \"c\" 'd' \\"}), encoding="utf-8")
    desired = service(
        env={"PRICE": "5$", "HOME": "/tmp"},
        env_file=str(secret),
        volumes=[f"{NAME}-data:/data", f"{TOP}/demo/shared:/shared:ro"],
        tmpfs=["/tmp:rw,noexec,nosuid,size=8m"],
        ulimits=["nofile:256"],
    )
    expected = have("--check", "--diff", services=[desired])
    assert expected["changed"] and not containers(api) and not FILE.exists()
    assert f"+  {NAME}-notes:" in expected["output"] and "5$" not in expected["output"]

    assert have(services=[desired])["changed"]
    found = api.containers.get(f"{NAME}-notes")
    host, config = found.attrs["HostConfig"], found.attrs["Config"]
    assert found.attrs["State"]["Health"]["Status"] == "healthy"
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and "no-new-privileges" in host["SecurityOpt"][0]
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (32 * 2**20, 32 * 2**20, 20)
    assert host["Ulimits"] == [{"Name": "nofile", "Hard": 256, "Soft": 256}]
    assert host["RestartPolicy"]["Name"] == "unless-stopped" and config["User"] == "1000:1000"
    assert {"PRICE=5$", "TOKEN=a$b \"c\" 'd' \\"} <= set(config["Env"])
    assert list(found.attrs["NetworkSettings"]["Networks"]) == [f"{NAME}-net"]
    assert api.networks.list(names=[f"{NAME}-net"])[0].attrs["Internal"]
    assert (FILE.stat().st_mode & 0o777) == 0o600

    before = containers(api), FILE.read_text(encoding="utf-8")
    assert not have(services=[desired])["changed"]
    assert not have("--check", services=[desired])["changed"]
    assert (containers(api), FILE.read_text(encoding="utf-8")) == before

    secret.write_text("TOKEN=another\n", encoding="utf-8")
    assert have("--check", services=[desired])["changed"]
    assert have(services=[desired])["changed"]
    assert "TOKEN=another" in api.containers.get(f"{NAME}-notes").attrs["Config"]["Env"]


def test_compose_itself_lists_what_runs(api, service):
    have(services=[service()])
    listed = subprocess.run(
        ["docker", "compose", "ps", "--format", "{{.Service}} {{.Health}}"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.split() == [f"{NAME}-notes", "healthy"]


@pytest.mark.slow
def test_one_service_changes_and_the_others_stay(api, service):
    have(services=[service(), service("other")])
    before = containers(api)
    assert have(services=[service("other", env={"NEW": "1"})])["changed"]
    after = containers(api)
    assert before[f"{NAME}-notes"] == after[f"{NAME}-notes"] and before[f"{NAME}-other"] != after[f"{NAME}-other"]
    assert have(absent=[f"{NAME}-other"])["changed"]
    assert set(containers(api)) == {f"{NAME}-notes"}
    assert f"{NAME}-other" not in FILE.read_text(encoding="utf-8")
    assert not have(absent=[f"{NAME}-other"])["changed"]


@pytest.mark.slow
def test_what_was_stopped_or_taken_off_its_network_is_put_right(api, service):
    have(services=[service()])
    api.containers.get(f"{NAME}-notes").stop(timeout=1)
    assert have("--check", services=[service()])["changed"]
    assert have(services=[service()])["changed"]
    assert api.containers.get(f"{NAME}-notes").attrs["State"]["Health"]["Status"] == "healthy"
    api.networks.list(names=[f"{NAME}-net"])[0].disconnect(f"{NAME}-notes", force=True)
    assert have("--check", services=[service()])["changed"]
    assert have(services=[service()])["changed"]
    again = api.containers.get(f"{NAME}-notes").attrs
    assert (
        list(again["NetworkSettings"]["Networks"]) == [f"{NAME}-net"]
        and again["State"]["Health"]["Status"] == "healthy"
    )
    assert not have(services=[service()])["changed"]


def reading(service, text: str, **more) -> dict:
    """A service that is well as long as its file says so."""
    folder = FOLDER / "read"
    files = [
        {"path": f"{folder}/state", "content": f"{text}\n"},
        {"path": f"{folder}/token", "content": f"{text} token", "mode": "0600", "diff": False},
        *more.pop("files", []),
    ]
    health = {**HEALTHY, "test": ["CMD", "grep", "-q", "well", "/data/state"]}
    return service(
        "reader",
        folders=[{"path": str(folder)}, {"path": f"{folder}/parts", "mode": "0750", "exclusive": True}],
        files=files,
        volumes=[f"{folder}:/data:ro"],
        healthcheck=health,
        wait_timeout=20,
        **more,
    )


@pytest.mark.slow
def test_networks_that_were_pruned_come_back_as_they_were(api, service):
    """Compose asks for the networks of all services, also where it is to start one of them; and what was on one that is
    gone is started by nobody any more, as the engine knows it by its id.
    """
    two = [service(), service("other", networks=[{"name": f"{NAME}-other-net", "internal": True}])]
    have(services=two)
    subprocess.run(["docker", "compose", "--file", str(FILE), "stop"], check=True, capture_output=True)
    # As `docker network prune` does, of these alone.
    for network in api.networks.list(names=[f"{NAME}-"]):
        network.remove()
    assert have("--check", services=two[:1])["changed"] and not api.networks.list(names=[f"{NAME}-"])
    assert have(services=two[:1])["changed"]
    assert {each.name: each.attrs["Internal"] for each in api.networks.list(names=[f"{NAME}-"])} == {
        f"{NAME}-net": True,
        f"{NAME}-other-net": True,
    }
    assert have(services=two)["changed"] and not have(services=two)["changed"]
    have(absent=[f"{NAME}-other"], absent_networks=[f"{NAME}-other-net"])


@pytest.mark.slow
def test_the_files_of_a_service_are_written_before_it_starts(api, service):
    folder = FOLDER / "read"
    desired = reading(service, "well", files=[{"path": f"{folder}/parts/a", "content": "a"}])
    expected = have("--check", "--diff", services=[desired])
    assert expected["changed"] and not folder.exists()
    assert "+well\n" in expected["output"] and "well token" not in expected["output"]
    assert have(services=[desired])["changed"]
    assert (folder / "state").read_text(encoding="utf-8") == "well\n"
    assert [(folder / name).stat().st_mode & 0o777 for name in ("state", "token", "parts")] == [0o644, 0o600, 0o750]
    assert not have(services=[desired])["changed"] and not have("--check", services=[desired])["changed"]

    before = containers(api)[f"{NAME}-reader"]
    (folder / "parts/former").write_text("b", encoding="utf-8")
    (folder / "token").chmod(0o644)
    assert have("--check", services=[desired])["changed"] and (folder / "parts/former").exists()
    assert have(services=[desired])["changed"] and not (folder / "parts/former").exists()
    assert (folder / "token").stat().st_mode & 0o777 == 0o600
    # What the container was made of is as it was.
    assert containers(api)[f"{NAME}-reader"] == before

    # The running one may have read what somebody else wrote.
    (folder / "state").write_text("well, by hand\n", encoding="utf-8")
    assert have(services=[desired])["changed"] and containers(api)[f"{NAME}-reader"] != before
    assert (folder / "state").read_text(encoding="utf-8") == "well\n"
    before = containers(api)[f"{NAME}-reader"]

    another = reading(service, "well, again")
    shown = have("--check", "--diff", services=[another])
    assert "-well\n" in shown["output"] and "again token" not in shown["output"]
    assert have(services=[another])["changed"] and containers(api)[f"{NAME}-reader"] != before
    assert not (folder / "parts/a").exists()


def test_a_run_that_ended_between_file_and_container_is_put_right(api, service):
    have(services=[reading(service, "well")])
    before = containers(api)[f"{NAME}-reader"]
    (FOLDER / "read/state").write_text("well, later\n", encoding="utf-8")
    (FOLDER / "read/token").write_text("well, later token", encoding="utf-8")
    assert have(services=[reading(service, "well, later")])["changed"]
    assert containers(api)[f"{NAME}-reader"] != before


def test_what_does_not_come_up_is_put_back_as_it_was(api, service):
    desired = reading(service, "well", files=[{"path": f"{FOLDER}/read/parts/former", "content": "f", "mode": "0640"}])
    have(services=[desired])
    with pytest.raises(Failed) as failed:
        have(services=[reading(service, "ill", memory="48m", files=[{"path": f"{FOLDER}/read/new", "content": "n"}])])
    said = str(failed.value)
    assert f"The container {NAME}-reader on localhost did not become healthy" in said
    assert said.endswith(f" {NAME}-reader was put back as it was, and runs.")
    found = api.containers.get(f"{NAME}-reader")
    assert found.attrs["State"]["Health"]["Status"] == "healthy" and found.attrs["HostConfig"]["Memory"] == 32 * 2**20
    assert (FOLDER / "read/state").read_text(encoding="utf-8") == "well\n" and not (FOLDER / "read/new").exists()
    former = FOLDER / "read/parts/former"
    assert former.read_text(encoding="utf-8") == "f" and former.stat().st_mode & 0o777 == 0o640
    assert not have(services=[desired])["changed"]


@pytest.mark.slow
@pytest.mark.parametrize("comes_up", [True, False])
def test_what_sends_it_work_is_stopped_before_and_started_after(api, service, comes_up):
    door = service("door")
    worker = service("worker", drain={"containers": [door["name"]], "seconds": 4})
    try:
        have(services=[worker, door])
        before = api.containers.get(door["name"])
        began = before.attrs["State"]["StartedAt"]
        other = ["exec sleep 999"] if comes_up else ["exit 3"]
        if comes_up:
            assert have(services=[{**worker, "command": other}])["changed"]
        else:
            with pytest.raises(Failed, match=f"The container {worker['name']} "):
                have(services=[{**worker, "command": other, "wait_timeout": 5}])
        door_now, worker_now = (api.containers.get(each["name"]).attrs["State"] for each in (door, worker))
        assert door_now["Running"] and door_now["StartedAt"] > began
        ended = datetime.fromisoformat(door_now["FinishedAt"][:19])
        if comes_up:
            assert datetime.fromisoformat(worker_now["StartedAt"][:19]) - ended >= timedelta(seconds=3)
            assert not have(services=[{**worker, "command": other}, door])["changed"]
    finally:
        have(absent=[worker["name"], door["name"]])


@pytest.mark.slow
def test_what_a_service_replaces_goes_with_it(api, service):
    have(services=[service("predecessor", networks=[{"name": f"{NAME}-old-net", "internal": True}])])
    old = FOLDER / "old"
    old.mkdir()
    (old / "file").write_text("x", encoding="utf-8")
    gone = {
        "absent": [f"{NAME}-predecessor"],
        "absent_networks": [f"{NAME}-old-net"],
        "absent_paths": [str(old), str(FOLDER / "never")],
    }
    assert have("--check", services=[service(**gone)])["changed"] and old.exists()
    assert have(services=[service(**gone)])["changed"]
    assert f"{NAME}-predecessor" not in containers(api) and not old.exists()
    assert not api.networks.list(names=[f"{NAME}-old-net"])
    assert not have(services=[service(**gone)])["changed"]


@pytest.mark.slow
def test_what_was_made_for_a_service_alone_goes_with_it(api, service):
    """A Compose file that does not have the service any more says nothing of its files."""
    own, shared = FOLDER / "own", FOLDER / "shared"
    files = {"folders": [{"path": str(own)}, {"path": str(shared)}]}
    both = [{"name": f"{NAME}-net", "internal": True}, {"name": f"{NAME}-both-net", "internal": True}]
    leaving = service(
        "leaving",
        networks=[*both, {"name": f"{NAME}-own-net", "internal": True}, {"name": f"{NAME}-guest-net"}],
        files=[{"path": f"{own}/secret", "content": "x", "mode": "0600"}, {"path": f"{shared}/one", "content": "1"}],
        **files,
    )
    staying = service("staying", networks=both, folders=[{"path": str(shared)}])
    have(services=[leaving, staying])
    (own / "another").write_text("a person's", encoding="utf-8")
    guest = api.containers.run(
        leaving["image"], entrypoint=["sleep", "1000"], name=f"{NAME}-guest", network=f"{NAME}-guest-net", detach=True
    )
    gone = {"absent": [leaving["name"]], "absent_own": True}
    try:
        assert have("--check", **gone)["changed"] and (own / "secret").exists()
        assert have(**gone)["changed"]
        there = {each.name for each in api.networks.list()}
    finally:
        guest.remove(force=True)
    assert [path.name for path in own.iterdir()] == ["another"] and not list(shared.iterdir())
    assert f"{NAME}-own-net" not in there and {f"{NAME}-both-net", f"{NAME}-guest-net"} <= there
    assert not have(**gone)["changed"]
    (own / "another").unlink()
    have(absent=[staying["name"]], absent_own=True)
    assert not shared.exists() and f"{NAME}-both-net" not in {each.name for each in api.networks.list()}


def test_a_service_without_a_name_is_told(service):
    with pytest.raises(Failed, match="A service needs a name and an image"):
        have(services=[{**service(), "name": ""}])


@pytest.mark.slow
def test_a_container_of_an_earlier_release_is_taken_over_with_its_data(api, service, image):
    have(absent=[f"{NAME}-notes"])
    mount = {f"{NAME}-old-data": {"bind": "/data", "mode": "rw"}}
    api.containers.run(
        image,
        ["echo kept > /data/file; exec sleep 1000"],
        entrypoint=["sh", "-c"],
        name=f"{NAME}-notes",
        labels={"mcp_lan.service": f"{NAME}-notes"},
        volumes=mount,
        user="0",
        detach=True,
    )
    desired = service(volumes=[f"{NAME}-old-data:/data"])
    assert have("--check", services=[desired])["changed"]
    assert have(services=[desired])["changed"]
    found = api.containers.get(f"{NAME}-notes")
    assert found.labels["com.docker.compose.project"] == NAME
    assert found.exec_run(["cat", "/data/file"]).output == b"kept\n"
    assert not have(services=[desired])["changed"]


def test_a_container_that_is_not_the_collections_is_not_touched(api, service, image):
    stranger = api.containers.run(image, ["1000"], entrypoint=["sleep"], name=f"{NAME}-stranger", detach=True)
    with pytest.raises(Failed, match=f"localhost has a container {NAME}-stranger that this collection did not make"):
        have(services=[service("stranger")])
    have(absent=[stranger.name])
    stranger.reload()
    assert stranger.status == "running"


def test_what_is_missing_or_taken_is_a_sentence_before_the_old_one_goes(api, service, image):
    have(services=[service()])
    before = containers(api), FILE.read_text(encoding="utf-8")
    with pytest.raises(Failed, match=r"is to be given /srv/no-such, which localhost does not have: create it, or"):
        have(services=[service(volumes=["/srv/no-such:/data"])])
    taken = api.containers.run(
        image, ["1000"], entrypoint=["sleep"], name=f"{NAME}-taker", ports={"80": ("127.0.0.1", 48123)}, detach=True
    )
    on_it = {"published_ports": ["127.0.0.1:48123:80"], "port_variables": ["notes_port"]}
    sentence = f"Port 48123 of localhost is taken by the container {taken.name}: stop it, or set notes_port to a free"
    with pytest.raises(Failed, match=sentence):
        have(services=[service(**on_it)])
    with pytest.raises(Failed, match=sentence):
        have(services=[service(**on_it)], state="checked")
    assert not have(services=[service(**on_it, port_predecessors=[taken.name])], state="checked")["changed"]
    taken.remove(force=True)
    assert (containers(api), FILE.read_text(encoding="utf-8")) == before


@pytest.mark.slow
def test_ports_are_seen_on_a_host_whose_engine_is_yet_to_be_started(api, service):
    """A fresh machine: what is installed and started later publishes nothing yet."""
    silent = {"docker_host": f"unix://{FOLDER}/none.sock", "state": "checked"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        on_it = {"published_ports": [f"127.0.0.1:{taken.getsockname()[1]}:80"]}
        assert not have(services=[service(**on_it)], **silent)["changed"]
        taken.listen()
        with pytest.raises(Failed, match=f"^Port {taken.getsockname()[1]} of localhost is taken by .+: stop it, or"):
            have(services=[service(**on_it)], **silent)
    with pytest.raises(Failed, match="does not answer .*: start it"):
        have(services=[service()], docker_host=silent["docker_host"])


def test_what_does_not_become_healthy_is_told_with_its_last_words(api, service):
    logged = json.dumps({"message": "Traceback:\\n  File x\\nOSError: it is read-only\\n", "level": "ERROR"})
    unwell = service("unwell", command=[f"echo '{logged}'; echo the disk of sk-0123456789 is full; exec sleep 1000"])
    unwell["healthcheck"] = {**HEALTHY, "test": ["CMD", "false"]}
    with pytest.raises(Failed) as failed:
        have(services=[{**unwell, "wait_timeout": 20}])
    said = str(failed.value)
    assert f"The container {NAME}-unwell on localhost did not become healthy (it is running, " in said
    assert said.endswith("its last words: OSError: it is read-only | the disk of sk-... is full.")


@pytest.mark.slow
def test_what_is_well_is_checked_seldom_and_what_is_not_often(api, service):
    described = {"image": "mcp-lan/notes:1", "source_used": "build"}
    checked = project.service({"name": "notes"}, described, checked=["CMD", "test", "-e", "/tmp/there"])["healthcheck"]
    checked["test"] = [each.replace("$$", "$") for each in checked["test"]]
    began = time.monotonic()
    have(
        services=[service("seldom", healthcheck=checked, tmpfs=["/tmp"], command=["touch /tmp/there; exec sleep 1000"])]
    )
    assert time.monotonic() - began < 25, "the first check does not wait"
    name = f"{NAME}-seldom"

    def ends() -> int:
        return len(api.containers.get(name).attrs["State"]["Health"]["Log"])

    before = ends()
    time.sleep(60)
    assert 1 <= ends() - before <= 2, "every 30 s"
    api.containers.get(name).exec_run(["rm", "/tmp/there"])
    deadline = time.monotonic() + 90
    while api.containers.get(name).attrs["State"]["Health"]["Status"] == "healthy":
        assert time.monotonic() < deadline, "30 s at most, and then every 5 s"
        time.sleep(1)
    api.containers.get(name).exec_run(["touch", "/tmp/there"])
    deadline = time.monotonic() + 20
    while api.containers.get(name).attrs["State"]["Health"]["Status"] != "healthy":
        assert time.monotonic() < deadline, "while it is not well, it is checked every 5 s"
        time.sleep(1)
    have(absent=[name])


def test_what_cannot_be_started_is_told(api, service):
    with pytest.raises(
        Failed, match=f"The container {NAME}-broken could not be started on localhost: .*no-such-program"
    ):
        have(services=[service("broken", entrypoint=["no-such-program"])])


@pytest.mark.slow
def test_an_image_without_a_health_check(api, service, image):
    """It is up when it runs, whatever time it is given to become healthy; one that has a check is waited for."""
    reference = f"{NAME}-plain:1"
    bare = api.containers.create(image)
    api.api.import_image_from_data(b"".join(bare.export()), repository=f"{NAME}-plain", tag="1")
    bare.remove()
    given = {"command": ["trap exit TERM; sleep 1000 & wait"], "healthcheck": {}, "wait_timeout": 3, "networks": []}
    desired = service("plain", image=reference, **given)
    try:
        assert have(services=[desired])["changed"]
        assert not have(services=[desired])["changed"]
        with pytest.raises(Failed, match=f"The container {NAME}-checked on localhost did not become healthy"):
            have(services=[service("checked", **given)])
    finally:
        have(absent=[desired["name"], f"{NAME}-checked"])
        api.images.remove(reference, force=True)


def test_an_image_that_cannot_be_had_is_told_before_anything_changes(api, service):
    before = FILE.read_text() if FILE.exists() else None
    with pytest.raises(Failed, match=r"Pulling 127\.0\.0\.1:9/none:1 failed: 127\.0\.0\.1:9 does not answer the host"):
        have(services=[service(image="127.0.0.1:9/none:1")])
    assert (FILE.read_text() if FILE.exists() else None) == before


def test_the_file_goes_with_the_last_service(api, service):
    kept = service(volumes=[f"{NAME}-kept:/data"])
    have(services=[kept], absent=[f"{NAME}-{name}" for name in ("unwell", "broken", "other", "reader")])
    assert have(absent=[f"{NAME}-notes"])["changed"]
    assert not FILE.exists() and f"{NAME}-kept" in [volume.name for volume in api.volumes.list()]


@pytest.mark.slow
def test_networks_alone(api):
    desired = [{"name": f"{NAME}-front-net", "internal": False}]
    assert have("--check", networks=desired)["changed"] and not api.networks.list(names=[f"{NAME}-front-net"])
    made, again = have(networks=desired), have(networks=desired)
    assert made["changed"] and not again["changed"]
    subnets = api.networks.list(names=[f"{NAME}-front-net"])[0].attrs["IPAM"]["Config"]
    assert made["networks"] == again["networks"] == {f"{NAME}-front-net": {"internal": False, "subnets": subnets}}
    closed = [{"name": f"{NAME}-front-net", "internal": True}]
    assert have(networks=closed)["changed"] and api.networks.list(names=[f"{NAME}-front-net"])[0].attrs["Internal"]


@pytest.mark.parametrize("value", ["$HOME", "a\\", 'it\'s "so" $x # y', " lead", "two\nlines", "\\n", ""])
def test_compose_reads_an_environment_file_as_it_is_meant(engine, tmp_path: Path, value):
    (tmp_path / "x.env").write_text(env_file({"BEFORE": "1", "VALUE": value, "AFTER": "2"}), encoding="utf-8")
    services = {"x": {"image": "x", "env_file": ["x.env"]}}
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump({"services": services}), encoding="utf-8")
    shown = subprocess.run(
        ["docker", "compose", "config", "--format", "json"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    read = json.loads(shown.stdout)["services"]["x"]["environment"]
    assert {name: one.replace("$$", "$") for name, one in read.items()} == {"BEFORE": "1", "VALUE": value, "AFTER": "2"}


@pytest.mark.parametrize("value", ["1e3", "1.5e3", "0o17", "0800", "12", "true", "null", "2026-01-01", "12:30"])
def test_compose_reads_a_text_as_it_is_meant(engine, tmp_path: Path, value):
    described = project.service(
        {"name": "x", "command": [value], "env": {"VALUE": value}}, {"image": "x", "source_used": "pull"}
    )
    (tmp_path / "compose.yaml").write_text(project.text(project.document("x", {"x": described})), encoding="utf-8")
    shown = subprocess.run(
        ["docker", "compose", "config", "--format", "json"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    read = json.loads(shown.stdout)["services"]["x"]
    assert (read["command"], read["environment"]) == ([value], {"VALUE": value})
