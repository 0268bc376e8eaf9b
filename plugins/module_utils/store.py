# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets on the controller: the values of keys and the passwords of services.

A store has five verbs (get, put, remove, names, locked) and three kinds of entries (keys, secrets, and successors: the
values of keys that are to follow those that clients have, until the gateway knows them). FileStore keeps each
value in a file of its own, written whole, forced to disk and readable by its owner alone.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

KINDS = ("keys", "secrets", "successors")
DEFAULT_PATH = "~/.config/mcp_lan/default"
PLACEHOLDER = "not-made-yet"
"""What the lookups give for a value that the store has not; the engine takes it as one that is not known."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+\-]{0,199}")


class StoreError(Exception):
    """The store could not be used; the text is one sentence for a person."""


class Store(Protocol):
    """What the plugins need of a store; another backend has these and nothing else."""

    def get(self, kind: str, name: str) -> str | None: ...

    def put(self, kind: str, name: str, value: str) -> None: ...

    def remove(self, kind: str, name: str) -> bool: ...

    def names(self, kind: str) -> list[str]: ...

    def locked(self, wait: float = 60) -> contextmanager: ...


class FileStore:
    """A directory: <path>/<kind>/<name>, 0700 and 0600."""

    def __init__(self, path: str = DEFAULT_PATH):
        self.path = Path(path).expanduser()

    def get(self, kind: str, name: str) -> str | None:
        try:
            return self._file(kind, name).read_text(encoding="utf-8").rstrip("\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self._file(kind, name)} cannot be read: {error.strerror}.") from None

    def put(self, kind: str, name: str, value: str) -> None:
        """Keep a value so that it survives a crash right after: new file, fsync, rename, fsync of the directory."""
        target = self._file(kind, name)
        try:
            self._directory(kind)
            temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            try:
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(value + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
            self._sync(target.parent)
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error.strerror}.") from None

    def remove(self, kind: str, name: str) -> bool:
        try:
            self._file(kind, name).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(f"{self._file(kind, name)} cannot be removed: {error.strerror}.") from None
        self._sync(self.path / kind)
        return True

    def names(self, kind: str) -> list[str]:
        folder = self.path / self._kind(kind)
        return sorted(each.name for each in folder.iterdir() if _NAME.fullmatch(each.name)) if folder.is_dir() else []

    @contextmanager
    def locked(self, wait: float = 60) -> Iterator[None]:
        """Hold the store against other runs. The lock goes with the process, so a killed run leaves none behind."""
        self._directory()
        with os.fdopen(os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
            end = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= end:
                        raise StoreError(
                            f"Another run holds the store {self.path} since {wait:g} s: let it finish, then run again."
                        ) from None
                    time.sleep(0.1)
            yield

    def _kind(self, kind: str) -> str:
        if kind not in KINDS:
            raise StoreError(f"The store keeps {', '.join(KINDS)}, not {kind!r}.")
        return kind

    def _file(self, kind: str, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StoreError(
                f"{name!r} cannot be a name in the store: use letters, digits and _.@+- (200 at most), "
                "beginning with a letter, a digit or _."
            )
        return self.path / self._kind(kind) / name

    def _directory(self, kind: str | None = None) -> None:
        for folder in filter(None, (self.path, kind and self.path / kind)):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if folder.stat().st_mode & 0o077:
                    folder.chmod(0o700)
            except OSError as error:
                raise StoreError(f"The store {folder} cannot be made: {error.strerror}.") from None

    @staticmethod
    def _sync(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def new_secret(prefix: str = "", length: int = 32) -> str:
    """A random value of I(length) bytes of entropy, safe in URLs, environment files and headers."""
    return prefix + secrets.token_urlsafe(length)
