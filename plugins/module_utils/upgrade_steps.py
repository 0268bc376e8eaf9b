# The steps of an upgrade of LiteLLM on the gateway's host, each of which may be ended at any moment and taken again.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module upgrade does: C(examined), C(begun), C(compared), C(undone) and C(settled)."""

# Dumps go through pipes and files, with time limits; run_command keeps all in memory and has none.
# pylint: disable=ansible-bad-function
from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups, upgrades
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError, Server, literal, quoted
from ansible_collections.mcp_lan.litellm.plugins.module_utils.upgrades import BEFORE, COPYING, FAILED, State

# Asked from inside the container, whatever is published.
_LOADED = """
import http.client, os
connection = http.client.HTTPConnection("127.0.0.1", 4000, timeout=10)
connection.request("GET", "/active/callbacks", headers={"Authorization": "Bearer " + os.environ["LITELLM_MASTER_KEY"]})
answer = connection.getresponse()
print(answer.read().decode())
raise SystemExit(answer.status != 200)
"""
# Where the package lies; it is not imported for it.
_SCHEMA = """
import importlib.util
print(open(importlib.util.find_spec("litellm").submodule_search_locations[0] + "/proxy/schema.prisma").read())
"""
_SIZE = """
SELECT pg_database_size(current_database()) || ' ' ||
  coalesce((SELECT greatest(reltuples, pg_stat_get_live_tuples(oid), 0)::bigint FROM pg_class
            WHERE oid = to_regclass('"LiteLLM_SpendLogs"')), 0);
"""
_COLUMNS = """
SELECT coalesce(json_object_agg(table_name, columns), '{}') FROM (
  SELECT table_name, json_agg(column_name) AS columns FROM information_schema.columns
  WHERE table_schema = 'public' GROUP BY table_name) AS tables;
"""
# Who may do what with a database is not copied with it.
_GRANTS = """
REVOKE ALL ON DATABASE {copy} FROM PUBLIC;
SELECT format('GRANT %s ON DATABASE %I TO %s', privilege_type, {copy_text},
              CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = {database_text}
\\gexec
"""
# For how many seconds another run is waited for: a step of one that was killed may go on by itself.
WAITS = 60
# For how many seconds a container that was put back is waited for, on a machine that is busy with something else too.
STARTS_IN = 300
# How often a database is copied or moved: whoever connects anew in between is in the way.
TRIES = 5
# What the rows of a table are called by; sums of a day are counted again with each request, and have other rows.
_SPENDING = """
SELECT coalesce(json_object_agg(name, keys), '{}') FROM (
  SELECT c.relname AS name,
    (SELECT json_agg(a.attname ORDER BY a.attnum)
     FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = c.oid AND i.indisprimary) AS keys
  FROM pg_class c JOIN pg_attribute s ON s.attrelid = c.oid AND s.attname = 'spend' AND NOT s.attisdropped
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'LiteLLM_SpendLogs'
    AND c.relname NOT LIKE 'LiteLLM\\_Daily%') AS spending WHERE keys IS NOT NULL;
"""


class Upgrade:
    """What is kept of before, and how it is put back."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        self.folder = Path(params["path"])
        self.server = Server(params["container"], params["admin_user"], params["docker_host"])
        # What it keeps itself is the project's too.
        self.files = [path for path in map(Path, params["files"]) if self.folder not in (path, *path.parents)]
        self.database = params["database"]
        self.before, self.failed = self.database + BEFORE, self.database + FAILED
        self.state = self.read()

    # What there is.

    def read(self) -> State | None:
        try:
            return State.read((self.folder / "state.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            raise BackupError(f"{self.folder}/state.json is not as it was written: restore the backup") from None

    def write(self, state: State) -> None:
        """At once, so that a run that is ended leaves the one or the other."""
        new = self.folder / "state.json.new"
        new.write_text(state.text(), encoding="utf-8")
        new.chmod(0o600)
        backups.sync([new])
        new.rename(self.folder / "state.json")
        backups.sync([self.folder])
        self.state = state

    def forget(self) -> None:
        """What is known goes first: without it the rest is nothing."""
        (self.folder / "state.json").unlink()
        shutil.rmtree(self.folder)

    def databases(self) -> list[str]:
        return self.server.sql("postgres", "SELECT datname FROM pg_database;").splitlines()

    def has(self, name: str) -> bool:
        return name in self.databases()

    def docker(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([*self.server.docker, *words], capture_output=True, text=True, check=False)

    def status(self, name: str) -> str:
        return self.docker("container", "inspect", "--format", "{{.State.Status}}", name).stdout.strip()

    def runs(self, name: str) -> bool:
        return self.status(name) == "running"

    def ask(self, script: str) -> str:
        return self.docker("exec", self.params["gateway"], "python3", "-c", script).stdout

    @contextlib.contextmanager
    def alone_at_work(self) -> Iterator[None]:
        """Nobody else is; the lock goes with the process."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            for left in range(WAITS, -1, -1):
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if not left:
                        raise BackupError("Another run is at work on the upgrade: wait until it has ended") from None
                    time.sleep(1)
            self.state = self.read()
            yield
        finally:
            os.close(handle)

    # What is done.

    def examined(self) -> dict:
        there = self.databases()
        course = upgrades.course(self.state, self.params["version"], there, self.database)
        size, rows = 0, 0
        if self.database in there:
            size, rows = map(int, self.server.sql(self.database, _SIZE).split())
        return {
            "changed": False,
            "course": course,
            "unfinished": json.loads(self.state.text()) if self.state else {},
            "rows": rows,
            "size": size,
            "estimate": upgrades.estimate(rows, size),
        }

    def begun(self) -> dict:
        began = time.monotonic()
        with self.alone_at_work():
            if self.state is None:
                self.refuse_strays()
                self.refuse_a_full_disk()
                self.keep()
            if self.has(self.before):
                return {"changed": False, "seconds": 0.0}
            self.stop()
            self.write(State(**{**vars(self.state), "stopped": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())}))
            self.copy()
        return {"changed": True, "seconds": round(time.monotonic() - began, 1)}

    def refuse_strays(self) -> None:
        for name in (self.before, self.failed):
            if self.has(name):
                raise BackupError(
                    f"There is a database {name}, and nothing is known of the upgrade that it is from: look whether it "
                    f"has what {self.database} lacks, and remove it"
                )

    def refuse_a_full_disk(self) -> None:
        size = int(self.server.sql(self.database, "SELECT pg_database_size(current_database());"))
        place = self.server.sql("postgres", "SHOW data_directory;")
        said = subprocess.run(
            self.server.call("df", "--output=avail", "-B1", place), capture_output=True, text=True, check=False
        )
        free = said.stdout.split()[-1:] or ["0"]
        if said.returncode == 0 and int(free[0]) < size * 1.2:
            raise BackupError(
                f"The newer version works on a copy of the database {self.database}, for which {size * 1.2 / 1e9:.1f} "
                f"GB have to be free in the container {self.server.container}, and {int(free[0]) / 1e9:.1f} GB are: "
                "make room"
            )

    def keep(self) -> None:
        """The files, and what is known; the state last, so that what it tells of is whole."""
        compose = Path(self.params["compose_file"])
        paths = sorted({str(path) for path in [compose, *self.files] if path.is_file()})
        packed = self.folder / "files.tar.gz"
        with tarfile.open(packed, "w:gz", compresslevel=1) as archive:
            for path in paths:
                archive.add(path, arcname=path.lstrip("/"))
        packed.chmod(0o600)
        backups.sync([packed, self.folder])
        self.write(
            State(
                before=self.params["former_version"],
                to=self.params["version"],
                began=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
                backup=self.params["backup"],
                guard=upgrades.guard_of(self.ask(_LOADED)),
                services=self.params["services"],
                paths=paths,
            )
        )

    def stop(self) -> None:
        """Nobody is let in any more, what is under way ends, and LiteLLM writes what it has yet to write."""
        gateway, doors = self.params["gateway"], self.params["doors"]
        open_doors = [name for name in doors if self.runs(name)]
        writes = self.runs(gateway)
        if open_doors:
            self.stopped(open_doors)
        # Without a door requests come to LiteLLM itself until it is stopped.
        if writes and (open_doors or not doors):
            time.sleep(self.params["drain"])
        # One that ends again and again is started again by the engine until it is stopped.
        self.stopped(
            [name for name in [gateway, *self.params["others"]] if self.status(name) in ("running", "restarting")]
        )

    def stopped(self, names: list[str]) -> None:
        if names:
            done = self.docker("stop", *names)
            if done.returncode:
                raise BackupError(f"docker could not stop {', '.join(names)}: {backups.last(done.stderr)}")

    def alone(self, *databases: str) -> str:
        """SQL that ends all other connections to these."""
        names = ", ".join(map(literal, databases))
        return (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            f"WHERE datname IN ({names}) AND pid <> pg_backend_pid();"
        )

    def patiently(self, script: str) -> None:
        for left in range(TRIES - 1, -1, -1):
            try:
                self.server.sql("postgres", script)
                return
            except BackupError as error:
                if not left or not ("other users" in str(error) or "already exists" in str(error)):
                    raise
                time.sleep(1)

    def copy(self) -> None:
        """In the place of the database a copy of it; the database itself has another name."""
        name, copy = quoted(self.database), quoted(self.database + COPYING)
        owner = self.server.sql(
            "postgres", f"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = {literal(self.database)};"
        )
        # Older ones know no other way. A checkpoint, and the files: nothing of it goes through the log.
        how = " STRATEGY file_copy" if self.server.major() >= 15 else ""
        self.patiently(
            # What a run that was ended has left at work.
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%'"
            f" AND query LIKE {literal('%' + self.database + COPYING + '%')} AND pid <> pg_backend_pid();\n"
            f"DROP DATABASE IF EXISTS {copy} WITH (FORCE);\n{self.alone(self.database)}\n"
            f"CREATE DATABASE {copy} OWNER {quoted(owner)} TEMPLATE {name}{how};\n"
        )
        self.server.sql(
            "postgres",
            _GRANTS.format(copy=copy, copy_text=literal(self.database + COPYING), database_text=literal(self.database)),
        )
        self.move([(self.database, self.before), (self.database + COPYING, self.database)])

    def move(self, moves: list[tuple[str, str]]) -> None:
        """All of them or none."""
        renamed = "\n".join(f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)};" for old, new in moves)
        self.patiently(f"BEGIN;\n{self.alone(*(old for old, _new in moves))}\n{renamed}\nCOMMIT;")

    def compared(self) -> dict:
        schema = self.ask(_SCHEMA)
        expected = upgrades.expected_columns(schema)
        if not expected:
            raise BackupError(f"The container {self.params['gateway']} does not say which tables it expects")
        found = json.loads(self.server.sql(self.database, _COLUMNS))
        return {"changed": False, "missing": upgrades.missing(expected, found), "tables": len(expected)}

    def undone(self) -> dict:
        began = time.monotonic()
        if self.state is None:
            return {"changed": False, "msg": "", "kept": 0, "lost_keys": [], "seconds": 0.0}
        with self.alone_at_work():
            return self.put_all_back(began)

    def put_all_back(self, began: float) -> dict:
        state = self.state
        kept, lost_keys = 0, []
        if state.stopped:
            self.stop()
            there = self.databases()
            if self.before in there:
                self.server.remove(self.failed)
                self.move([(self.database, self.failed), (self.before, self.database)])
            if self.before in there or self.failed in there:
                kept = self.carried()
                lost_keys = self.lost_keys()
        self.put_back()
        self.start()
        for name in (self.failed, self.database + COPYING):
            self.server.remove(name)
        result = {"changed": True, "kept": kept, "lost_keys": lost_keys, "seconds": round(time.monotonic() - began, 1)}
        result["msg"] = upgrades.told(result, state, self.params["reason"])
        self.forget()
        return result

    def carried(self) -> int:
        """The rows of the spend log that the failed version has written, and what was spent."""
        columns = self.server.sql(
            self.database,
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = 'LiteLLM_SpendLogs' AND is_generated = 'NEVER';",
        )
        log = '"LiteLLM_SpendLogs"'
        before = int(self.server.sql(self.database, f"SELECT count(*) FROM {log};"))
        self.poured(
            f'SELECT to_jsonb(s) FROM {log} s WHERE "endTime" >= {literal(self.state.stopped)}',
            f"INSERT INTO {log} ({columns}) SELECT {columns} FROM poured, jsonb_populate_record(NULL::{log}, row) "
            "ON CONFLICT DO NOTHING;",
        )
        for table, keys in json.loads(self.server.sql(self.database, _SPENDING)).items():
            name, same = quoted(table), " AND ".join(f"t.{quoted(key)}::text = row->>{literal(key)}" for key in keys)
            self.poured(
                f"SELECT to_jsonb(s) FROM {name} s WHERE spend > 0",
                f"UPDATE {name} t SET spend = (row->>'spend')::double precision FROM poured "
                f"WHERE {same} AND t.spend < (row->>'spend')::double precision;",
            )
        return int(self.server.sql(self.database, f"SELECT count(*) FROM {log};")) - before

    def poured(self, query: str, script: str) -> None:
        """What a query finds in the failed database, as rows of C(poured), for a script in the database itself."""
        with (self.folder / "poured").open("w+b") as rows:
            read = subprocess.run(
                [*self.server.psql(self.failed), "--command", f"COPY ({query}) TO STDOUT"],
                stdin=subprocess.DEVNULL,
                stdout=rows,
                stderr=subprocess.PIPE,
                check=False,
            )
            if read.returncode and b"does not exist" in read.stderr:
                return  # a version without this table
            if read.returncode:
                raise BackupError(f"{self.failed} cannot be read: {backups.last(read.stderr.decode())}")
            if not rows.tell():
                return
            rows.seek(0)
            head = b"BEGIN;\nCREATE TEMPORARY TABLE poured (row jsonb) ON COMMIT DROP;\nCOPY poured FROM STDIN;\n"
            done = subprocess.run(
                self.server.psql(self.database),
                input=head + rows.read() + b"\\.\n" + script.encode() + b"\nCOMMIT;\n",
                capture_output=True,
                check=False,
            )
            if done.returncode:
                raise BackupError(f"{self.database} cannot be written: {backups.last(done.stderr.decode())}")

    def lost_keys(self) -> list[str]:
        """The keys that only the failed version knows."""
        named = (
            "SELECT token || ' ' || coalesce(key_alias, left(token, 8)) FROM \"LiteLLM_VerificationToken\" ORDER BY 1;"
        )
        try:
            here, there = (self.server.sql(name, named).splitlines() for name in (self.database, self.failed))
        except BackupError:
            return []
        known = {line.split(" ", 1)[0] for line in here}
        return sorted(line.split(" ", 1)[1] for line in there if line.split(" ", 1)[0] not in known)

    def put_back(self) -> None:
        """Each file takes its place at once, and is nobody else's to read before it has its mode."""
        with tarfile.open(self.folder / "files.tar.gz") as archive:
            for member in archive:
                path = Path("/" + member.name)
                path.parent.mkdir(parents=True, exist_ok=True)
                new = path.with_name(path.name + ".mcp-lan-new")
                new.unlink(missing_ok=True)
                new.touch(mode=0o600)
                new.write_bytes(archive.extractfile(member).read())
                os.chown(new, member.uid, member.gid)
                new.chmod(member.mode)
                new.rename(path)
        for path in self.files:
            if str(path) not in self.state.paths and path.is_file():
                path.unlink()

    def start(self) -> None:
        """LiteLLM first, and what lets requests in once it shows its guard."""
        state, gateway = self.state, self.params["gateway"]
        doors = [name for name in self.params["doors"] if name in state.services]
        inside = [name for name in state.services if name not in doors]
        for left in (1, 0):
            up = self.up(inside)
            if self.runs(gateway) or not left:
                break
        shown, late = upgrades.guard_of(self.ask(_LOADED)), time.monotonic() + STARTS_IN
        while state.guard and not shown and time.monotonic() < late:
            time.sleep(1)
            shown = upgrades.guard_of(self.ask(_LOADED))
        if state.guard and shown != state.guard:
            self.docker("stop", gateway)
            raise BackupError(
                f"LiteLLM {state.before} does not come up with the guard that it had, and was stopped ({up}); its "
                "database and its files are back"
            )
        if gateway in inside and not self.runs(gateway):
            raise BackupError(f"LiteLLM {state.before} does not come up ({up}); its database and its files are back")
        if doors:
            up = self.up(doors)
            if not all(map(self.runs, doors)):
                raise BackupError(
                    f"{', '.join(doors)} does not come up ({up}); LiteLLM {state.before} is back behind it"
                )

    def up(self, services: list[str]) -> str:
        """Has them run as the Compose file says, and waits; what it said at last."""
        words = [
            "compose",
            "--file",
            self.params["compose_file"],
            "up",
            "--detach",
            "--no-deps",
            "--wait",
            "--wait-timeout",
            str(STARTS_IN),
        ]
        done = self.docker(*words, *services) if services else None
        return backups.last(done.stderr) if done else ""

    def settled(self) -> dict:
        if self.state is None:
            return {"changed": False}
        with self.alone_at_work():
            if not self.state.proved:
                self.write(State(**{**vars(self.state), "proved": True}))
            for name in (self.before, self.failed, self.database + COPYING):
                self.server.remove(name)
            self.forget()
        return {"changed": True}
