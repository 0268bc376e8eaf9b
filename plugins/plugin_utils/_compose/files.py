# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files and folders that services of a Compose project are given on the host."""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.host import Host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

LONGEST = 200
"""Lines of a new file that a diff shows; of a longer one, as a list of what requests may say, it says how many."""


@dataclass(frozen=True)
class File:
    """One file: where, what is in it, its mode, whether a diff shows what is in it, whose it is (a user's number, or
    nothing: whose the run is), and whether its service reads it again by itself when it changes.
    """

    path: str
    content: bytes
    mode: int
    shown: bool
    owner: str = ""
    live: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of its content."""
        return hashlib.sha256(self.content).hexdigest()

    def is_on(self, host: Host) -> bool:
        """Whether the host has it as it is."""
        return (
            host.sums.get(self.path) == self.digest
            and host.modes.get(self.path) == self.mode
            and self.owner in ("", host.owners.get(self.path))
        )

    def text(self) -> str:
        """What of it may be shown."""
        return self.content.decode("utf-8", "replace") if self.shown else "(not shown)\n"


@dataclass
class Files:
    """All of some services, by their paths; of a folder the mode, and whether nothing else may be in it. The others are
    written by somebody else, and go with them.
    """

    files: dict[str, File] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)
    exclusive: set[str] = field(default_factory=set)
    others: list[str] = field(default_factory=list)

    def differing(self, host: Host) -> list[File]:
        """The files that the host does not have as they are."""
        return [each for each in self.files.values() if not each.is_on(host)]

    def missing_folders(self, host: Host) -> dict[str, int]:
        """The folders that the host has not, or with another mode."""
        return {path: mode for path, mode in self.folders.items() if host.modes.get(path) != mode}

    def paths(self) -> list[str]:
        """All of them."""
        return [*self.files, *self.folders, *self.others]

    def superfluous(self, host: Host) -> list[str]:
        """What is in a folder that is to hold its own files alone."""
        return sorted(path for path in host.listed if path not in self.files)


def of(services: Iterable[Mapping[str, Any]]) -> Files:
    """The files of services as the role container_service describes them."""
    found = Files()
    for service in services:
        for folder in service.get("folders") or []:
            found.folders[folder["path"]] = _mode(folder, 0o755)
            if folder.get("exclusive"):
                found.exclusive.add(folder["path"])
        found.others += service.get("other_files") or []
        for given in service.get("files") or []:
            content = given["content"]
            made = File(
                given["path"],
                content if isinstance(content, bytes) else str(content).encode(),
                _mode(given, 0o644),
                bool(given.get("diff", True)),
                str(given.get("owner") or ""),
                bool(given.get("live")),
            )
            if found.files.setdefault(made.path, made) != made:
                raise UserError(
                    f"The service {service['name']} is to be given the file {made.path}, which another service has "
                    "with another content: give each a folder of its own.",
                    "file_twice",
                )
    return found


def _mode(given: Mapping[str, Any], default: int) -> int:
    """A mode that is written as a text. YAML reads 0640 without quotes as the number 416, which says another one."""
    written = given.get("mode")
    if written in (None, ""):
        return default
    if not isinstance(written, str) or not re.fullmatch(r"0?[0-7]{3,4}", written):
        raise UserError(
            f'The mode of {given["path"]} is {written}: write an octal number in quotation marks, such as "0640".',
            "options_invalid",
        )
    return int(written, 8)


def digest(files: Files, more: Mapping[str, str]) -> str:
    """One SHA-256 of all of them that are read at the start alone, and of further digests by what they are of."""
    every = {path: each.digest for path, each in files.files.items() if not each.live} | dict(more)
    return hashlib.sha256(repr(sorted(every.items())).encode()).hexdigest()


def archive(files: Iterable[File], folders: Mapping[str, int]) -> bytes:
    """A compressed tar file with numbered files, and a list that says what goes where: a line each, the path last."""
    lines = [f"folder - {mode:o} - {path}" for path, mode in folders.items()]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        for number, each in enumerate(files):
            _add(tar, str(number), each.content)
            lines.append(f"file {number} {each.mode:o} {each.owner or '-'} {each.path}")
        _add(tar, "list", "".join(f"{line}\n" for line in lines).encode())
    return packed.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def diffs(
    files: Iterable[File], superfluous: Iterable[str], former: Mapping[str, tuple[int, bytes]]
) -> list[dict[str, str]]:
    """What changes, as Ansible shows it."""
    shown = []
    for each in files:
        mode, content = former.get(each.path, (each.mode, b""))
        before = File(each.path, content, mode, each.shown)
        header = {"before_header": each.path, "after_header": each.path}
        if each.path in former and content != each.content and not each.shown:
            shown.append({**header, "before": "(not shown)\n", "after": "(not shown, another one)\n"})
        elif each.path not in former:
            lines = each.text().count("\n")
            shown.append({**header, "before": "", "after": each.text() if lines <= LONGEST else f"({lines} lines)\n"})
        elif content != each.content:
            shown.append({**header, "before": before.text(), "after": each.text()})
        if mode != each.mode:
            shown.append({**header, "before": f"mode {mode:04o}\n", "after": f"mode {each.mode:04o}\n"})
    for path in superfluous:
        shown.append(
            {"before_header": path, "after_header": path, "before": f"{posixpath.basename(path)}\n", "after": ""}
        )
    return shown
