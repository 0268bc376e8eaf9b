# Backups of a gateway's databases and volumes: made whole or not at all, and checked before anything is restored.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup is a folder: a dump of each database, an archive of each volume, and C(manifest.json), which says of what.

The manifest is written last and the folder gets its name after that, so that what has a name is whole. It holds the
size and the SHA-256 of each file, and how many rows each table had in the moment of the dump.
"""

# Dumps go through pipes and files, with time limits; run_command keeps all in memory and has none.
# pylint: disable=ansible-bad-function
from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
NOT_BACKED_UP = "label=mcp_lan.backup=no"
# What a folder is called until it is whole.
PARTIAL = ".partial"
# What a database is called that is being filled, one whose place was taken, and one that goes away again.
FILLING, REPLACED, TRIAL = "__restoring", "__replaced", "__trial"
# What filling a database is quicker with. Nothing of it is lost that is not restored again: it is counted afterwards.
FILLS_WITH = "-c synchronous_commit=off -c maintenance_work_mem=128MB -c default_toast_compression=lz4"
# A program of the container's that works for the first of these seconds and rests for the second, again and again, so
# that those who use the gateway find the processor free most of the time. Its standard input is handed on by a number
# of its own: the shell gives a background process none. To read slowly what it writes would not do, as the engine keeps
# that for the reader (seen with Docker 20.10.24: 35 MB, as fast as ever).
PACED = """
exec 3<&0
"$@" <&3 &
program=$!
while sleep 0.1 && kill -STOP $program; do
  sleep 0.25
  kill -CONT $program
done 2>/dev/null
wait $program
"""
# How often databases are put in the place of others; PostgreSQL itself waits 5 s each time for who is connected.
TRIES = 3
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

# Each table with its number of rows, and the last migration of Prisma's where the database has any.
_COUNTS = """
SELECT coalesce(json_object_agg(name, rows ORDER BY name), '{}') FROM (
  SELECT format('%I.%I', table_schema, table_name) AS name,
    (xpath('/row/rows/text()', query_to_xml(format('SELECT count(*) AS rows FROM %I.%I', table_schema, table_name),
                                            false, true, '')))[1]::text::bigint AS rows
  FROM information_schema.tables
  WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
) AS counted;
"""
_MIGRATION = """
SELECT CASE WHEN to_regclass('"_prisma_migrations"') IS NULL THEN ''
  ELSE coalesce((xpath('/row/name/text()', query_to_xml(
    'SELECT max(migration_name) AS name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL', false, true, ''))
  )[1]::text, '') END;
"""


class BackupError(Exception):
    """One sentence: what is wrong, where, what to do."""


class Server:
    """PostgreSQL in its container, by the programs of its own version."""

    def __init__(self, container: str, user: str, docker_host: str | None = None) -> None:
        self.docker = ["docker", *(["--host", docker_host] if docker_host else [])]
        self.container = container
        self.user = user

    def call(self, *words: str, interactive: bool = False) -> list[str]:
        """The command that runs a program of the container's as the superuser."""
        return [*self.docker, "exec", *(["--interactive"] if interactive else []), self.container, *words]

    def paced(self, *words: str, interactive: bool = False) -> list[str]:
        """The same command, which rests in between."""
        return self.call("sh", "-c", PACED, "sh", *words, interactive=interactive)

    def psql(self, database: str, *more: str) -> list[str]:
        """The command that reads SQL."""
        words = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1"]
        return self.call("psql", *words, *more, "--username", self.user, "--dbname", database, interactive=True)

    def sql(self, database: str, text: str) -> str:
        """What some SQL prints."""
        done = subprocess.run(self.psql(database), input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BackupError(f"PostgreSQL in the container {self.container}: {last(done.stderr)}")
        return done.stdout.strip()

    def version(self) -> str:
        """The server's version, such as C(17.6)."""
        return self.sql("postgres", "SHOW server_version;").split()[0]

    def major(self) -> int:
        """The server's major version."""
        return int(self.version().split(".")[0])

    def counts(self, database: str) -> dict[str, int]:
        """The rows of each table."""
        return json.loads(self.sql(database, _COUNTS))

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        return self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = {literal(database)};") == "1"

    def dump(self, database: str, path: Path) -> dict[str, Any]:
        """Write a dump, and say what was in it in that moment."""
        session = subprocess.Popen(
            self.psql(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            session.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot();\n")
            session.stdin.flush()
            snapshot = session.stdout.readline().strip()
            if not snapshot:
                session.stdin.close()
                raise BackupError(f"The database {database} cannot be read: {last(session.stderr.read())}")
            # What takes the least of the processor, which those who use the gateway need.
            compress = "zstd:1" if self.major() >= 16 else "1"
            words = ["pg_dump", "--format=custom", f"--compress={compress}", f"--snapshot={snapshot}"]
            words += ["--username", self.user]
            with path.open("wb") as output:
                path.chmod(0o600)
                done = subprocess.run(self.paced(*words, database), stdout=output, stderr=subprocess.PIPE, check=False)
            if done.returncode != 0:
                raise BackupError(f"The dump of the database {database} failed: {last(done.stderr.decode())}")
            owner = f"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = {literal(database)};"
            session.stdin.write(
                "\n".join(["\\echo rows", _COUNTS, "\\echo migration", _MIGRATION, "\\echo owner", owner])
            )
            printed, errors = session.communicate()
            if session.returncode != 0:
                raise BackupError(f"The database {database} cannot be read: {last(errors)}")
        finally:
            if session.poll() is None:
                session.kill()
        rows, migration, owner = re.fullmatch(
            r"rows\n(.*)\nmigration\n(.*)\nowner\n(.*)", printed.strip(), re.DOTALL
        ).groups()
        return {"rows": json.loads(rows), "last_migration": migration.strip(), "owner": owner.strip()}

    def fill(self, database: str, owner: str, dump: Path, *, paced: bool = False) -> None:
        """Make a database anew out of a dump, with rests where nobody waits for it."""
        self.sql(
            "postgres",
            f"DROP DATABASE IF EXISTS {quoted(database)} WITH (FORCE);\n"
            f"CREATE DATABASE {quoted(database)} OWNER {quoted(owner)} TEMPLATE template0;\n"
            # Who else may connect is granted by the role that has the server's roles.
            f"REVOKE ALL ON DATABASE {quoted(database)} FROM PUBLIC;\n",
        )
        words = ["env", f"PGOPTIONS={FILLS_WITH}", "pg_restore", "--exit-on-error", "--username", self.user]
        words += ["--dbname", database]
        with dump.open("rb") as content:
            command = (self.paced if paced else self.call)(*words, interactive=True)
            done = subprocess.run(command, stdin=content, capture_output=True, check=False)
        if done.returncode != 0:
            raise BackupError(f"The dump {dump.name} cannot be restored: {last(done.stderr.decode())}")
        # The planner knows nothing of what was filled in.
        self.sql(database, "ANALYZE;")

    def restored(self, database: str, said: Mapping[str, Any], dump: Path, *, paced: bool = False) -> None:
        """Have a database that a dump was restored into, with as many rows as were counted when it was made."""
        self.fill(database, said["owner"], dump, paced=paced)
        if self.counts(database) != said["rows"]:
            raise BackupError(f"{dump.name}, restored, has other rows than the database had.")

    def prepared(self, database: str, said: Mapping[str, Any], dump: Path) -> None:
        """The same, unless this very dump was restored there before: the database's comment says which one was."""
        mark = digest(dump)
        query = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = {literal(database)};"
        if self.sql("postgres", query) != mark:
            self.restored(database, said, dump)
            self.sql("postgres", f"COMMENT ON DATABASE {quoted(database)} IS {literal(mark)};")

    def remove(self, database: str) -> None:
        """Remove a database, whoever is connected."""
        self.sql("postgres", f"DROP DATABASE IF EXISTS {quoted(database)} WITH (FORCE);")

    def replaced(self) -> list[str]:
        """The databases whose place was taken."""
        taken = "SELECT datname FROM pg_database WHERE datname IN (SELECT datname || {} FROM pg_database) ORDER BY 1;"
        return self.sql("postgres", taken.format(literal(REPLACED))).splitlines()

    def swap(self, databases: Iterable[str]) -> None:
        """Put the filled databases in the place of those that are there, all of them or none."""
        present = [name for name in databases if self.has(name)]
        for name in databases:
            self.remove(name + REPLACED)
        ended = [
            f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = {literal(name)};"
            for name in present
        ]
        moved = [f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(name + REPLACED)};" for name in present]
        moved += [f"ALTER DATABASE {quoted(name + FILLING)} RENAME TO {quoted(name)};" for name in databases]
        moved += [f"COMMENT ON DATABASE {quoted(name)} IS NULL;" for name in databases]
        script = "\n".join(["BEGIN;", *ended, *moved, "COMMIT;"])
        for left in range(TRIES - 1, -1, -1):
            try:
                self.sql("postgres", script)
                return
            except BackupError as error:
                # Somebody has connected anew in between.
                if not left or "is being accessed by other users" not in str(error):
                    raise

    def image(self) -> str:
        """The image of the container, which has tar."""
        return _run([*self.docker, "container", "inspect", "--format", "{{.Image}}", self.container]).strip()

    def volumes(self, deployment: str) -> list[str]:
        """The volumes of a deployment's containers, without the server's own, and without those that a container with
        the label C(mcp_lan.backup=no) uses.
        """
        label = f"label=mcp_lan.deployment={deployment}"
        names = _run([*self.docker, "ps", "--all", "--filter", label, "--format", "{{.Names}}"]).split()
        mounts = '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}'
        found = {name: _run([*self.docker, "container", "inspect", "--format", mounts, name]).split() for name in names}
        without = _run(
            [*self.docker, "ps", "--all", "--filter", label, "--filter", NOT_BACKED_UP, "--format", "{{.Names}}"]
        )
        left_out = {volume for name in (self.container, *without.split()) for volume in found.get(name, [])}
        return sorted({volume for several in found.values() for volume in several} - left_out)

    def pack(self, volume: str, path: Path) -> None:
        """Write an archive of a volume."""
        words = [*self.docker, "run", "--rm", "--network", "none", "--user", "0", "--entrypoint", "tar"]
        words += ["--volume", f"{volume}:/data:ro", self.image(), "--create", "--gzip", "--directory", "/data", "."]
        with path.open("wb") as output:
            path.chmod(0o600)
            done = subprocess.run(words, stdout=output, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise BackupError(f"The volume {volume} cannot be read: {last(done.stderr.decode())}")

    def unpack(self, volume: str, path: Path) -> None:
        """Give a volume the content of an archive, and nothing else."""
        script = "find /data -mindepth 1 -delete && exec tar --extract --gzip --directory /data"
        words = [*self.docker, "run", "--rm", "--interactive", "--network", "none", "--user", "0", "--entrypoint", "sh"]
        words += ["--volume", f"{volume}:/data", self.image(), "-c", script]
        with path.open("rb") as content:
            done = subprocess.run(words, stdin=content, capture_output=True, check=False)
        if done.returncode != 0:
            raise BackupError(f"The volume {volume} cannot be written: {last(done.stderr.decode())}")


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def last(text: str) -> str:
    """What a program said at last, which is why it ended; or PostgreSQL's own error, which the query follows."""
    if error := re.search(r"(?:ERROR|FATAL): .*", text):
        return error[0].strip().rstrip(".")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[-1] if lines else "it says nothing").rstrip(".")


def reason(error: OSError, place: Path) -> str:
    """What the system has refused, without a full stop. place: where, if the error does not say."""
    if isinstance(error, FileNotFoundError) and error.filename == "docker":
        return "the host has no docker client: install it"
    return f"{error.filename or place}: {error.strerror}"


def _run(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupError(f"{shlex.join(words[:3])} failed: {last(done.stderr)}.")
    return done.stdout


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def close(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a folder that is otherwise whole, and have all of it on the disk."""
    files = {
        path.name: {"size": path.stat().st_size, "sha256": digest(path)}
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    }
    path = folder / MANIFEST
    path.write_text(json.dumps({"format": FORMAT, **manifest, "files": files}, indent=2) + "\n", encoding="utf-8")
    path.chmod(0o600)
    sync([*folder.iterdir(), folder])


def sync(paths: Iterable[Path]) -> None:
    """Have files and folders on the disk."""
    for each in paths:
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a backup; BackupError where it is none, or one that is not whole."""
    if not folder.is_dir():
        near = ", ".join(each.name for each in found(folder.parent)) or "none"
        raise BackupError(f"There is no backup {folder}: those in {folder.parent} are {near}.")
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        raise BackupError(f"{folder} has no {MANIFEST}: it was not finished. Take another one.") from None
    except ValueError:
        raise BackupError(f"{folder}/{MANIFEST} is not as it was written: it is no JSON. Take another one.") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        seen = manifest.get("format") if isinstance(manifest, dict) else None
        raise BackupError(
            f"{folder} has the format {seen}, and this release reads {FORMAT}: restore it with the release that "
            "wrote it."
        )
    return manifest


def check(folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are all there, and as they were written."""
    manifest = read(folder)
    for name, said in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise BackupError(f"{folder} lacks {name}: it is not whole. Take another one.")
        size = path.stat().st_size
        if size != said["size"]:
            raise BackupError(f"{path} has {size} bytes and had {said['size']}: it was cut off. Take another one.")
        if digest(path) != said["sha256"]:
            raise BackupError(f"{path} is not as it was written (another checksum). Take another one.")
    return manifest


def found(folder: Path) -> list[Path]:
    """The backups in a folder, the oldest first: their names begin with their time."""
    if not folder.is_dir():
        return []
    return sorted(
        (
            path
            for path in folder.iterdir()
            if path.is_dir() and (path / MANIFEST).is_file() and PARTIAL not in path.name
        ),
        key=lambda path: (path / MANIFEST).stat().st_mtime_ns,
    )


def outdated(folder: Path, keep: int, keep_days: int, now: float) -> list[Path]:
    """Those that are to go: all but the newest C(keep), and those older than C(keep_days); the newest one never."""
    there = found(folder)
    extra = there[:-keep] if keep > 0 else []
    old = [path for path in there if keep_days > 0 and now - (path / MANIFEST).stat().st_mtime > keep_days * 86400]
    return [path for path in there[:-1] if path in extra or path in old]


def remove(folder: Path) -> None:
    """Remove a backup; it is none any more before the first file has gone."""
    gone = folder.with_name(folder.name + PARTIAL)
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone)
