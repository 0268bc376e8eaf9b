# Copies of backups in a repository of restic: on another host by sftp, or where S3 is spoken.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each backup is one snapshot, with the backup's name, its host and its deployment as tags.

The repository's password, SSH's key and the other host's are in a folder for its owner alone, which is there while
restic runs; credentials for S3 are in its environment. For restic 0.14 (Debian 12) and 0.18 (Debian 13).
"""

# Dumps go through pipes and files, with time limits; run_command keeps all in memory and has none.
# pylint: disable=ansible-bad-function
from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError

TAG = "mcp_lan"
# How long the first question may take: restic itself tries for a quarter of an hour, 0.18 also for a bucket that is not
# there yet.
ANSWERS = 20
_NONE_YET = r"bucket does not exist|NoSuchBucket"
_LOCKED = r"locked exclusively by (PID \d+ on \S+)|already locked by (PID \d+ on \S+)"
# What restic says, in 0.14 and 0.18, and what it means.
_SAID = (
    (r"wrong password or no key found", "its password is another one than that of this run: see backup_copy_password"),
    (
        _LOCKED,
        "it is locked by {0}: wait until that is done, or, where nothing runs, remove the lock with `restic unlock`",
    ),
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|host key for \S+ has changed",
        "the host shows another key than the known one: see that it is the right host, then correct "
        "backup_copy_known_hosts",
    ),
    (
        r"Host key verification failed|host key is known",
        "the host's key is not known: put the line of `ssh-keyscan HOST`, once compared, into backup_copy_known_hosts",
    ),
    (r'"ssh": executable file not found', "ssh is not on the host: install the package openssh-client"),
    (r"Permission denied \(", "the host does not let the key in: see backup_copy_ssh_key and its authorized_keys"),
    (
        r"(Access Denied|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|Access Key Id you provided)",
        "it refuses the credentials ({0}): see backup_copy_environment",
    ),
    (
        r"(no space left on device|SSH_FX_FAILURE|QuotaExceeded|XMinioStorageFull)",
        "it takes no more ({0}): is it full? Make room there",
    ),
)
# What it writes before what it has to say.
_BEFORE = r"^((subprocess ssh|Fatal): |\w+\(\S*\) returned error, retrying after \S+: )+"
OPTIONS: dict[str, dict[str, Any]] = {
    "repository": {"type": "str"},
    "repository_password": {"type": "str", "no_log": True},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "ssh_key": {"type": "str", "no_log": True},
    "known_hosts": {"type": "str"},
    "origin": {"type": "str"},
    "deployment": {"type": "str"},
}


class Locked(BackupError):
    """Another run has it for itself."""


class NoRepository(BackupError):
    """There is none yet at that place."""


class Repository:
    """One repository, and the snapshots in it that are of one deployment on one host.

    looks_only: nothing is written there, not even a lock.
    """

    def __init__(self, params: Mapping[str, Any], looks_only: bool = False) -> None:
        self.place = params["repository"]
        self.tags = [TAG, f"deployment={params['deployment'] or ''}"]
        self.origin = params["origin"] or os.uname().nodename
        self.password = params["repository_password"]
        self.environment = {str(name): str(value) for name, value in params["environment"].items()}
        self.ssh_key, self.known_hosts = params["ssh_key"] or "", params["known_hosts"] or ""
        self.options: list[str] = []
        self.looks_only = looks_only

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """What is secret lies in a folder while it is used."""
        with tempfile.TemporaryDirectory(prefix="mcp-lan-restic-") as folder:
            self.password_file = _written(Path(folder, "password"), self.password)
            self.ssh = self._ssh(Path(folder))
            self.options = ["-o", f"sftp.command={shlex.join(self.ssh)}"] if self.ssh else []
            self.options += ["--no-lock"] if self.looks_only else []
            yield

    def _ssh(self, folder: Path) -> list[str]:
        """The command for a repository by sftp; empty for another."""
        if not self.place.startswith("sftp:"):
            return []
        rest = self.place[len("sftp:") :]
        if rest.startswith("//"):
            address = urlsplit(rest)
            host, port, user = address.hostname or "", address.port, address.username
        else:
            user, _separator, host = rest.partition(":")[0].rpartition("@")
            port = None
        # Who does not answer in half a minute, or asks for something, is not waited for.
        words = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-o", "StrictHostKeyChecking=yes"]
        words += ["-o", "ServerAliveInterval=15"]
        for name, option, content in (
            ("key", "IdentityFile", self.ssh_key),
            ("known_hosts", "UserKnownHostsFile", self.known_hosts),
        ):
            if content:
                words += ["-o", f"{option}={_written(folder / name, content)}"]
        words += ["-o", "IdentitiesOnly=yes"] if self.ssh_key else []
        words += ["-p", str(port)] if port else []
        return [*words, f"{user}@{host}" if user else host, "-s", "sftp"]

    def run(self, *words: str, timeout: float | None = None) -> str:
        """What restic prints; BackupError with what it means where it fails.

        A lock that a run has left which was killed is removed: restic knows those of processes that are no more.
        """
        try:
            return self._run(*words, timeout=timeout)
        except Locked:
            self._run("unlock", timeout=ANSWERS)
            return self._run(*words, timeout=timeout)

    def _run(self, *words: str, timeout: float | None = None) -> str:
        environment = {
            **os.environ,
            **self.environment,
            "RESTIC_REPOSITORY": self.place,
            "RESTIC_PASSWORD_FILE": str(self.password_file),
            "LC_ALL": "C",
            "TZ": "UTC",
        }
        try:
            done = subprocess.run(
                ["restic", *self.options, "--no-cache", *words],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout,
            )
        except FileNotFoundError:
            raise BackupError("restic is not on the host: install the package restic") from None
        except subprocess.TimeoutExpired as late:
            said = late.stderr.decode() if isinstance(late.stderr, bytes) else late.stderr or ""
            if re.search(_NONE_YET, said):
                raise self._none() from None
            raise BackupError(f"The repository {self.place} cannot be used: {_meaning(said)}") from None
        if done.returncode != 0:
            raise self._failed(done.stderr)
        return done.stdout

    def _none(self) -> BackupError:
        return NoRepository(f"There is no repository at {self.place} yet: it is made when a backup is copied")

    def _failed(self, said: str) -> BackupError:
        if "Is there a repository at the following location" in said and re.search(
            r"does not exist|not exist|no such file|NoSuch", said, re.IGNORECASE
        ):
            return self._none()
        if self.ssh and "sftp session" in said:
            # SSH's own words come too late for restic.
            asked = subprocess.run(self.ssh, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            said += asked.stderr
        kind = Locked if re.search(_LOCKED, said) else BackupError
        return kind(f"The repository {self.place} cannot be used: {_meaning(said)}")

    def make(self) -> None:
        """A repository at a place where there is none."""
        self.run("init", timeout=ANSWERS * 2)

    def snapshots(self) -> list[dict[str, Any]]:
        """Of each copy its C(name), C(taken), C(id) and C(folder), the oldest first."""
        words = ["snapshots", "--json", "--host", self.origin, "--tag", ",".join(self.tags)]
        found = json.loads(self.run(*words, timeout=ANSWERS)) or []
        names = [
            (one["time"], next((tag[5:] for tag in one.get("tags") or [] if tag.startswith("name=")), ""), one)
            for one in found
        ]
        return [
            {"name": name, "taken": time, "id": one["id"], "folder": one["paths"][0]}
            for time, name, one in sorted(names, key=lambda each: each[0])
            if name
        ]

    def copy(self, folder: Path, taken: str) -> None:
        """A backup becomes a snapshot, of the time that it was taken."""
        tags = ",".join([*self.tags, f"name={folder.name}"])
        moment = taken[:19].replace("T", " ")
        self.run("backup", "--quiet", "--host", self.origin, "--tag", tags, "--time", moment, str(folder))

    def forget(self, copies: list[dict[str, Any]]) -> None:
        """Remove snapshots, and what no other one needs."""
        self.run("forget", "--quiet", "--prune", *[one["id"] for one in copies])

    def check(self, part: int, of: int) -> None:
        """Whether it is whole; of its data one part is read."""
        self.run("check", "--quiet", f"--read-data-subset={part}/{of}")

    def manifest(self, copy: Mapping[str, Any]) -> dict[str, Any]:
        """What a copy says of itself."""
        return json.loads(self.run("dump", copy["id"], f"{copy['folder']}/manifest.json"))

    def fetch(self, copy: Mapping[str, Any], folder: Path) -> None:
        """Write what a copy has below a folder; its own is where it was when it was copied."""
        self.run("restore", copy["id"], "--target", str(folder))


def surplus(copies: list[dict[str, Any]], keep: int, keep_days: int, now: float) -> list[dict[str, Any]]:
    """Those that are to go, as backups are: all but the newest C(keep), and those older than C(keep_days); never the
    newest.
    """
    extra = copies[:-keep] if keep > 0 else []
    old = [one for one in copies if keep_days > 0 and now - moment(one["taken"]) > keep_days * 86400]
    return [one for one in copies[:-1] if one in extra or one in old]


def moment(taken: str) -> float:
    """A time in UTC, as restic and the manifest write it, in seconds."""
    return datetime.strptime(taken[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp()


def _meaning(said: str) -> str:
    """What it says, as a person reads it."""
    for pattern, meaning in _SAID:
        if seen := re.search(pattern, said, re.IGNORECASE):
            return meaning.format(next((part for part in seen.groups() if part), ""))
    lines = [re.sub(_BEFORE, "", line) for line in map(_plain, said.splitlines()) if line]
    lines = [line for line in lines if not re.match(r"Is there a repository|sftp:|s3:|unable to open repo", line)]
    return (lines[-1] if lines else "it does not answer").rstrip(".")


def _plain(line: str) -> str:
    """A line of what it says; 0.18 writes the last one as JSON."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        line = json.loads(line)["message"]
    return line.strip().partition("\n")[0]


def _written(path: Path, content: str) -> Path:
    """A file for its owner alone."""
    path.touch(mode=0o600)
    path.write_text(content.rstrip("\n") + "\n", encoding="utf-8")
    return path
