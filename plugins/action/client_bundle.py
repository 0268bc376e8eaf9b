# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes people's bundles on the controller, for machines that Ansible does not manage."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import bundle, plan
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.options import COMMON, defaults_from
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError, action_failure
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import trusted

_OPTIONS = {
    **COMMON,
    "dest": {"type": "path", "required": True},
    "archive": {"type": "bool", "default": False},
    "include_keys": {"type": "bool", "default": False, "no_log": False},
}


class ActionModule(ActionBase):
    """All of it happens on the controller."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=_OPTIONS)
        try:
            people = self._people(options, task_vars)
            values = self._values(options, task_vars) if options["include_keys"] else {}
            made = [self._bundle(user, desired, values.get(user, {}), options) for user, desired in people.items()]
        except UserError as error:
            raise action_failure(error, "{error} Nothing was written.") from None
        except ValueError as error:
            raise AnsibleActionFail(f"{error}. Nothing was written.") from None
        for each in made:
            try:
                each["changed"] = self._write(each, options)
            except OSError as error:
                raise AnsibleActionFail(
                    f"{each['path']} cannot be written ({error.strerror}): name another dest."
                ) from None
        shown = [{name: each[name] for name in ("user", "path", "clients", "key_values", "changed")} for each in made]
        return {**result, "changed": any(each["changed"] for each in made), "bundles": shown}

    def _people(self, options: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, list[bundle.Wanted]]:
        people: dict[str, list[bundle.Wanted]] = {}
        given: dict[tuple[str, str], str | None] = {}
        defaults = defaults_from(options, trusted(store_of(self, options["store"], task_vars)))
        for client in options["clients"]:
            user = client["user"]
            if not bundle.NAME.match(user):
                raise ValueError(f"{user!r} can't be the name of a folder: letters, digits and _ . @ - only")
            if client["state"] == "absent":
                continue
            name = _key_name(client)
            if not (client["key"] or client["key_value"]):
                raise ValueError(f"{client['client']} of {user}: a key is needed; give key (its alias in the store)")
            if any(character in f"{client['path'] or ''}{name}" for character in "\t\n"):
                raise ValueError(
                    f"{client['client']} of {user}: a path and a key's name may hold no tab and no line end"
                )
            if given.setdefault((user, name), client["key_value"]) != client["key_value"]:
                raise ValueError(
                    f"{client['client']} of {user}: the key {name} has two values; give each an alias (key)"
                )
            item = plan.item_from(client, defaults, bundle.key_mark(0))
            people.setdefault(user, []).append(bundle.Wanted(item, name))
        for desired in people.values():
            # The names stand for the keys, which are not there yet.
            plan.check_items([replace(each.item, key=each.key_name) for each in desired])
        if not people:
            raise ValueError("there is no program to make a bundle for")
        return people

    def _values(self, options: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, dict[str, str]]:
        """For each person the values of that person's keys, by their names."""
        store = store_of(self, options["store"], task_vars)
        values: dict[str, dict[str, str]] = {}
        for client in options["clients"]:
            if client["state"] == "absent":
                continue
            name = _key_name(client)
            value = client["key_value"] or store.get("keys", name)
            if value is None:
                raise ValueError(f"the store has no key {name}; deploy it first, or leave the keys out")
            values.setdefault(client["user"], {})[name] = value
        return values

    def _bundle(
        self, user: str, desired: list[bundle.Wanted], values: dict[str, str], options: dict[str, Any]
    ) -> dict[str, Any]:
        files = bundle.bundle(user, desired, values)
        folder = Path(options["dest"]).expanduser() / user
        path = folder.with_name(f"{user}.zip") if options["archive"] else folder
        if path.is_dir() and any(path.iterdir()) and not (path / "plan.tsv").is_file():
            raise ValueError(f"{path} holds something else than a bundle; name another dest, or empty it")
        return {
            "user": user,
            "path": str(path),
            "clients": [each.item.client.name for each in desired],
            "key_values": "included" if values else "asked for",
            "files": {path.name: bundle.archive(user, files)} if options["archive"] else files,
        }

    def _write(self, made: dict[str, Any], options: dict[str, Any]) -> bool:
        path = Path(made["path"])
        if options["archive"]:
            (data,) = made["files"].values()
            if path.is_file() and path.read_bytes() == data and path.stat().st_mode & 0o777 == 0o600:
                return False
        elif _contents(path) == {name: (data, 0o600) for name, data in made["files"].items()}:
            return False
        if not self._task.check_mode:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(path, made["files"], options["archive"])
        return True


def _key_name(client: dict[str, Any]) -> str:
    """What a key is called in a bundle: its alias, or by its program where its value is given without one."""
    return client["key"] or f"of {client['client']}"


def _contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777) for path in files}


def _replace(path: Path, files: dict[str, bytes], archive: bool) -> None:
    """Put the new one in the place of the old one; both hold keys, perhaps, and are made for their owner alone."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        new = Path(folder) / path.name
        for name, data in files.items():
            file = new if archive else new / name
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
            file.write_bytes(data)
        if not archive:
            for each in (new, *(each for each in new.rglob("*") if each.is_dir())):
                each.chmod(0o700)
            shutil.rmtree(path, ignore_errors=True)
        os.replace(new, path)
