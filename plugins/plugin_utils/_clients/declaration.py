# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection knows of a client program, as data; one file beside this one for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SYSTEMS = ("linux", "macos", "windows")


@dataclass(frozen=True)
class Server:
    """The gateway's MCP server as one client is to know it."""

    name: str
    url: str
    secret: str  # the key, or how this client reads it from elsewhere
    variable: str | None = None  # the environment variable that holds the key, if the client reads one
    transport: str = "http"
    ca_path: str = ""  # a file of authorities that it is to trust

    @property
    def bearer(self) -> str:
        """Return the value of the Authorization header."""
        return f"Bearer {self.secret}"

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that carry the key."""
        return {"Authorization": self.bearer}


@dataclass(frozen=True)
class ModelsAt:
    """The gateway's model endpoints as one client is to know them."""

    name: str  # of the provider, where a client names one
    url: str  # the gateway's, without a path
    secret: str
    variable: str | None
    model: str | None
    system: str
    key: str  # for a file in which nothing can stand for it


@dataclass(frozen=True)
class Setting:
    """A value that points a client at the gateway's models."""

    path: tuple[str, ...]
    value: Any
    # The file, by operating system, and its format, if it is another one than that of the MCP entry.
    paths: Mapping[str, str] | None = None
    format: str | None = None


def in_list(name: str) -> str:
    """Return how a path calls the item of a list that has this name."""
    return f"[name={name}]"


@dataclass(frozen=True)
class Client:
    """One client program."""

    name: str
    title: str
    format: str  # json, jsonc, toml or yaml
    paths: Mapping[str, str]  # the user's file, by operating system
    parent: tuple[str, ...]  # where in the file the entries are
    entry: Callable[[Server], dict[str, Any]]
    transports: tuple[str, ...]
    established: str  # how we know: tried with which version, read in the source, or documented
    # How the file names an environment variable, written with VAR; None if only the literal key works.
    reference: str | None = None
    # Whether the entries are a list, in which each says its name, instead of a dictionary.
    listed: bool = False
    # What the program wants at the top of the file besides; added where it is missing.
    base: Mapping[str, Any] | None = None
    project: str | None = None  # the same file's place inside a project, if there is one
    check: str | None = None  # a command that connects and says so
    note: str | None = None  # what the person has to know or do
    models: Callable[[ModelsAt], list[Setting]] | None = None
    names_models: bool = False  # whether its file has to name a model, so that `models` needs `model`
    # The program's own command that sets or removes the entry and loses nothing else of the file; only where the key is
    # in the environment, because arguments are seen by everyone who lists the processes.
    add: Callable[[Server], list[str]] | None = None
    remove: Callable[[str], list[str]] | None = None
    # The variable by which the program is told of a file of authorities that it is to trust besides its own.
    ca_variable: str | None = None
    ca_in_entry: bool = False  # whether the entry itself says it
    aliases: tuple[str, ...] = field(default=())

    def secret(self, variable: str | None, key: str) -> str:
        """Return what stands for the key in this client's file."""
        return self.reference.replace("VAR", variable) if self.reference and variable else key
