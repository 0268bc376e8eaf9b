# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes client programs' configurations: reads their files from the machine, edits them here, writes them back."""

from __future__ import annotations

import ipaddress
import json
import re
import time
from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import environment, plan, posix, windows
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.machine import Posix, Windows, by_user, names_in
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.options import COMMON, defaults_from
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.lines import our_hosts
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.text import RefusedEdit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError, action_failure
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import trusted

_OPTIONS = {
    **COMMON,
    "fallback_urls": {"type": "list", "elements": "str", "default": []},
    "hosts_address": {"type": "str"},
    "backup": {"type": "bool", "default": False},
    "purge": {"type": "bool", "default": False},
}
# What of an entry says which one it is, and where; enough to take it away again.
_WHICH = ("user", "client", "server_name", "home", "path", "transport", "variable", "key_in")
_UNREADABLE = {
    "other": "is not a file",
    "unreadable": "can't be read by its user",
    "foreign": "belongs to another user",
    "loop": "is a link that leads nowhere",
}
_SHUT = "can't be written: what it lies in is no folder that its user may write to; correct that"
_UNWRITTEN = {
    "moved": "was changed by another program meanwhile; run again",
    "error": "could not be written",
}


def _address(text: str | None) -> str | None:
    """The address that a name is to lead to, or a refusal."""
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        raise AnsibleActionFail(f"hosts_address has to be an IP address, such as 192.168.1.20, not {text!r}") from None


_NOTHING = COMMON["clients"]["options"]


def _told(left: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: one.get(name) for name in ("user", "client", "server_name")} for one in left]


class Written:
    """What this and earlier runs have written on a machine, by the store's record of it."""

    def __init__(self, store: Any, host: str) -> None:
        self._store = store
        self._record = ("records", "clients-" + re.sub(r"[^A-Za-z0-9_.@+-]", "_", host)[:180])

    def left_over(self, clients: list[dict[str, Any]], server_name: str) -> list[dict[str, Any]]:
        """The entries that no item of the list means any more, as ones that are to be taken away."""
        named = {_identity(one, server_name) for one in clients}
        return [{**one, "state": "absent"} for one in self._kept() if _identity(one, server_name) not in named]

    def keep(self, clients: list[dict[str, Any]], server_name: str, left: list[dict[str, Any]]) -> None:
        """Remember what is there now; written only where that is news."""
        present = [{**one, "server_name": one.get("server_name") or server_name} for one in clients]
        # One whose key is not of this store leaves no trace in it.
        present = [one for one in present if one.get("key") and (one.get("state") or "present") == "present"]
        now = [{name: one[name] for name in _WHICH if one.get(name)} for one in present + left]
        if now != self._kept():
            self._store.put(*self._record, json.dumps(now, sort_keys=True))

    def _kept(self) -> list[dict[str, Any]]:
        try:
            kept = json.loads(self._store.get(*self._record) or "[]")
        except ValueError:
            return []
        return [one for one in kept if isinstance(one, dict) and {"user", "client"} <= one.keys()]


def _identity(entry: dict[str, Any], server_name: str) -> tuple[str, str, str]:
    return entry["user"], entry["client"], entry.get("server_name") or server_name


class ActionModule(ActionBase):
    """The controller's side; the machine needs a shell and no more."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=_OPTIONS)
        self._task_vars = task_vars or {}
        urls = [url.rstrip("/") for url in (options["gateway_url"], *options["fallback_urls"]) if url]
        if options["fallback_urls"] and not options["gateway_url"]:
            raise AnsibleActionFail("fallback_urls come after gateway_url, which is missing")
        hosts_address = _address(options["hosts_address"])
        try:
            store = store_of(self, options["store"], task_vars)
            written = Written(store, self._task_vars.get("inventory_hostname", ""))
            self._ca_certificates = trusted(store)
            left = written.left_over(options["clients"], options["server_name"])
        except UserError as error:
            raise action_failure(error) from None
        if options["purge"]:
            here = self._of_users(left)
            options["clients"] = options["clients"] + [{**dict.fromkeys(_NOTHING), **one} for one in here]
            left = []
        # What is to be written, for each address by which the machine may reach the gateway.
        ways = [self._items({**options, "gateway_url": url}, self._task_vars) for url in urls or [None]]
        done: dict[str, Any] = {"changed": False, "clients": []}
        try:
            if ways[0]:
                done = Run(self, ways, urls, options["backup"], hosts_address).result()
            if not self._task.check_mode:
                written.keep(options["clients"], options["server_name"], left)
        except UserError as error:
            raise action_failure(error) from error
        return {**result, **done, "left_over": _told(left)}

    def _items(self, options: dict[str, Any], task_vars: dict[str, Any]) -> list[plan.Item]:
        defaults = defaults_from(options, self._ca_certificates)
        items = []
        for client in options["clients"]:
            key = client["key_value"]
            if not key and client["key"] and client["state"] == "present":
                key = self._key(client["key"], options["store"], task_vars)
            try:
                items.append(plan.item_from(client, defaults, key))
            except ValueError as error:
                raise AnsibleActionFail(str(error)) from error
        try:
            plan.check_items(items)
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from error
        return items

    def _key(self, alias: str, store: str | None, task_vars: dict[str, Any]) -> str:
        lookup = lookup_loader.get("mcp_lan.litellm.key", loader=self._loader, templar=self._templar)
        if lookup is None:
            raise AnsibleActionFail("the lookup mcp_lan.litellm.key is missing")
        options = {"store": store} if store else {}
        return lookup.run([alias], variables=task_vars, **options)[0]

    def _of_users(self, left: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those of users that the machine has: what was in the files of another one went with that one."""
        if not left or self.is_windows:
            return left
        there = self.shell(posix.users_script(one["user"] for one in left))[0].splitlines()
        return [one for one in left if one["user"] in there]

    def shell(self, script: str) -> tuple[str, str]:
        """Run a script on the client's machine and return what it printed, and its complaints."""
        done = self._low_level_execute_command("/bin/sh -s", in_data=script.encode())
        if done["rc"] != 0:
            raise AnsibleActionFail(f"the machine's shell failed: {(done['stderr'] or done['stdout']).strip()[-300:]}")
        return done["stdout"], done["stderr"]

    @property
    def is_windows(self) -> bool:
        """Whether the machine is reached through PowerShell."""
        return bool(getattr(self._connection._shell, "_IS_WINDOWS", False))

    def powershell(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run a script on a Windows machine and return its result."""
        done = self._execute_module(module_name=windows.MODULE, module_args=arguments, task_vars=self._task_vars)
        if done.get("failed") or done.get("error"):
            said = "; ".join(str(each.get("exception", {}).get("message", each)) for each in done.get("error") or [])
            raise AnsibleActionFail(f"the machine's PowerShell failed: {said or done.get('msg', 'no reason given')}")
        return done["result"]


class Run:
    """One machine's clients: read, work out, write."""

    def __init__(
        self,
        action: ActionModule,
        ways: list[list[plan.Item]],
        urls: list[str],
        backup: bool = False,
        hosts_address: str | None = None,
    ) -> None:
        self.action = action
        self.ways = ways
        self.urls = urls
        self.items = ways[0]
        self.hosts_address = hosts_address
        self.suffix = time.strftime("%Y%m%dT%H%M%S.bak") if backup else ""
        self.users = by_user(self.items)
        self.machine = Windows(action.powershell) if action.is_windows else Posix(action.shell)
        self.files: dict[tuple[str, str], posix.State] = {}
        self.after: dict[tuple[str, str], bytes | None] = {}
        self.accounts: dict[str, posix.Account] = {}

    def result(self) -> dict[str, Any]:
        """Do it, and return the task's result."""
        self._read()
        problems = self._work_out()
        writes = {} if problems else self._writes()
        problems += [f"{self._full(*place)} {_SHUT}" for place in writes if self.files[place].shut]
        if problems:
            raise AnsibleActionFail("; ".join(problems) + ". Nothing was changed.")
        if writes and not self.action._task.check_mode:
            self._write(writes)
            self._read_back()
        clients = [self._client(item, writes) for item in self.items]
        answer: dict[str, Any] = {"changed": bool(writes), "clients": clients}
        answer["warnings"] = self._warnings()
        if self.action._task.diff:
            answer["diff"] = self._diff(writes)
        if self.suffix:
            answer["backups"] = sorted(
                f"{self._full(*place)}.{self.suffix}" for place in writes if self.files[place].data is not None
            )
        return answer

    def _read(self) -> None:
        """Read the machine's files, and take the first address by which it reaches the gateway."""
        tried = [f"{url}/health/liveliness" for url in self.urls] if len(self.urls) > 1 else []
        with_hosts = bool(self.hosts_address) or any(item.state == "absent" for item in self.items)
        self.accounts, self.files = self.machine.read(self.items, tried, with_hosts)
        if (self.machine.reached or 0) > 0:
            self.items = self.ways[self.machine.reached]
            self.urls = [self.urls[self.machine.reached]]
        self.items = [
            replace(item, ca_path=self._ca_path(item.user) if item.ca_certificates else "") for item in self.items
        ]
        self.users = by_user(self.items)

    def _warnings(self) -> list[str]:
        written = our_hosts(self._hosts_text(self.after.get(self.machine.hosts)))
        names = names_in([item.url for item in self.items if item.state == "present"])
        unknown = [name for name in self.machine.unknown_names if name in names and name not in written]
        warnings = [
            f"{name} is not a name that this machine can resolve: the client programs will not reach the gateway. "
            "Add it to the network's DNS, let hosts_address write it to the machine's hosts file, or give an address "
            "in gateway_url."
            for name in unknown
        ]
        if self.machine.reached == -1 and not unknown and not written:
            warnings.append(
                f"This machine reaches the gateway at none of {', '.join(self.urls)}, and was given the first: check "
                "that the gateway runs and that no firewall is between them, and run again."
            )
        return warnings + self._untold() + self._unread()

    def _unread(self) -> list[str]:
        """A sentence for each file that its program may not be able to read as it was before."""
        found = {}
        for item in self.items:
            for place in item.places(self.accounts[item.user].system):
                what = place.unread(self.files[item.user, place.file].data)
                if what:
                    path = self._full(item.user, place.file)
                    found[path] = (
                        f"{path} {what}, and {item.client.title} may not be able to read it: save it as UTF-8 "
                        "without a byte-order mark."
                    )
        return list(found.values())

    @staticmethod
    def _hosts_text(data: bytes | None) -> str | None:
        return None if data is None else data.decode("latin-1")

    def _hosts(self, problems: list[str]) -> None:
        """The lines of the machine's hosts file: of the names in use, those that nothing else makes known."""
        place = self.machine.hosts
        if place not in self.files:
            return
        ours = our_hosts(self._hosts_text(self.files[place].data))
        # The gateway's own, as hosts_address is; an entry may have another server's url.
        names = names_in([item.url for item in self.items if item.state == "present"])
        names = [name for name in names if name in names_in(self.urls[:1])]
        desired = {name: self.hosts_address or ours[name] for name in names if name in ours}
        if self.hosts_address:
            desired |= {name: self.hosts_address for name in names if name in self.machine.unknown_names}
        if desired == ours:
            return
        if not self.machine.may_write_hosts:
            what = ", ".join(sorted({*desired, *ours}))
            problems.append(f"{place[1]} can't be written for {what}: connect as an administrator, or use become: true")
            return
        self._edit(place, plan.hosts_edit(desired), problems)

    def _work_out(self) -> list[str]:
        problems: list[str] = []
        for user, mine in self.users.items():
            account = self.accounts[user]
            for item in mine:
                if item.file(account.system) is None:
                    problems.append(f"{item.client.title} has no file that is known on {account.system}")
                    continue
                for place in item.places(account.system):
                    self._edit((user, place.file), place.edit, problems)
            self._authorities(user, mine, problems)
            if any(item.variable or item.client.ca_variable for item in mine):
                self._environment(user, mine, account, problems)
        self._hosts(problems)
        return problems

    def _ca_file(self, user: str) -> str:
        return environment.CA_FILES[self.accounts[user].system]

    def _ca_path(self, user: str) -> str:
        """The same as programs have to be told it, which fill nothing in."""
        local = f"{self.accounts[user].home}\\AppData\\Local"
        return self._full(user, self._ca_file(user)).replace("%LOCALAPPDATA%", local)

    def _authorities(self, user: str, mine: list[plan.Item], problems: list[str]) -> None:
        """The file of whom this user's programs are to trust."""
        certificates = next((item.ca_certificates for item in mine if item.ca_certificates), "")
        self._edit((user, self._ca_file(user)), plan.whole_edit(f"{certificates}\n", bool(certificates)), problems)

    def _ca_variables(self, user: str, mine: list[plan.Item]) -> dict[str, str]:
        """The variables that name that file; not those that the user has set already, and none in a registry."""
        if self.accounts[user].system == "windows":
            return {}
        taken = {name for name, _path in self._set_by(user, mine)}
        return {name: "" if name in taken else path for name, path in plan.ca_variables(mine).items()}

    def _set_by(self, user: str, mine: list[plan.Item]) -> list[tuple[str, str]]:
        """Which of these variables the user's profiles set, and where; nowhere for a path with odd characters."""
        found = []
        for name, value in plan.ca_variables(mine).items():
            if value and not environment.PLAIN_PATH.match(value):
                found.append((name, ""))
            for path in environment.PROFILES:
                state = self.files.get((user, path))
                if value and state and re.search(rf"\b{name}=".encode(), state.data or b""):
                    found.append((name, path))
        return found

    def _untold(self) -> list[str]:
        """A sentence for each program that does not learn by itself whom to trust."""
        told: dict[str, None] = {}
        for user, mine in self.users.items():
            set_by = dict(self._set_by(user, mine))
            for item in mine:
                name = item.client.ca_variable
                if not item.ca_path or item.client.ca_in_entry:
                    continue
                if not name:
                    told[
                        f"{item.client.title} of {user} can't be told whom to trust: add {item.ca_path} to the "
                        "machine's trusted authorities, as docs/clients.md says."
                    ] = None
                elif set_by.get(name):
                    told[f"{set_by[name]} of {user} sets {name}: add {item.ca_path} to the file named there."] = None
                elif name in set_by or self.accounts[user].system == "windows":
                    told[f"{item.client.title} of {user} needs the variable {name}: set it to {item.ca_path}."] = None
        return list(told)

    def _environment(self, user: str, mine: list[plan.Item], account: posix.Account, problems: list[str]) -> None:
        place = (user, environment.FILES[account.system])
        self._edit(place, plan.variable_edit(mine, self._ca_variables(user, mine)), problems)
        present = {path for (who, path), state in self.files.items() if who == user and state.kind != "absent"}
        left = self.after.get(place) is not None
        for path, edit in plan.environment_edits(account.system, account.shell, present, left).items():
            self._edit((user, path), edit, problems)

    def _edit(self, place: tuple[str, str], edit: plan.Edit, problems: list[str]) -> None:
        state = self.files[place]
        if state.kind in _UNREADABLE:
            problems.append(f"{self._full(*place)} {_UNREADABLE[state.kind]}")
            return
        try:
            self.after[place] = edit(self.after.get(place, state.data))
        except RefusedEdit as error:
            problems.append(f"{self._full(*place)}: {error}")

    def _writes(self) -> dict[tuple[str, str], posix.Write]:
        literal = {
            (item.user, place.file)
            for item in self.items
            for place in item.places(self.accounts[item.user].system)
            if item.in_clear(place)
        }
        literal |= {(user, path) for user in self.users for path in environment.FILES.values()}
        writes = {}
        for place, data in self.after.items():
            state = self.files[place]
            new = 0o644 if place == self.machine.hosts else 0o600
            mode = new if state.mode is None else state.mode & 0o600 if place in literal else state.mode
            if data != state.data or (data is not None and mode != state.mode):
                writes[place] = posix.Write(place[1], data, mode, state.checksum, self.suffix)
        return writes

    def _write(self, writes: dict[tuple[str, str], posix.Write]) -> None:
        # The variables first: a file that names one must not be there before it.
        order = sorted(writes, key=lambda place: place[1] not in environment.FILES.values())
        done, complaints = self.machine.write({place: writes[place] for place in order})
        failed = [f"{self._full(*place)} {_UNWRITTEN[what]}" for place, what in done.items() if what != "done"]
        if failed:
            raise AnsibleActionFail("; ".join(failed) + (f" ({complaints.strip()[-300:]})" if complaints else ""))

    def _read_back(self) -> None:
        """A key is counted as delivered by what is in the files, not by what a shell said."""
        again = Run(self.action, [self.items], self.urls[:1], hosts_address=self.hosts_address)
        again._read()
        left = again._work_out() or [self._full(*place) for place in again._writes()]
        if left:
            raise AnsibleActionFail(f"{'; '.join(left)}: not as it was written just now by this run; run again")

    def _full(self, user: str, path: str) -> str:
        return path.replace("~", self.accounts[user].home, 1) if path.startswith("~/") else path

    def _client(self, item: plan.Item, writes: dict[tuple[str, str], posix.Write]) -> dict[str, Any]:
        account = self.accounts[item.user]
        path = item.file(account.system)
        secret = environment.FILES[account.system] if item.variable else path
        return {
            "user": item.user,
            "client": item.client.name,
            "title": item.client.title,
            "state": item.state,
            "server_name": item.server_name,
            "transport": item.transport,
            "url": item.url,
            "path": self._full(item.user, path),
            "changed": any((item.user, place.file) in writes for place in item.places(account.system))
            or (bool(item.variable) and (item.user, secret) in writes),
            "key_in": "environment" if item.variable else "file",
            "key_path": self._full(item.user, secret),
            "variable": item.variable,
            "models": bool(item.models) and item.state == "present",
            "check": item.client.check,
            "note": self._note(item),
        }

    def _note(self, item: plan.Item) -> str | None:
        if item.client.reference is None:
            return f"{item.client.title} reads no key from elsewhere; its file holds it, for {item.user} alone (0600)"
        return item.client.note

    def _diff(self, writes: dict[tuple[str, str], posix.Write]) -> list[dict[str, str]]:
        shown = []
        for place, write in writes.items():
            name = self._full(*place)
            account = self.accounts.get(place[0])  # none for the hosts file
            mine = [
                each
                for item in self.users.get(place[0], ())
                for each in item.places(account.system)
                if each.file == place[1]
            ]
            before, after = (
                "".join(each.shown(data) for each in mine) if mine else plan.shown_ours(place[1], data)
                for data in (self.files[place].data, write.data)
            )
            shown.append({"before_header": name, "after_header": name, "before": before, "after": after})
        return shown
