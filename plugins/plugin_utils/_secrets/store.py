# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets on the controller: the values of keys and the passwords of services.

A store has five verbs (get, put, remove, names, locked) and kinds of entries: keys and secrets, for each of the two
what is to follow a value that is in use (successors, secret_successors) until it is seen to work, and what is to be
known of them later (records). FileStore keeps each value in a file of its own, written whole, forced to disk and
readable by its owner alone. Other kinds of stores are in the folder stores beside it, which also chooses one.
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

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

KINDS = ("keys", "secrets", "successors", "secret_successors", "records")
DEFAULT_PATH = "~/.config/mcp_lan/default"
PLACEHOLDER = "not-made-yet"
"""What the lookups give for a value that the store has not; the engine takes it as one that is not known."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+\-]{0,199}")
_LEFT_BEHIND = re.compile(r"\..+\.[0-9a-f]{8}")
_VAULTED = "$ANSIBLE_VAULT;"


class Store(Protocol):
    """What the plugins need of a store; another backend has these and nothing else."""

    place: str
    """What a person calls it: the variable's value."""

    def get(self, kind: str, name: str) -> str | None:
        """The value, or nothing."""

    def put(self, kind: str, name: str, value: str) -> None:
        """Written whole, and there before this returns."""

    def remove(self, kind: str, name: str) -> bool:
        """Whether it was there."""

    def names(self, kind: str) -> list[str]:
        """What there is of this kind."""

    def locked(self, wait: float = 60) -> contextmanager:
        """Held against other runs; a lock that is not had within so many seconds is an error."""


def entry(kind: str, name: str) -> tuple[str, str]:
    """What an entry is called in every store; refuses what could lead out of one."""
    if kind not in KINDS:
        raise UserError(f"The store keeps {', '.join(KINDS)}, not {kind!r}.", "store_failed")
    if not is_name(name):
        raise UserError(
            f"{name!r} cannot be a name in the store: use letters, digits and _.@+- (200 at most), "
            "beginning with a letter, a digit or _.",
            "store_failed",
        )
    return kind, name


def is_name(name: str) -> bool:
    """Whether an entry may be called that."""
    return bool(_NAME.fullmatch(name))


def held_by_another(place: str, wait: float) -> UserError:
    """What a run says that has waited for another one."""
    return UserError(
        f"Another run holds the store {place} since {wait:g} s: let it finish, then run again.", "store_failed"
    )


class FileStore:
    """A directory: <path>/<kind>/<name>, 0700 and 0600."""

    def __init__(self, path: str = DEFAULT_PATH):
        self.path = Path(path).expanduser()
        self.place = str(self.path)

    def get(self, kind: str, name: str) -> str | None:
        file = self._file(kind, name)
        try:
            text = file.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UserError(f"{file} cannot be read: {error.strerror}.", "store_failed") from None
        except UnicodeDecodeError:
            raise UserError(f"{file} is not UTF-8 text: save it so.", "store_failed") from None
        return self._opened(text, file).rstrip("\r\n")

    def put(self, kind: str, name: str, value: str) -> None:
        """Keep a value so that it survives a crash right after: new file, fsync, rename, fsync of the directory."""
        target, text = self._file(kind, name), self._sealed(value + "\n")
        try:
            self._directory(kind)
            temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            try:
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
            self._sync(target.parent)
        except OSError as error:
            raise UserError(f"{target} cannot be written: {error.strerror}.", "store_failed") from None

    def remove(self, kind: str, name: str) -> bool:
        try:
            self._file(kind, name).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UserError(f"{self._file(kind, name)} cannot be removed: {error.strerror}.", "store_failed") from None
        self._sync(self.path / kind)
        return True

    def names(self, kind: str) -> list[str]:
        folder = self._file(kind, "any").parent
        try:
            return sorted(filter(is_name, os.listdir(folder)))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UserError(f"{folder} cannot be read: {error.strerror}.", "store_failed") from None

    @contextmanager
    def locked(self, wait: float = 60) -> Iterator[None]:
        """Hold the store against other runs. The lock goes with the process, so a killed run leaves none behind."""
        self._directory()
        try:
            descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UserError(
                f"The store {self.place} cannot be locked: {self.path}/.lock: {error.strerror}.", "store_failed"
            ) from None
        with os.fdopen(descriptor, "r+") as file:
            end = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= end:
                        raise held_by_another(self.place, wait) from None
                    time.sleep(0.1)
            self._clean()
            yield

    def _opened(self, text: str, file: Path) -> str:
        """The value in a file's text."""
        if text.startswith(_VAULTED):
            raise UserError(
                f"{file} is encrypted with Ansible Vault: set mcp_lan_store to ansible-vault:{self.path}.",
                "store_failed",
            )
        return text

    def _sealed(self, text: str) -> str:
        """A file's text for a value."""
        return text

    def _clean(self) -> None:
        """Remove what a run left that was killed before it could rename its new file; only under the lock."""
        for kind in KINDS:
            for file in (self.path / kind).glob(".*"):
                if _LEFT_BEHIND.fullmatch(file.name):
                    file.unlink(missing_ok=True)

    def _file(self, kind: str, name: str) -> Path:
        return self.path.joinpath(*entry(kind, name))

    def _directory(self, kind: str | None = None) -> None:
        for folder in filter(None, (self.path, kind and self.path / kind)):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if folder.stat().st_mode & 0o077:
                    folder.chmod(0o700)
            except OSError as error:
                raise UserError(f"The store {folder} cannot be made: {error.strerror}.", "store_failed") from None

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
