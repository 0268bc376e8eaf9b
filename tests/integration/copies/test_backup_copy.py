# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of backups on another host and in a place that speaks S3, and back; and what is said where there are none."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import copies
import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups
from copies import Host, s3_server, ssh_host, ssh_key
from tree import TOP

INTERPRETER = json.dumps({"ansible_python_interpreter": sys.executable})


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Another host with room for repositories."""
    with ssh_host(tmp_path_factory.mktemp("host")) as made:
        yield made


@pytest.fixture
def top(tmp_path):
    return tmp_path / "backups"


def take(top: Path, name: str, days: float = 0) -> Path:
    """A backup as it lies in its folder, of some days before."""
    folder = top / name
    folder.mkdir(parents=True, mode=0o700)
    (folder / "litellm.dump").touch(mode=0o600)
    (folder / "litellm.dump").write_bytes(secrets.token_bytes(2000))
    taken = datetime.now(UTC) - timedelta(days=days)
    backups.close(folder, {"name": name, "taken": taken.strftime("%Y-%m-%dT%H:%M:%S+00:00"), "databases": {}})
    os.utime(folder / backups.MANIFEST, (taken.timestamp(),) * 2)
    return folder


def call(module: str, check: bool = False, **arguments) -> dict:
    """What a module answers, as Ansible runs it."""
    command = ["ansible", "localhost", "-m", f"mcp_lan.litellm.{module}", "-a", json.dumps(arguments)]
    command += ["-e", INTERPRETER, *(["--check"] if check else [])]
    environment = {
        **copies.environment(),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.json",
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
    }
    done = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout[done.stdout.index("{") :])
    return told["plays"][0]["tasks"][0]["hosts"]["localhost"]


def place(host: Host, **more) -> dict:
    """The options of a repository there."""
    return {
        "repository": host.repository("repository"),
        "repository_password": "of this test",
        "ssh_key": host.key,
        "known_hosts": host.known_hosts,
        "origin": "gateway",
        "deployment": "mcp-lan",
        **more,
    }


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def there_and_back(top: Path, options: dict) -> None:
    """A backup is copied once, listed, and comes back as it was."""
    first = take(top, "one", days=2)
    said = call("backup_copy", path=str(top), **options)
    assert said["changed"] and said["copied"] == ["one"] and said["checked"].endswith("/7"), said
    again = call("backup_copy", path=str(top), **options)
    assert not again["changed"] and again["copied"] == again["removed"] == []
    take(top, "two")
    assert call("backup_copy", path=str(top), **options)["copied"] == ["two"]
    listed = call("backup_info", path=str(top), **options)["copies"]
    assert [one["name"] for one in listed] == ["one", "two"]
    assert listed[0]["taken"][:10] == (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%d")
    before = content(first)
    shutil.rmtree(top)  # a bare host
    fetch = {"path": str(top), "name": "one", "state": "fetched", **options}
    expected = call("backup_copy", check=True, **fetch)
    assert expected["changed"] and expected["manifest"]["name"] == "one" and not top.exists()
    # What a run that was killed has left.
    (top / f"one{backups.PARTIAL}-left/one").mkdir(parents=True)
    fetched = call("backup_copy", **fetch)
    assert fetched["changed"] and content(top / "one") == before, fetched
    assert [path.name for path in top.iterdir()] == ["one"]
    assert {path.stat().st_mode & 0o777 for path in (top / "one").iterdir()} == {0o600}
    assert not call("backup_copy", **fetch)["changed"]


@pytest.mark.slow
def test_on_another_host_and_back(host, top):
    there_and_back(top, place(host))
    # Nothing of it can be read there.
    for path in (host.folder / "repository").rglob("*"):
        assert not path.is_file() or b"manifest" not in path.read_bytes()


@pytest.mark.slow
def test_in_a_place_that_speaks_s3_and_back(top, tmp_path):
    with s3_server(tmp_path) as url:
        keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": secrets.token_hex(8)}
        options = {"repository": f"s3:{url}/gateway", "repository_password": "of this test", "environment": keys}
        there_and_back(top, options)
    gone = call("backup_copy", path=str(top), **options)
    assert gone["failed"] and "cannot be used: " in gone["msg"] and "connection refused" in gone["msg"], gone["msg"]


@pytest.mark.slow
def test_copies_that_are_too_many_or_too_old_go_and_those_of_others_stay(host, top):
    options = place(host, repository=host.repository("several"))
    for name, days in (("a", 40), ("b", 20), ("c", 10), ("d", 1)):
        take(top, name, days)
    assert call("backup_copy", path=str(top), **{**options, "origin": "other"})["removed"] == ["a"]
    said = call("backup_copy", path=str(top), keep=2, **options)
    assert said["copied"] == ["a", "b", "c", "d"] and said["removed"] == ["a", "b"]
    # What has gone from the folder stays there, as long as it is to be kept.
    shutil.rmtree(top)
    take(top, "e")
    said = call("backup_copy", path=str(top), keep=0, keep_days=5, check_days=0, **options)
    assert said["copied"] == ["e"] and said["removed"] == ["c"] and said["checked"] == ""
    left = call("backup_info", path=str(top), **options)["copies"]
    assert [one["name"] for one in left] == ["d", "e"]
    others = call("backup_info", path=str(top), **{**options, "origin": "other"})["copies"]
    assert [one["name"] for one in others] == ["b", "c", "d"]


def test_one_comes_back_and_check_mode_writes_nothing(host, top):
    before = content(take(top, "one"))
    options = place(host, path=str(top), repository=host.repository("unmade"), check_days=0)
    said = call("backup_copy", check=True, **options)
    assert said["changed"] and said["copied"] == ["one"] and not (host.folder / "unmade").exists()
    assert call("backup_copy", **options)["copied"] == ["one"]
    shutil.rmtree(top)
    assert call("backup_copy", **options, name="one", state="fetched")["changed"] and content(top / "one") == before


WRONG = {
    "port": "Connection refused",
    "password": "its password is another one than that of this run: see backup_copy_password",
    "host key": "the host shows another key than the known one: see that it is the right host, then correct",
    "unknown": "the host's key is not known: put the line of `ssh-keyscan HOST`, once compared, into",
    "ssh key": "the host does not let the key in: see backup_copy_ssh_key and its authorized_keys",
    "name": "There is no copy two of gateway in",
}


@pytest.fixture(scope="module")
def copied(host, tmp_path_factory):
    """A repository with one backup."""
    top = tmp_path_factory.mktemp("copied")
    take(top, "one")
    options = place(host, repository=host.repository("copied"))
    assert call("backup_copy", path=str(top), check_days=0, **options)["copied"] == ["one"]
    return top, options


@pytest.mark.slow
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_sentence(copied, host, tmp_path, what):
    top, options = copied
    other_key, other_public = ssh_key(tmp_path / "other")
    changed = {
        "port": {"repository": host.repository("copied", port=1)},
        "password": {"repository_password": "of someone else"},
        "host key": {"known_hosts": f"[127.0.0.1]:{host.port} {other_public}"},
        "unknown": {"known_hosts": f"other.lan {other_public}"},
        "ssh key": {"ssh_key": other_key},
        "name": {},
    }[what]
    take(top, "later") if not (top / "later").exists() else None
    arguments = {"name": "two", "state": "fetched"} if what == "name" else {}
    said = call("backup_copy", path=str(top), **{**options, **changed, **arguments})
    assert said["failed"] and WRONG[what] in said["msg"] and "\n" not in said["msg"], said["msg"]
    assert "of this test" not in json.dumps(said) and "PRIVATE KEY" not in json.dumps(said)


@pytest.mark.slow
def test_a_repository_that_another_run_has_locked(copied, host):
    """By a run that is stopped in the middle, and then killed."""
    top, options = copied
    environment = {**copies.environment(), "RESTIC_PASSWORD": "of this test"}
    repository = ["-r", str(host.folder / "copied"), "--no-cache"]
    words = ["restic", *repository, "check", "--read-data"]
    locks = host.folder / "copied/locks"
    holder = None
    try:
        # One that is quick may have ended before it is stopped.
        while holder is None or not list(locks.iterdir()):
            holder = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
            while not list(locks.iterdir()) and holder.poll() is None:
                time.sleep(0.005)
            holder.send_signal(signal.SIGSTOP)
        take(top, "locked")
        said = call("backup_copy", path=str(top), **options)
        assert said["failed"] and f"it is locked by PID {holder.pid} on " in said["msg"], said["msg"]
        assert "wait until that is done" in said["msg"]
    finally:
        holder.kill()
        holder.wait()
    # What it has left is removed.
    assert list(locks.iterdir())
    assert call("backup_copy", path=str(top), **options)["changed"] and not list(locks.iterdir())


@pytest.mark.slow
def test_a_place_that_is_full(host, top):
    full = host.folder / "full"
    full.mkdir()
    take(top, "one")
    (top / "one/big.dump").write_bytes(secrets.token_bytes(3_000_000))
    (top / "one" / backups.MANIFEST).unlink()
    backups.close(top / "one", {"name": "one", "taken": "2026-11-29T13:05:01+00:00", "databases": {}})
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(full)], check=True)
    try:
        said = call("backup_copy", path=str(top), **place(host, repository=host.repository("full/one")))
        assert said["failed"] and re.search(r"takes no more \(.+\): is it full\? Make room", said["msg"])
    finally:
        subprocess.run(["umount", str(full)], check=True)


def test_without_the_program(host, top, tmp_path, monkeypatch):
    take(top, "one")
    programs = tmp_path / "programs"
    programs.mkdir()
    for path in [Path(sys.executable).parent / "ansible", *Path("/usr/bin").iterdir()]:
        if path.name not in ("restic", "ansible") or path.parent != Path("/usr/bin"):
            (programs / path.name).symlink_to(path)
    monkeypatch.setattr(copies, "environment", lambda: {**os.environ, "PATH": str(programs), "LC_ALL": "C.UTF-8"})
    said = call("backup_copy", path=str(top), **place(host))
    assert said["failed"] and said["msg"] == "restic is not on the host: install the package restic."
