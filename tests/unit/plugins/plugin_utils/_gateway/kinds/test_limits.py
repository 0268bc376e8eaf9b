# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent of a budget when something else changes: LiteLLM starts a period anew whenever it is named."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import limits
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Context
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS


class Sent:
    """Keeps what would be written, in place of a gateway."""

    def __init__(self):
        self.bodies = []

    def post(self, _path, body):
        self.bodies.append(body)


RAW = {
    "max_budget": 10.0,
    "budget_duration": "10d",
    "budget_reset_at": "2026-12-01T00:00:00Z",
    "rpm_limit": 5,
    "metadata": {},
}


def test_only_what_changes_of_a_budget_is_sent():
    same = {"budget": {"max": 10.0, "per": "10d"}, "limits": {"rpm": 6}}
    assert limits.on_the_wire(same, RAW) == {"rpm_limit": 6}
    assert limits.on_the_wire({**same, "budget": {"max": 10.0, "per": "11d"}, "limits": {"rpm": 5}}, RAW) == {
        "budget_duration": "11d"
    }
    lifted = {"budget": {"max": 10.0}, "limits": {}}
    gone = limits.on_the_wire(lifted, RAW)
    assert gone == {"budget_duration": limits.NO_PERIOD, "rpm_limit": limits.NO_LIMIT}
    assert limits.on_the_wire(lifted, {**RAW, **gone}) == {}


@pytest.mark.parametrize("kind", ["key", "team", "user", "budget"])
def test_a_running_period_is_not_named_when_something_else_changes(kind):
    resource = KINDS[kind]
    ctx = Context(Sent(), for_version("1.77.3"), kinds=KINDS)
    raw = {**RAW, "user_role": "internal_user", "budget_id": "a", "key_alias": "a", "team_alias": "a"}
    raw |= {"key": {"token": "0" * 64}, "team": {"team_id": "0"}, "user": {"user_id": "a"}}.get(kind, {})
    resource.list = lambda ctx, names=None: [raw]
    try:
        (current,) = resource.read(ctx).values()
    finally:
        del resource.list
    desired = resource.complete({"name": "a", "budget": {"max": 10.0, "per": "10d"}, "limits": {"rpm": 6}})
    desired = resource.effective(ctx, {"a": desired})["a"]
    assert "limits" in resource.changes(ctx, desired, current)
    resource.update(ctx, current, desired, ["limits"])
    (body,) = ctx.client.bodies
    assert body["rpm_limit"] == 6
    assert not set(body) & {"budget_duration", "max_budget", "user_role"}
