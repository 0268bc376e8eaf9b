# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions of the controller, in the test's own process, before a gateway that answers as one did."""

from __future__ import annotations

from ansible_collections.mcp_lan.litellm.plugins.action import gateway_info
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from recorded import Recorded

HEALTH = {"status": "healthy", "litellm_version": "1.77.3"}


class WithoutDatabase(Recorded):
    """LiteLLM answers 500 to whatever it keeps in one."""

    def get(self, path, **_params):
        if path == "/key/list":
            raise ApiError("Database not connected", 500)
        return super().get(path)


def test_a_gateway_without_a_database_says_so():
    action = gateway_info.ActionModule.__new__(gateway_info.ActionModule)
    action.connect = lambda _given: WithoutDatabase({"/health/readiness": {**HEALTH, "db": "Not connected"}})
    found = action.act({"counts": True})
    assert (found["database_connected"], found["ready"], found["counts"]) == (False, True, {})
