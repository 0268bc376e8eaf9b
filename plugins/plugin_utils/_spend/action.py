# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What spend_info and spend_report share: the database is asked from the host, the files are the controller's."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import ControllerAction
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend import figures

LOGIN = {
    "login_host": {"type": "str", "required": True},
    "login_port": {"type": "int", "default": 5432},
    "login_user": {"type": "str", "required": True},
    "login_password": {"type": "str", "required": True, "no_log": True},
    "login_db": {"type": "str", "default": "litellm"},
    "from": {"type": "str"},
    "to": {"type": "str"},
}


class SpendAction(ControllerAction):
    """One that asks LiteLLM's database, from the host of the task."""

    _requires_connection = True
    options = LOGIN

    def span(self, given: Mapping[str, Any]) -> tuple[datetime, datetime]:
        return figures.span(given["from"], given["to"], datetime.now(UTC).replace(microsecond=0))

    def ask(self, given: Mapping[str, Any], query: str) -> Any:
        """What the database answers to one query."""
        login = {name: given[name] for name in LOGIN if name.startswith("login_")}
        try:
            answer = self._execute_module(
                "community.postgresql.postgresql_query",
                module_args={**login, "query": query},
                task_vars=self.task_vars,
            )
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return figures.read(answer, f"{given['login_host']}:{given['login_port']}", login)


def refuse_place(place: Path, option: str) -> None:
    """Before anything is asked: a file that could not be written afterwards."""
    if place.is_dir():
        raise UserError(f"{option}: {place} is a folder: name a file in it.", "report_failed")
    if not place.parent.is_dir():
        raise UserError(
            f"{option}: there is no folder {place.parent} on the controller: make it, or name another.", "report_failed"
        )


def write(place: Path, text: str, option: str, pretended: bool) -> bool:
    """A file of the owner's alone, whole or not at all; whether it is, or would be, another than before."""
    try:
        if place.is_file() and place.read_text(encoding="utf-8") == text and place.stat().st_mode & 0o777 == 0o600:
            return False
        if not pretended:
            made = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
            try:
                with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                    file.write(text)
                made.replace(place)
            finally:
                made.unlink(missing_ok=True)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{option}: {place} cannot be written ({error}): correct the name or the rights.", "report_failed"
        ) from None
    return True
