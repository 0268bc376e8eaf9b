# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From "this user has this client" to edits of files; nothing is read or written here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import (
    HIDDEN,
    names_secret,
    without_secrets,
)

from .._edit import entry, lines
from .._edit.text import decode, unread
from . import environment
from .declaration import Client, ModelsAt, Server, in_list
from .registry import find

_ADDRESS = re.compile(r"https?://\S+")
# Of any system. What is relative would be below the machine's /, and no shell reads $HOME.
_WHOLE = r"(/|[A-Za-z]:[\\/]|%\w+%[\\/]|\\\\)"
_PLACES = {
    "path": (
        re.compile(rf"({_WHOLE}|~[\\/])([^\r\n\0]*[^\r\n\0\\/])"),
        "neither a file's whole path nor one that begins with ~/",
    ),
    "home": (re.compile(rf"{_WHOLE}[^\r\n\0]*"), "not a folder's whole path"),
}

Edit = Callable[["bytes | None"], "bytes | None"]


@dataclass(frozen=True)
class Place:
    """One value in one of a client's files; without a value it is to go."""

    file: str | None
    format: str
    path: tuple[str, ...]
    value: Any
    base: Mapping[str, Any] | None = None

    def edit(self, data: bytes | None) -> bytes | None:
        """Return the file with the value, or without it."""
        if self.value is None:
            return entry.remove_entry(self.format, data, self.path, self.base)
        return entry.set_entry(self.format, data, self.path, self.value, self.base)

    def unread(self, data: bytes | None) -> str | None:
        """Return what the program may not be able to read of the file."""
        return unread(data, self.format) if self.value is not None else None

    def shown(self, data: bytes | None) -> str:
        """Return the value as a diff may show it."""
        found = entry.get_entry(self.format, data, self.path)
        if found is None:
            return ""
        shown = without_secrets(found, name=self.path[-1], all_of_it=any(map(names_secret, self.path)))
        return json.dumps({".".join(self.path): shown}, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Item:
    """One client of one user, as the inventory has it."""

    user: str
    client: Client
    url: str
    server_name: str
    transport: str = "http"
    state: str = "present"
    key: str | None = None  # the value
    variable: str | None = None  # None: the key stands in the client's file
    home: str | None = None
    path: str | None = None
    gateway: str = ""  # the gateway's URL without a path, for models
    models: bool | None = None  # None: what is there stays as it is
    model: str | None = None
    ca_certificates: str = ""  # PEM, of whom the program is to trust
    ca_path: str = ""  # where they are on the machine, once its user's home is known

    @property
    def where(self) -> tuple[str, ...]:
        """Return where in the client's file the entry is."""
        return (*self.client.parent, in_list(self.server_name) if self.client.listed else self.server_name)

    def file(self, system: str) -> str | None:
        """Return the client's file on that operating system."""
        return self.path or self.client.paths.get(system)

    @property
    def server(self) -> Server:
        """Return the MCP server as the client is to know it."""
        secret = self.client.secret(self.variable, self.key or "")
        return Server(self.server_name, self.url, secret, self.variable, self.transport, self.ca_path)

    def in_clear(self, place: Place) -> bool:
        """Return whether the key itself is what this file is to hold."""
        return self.state == "present" and (not self.variable or place.value == self.key)

    def entry(self) -> dict[str, Any]:
        """Return the client's entry."""
        return self.client.entry(self.server)

    def places(self, system: str) -> list[Place]:
        """Return everything that this client needs, or that it has to lose, in the order of writing."""
        present = self.state == "present"
        base = self.client.base
        found = [Place(self.file(system), self.client.format, self.where, self.entry() if present else None, base)]
        if self.models is None:
            return found
        secret = self.client.secret(self.variable, self.key or "")
        at = ModelsAt(self.server_name, self.gateway, secret, self.variable, self.model, system, self.key or "")
        for setting in self.client.models(at):
            path = setting.paths[system] if setting.paths else self.file(system)
            value = setting.value if present and self.models else None
            mine = None if setting.paths else base
            found.append(Place(path, setting.format or self.client.format, setting.path, value, mine))
        # What was put in last goes first: only then does each removal find the file as it left it.
        return found if present else found[::-1]


def item_from(options: dict[str, Any], defaults: dict[str, Any], key: str | None) -> Item:
    """Return one entry of the option `clients` checked and completed, or say what is wrong with it."""
    client = find(options["client"])
    who = f"{client.title} of {options['user']}"
    transport = options.get("transport") or "http"
    if transport not in client.transports:
        raise ValueError(f"{who}: {client.title} does not speak {transport}, only {', '.join(client.transports)}")
    state = options.get("state") or "present"
    url = options.get("url") or defaults["url"]
    if state == "present" and not url:
        raise ValueError(f"{who}: gateway_url or url is needed")
    if state == "present" and not key:
        raise ValueError(f"{who}: a key is needed; give key (its alias in the store) or key_value")
    if key and not environment.TOKEN.match(key):
        raise ValueError(f"{who}: the key holds a character that no bearer token may hold")
    if state == "present" and not _ADDRESS.fullmatch(url):
        raise ValueError(f"{who}: url, or gateway_url, is an address, such as http://gateway.lan:4000, without spaces")
    for name, (form, told) in _PLACES.items():
        if state == "present" and options.get(name) and not form.fullmatch(options[name]):
            raise ValueError(f"{who}: {name} {options[name]!r} is {told}")
    variable = options.get("variable") or environment.variable_for(client.name)
    if not environment.NAME.match(variable):
        raise ValueError(f"{who}: {variable!r} is not a name for a variable")
    server_name = options.get("server_name") or defaults["server_name"]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", server_name):
        raise ValueError(f"{who}: server_name {server_name!r} may hold letters, digits, - and _ only")
    models = options.get("models")
    if models is not None and client.models is None:
        raise ValueError(f"{who}: how {client.title} is pointed at other models is not known here; leave models out")
    if models and state == "present" and not defaults.get("gateway"):
        raise ValueError(f"{who}: models needs gateway_url")
    if models and state == "present" and client.names_models and not options.get("model"):
        raise ValueError(f"{who}: {client.title} wants its models by name; give model with models")
    in_file = client.reference is None or options.get("key_in") == "file"
    by_gateway = url and url.startswith("https://") and url.startswith(defaults.get("gateway") or "/")
    return Item(
        user=options["user"],
        client=client,
        url=url,
        transport=transport,
        state=state,
        key=key,
        server_name=server_name,
        variable=None if in_file else variable,
        gateway=defaults.get("gateway") or "",
        models=models,
        model=options.get("model"),
        home=options.get("home"),
        path=options.get("path"),
        ca_certificates=defaults.get("ca_certificates", "") if by_gateway and state == "present" else "",
    )


def check_items(items: list[Item]) -> None:
    """Refuse entries that contradict each other."""
    keys: dict[tuple[str, str], str] = {}
    entries: set[tuple[Any, ...]] = set()
    for item in items:
        place = (item.user, item.client.name, item.path, item.server_name)
        if place in entries:
            raise ValueError(f"{item.client.title} of {item.user} is listed twice with the entry {item.server_name}")
        entries.add(place)
        if (
            item.state == "present"
            and item.variable
            and keys.setdefault((item.user, item.variable), item.key) != item.key
        ):
            raise ValueError(f"{item.user}: the variable {item.variable} would hold two keys; set variable for one")


def ca_variables(items: list[Item]) -> dict[str, str]:
    """Return the variables by which these programs are told whom to trust, and their values; empty: none."""
    return {
        item.client.ca_variable: next(
            (one.ca_path for one in items if one.ca_path and one.client.ca_variable == item.client.ca_variable), ""
        )
        for item in items
        if item.client.ca_variable
    }


def variable_edit(items: list[Item], more: Mapping[str, str]) -> Edit:
    """Return the edit of a user's environment file; more: variables besides the keys', empty for those that go."""

    def edit(data: bytes | None) -> bytes | None:
        text = None if data is None else decode(data)[0]
        for name, value in more.items():
            if value:
                text = lines.set_variable(text, name, value)
            else:
                text = lines.remove_variable(text, name) if text else text
        for item in items:
            if item.variable and item.state == "absent":
                text = lines.remove_variable(text, item.variable) if text else text
        for item in items:
            if item.variable and item.state == "present":
                text = lines.set_variable(text, item.variable, item.key)
        return None if text is None else text.encode()

    return edit


def line_edit(line: str, present: bool) -> Edit:
    """Return the edit of a shell's profile."""

    def edit(data: bytes | None) -> bytes | None:
        # A profile may hold any bytes; Latin-1 gives each of them back.
        text = None if data is None else data.decode("latin-1")
        text = lines.set_line(text, line) if present else lines.remove_line(text, line)
        return None if text is None else text.encode("latin-1")

    return edit


def hosts_edit(desired: dict[str, str]) -> Edit:
    """Return the edit of the machine's hosts file: ours are these names."""

    def edit(data: bytes | None) -> bytes | None:
        # Without ours it may be empty; it never goes.
        text = lines.set_hosts(None if data is None else data.decode("latin-1"), desired)
        return data and b"" if text is None else text.encode("latin-1")

    return edit


def whole_edit(text: str, present: bool) -> Edit:
    """Return the edit of a file that is ours altogether."""
    return lambda data: text.encode() if present else None


def environment_edits(system: str, shell: str, present: set[str], left: bool) -> dict[str, Edit]:
    """Return the edits that make a user's shells and desktop read the environment file, or no longer."""
    edits: dict[str, Edit] = {}
    if system == "windows":
        return edits
    line = environment.profile_line(system)
    for path in environment.PROFILES:
        if environment.wanted_profile(path, shell, present) if left else path in present:
            edits[path] = line_edit(line, left)
    if shell.endswith("/fish") or (environment.FISH in present and not left):
        edits[environment.FISH] = whole_edit(environment.fish_script(system), left)
    if system == "macos":
        edits[environment.AGENT] = whole_edit(environment.launch_agent(), left)
    return edits


def candidates(items: list[Item]) -> set[str]:
    """Return every file of a user that may have to be read, before the operating system is known."""
    paths = {
        place.file for item in items for system in ("linux", "macos") for place in item.places(system) if place.file
    }
    paths |= set(environment.CA_FILES.values()) - {environment.CA_FILES["windows"]}
    if any(item.variable or item.client.ca_variable for item in items):
        paths |= {
            environment.FILES["linux"],
            environment.FILES["macos"],
            *environment.PROFILES,
            environment.FISH,
            environment.AGENT,
        }
    return paths


def shown_ours(path: str, data: bytes | None) -> str:
    """Return what of an environment file or a profile is ours, as a diff may show it."""
    text = "" if data is None else data.decode("utf-8", "replace")
    if path in environment.FILES.values():
        return re.sub(r"(?m)=.*$", f"={HIDDEN}", text)
    return "".join(f"{line}\n" for line in text.splitlines() if "mcp_lan" in line)
