# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of gateway_export: the controller reads the gateway and its own store, and writes a file of its own."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import text_without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError, action_failure
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import WITHOUT_REQUESTS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import CONNECTION
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import REQUESTS_IMPORT_ERROR, Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.export import sections
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.export_text import text
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import trusted


class ActionModule(ActionBase):
    """Reads everything, then writes one file."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        """The module."""
        super().run(tmp, task_vars)
        _validated, given = self.validate_argument_spec(
            argument_spec={
                **CONNECTION,
                "dest": {"type": "path", "required": True},
                "force": {"type": "bool", "default": False},
                "store": {"type": "str"},
            }
        )
        dest = Path(given["dest"]).expanduser()
        try:
            if REQUESTS_IMPORT_ERROR:
                raise UserError(WITHOUT_REQUESTS, "package_missing")
            store = store_of(self, given["store"], task_vars)
            kept = {name: sha256(store.get("keys", name)) for name in store.names("keys")}
            connection = {name: given[name] for name in ("timeout", "retries", "validate_certs", "ca_path")}
            engine = Reconciler(
                Client(given["api_url"], given["master_key"], **connection, ca_certificates=trusted(store))
            )
            engine.read_all()
            written = sections(engine, kept)
        except (ApiError, UserError) as error:
            raise action_failure(error) from None
        after = text(written, re.sub("//[^/@]*@", "//", engine.client.api_url), engine.version)
        before = self._there(dest)
        if before not in (None, after) and not given["force"]:
            raise AnsibleActionFail(
                f"{dest} is there already, and is not overwritten: choose another dest, or set force."
            )
        changed = before != after
        if changed and not self._task.check_mode:
            self._write(dest, after)
        return {
            "changed": changed,
            "dest": str(dest),
            "version": engine.version,
            "exported": {one.variable: len(one.entries) for one in written if one.entries},
            "left_out": [sentence for one in written for sentence in one.left_out],
            "to_fill_in": [name for one in written for entry in one.entries for name in entry.to_fill_in],
            "diff": {
                # What is there may be anybody's file.
                "before": text_without_secrets(before or ""),
                "after": text_without_secrets(after),
                "before_header": str(dest),
                "after_header": str(dest),
            },
        }

    @staticmethod
    def _there(dest):
        try:
            return dest.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise AnsibleActionFail(f"{dest} cannot be read: {error}.") from None

    @staticmethod
    def _write(dest, content):
        """Whole or not at all, and readable by its owner alone from the first byte on."""
        temporary = dest.with_name(f".{dest.name}.{secrets.token_hex(4)}")
        try:
            with contextlib.ExitStack() as clean:
                clean.callback(temporary.unlink, missing_ok=True)
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(dest)
        except OSError as error:
            raise AnsibleActionFail(f"{dest} cannot be written: {error.strerror}. Does its folder exist?") from None
