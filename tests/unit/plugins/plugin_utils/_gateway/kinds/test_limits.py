# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent of a budget when something else changes: LiteLLM starts a period anew whenever it is named."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import limits
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Context
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler


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


@pytest.mark.parametrize("kind", ["key", "team", "user"])
def test_a_soft_budget_stands_in_the_mark_and_is_read_from_there(kind):
    resource = KINDS[kind]
    ctx = Context(Sent(), for_version("1.77.3"), kinds=KINDS)
    desired = resource.complete({"name": "a", "budget": {"soft": 4.0}})
    desired = resource.effective(ctx, {"a": desired})["a"]
    ctx.values["a"] = "sk-of-a-test"
    resource.create(ctx, desired)
    body = ctx.client.bodies[0]
    assert body["metadata"]["mcp_lan"]["soft_budget"] == 4.0
    assert not [name for name in body if "budget" in name]
    mark = {"owner": "mcp_lan.litellm", "soft_budget": 4.0}
    assert limits.observe({"max_budget": 9.0}, mark=mark)["budget"] == {"soft": 4.0, "max": 9.0}
    (said,) = judged(kind, budget={"soft": -1.0})
    assert "budget.soft is -1.0: write a number from 0" in said


def judged(kind, **options):
    return Reconciler(None, version="1.77.3").refusals(
        checked({KINDS[kind].plural: [{"name": "a", **options}]}), alone=True
    )


@pytest.mark.parametrize("kind", ["key", "team", "user", "organization", "budget"])
@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("limits", "rpm", limits.NO_LIMIT),
        ("limits", "tpm", 5_000_000_000),
        ("limits", "rpm", -1),
        ("budget", "max", float(limits.NO_LIMIT)),
        ("budget", "max", float("nan")),
        ("budget", "max", "inf"),
        ("budget", "max", -0.5),
    ],
)
def test_a_limit_that_would_be_read_back_as_none_is_refused(kind, group, name, value):
    said = " ".join(judged(kind, **{group: {name: value}}))
    assert f"{group}.{name} is {value}: write a number from 0 to 2147483646, or leave it out for no limit." in said


def test_the_largest_limit_is_one():
    assert judged("key", limits={"rpm": limits.NO_LIMIT - 1}, budget={"max": 0}) == []
    (said,) = judged("budget", soft_max=float("inf"))
    assert "soft_max is inf: write a number from 0" in said


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_limit_is_none(empty):
    entries = checked({"keys": [{"name": "a", "limits": {"rpm": empty, "tpm": "5"}, "budget": {"max": empty}}]})
    whole = KINDS["key"].complete(entries["key"][0])
    assert (whole["limits"], whole["budget"]) == ({"tpm": 5}, {})


@pytest.mark.parametrize("value", ["1_000", "\u0663", True])
def test_what_only_a_program_takes_for_a_number_is_refused(value):
    with pytest.raises(UserError, match=r"keys\[0\] \(a\)\.limits\.rpm: it is a whole number, this is "):
        checked({"keys": [{"name": "a", "limits": {"rpm": value}}]})


def test_another_type_is_said_without_a_class_of_ansible():
    with pytest.raises(UserError) as refused:
        checked({"keys": [{"name": "a", "limits": {"rpm": "ten"}}]})
    assert str(refused.value) == "keys[0] (a).limits.rpm: it is a whole number, this is 'ten'."


def test_a_models_budget_that_nothing_would_hold_is_refused():
    params = {"model": "openai/x", "max_budget": 5}
    (said,) = judged("model", litellm_params=params)
    assert "LiteLLM 1.77.3 holds the budget of a model of config.yaml alone" in said
    newer = Reconciler(None, version="1.108.7")
    assert newer.refusals(checked({"models": [{"name": "a", "litellm_params": params}]}), alone=True) == []


def test_a_period_without_a_budget_is_none():
    """LiteLLM keeps it when the budget is taken away."""
    assert limits.observe({"budget_duration": "30d"})["budget"] == {}
    assert limits.observe({"budget_duration": "30d", "max_budget": limits.NO_LIMIT})["budget"] == {}


def test_a_team_has_no_limit_of_what_is_under_way():
    raw = {"team_id": "t", "team_alias": "t", "max_parallel_requests": 3, "rpm_limit": 5}
    context = Context(None, for_version("1.77.3"))
    assert KINDS["team"].observe(context, raw)["limits"] == {"rpm": 5}
