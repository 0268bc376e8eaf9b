# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes Open WebUI know the gateway, through its own API."""

from __future__ import annotations

import json

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import _open_webui as open_webui
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import WITHOUT_REQUESTS, ControllerAction


class ActionModule(ControllerAction):
    """What people have set there stays as it is."""

    options = {
        "url": {"type": "str", "required": True},
        "email": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
        "name": {"type": "str", "default": "litellm"},
        "gateway_url": {"type": "str"},
        "key": {"type": "str", "no_log": True},
        "everybody": {"type": "bool"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "timeout": {"type": "float", "default": 60.0},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
    }
    required_if = [("state", "present", ("gateway_url", "key"))]

    def act(self, given):
        """Read, write what differs, and read again."""
        if open_webui.REQUESTS_IMPORT_ERROR:
            raise UserError(WITHOUT_REQUESTS, "package_missing")
        current = open_webui.OpenWebUI(given["url"], given["timeout"], given["validate_certs"], given["ca_path"])
        present = given["state"] == "present"
        desired = open_webui.Wanted(given["name"], given["gateway_url"] or "", given["key"] or "", given["everybody"])
        current.sign_in(given["email"], given["password"])
        models, tools = before = _read(current)
        models_after, tools_after = after = _after(before, desired, present)
        changes = {
            path: body
            for path, body, same in (
                (f"{open_webui.MODELS}/update", models_after, models_after == models),
                (open_webui.TOOLS, {"TOOL_SERVER_CONNECTIONS": tools_after}, tools_after == tools),
            )
            if not same
        }
        texts = [
            json.dumps(open_webui.shown(*side, desired), indent=2, sort_keys=True) + "\n" for side in (before, after)
        ]
        result = {"changed": bool(changes), "diff": {"before": texts[0], "after": texts[1]}}
        if self._task.check_mode:
            return result
        for path, body in changes.items():
            current.post(path, body)
        # Open WebUI adds what it has defaults for; what counts is that nothing is left to change.
        if changes and (kept := _read(current)) != _after(kept, desired, present):
            raise ApiError(f"Open WebUI at {current.url} did not keep what it was told: run again.")
        if present:
            result.update(models=current.models(desired), tools=current.tools(desired))
        return result


def _after(before, desired, present):
    models, tools = before
    if present:
        return open_webui.models_with(models, desired), open_webui.tools_with(tools, desired)
    return open_webui.models_without(models, desired), open_webui.tools_without(tools, desired)


def _read(current):
    return current.get(open_webui.MODELS), current.get(open_webui.TOOLS)["TOOL_SERVER_CONNECTIONS"] or []
