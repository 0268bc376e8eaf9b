# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of shell_info: the script goes to the host's shell by standard input, and no module goes there with it."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

READ_AND_RUN = 'eval "$(cat)"'


class ActionModule(ActionBase):
    """Runs it, whether or not in check mode."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module."""
        super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(argument_spec={"cmd": {"type": "str", "required": True}})
        # By standard input there is no terminal: its line ends, and what sudo has to say, stay out of the output. All
        # of it is read first, as a program of the script may read standard input as well.
        command = f"{self._compute_environment_string()} sh -c {self._connection._shell.quote(READ_AND_RUN)}".strip()
        try:
            done = self._low_level_execute_command(command, in_data=options["cmd"].encode(), sudoable=True)
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        said = {name: done.get(name, "").rstrip("\r\n") for name in ("stdout", "stderr")}
        lines = {f"{name}_lines": text.splitlines() for name, text in said.items()}
        return {"changed": False, "failed": False, "rc": done["rc"], **said, **lines}
