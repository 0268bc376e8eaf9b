# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A path of a key-value engine (version 2) of HashiCorp Vault or OpenBao.

Each value is an entry <path>/<kind>/<name> with one field, value. Writes say which version they replace
(check-and-set), so that of two at once one is refused. The entry <path>/lock holds off other runs: who holds it writes
it anew all the time; it is free for others when its holder says so, or has not written it for a lease, by the watch of
who waits.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import entry, held_by_another, is_name

try:
    import hvac
    import requests
except ImportError:
    hvac = None

FORM = "hashi-vault:MOUNT/PATH"
LOCK = "lock"
LEASE = 30.0
RENEWALS = 3  # in a lease, so that a slow answer does not lose the lock


def open_store(plugin: Any, place: str, variables: Mapping[str, Any]) -> HashiVaultStore:
    """The store of this place, for a task or lookup with these variables."""
    return HashiVaultStore(place, connector(plugin, variables))


def connector(plugin: Any, variables: Mapping[str, Any]) -> Callable[[], Any]:
    """How to log in: by the settings of community.hashi_vault (its variables, ini entries, VAULT_ADDR, VAULT_TOKEN)."""
    named = {name: value for name, value in variables.items() if name.startswith("ansible_hashi_vault_")}

    def connect() -> Any:
        try:
            # The collection's own way from its settings to a client that is logged in is that of its lookups.
            lookup = lookup_loader.get("community.hashi_vault.vault_read")
            if lookup is None:
                raise UserError(
                    "A store in a vault needs the collection community.hashi_vault: install it.", "store_failed"
                )
            lookup.set_options(direct={}, var_options=plugin._templar.template(named))
            lookup.connection_options.process_connection_options()
            client = lookup.helper.get_vault_client(**lookup.connection_options.get_hvac_connection_options())
            lookup.authenticator.validate()
            lookup.authenticator.authenticate(client)
        except (AnsibleError, NotImplementedError, ValueError) as error:
            raise UserError(f"There is no log-in to the vault: {error}", "store_failed") from None
        return client

    return connect


class HashiVaultStore:
    """hashi-vault:<mount>/<path>"""

    def __init__(self, place: str, connect: Callable[[], Any], lease: float = LEASE):
        self.place = place
        self._mount, _slash, self._path = place.partition(":")[2].strip("/").partition("/")
        if not self._path:
            raise UserError(f"mcp_lan_store: {place!r} names no path; write hashi-vault:MOUNT/PATH.", "store_failed")
        if hvac is None:
            raise UserError(
                "A store in a vault needs the Python package hvac on the controller: install it.", "store_failed"
            )
        self._connect, self._client, self._lease = connect, None, lease
        self._versions: dict[tuple[str, str], int] = {}
        self._lost = threading.Event()

    def get(self, kind: str, name: str) -> str | None:
        value, self._versions[kind, name] = self._read(self._engine(), "/".join(entry(kind, name)))
        return value

    def put(self, kind: str, name: str, value: str) -> None:
        """Replace the version that get() has seen, or the present one; refused if another run was faster."""
        where = "/".join(entry(kind, name))
        if (kind, name) not in self._versions:
            self.get(kind, name)
        self._still_held()
        version = self._write(self._engine(), where, value, self._versions[kind, name])
        if version is None:
            raise UserError(
                f"{self.place}/{where} was written by another run in this moment: run again.", "store_failed"
            )
        self._versions[kind, name] = version

    def remove(self, kind: str, name: str) -> bool:
        where = "/".join(entry(kind, name))
        if self.get(kind, name) is None:
            return False
        self._still_held()
        with self._asked("remove", where):
            self._engine().delete_metadata_and_all_versions(f"{self._path}/{where}", mount_point=self._mount)
        self._versions[kind, name] = 0
        return True

    def names(self, kind: str) -> list[str]:
        entry(kind, "any")
        with self._asked("list", kind):
            found = self._found(self._engine().list_secrets, kind)
        # What was deleted by hand is listed as well.
        return sorted(one for one in (found or {"keys": ()})["keys"] if self._there(kind, one))

    @contextmanager
    def locked(self, wait: float = 60) -> Iterator[None]:
        """Hold the store against other runs; one that was killed is waited for no longer than a lease."""
        me = secrets.token_hex(8)
        self._take(me, wait)
        done, self._lost = threading.Event(), threading.Event()
        # With a log-in of its own, made here: neither a session nor Ansible's settings are for two threads.
        holder = threading.Thread(target=self._hold, args=(me, self._connect().secrets.kv.v2, done), daemon=True)
        holder.start()
        try:
            yield
        finally:
            done.set()
            holder.join()

    def _take(self, me: str, wait: float) -> None:
        seen, since, end = None, time.monotonic(), time.monotonic() + wait
        while True:
            holder, version = now = self._read(self._engine(), LOCK)
            if now != seen:
                seen, since = now, time.monotonic()
            free = not holder or time.monotonic() - since > self._lease
            if free and self._write(self._engine(), LOCK, me, version) is not None:
                return
            if time.monotonic() >= end:
                raise held_by_another(self.place, wait)
            time.sleep(min(0.5, self._lease / 10))

    def _hold(self, me: str, engine: Any, done: threading.Event) -> None:
        finished = False
        while not finished:
            finished = done.wait(self._lease / RENEWALS)
            # An answer that does not come is asked for again: what was written can be read.
            with suppress(UserError):
                holder, version = self._read(engine, LOCK)
                if holder != me or self._write(engine, LOCK, "" if finished else me, version) is None:
                    self._lost.set()
                    return

    def _still_held(self) -> None:
        if self._lost.is_set():
            raise UserError(
                f"This run has lost its hold of the store {self.place} to another one: run again.", "store_failed"
            )

    def _there(self, kind: str, name: str) -> bool:
        return is_name(name) and self.get(kind, name) is not None

    def _engine(self) -> Any:
        if self._client is None:
            self._client = self._connect()
        return self._client.secrets.kv.v2

    def _read(self, engine: Any, where: str) -> tuple[str | None, int]:
        """An entry's value and version; version 0 is one that has never been."""
        with self._asked("read", where):
            answer = self._found(engine.read_secret_version, where, raise_on_deleted_version=False)
        if answer is None:
            return None, 0
        if answer["data"] is not None and "value" not in answer["data"]:
            raise UserError(
                f"{self.place}/{where} has no field value, so it is somebody else's: choose another path.",
                "store_failed",
            )
        return (answer["data"] or {}).get("value"), answer["metadata"]["version"]

    def _found(self, ask: Callable[..., Any], where: str, **more: Any) -> Any:
        """An answer's data, or none where there is nothing; that there is no such engine is an error all the same."""
        try:
            return ask(f"{self._path}/{where}", mount_point=self._mount, **more)["data"]
        except hvac.exceptions.InvalidPath as error:
            if "no handler" in str(error):
                raise
            return None

    def _write(self, engine: Any, where: str, value: str, version: int) -> int | None:
        """The new version, or none if the present one is not the one that is to be replaced."""
        with self._asked("write", where):
            try:
                answer = engine.create_or_update_secret(
                    f"{self._path}/{where}", {"value": value}, cas=version, mount_point=self._mount
                )
            except hvac.exceptions.InvalidRequest as error:
                if "check-and-set" in str(error):
                    return None
                raise
        return answer["data"]["version"]

    @contextmanager
    def _asked(self, verb: str, where: str) -> Iterator[None]:
        """What goes wrong at the vault, as one sentence."""
        try:
            yield
        except hvac.exceptions.Forbidden:
            raise UserError(
                f"The vault does not let us {verb} {self.place}/{where}: log in anew, or let the policy create, "
                f"read, update, delete and list at {self._mount}/data/{self._path}/* and {self._mount}/metadata.",
                "store_failed",
            ) from None
        except hvac.exceptions.InvalidPath:
            raise UserError(
                f"The vault has no key-value engine, version 2, at {self._mount}/: enable it, or correct "
                "mcp_lan_store.",
                "store_failed",
            ) from None
        except hvac.exceptions.VaultDown:
            raise UserError("The vault is sealed: unseal it, then run again.", "store_failed") from None
        except hvac.exceptions.VaultError as error:
            raise UserError(
                f"The vault refuses to {verb} {self.place}/{where}: {_one_line(error)}", "store_failed"
            ) from None
        except requests.RequestException as error:
            raise UserError(
                f"The vault cannot be reached (see VAULT_ADDR): {_one_line(error)}", "store_failed"
            ) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
