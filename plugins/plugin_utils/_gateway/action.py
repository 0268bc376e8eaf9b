# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions that speak to a gateway share: they run on the controller, whatever host a task names.

An action has no module around it that hides secrets. It is done here, in one place, for all that is given back.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import client as http
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import CONNECTION
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import trust

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
WITHOUT_REQUESTS = "The Python that runs Ansible has no requests: install it there."


class ControllerAction(ActionBase):
    """An action whose work is all done on the controller. Subclasses declare their options and act()."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    options: Mapping[str, Any] = {}
    required_if: list[Any] = []

    @abstractmethod
    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        """Do it; `given` are the options, checked, and what is secret of them is known already."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        self.task_vars = task_vars or {}
        self.secrets: set[str] = set()
        with self._environment():
            checked = ArgumentSpecValidator(self.options, required_if=self.required_if).validate(plain(self._task.args))
            self.secrets |= checked._no_log_values
            result = self._refusal(checked) if checked.error_messages else self._acted(checked.validated_parameters)
        return remove_values(result, self.secrets)

    def _acted(self, given: dict[str, Any]) -> dict[str, Any]:
        try:
            result = self.act(given)
        except (UserError, ApiError, CapabilityError) as error:
            result = {"failed": True, "msg": str(error), "code": error.code}
        except AnsibleActionFail as error:
            result = {"failed": True, "msg": error.message}
        shown = {name: HIDDEN if self.options[name].get("no_log") else given.get(name) for name in self.shown(given)}
        return {**result, "invocation": {"module_args": shown}}

    def shown(self, given: Mapping[str, Any]) -> list[str]:
        """The options that are given back as those of the invocation."""
        return [name for name in self.options if name in given]

    def _refusal(self, checked: Any) -> dict[str, Any]:
        """Without the invocation: of options that are wrong it is not known what is secret."""
        unsupported = isinstance(checked.errors[0], UnsupportedError)
        place = f"Unsupported parameters for ({self._task.action}) module: " if unsupported else ""
        return {"failed": True, "msg": place + checked.errors.msg, "code": "options_invalid"}

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """What a play and its task say by the keyword environment, for as long as the action runs."""
        said: dict[str, str] = {}
        for one in self._task.environment or []:
            said |= {name: str(value) for name, value in (self._templar.template(one) or {}).items()}
        before = {name: os.environ.get(name) for name in said}
        os.environ.update(said)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


class GatewayAction(ControllerAction):
    """One that asks the gateway's admin API."""

    options = CONNECTION

    def connect(self, given: Mapping[str, Any], connections: int = 4) -> http.Client:
        if http.REQUESTS_IMPORT_ERROR:
            raise UserError(WITHOUT_REQUESTS, "package_missing")
        named = {name: given[name] for name in CONNECTION}
        return http.Client(**named, connections=connections, ca_certificates=self.ca_certificates(given))

    def ca_certificates(self, given: Mapping[str, Any]) -> str:
        """Whom to trust besides those who are trusted anyway."""
        urls = [given["api_url"], given.get("clients_url")]
        if not any((url or "").startswith("https://") for url in urls):
            return ""
        return trust.trusted(store_of(self, given.get("store"), self.task_vars))


def plain(value: Any) -> Any:
    """Options as a module gets them: of JSON's types, whose names are texts, without what Ansible ties to values."""
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return str.__str__(value) if isinstance(value, str) else str(value)
