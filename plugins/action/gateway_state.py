# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes all objects true at once, of whatever kind, and keeps the values of keys in the store."""

from __future__ import annotations

from contextlib import nullcontext

from ansible.module_utils.common.parameters import remove_values
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import GatewayAction
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import (
    CONNECTION,
    checked,
    secret_values,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.lifecycle import pick
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import OWNER
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS, PLURALS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.state import Desired, diff, make_true
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of

ROTATE = KINDS["key"].fields["rotate"]


class ActionModule(GatewayAction):
    """Everything is refused that cannot be, before anything is written."""

    options = {
        **CONNECTION,
        # What is secret in the entries is found by the kinds' declarations, the rest of them should be seen.
        **{plural: {"type": "list", "elements": "dict", "no_log": False} for plural in PLURALS},
        "purge": {"type": "bool", "default": False},
        "owner": {"type": "str", "default": OWNER},
        "workers": {"type": "int", "default": 4},
        "store": {"type": "str"},
        "rotate": {"type": "dict", "options": ROTATE.argument()["options"]},
        "rotate_now": {"type": "list", "elements": "str", "default": []},
        "rotate_now_teams": {"type": "list", "elements": "str", "default": []},
        "revoke": {"type": "bool", "default": False},
        "verified_generations": {"type": "dict", "default": {}},
    }

    def run(self, tmp=None, task_vars=None):
        """A run that could not even begin has no results."""
        result = super().run(tmp, task_vars)
        return {"results": [], **result} if result.get("failed") else result

    def shown(self, given):
        """The entries are not given back: with a thousand keys that would be most of the work."""
        return [name for name in super().shown(given) if name not in PLURALS]

    def act(self, given):
        """Check the entries, make them true, and say what was done."""
        entries = checked({plural: given[plural] for plural in PLURALS if given.get(plural) is not None})
        self.secrets |= secret_values(entries)
        keys, pretended = entries.get("key", []), self._task.check_mode
        named, teams = given["rotate_now"], given["rotate_now_teams"]
        desired = Desired(
            entries=entries,
            purge=given["purge"],
            owner=given["owner"],
            workers=given["workers"],
            rotate=given["rotate"] or {},
            forced=pick(named, keys, teams) if named or teams else (),
            revoke=given["revoke"],
            verified_generations=_generations(given["verified_generations"]),
        )
        store = store_of(self, given["store"], self.task_vars) if keys or given["purge"] else None
        client = self.connect(given, given["workers"])
        with store.locked() if store and not pretended else nullcontext():
            done = make_true(store, client, desired, pretended)
        return _hidden({**_result(done), "requests": len(client.sent)}, done.engine.ctx)


def _generations(verified):
    """The option verified_generations; a template may have made texts of its numbers."""
    for name, number in verified.items():
        if not str(number).isdecimal():
            raise UserError(
                f"verified_generations.{name}: it is the number of a generation, as in rotations, not {number!r}.",
                "entry_refused",
            )
    return {name: int(number) for name, number in verified.items()}


def _result(done):
    results = [step.result() for step in done.steps]
    if done.refused:
        sentences = ["Nothing was written, because of what cannot be:", *(one.sentence() for one in done.steps)]
        return {"failed": True, "msg": "\n".join(sentences), "code": _code(done), "results": results}
    result = {
        "changed": done.changed,
        "results": results,
        "rotations": done.rotations,
        "left_over": _left_over(done.engine),
        "said": done.said,
        "diff": diff(done.steps),
        "version": done.engine.version,
    }
    if done.said:
        result["warnings"] = done.said
    if done.failed:
        result |= {"failed": True, "msg": "\n".join(step.sentence() for step in done.failed), "code": _code(done)}
    return result


def _code(done):
    """Of several errors of different kinds each result has its own."""
    codes = {step.code for step in done.failed}
    return codes.pop() if len(codes) == 1 else "several"


def _left_over(engine):
    """What is ours and in no list, without the earlier values of keys, which go with them."""
    return [
        {"kind": one.kind, "title": KINDS[one.kind].title, "name": one.name}
        for one in engine.left_over
        if not KINDS[one.kind].export_skip_reason(engine.ctx, one.found)
    ]


def _hidden(result, ctx):
    """The keys' values can only be in the gateway's words and in the diff: a search of everything would take long."""
    values = {*ctx.values.values(), *ctx.pending.values()} - {""}
    for one in (result, *result["results"]):
        for name in ("msg", "error", "diff"):
            if one.get(name):
                one[name] = remove_values(one[name], values)
    return result
