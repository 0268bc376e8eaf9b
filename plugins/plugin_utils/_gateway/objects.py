# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions of all kinds: one that makes an object true, and one that reads them; the kind's declaration is the rest.

Each kind has a name of its own in plugins/action, not a redirection to one for all: Ansible would take what
module_defaults says of one kind for what it says of every other.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import GatewayAction, plain
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import CONNECTION, secret_values, unfit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.state import (
    Desired,
    diff,
    make_true,
    object_now,
    without_secrets,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of


class ManageObject(GatewayAction):
    """Makes one object of a kind true."""

    kind: str

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        resource, pretended = KINDS[self.kind], self._task.check_mode
        entry = {name: given.get(name) for name in (*resource.fields, "state")}
        self.secrets |= secret_values({self.kind: [entry]})
        said = {name: value for name, value in plain(self._task.args).items() if name in resource.fields}
        if wrong := list(unfit(said, resource, self.kind)):
            raise UserError("\n".join(wrong), "entry_invalid")
        store = store_of(self, given.get("store"), self.task_vars) if self.kind == "key" else None
        with store.locked() if store and not pretended else nullcontext():
            done = make_true(store, self.connect(given), Desired(entries={self.kind: [entry]}, partial=True), pretended)
        self.secrets |= {*done.engine.ctx.values.values(), *done.engine.ctx.pending.values()} - {""}
        (step,) = done.steps
        if step.error:
            return {"failed": True, "msg": step.sentence(), "code": step.code}
        result = {
            "changed": done.changed,
            "outcome": step.action,
            "changes": step.changes,
            "diff": diff(done.steps),
            self.kind: object_now(done, step, pretended),
        }
        if self.kind == "key":
            result |= {"said": done.said, **({"warnings": done.said} if done.said else {})}
        return result


class ReadObjects(GatewayAction):
    """Reads the objects of a kind."""

    kind: str
    options = {**CONNECTION, "names": {"type": "list", "elements": "str"}}

    def act(self, given: dict[str, Any]) -> dict[str, Any]:
        resource, names = KINDS[self.kind], given["names"]
        found = Reconciler(self.connect(given)).look(self.kind)
        listed = [
            {**without_secrets(resource, one.state), "id": one.id, "owned": one.owned}
            for name, one in sorted(found.items())
            if names is None or name in names
        ]
        return {"changed": False, resource.returned or resource.plural: listed}


def managing(kind: str) -> type[ManageObject]:
    resource = KINDS[kind]
    declared = {**CONNECTION, **resource.module_spec()}
    return type(
        "ActionModule", (ManageObject,), {"kind": kind, "options": declared, "required_if": resource.required_if()}
    )


def reading(kind: str) -> type[ReadObjects]:
    return type("ActionModule", (ReadObjects,), {"kind": kind})
