# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions that put services on a host share: scripts, modules and files there."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import files as given_files
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import host as on_host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.files import File
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


class OnHost(ActionBase):
    """An action with a host: subclasses declare their options and act(). where: what messages call the host."""

    _supports_check_mode = True
    _supports_async = False

    argument_spec: Mapping[str, Any] = {}
    required_if: Sequence[Any] = ()

    @abstractmethod
    def act(self) -> dict[str, Any]:
        """Do it, by self.options, which are checked."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the module returns."""
        super().run(tmp, task_vars)
        _validated, self.options = self.validate_argument_spec(
            argument_spec=self.argument_spec, required_if=self.required_if
        )
        self.task_vars = task_vars or {}
        self.where = self.task_vars.get("inventory_hostname", "the host")
        try:
            return self.act()
        except UserError as error:
            return {"failed": True, "msg": str(error), "code": error.code}
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)

    def _shell(self, script: str) -> dict[str, Any]:
        """Runs a script on the host, with the task's environment."""
        command = f"{self._compute_environment_string()} sh -c {self._connection._shell.quote(script)}".strip()
        return self._low_level_execute_command(command, sudoable=True)

    def _engine_says(self, script: str) -> str:
        """What a script prints that asks the engine."""
        answer = self._shell(script)
        if answer["rc"] == 0:
            return str(answer["stdout"])
        said = answer.get("stderr") or answer.get("stdout") or "it says nothing"
        reason = said.strip().splitlines()[-1]
        raise UserError(
            f"The container engine of {self.where} does not answer ({reason}): {_help(said)}.", "engine_silent"
        )

    def _module(self, module: str, /, **arguments: Any) -> dict[str, Any]:
        """A module on the host, in this task's check mode."""
        given = {key: value for key, value in arguments.items() if value is not None}
        return self._execute_module(module, module_args=given, task_vars=self.task_vars)

    def _see(self, result: dict[str, Any], what: str) -> None:
        if result.get("failed"):
            reason = re.sub(r"\s+", " ", str(result.get("msg", "")))[:600]
            raise UserError(f"{what}: {reason}", "host_failed")

    def _contents(self, paths: list[str]) -> dict[str, tuple[int, bytes]]:
        """What files of the host hold."""
        if not paths:
            return {}
        return on_host.read(self._shell(on_host.contents(self._connection._shell.quote, paths))["stdout"])

    def _place(self, files: list[File], folders: dict[str, int]) -> None:
        if not files and not folders:
            return
        source = self._connection._shell.join_path(self._make_tmp_path(), "files.tar.gz")
        self._transfer_data(source, given_files.archive(files, folders))
        self._fixup_perms2((source,))
        placed = self._shell(on_host.place(self._connection._shell.quote, source))
        if placed["rc"]:
            reason = (placed.get("stderr") or placed.get("stdout") or "nothing was said").strip().splitlines()[-1]
            raise UserError(f"The files of the services could not be written on {self.where}: {reason}", "host_failed")

    def _remove_paths(self, paths: list[str]) -> None:
        if paths:
            removed = self._shell(on_host.removal(self._connection._shell.quote, paths))
            self._see(
                {"failed": removed["rc"] != 0, "msg": removed.get("stderr")}, f"{', '.join(paths)} could not be removed"
            )


def _help(said: str) -> str:
    """What helps, by what the engine's client says: its socket is root's and the group docker's
    (https://docs.docker.com/engine/install/linux-postinstall/).
    """
    if "permission denied" in said.lower():
        return "let Ansible become root (become: true), or add the user to the group docker"
    return "start it"
