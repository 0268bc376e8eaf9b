# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the files of a machine's users are reached: one round trip to read them all, one to write what changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

from . import environment, posix, windows
from .plan import Item, candidates
from .posix import Account, State, Write

Place = tuple[str, str]  # a user, and a path as the declarations have it


def by_user(items: list[Item]) -> dict[str, list[Item]]:
    """Return each user's items."""
    return {item.user: [each for each in items if each.user == item.user] for item in items}


def names_in(urls: list[str]) -> list[str]:
    """Return the hosts' names in these addresses, each once."""
    return sorted({name for name in (urlsplit(url).hostname for url in urls) if name})


class Posix:
    """Linux and macOS, through a shell; `run` takes a script and returns what it printed and its complaints."""

    def __init__(self, run: Callable[[str], tuple[str, str]]) -> None:
        self._run = run
        self._homes: dict[str, str | None] = {}
        self.unknown_names: list[str] = []
        self.reached: int | None = None
        self.hosts: Place = ("root", posix.HOSTS)
        self.may_write_hosts = False

    def read(
        self, items: list[Item], urls: list[str] | None = None, hosts: bool = False
    ) -> tuple[dict[str, Account], dict[Place, State]]:
        """Return the users' accounts and every file that may have to be changed; try these addresses beside."""
        users = by_user(items)
        self._homes = {user: next((item.home for item in mine if item.home), None) for user, mine in users.items()}
        places = [(user, path) for user, mine in users.items() for path in sorted(candidates(mine))]
        names = names_in([item.url for item in items if item.state == "present"] + (urls or []))
        script = posix.read_script(self._by_user(places, lambda place: place[1]), names, urls or (), hosts)
        output = self._run(script)[0]
        accounts, files = posix.parse_read(output)
        self.unknown_names = posix.unknown_names(output)
        self.reached = posix.reached(output)
        self.may_write_hosts = posix.is_root(output)
        for user in users:
            account = accounts.get(user)
            if account is None or account.problem == "missing":
                raise UserError(f"there is no user {user} on this machine", "machine_failed")
            if account.problem:
                raise UserError(
                    f"the files of {user} can't be reached: connect as {user}, or use become: true", "machine_failed"
                )
            if account.system not in environment.FILES:
                raise UserError(f"{account.system} is not an operating system that is known here", "machine_failed")
        current = {self.hosts: files.pop("hosts")} if hosts else {}
        return accounts, current | {places[int(number)]: state for number, state in files.items()}

    def write(self, writes: dict[Place, Write]) -> tuple[dict[Place, str], str]:
        """Write the files in this order; return what became of each, and the shell's complaints."""
        places = list(writes)
        output, complaints = self._run(posix.write_script(self._by_user(places, writes.__getitem__)))
        done = posix.parse_write(output)
        return {place: done.get(str(number), "error") for number, place in enumerate(places)}, complaints

    def _by_user(self, places: list[Place], what: Callable[[Place], Any]) -> dict[str, tuple[str | None, dict]]:
        numbered: dict[str, tuple[str | None, dict[str, Any]]] = {}
        for number, place in enumerate(places):
            numbered.setdefault(place[0], (self._homes.get(place[0]), {}))[1][str(number)] = what(place)
        return numbered


class Windows:
    """Windows, through ansible.windows; `run` takes a module's arguments and returns the script's result.

    The user's variables are in the registry. Here they look like the environment file of the other systems.
    """

    def __init__(self, run: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._run = run
        self._names: list[str] = []
        self.unknown_names: list[str] = []
        self.reached: int | None = None
        self.hosts: Place = ("", windows.HOSTS)
        self.may_write_hosts = False

    def read(
        self, items: list[Item], urls: list[str] | None = None, hosts: bool = False
    ) -> tuple[dict[str, Account], dict[Place, State]]:
        """Return the user's account and every file that may have to be changed; try these addresses beside."""
        self._names = sorted({item.variable for item in items if item.variable})
        users = by_user(items)
        paths = sorted({(item.user, each.file) for item in items for each in item.places("windows") if each.file})
        self.hosts = (items[0].user, windows.HOSTS)
        paths += [(user, environment.CA_FILES["windows"]) for user in users]
        paths += [self.hosts] if hosts else []
        names = names_in([item.url for item in items if item.state == "present"] + (urls or []))
        numbered = {str(number): path for number, (_user, path) in enumerate(paths)}
        result = self._run(
            windows.arguments(windows.READ, windows.read_wanted(numbered, self._names, names, urls or []))
        )
        self.unknown_names = list(result["unknown"])
        self.reached = result["reached"]
        self.may_write_hosts = result["administrator"]
        name, account, files = windows.parse_read(result)
        for user in users:
            if user.lower() != name.lower():
                raise UserError(
                    f"the files of {user} can't be reached: connect as {user}, not as {name}", "machine_failed"
                )
        found = {paths[int(number)]: state for number, state in files.items()}
        lines = "".join(f"{key}={value}\n" for key, value in sorted(result["variables"].items()) if value)
        variables = State("file", lines.encode(), 0o600) if lines else State("absent")
        found |= {(user, environment.FILES["windows"]): variables for user in users}
        return dict.fromkeys(users, account), found

    def write(self, writes: dict[Place, Write]) -> tuple[dict[Place, str], str]:
        """Write the files and variables; return what became of each."""
        variables: dict[str, str | None] = {}
        files: dict[str, Write] = {}
        places = list(writes)
        for number, place in enumerate(places):
            if place[1] != environment.FILES["windows"]:
                files[str(number)] = writes[place]
                continue
            lines = (writes[place].data or b"").decode().splitlines()
            variables = {**dict.fromkeys(self._names), **dict(line.split("=", 1) for line in lines)}
        result = self._run(windows.arguments(windows.WRITE, *windows.write_wanted(files, variables)))
        return {
            place: result["done"].get(str(number), "error") if str(number) in files else "done"
            for number, place in enumerate(places)
        }, "; ".join(result["said"])
