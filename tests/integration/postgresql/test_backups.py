# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a real PostgreSQL: what is in one, what is refused, and what a restore leaves when it cannot be done."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import docker
import pytest
import waiting
from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import FILLING, REPLACED, BackupError, Server
from tree import TOP

NAME = "mcp-lan-test-backups"


@pytest.fixture(scope="module")
def server(images):
    api = docker.from_env()
    image = images["MCP_LAN_TEST_POSTGRES_IMAGE"]
    environment = {"POSTGRES_PASSWORD": os.urandom(12).hex()}
    container = api.containers.run(image, name=NAME, detach=True, environment=environment, network_mode="none")
    made = Server(NAME, "postgres")
    for _ in range(120):
        try:
            made.sql("postgres", "SELECT 1;")
            break
        except BackupError:
            time.sleep(0.5)
    made.sql("postgres", "CREATE ROLE owner LOGIN;")
    yield made
    container.remove(force=True, v=True)


@pytest.fixture
def database(server):
    """One with a thousand rows, of an owner of its own."""
    name = "notes"
    server.sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE); CREATE DATABASE {name} OWNER owner;")
    server.sql(
        name, "SET ROLE owner; CREATE TABLE rows AS SELECT n AS id, repeat('x', 50) FROM generate_series(1, 1000) n;"
    )
    yield name
    for each in (name, name + FILLING, name + REPLACED):
        server.sql("postgres", f"DROP DATABASE IF EXISTS {each} WITH (FORCE);")


def take(server, database: str, folder: Path) -> dict:
    folder.mkdir(mode=0o700)
    manifest = {"name": folder.name, "postgresql": server.version(), "volumes": []}
    manifest["databases"] = {database: server.dump(database, folder / f"{database}.dump")}
    backups.close(folder, manifest)
    return manifest


def test_a_dump_has_the_rows_that_are_counted_while_others_write(server, database, tmp_path):
    done = threading.Event()

    def write():
        while not done.is_set():
            server.sql(database, "INSERT INTO rows SELECT n, 'y' FROM generate_series(1, 200) n;")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        said = server.dump(database, tmp_path / "dump")
    finally:
        done.set()
        writer.join()
    assert said["owner"] == "owner" and said["last_migration"] == ""
    assert server.counts(database)["public.rows"] > said["rows"]["public.rows"] >= 1000
    server.fill(database + FILLING, said["owner"], tmp_path / "dump")
    assert server.counts(database + FILLING) == said["rows"]


def stopped() -> bool:
    """Whether one of the container's processes is stopped at this moment."""
    states = subprocess.run(["docker", "top", NAME, "-o", "pid,stat"], capture_output=True, text=True, check=True)
    return any(line.split()[1].startswith("T") for line in states.stdout.splitlines()[1:])


def test_a_paced_program_rests_and_is_the_same_in_all_else(server):
    """What it reads, writes and says at last go through the shell that stops it; nothing is left stopped behind it."""
    work = "cat; n=0; while [ $n -lt 600000 ]; do n=$((n + 1)); done; echo done >&2; exit 3"
    command = server.paced("sh", "-c", work, interactive=True)
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, **pipes) as running:
        running.stdin.write(b"given")
        running.stdin.close()
        running.stdin = None
        waiting.until(lambda: running.poll() is not None or stopped(), what="the program's rest")
        assert running.poll() is None
        assert running.communicate(timeout=120) == (b"given", b"done\n")
    assert running.returncode == 3 and not stopped()


def test_a_dump_that_fails_says_why(server, database, tmp_path):
    server.sql(database, "CREATE ROLE reader LOGIN;")
    with pytest.raises(BackupError, match="database notes failed: ERROR: +permission denied for table rows"):
        Server(NAME, "reader").dump(database, tmp_path / "dump")


def test_a_restore_puts_all_in_its_place_at_once_and_nobody_else_may_connect(server, database, tmp_path):
    manifest = take(server, database, tmp_path / "one")
    server.sql(database, "DELETE FROM rows;")
    server.fill(database + FILLING, "owner", tmp_path / "one" / f"{database}.dump")
    assert server.counts(database) == {"public.rows": 0}
    connected = subprocess.Popen(server.psql(database), stdin=subprocess.PIPE)
    try:
        server.swap([database])
    finally:
        connected.kill()
        connected.wait()
    assert server.counts(database) == manifest["databases"][database]["rows"] == {"public.rows": 1000}
    assert server.counts(database + REPLACED) == {"public.rows": 0}
    acl = server.sql(
        "postgres", f"SELECT datacl, pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{database}';"
    )
    assert acl == "{owner=CTc/owner}|owner"


def test_what_was_prepared_out_of_another_dump_is_not_taken_for_this_one(server, database, tmp_path):
    """A restore that was ended leaves a database that is filled; as many rows are not the same rows."""
    first = take(server, database, tmp_path / "one")["databases"][database]
    server.sql(database, "UPDATE rows SET repeat = 'other';")
    second = take(server, database, tmp_path / "two")["databases"][database]
    assert first["rows"] == second["rows"]
    server.prepared(database + FILLING, first, tmp_path / "one" / f"{database}.dump")
    made = "SELECT oid FROM pg_database WHERE datname LIKE '%restoring'"
    before = server.sql("postgres", made)
    server.prepared(database + FILLING, first, tmp_path / "one" / f"{database}.dump")
    assert server.sql("postgres", made) == before
    server.prepared(database + FILLING, second, tmp_path / "two" / f"{database}.dump")
    server.swap([database])
    assert server.sql(database, "SELECT DISTINCT repeat FROM rows;") == "other"
    assert server.replaced() == [database + REPLACED]
    server.remove(database + REPLACED)
    assert server.replaced() == []


def test_a_backup_while_another_is_taken_is_refused_and_leaves_it_alone(server, database, tmp_path):
    (tmp_path / f"other{backups.PARTIAL}").mkdir()
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    arguments = json.dumps({"path": str(tmp_path), "name": "one", "container": NAME, "databases": [database]})
    interpreter = json.dumps({"ansible_python_interpreter": sys.executable})
    command = ["ansible", "localhost", "-m", "mcp_lan.litellm.backup", "-a", arguments, "-e", interpreter]
    try:
        refused = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
        assert refused.returncode and f"Another backup is being taken to {tmp_path}" in refused.stdout, refused.stdout
        assert [path.name for path in tmp_path.iterdir()] == [f"other{backups.PARTIAL}"]
    finally:
        os.close(held)
    taken = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert server.sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE '%trial';") == ""


def test_a_backup_is_told_of_also_where_an_older_one_stays(server, tmp_path):
    # Another name of its own, by which one is removed, is longer than a name may be.
    stays, goes = "a" * 250, "b"
    for name in (stays, goes):
        folder_of(tmp_path, name, 40)
    given = {"path": str(tmp_path), "name": "new", "container": NAME, "databases": [], "keep": 1}
    interpreter = json.dumps({"ansible_python_interpreter": sys.executable})
    command = ["ansible", "localhost", "-m", "mcp_lan.litellm.backup", "-a", json.dumps(given), "-e", interpreter]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    said = " ".join(done.stdout.split())
    assert done.returncode and f"The backup {tmp_path}/new was taken. Older ones could not be removed" in said, said
    assert "(File name too long)" in said and "No backup was taken" not in said
    assert {path.name for path in tmp_path.iterdir()} == {stays, "new"}


def test_a_swap_that_cannot_be_done_leaves_what_is_in_use(server, database, tmp_path):
    with pytest.raises(BackupError):  # nothing was filled
        server.swap([database])
    server.sql(database, "INSERT INTO rows VALUES (0, 'still');")
    assert server.counts(database) == {"public.rows": 1001}


def test_a_dump_that_is_cut_off_is_refused_and_one_that_is_changed(server, database, tmp_path):
    folder = tmp_path / "one"
    take(server, database, folder)
    assert backups.check(folder)["postgresql"] == server.version()
    dump = folder / f"{database}.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-10])
    with pytest.raises(BackupError, match=rf"has {len(whole) - 10} bytes and had {len(whole)}: it was cut off\. Take"):
        backups.check(folder)
    dump.write_bytes(whole[:-10] + bytes(10))
    with pytest.raises(BackupError, match=r"is not as it was written \(another checksum\)\. Take another one"):
        backups.check(folder)
    dump.unlink()
    with pytest.raises(BackupError, match=rf"lacks {dump.name}: it is not whole\. Take another one"):
        backups.check(folder)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "has no manifest.json: it was not finished"),
        ("{", "is not as it was written: it is no JSON"),
        ("[]", "has the format None, and this release reads 1"),
        ('{"format": 2}', "has the format 2, and this release reads 1: restore it with the release that wrote it"),
    ],
)
def test_what_is_no_backup_is_said(tmp_path, content, sentence):
    folder = tmp_path / "one"
    folder.mkdir()
    if content is not None:
        (folder / backups.MANIFEST).write_text(content)
    with pytest.raises(BackupError, match=sentence):
        backups.check(folder)
    with pytest.raises(BackupError, match="There is no backup .*/two: those in .* are"):
        backups.check(tmp_path / "two")


def folder_of(top: Path, name: str, age: float) -> None:
    (top / name).mkdir(parents=True)
    path = top / name / backups.MANIFEST
    path.write_text(json.dumps({"format": 1}))
    os.utime(path, (1_000_000 - age * 86400,) * 2)


@pytest.mark.parametrize(
    ("keep", "keep_days", "gone"),
    [
        (0, 0, []),
        (2, 0, ["40", "30"]),
        (1, 0, ["40", "30", "20"]),
        (0, 25, ["40", "30"]),
        (3, 25, ["40", "30"]),
        (0, 5, ["40", "30", "20"]),  # the newest one stays
    ],
)
def test_which_are_too_many_or_too_old(tmp_path, keep, keep_days, gone):
    for age in (20, 40, 30, 10):
        folder_of(tmp_path, str(age), age)
    (tmp_path / ("50" + backups.PARTIAL)).mkdir()
    (tmp_path / "notes.txt").write_text("a person's own")
    found = backups.outdated(tmp_path, keep, keep_days, 1_000_000)
    assert [path.name for path in found] == gone
    for path in found:
        backups.remove(path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"20", "30", "40", "10", "50.partial", "notes.txt"} - set(gone)


def test_a_volume_comes_back_with_its_owners_and_nothing_else(server, tmp_path):
    api = docker.from_env()
    volume = api.volumes.create(f"{NAME}-data")
    options = {"entrypoint": ["sh", "-c"], "user": "0", "remove": True, "network_mode": "none"}
    options["volumes"] = {volume.name: {"bind": "/data", "mode": "rw"}}
    try:
        write = "mkdir -p /data/sub; cd /data/sub; echo kept > .file; chown 10006:10006 .file; chmod 600 .file"
        api.containers.run(server.image(), [write], **options)
        server.pack(volume.name, tmp_path / "data.tar.gz")
        assert (tmp_path / "data.tar.gz").stat().st_mode & 0o777 == 0o600
        api.containers.run(server.image(), ["echo other > /data/sub/.file; touch /data/later"], **options)
        server.unpack(volume.name, tmp_path / "data.tar.gz")
        seen = api.containers.run(
            server.image(), ["cd /data; find . -type f -printf '%u %m %p ' -exec cat {} +"], **options
        )
        assert seen.decode().split() == ["10006", "600", "./sub/.file", "kept"]
    finally:
        volume.remove(force=True)
