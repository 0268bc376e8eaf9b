# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches by value for what the stores of the tests hold, where none of it may be.

While the tests run, the arguments and environments of all processes and the logs of containers are read; at the end
the files that the tests have left. What is remembered of them is words that could be a value; they are compared when
all values are known. What is found is told by its place alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import threading
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import docker
import requests

KINDS = ("keys", "secrets", "successors", "secret_successors")
VALUE = re.compile(r"[A-Za-z0-9_-]{24,}")
_WORD = re.compile(VALUE.pattern.encode())
EVERY = 0.3  # seconds between two looks at the processes
LARGEST = 32 * 2**20  # a larger file is an image or an archive
# Where others' programs lie, which no test writes into.
NOT_OURS = {"node_modules", ".git", "site-packages", "__pycache__"}

# The variables in which a process is given a value on purpose; in any other one it is a leak.
GIVEN = {
    "LITELLM_MASTER_KEY": "the gateway itself, and runs of Ansible, whose modules read it there as documented",
    "LITELLM_SALT_KEY": "the gateway itself",
    "FRONT_DOOR_SECRET": "the front door itself",
    "DATABASE_URL": "the gateway, and its migrations",
    "DATABASE_URI": "the MCP server of PostgreSQL",
    "POSTGRES_PASSWORD": "PostgreSQL when it is made",
    "PGPASSWORD": "PostgreSQL's own programs",
    "MCP_SERVER_*": "the gateway itself, where its version reads an MCP server's credential from there alone",
    "VALKEY_PASSWORD": "the gateway itself, where there is a cache",
    "CLIENT": "the MCP server of the scenario upstream, which compares what it is shown with it",
    "MCP_LAN_KEY_*": "a client program, whose configuration names the variable",
    "WEBUI_ADMIN_PASSWORD": "Open WebUI, which makes its administrator with it",
    "WEBUI_SECRET_KEY": "Open WebUI itself",
    "GEMINI_API_KEY": "what Gemini CLI starts, such as git: it reads its file of variables, and hands them on",
    "SECRET_FILE_*": "health checks of Alertmanager and of PostgreSQL's exporter, which read a file of it",
    "MCP_LAN_AUTHORIZATION": "Claude Desktop's bridge, whose entry gives it that way",
}


def words(content: bytes) -> Iterator[str]:
    """What of a text could be a value; one after an escaped line break begins a letter later."""
    for found in _WORD.findall(content):
        word = found.decode()
        yield word
        yield word[1:]


class Watch:
    """What was seen since it was started, on the machine and below two folders.

    output: where test deployments lie, and go with them, so that it is looked at all the time. temporary: where all
    else lies that tests make, until the end.
    """

    def __init__(self, output: Path, temporary: Path):
        self.output, self.temporary = output, temporary
        self._since = int(time.time())
        self._values: set[str] = set()
        self._seen: dict[str, set[str]] = {}
        self._known: dict[int, bytes] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._followed: set[str] = set()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._processes, self._deployments)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[str]:
        """The places where a value is that may not be there."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.learn(self.output, self.temporary)
        with self._lock:
            told = {place for word, places in self._seen.items() if word in self._values for place in places}
        return sorted(told | {str(path) for path in self._files()})

    def learn(self, *roots: Path) -> None:
        """Remember the values of the stores that there are; some go with the test that made them."""
        for root in roots:
            for kind in KINDS:
                for depth in ("*", "*/*", "*/*/*"):
                    for path in root.glob(f"{depth}/{kind}/*"):
                        with contextlib.suppress(OSError, UnicodeDecodeError):
                            value = path.read_text(encoding="utf-8").strip()
                            if VALUE.fullmatch(value):
                                self._values.add(value)

    def saw(self, place: str, content: bytes) -> None:
        with self._lock:
            for word in words(content):
                self._seen.setdefault(word, set()).add(place)

    # Processes.

    def _processes(self) -> None:
        while not self._stop.wait(EVERY):
            self.look()

    def look(self) -> None:
        """All processes, those in containers too."""
        known, self._known = self._known, {}
        for folder in Path("/proc").glob("[0-9]*"):
            number = int(folder.name)
            try:
                arguments = (folder / "cmdline").read_bytes()
                self._known[number] = arguments
                if known.get(number) == arguments:
                    continue
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue  # it is over, or is somebody else's
            if any(b"=" not in variable for variable in environment.split(b"\0") if variable):
                # It is just being started: a part of a value has no name yet. The next look has it whole.
                del self._known[number]
            name = arguments.split(b"\0")[0].decode("utf-8", "replace").rpartition("/")[2]
            self.saw(f"the arguments of a process {name!r}", arguments)
            for variable in environment.split(b"\0"):
                if b"=" not in variable:
                    continue
                called = variable.partition(b"=")[0].decode("utf-8", "replace")
                if not any(fnmatchcase(called, given) for given in GIVEN):
                    self.saw(f"the environment of a process {name!r}: {called}", variable)

    # Logs of containers.

    def _deployments(self) -> None:
        """Follow what each container prints from its start on, because most of them are removed by their test."""
        engine = None
        while not self._stop.wait(1):
            self.learn(self.output)
            with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
                engine = engine or docker.from_env().api
                for one in engine.containers():
                    if one["Id"] not in self._followed:
                        self._followed.add(one["Id"])
                        arguments = (engine, one["Id"], one["Names"][0].strip("/"))
                        threading.Thread(target=self._follow, args=arguments, daemon=True).start()

    def _follow(self, engine: docker.APIClient, identity: str, name: str) -> None:
        rest = b""
        with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
            for part in engine.logs(identity, stream=True, follow=True, since=self._since):
                *lines, rest = (rest + part).split(b"\n")
                self.saw(f"the log of the container {name}", b"\n".join(lines))
        self.saw(f"the log of the container {name}", rest)

    # Files.

    def _files(self) -> Iterator[Path]:
        for root in (self.output, self.temporary):
            for folder, folders, names in os.walk(root):
                folders[:] = [name for name in folders if name not in NOT_OURS]
                yield from (path for name in names if self._tells(path := Path(folder, name)))

    def _tells(self, path: Path) -> bool:
        with contextlib.suppress(OSError):
            about = path.lstat()
            if stat.S_ISREG(about.st_mode) and about.st_mode & 0o077 and about.st_size < LARGEST:
                return not self._values.isdisjoint(words(path.read_bytes()))
        return False
