# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment under another name, two under one id, and what an entry no longer tells of it."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from recorded import Recorded

PARAMETERS = {"model": "hosted_vllm/x", "api_base": "http://vllm.lan:8000/v1"}
MODEL = KINDS["model"]


class Gateway(Recorded):
    """One that has a deployment of the id x, and does as LiteLLM does with it."""

    def __init__(self, name="a", **info):
        self.model = {"model_name": name, "litellm_params": PARAMETERS, "model_info": {**info, "id": "x"}}
        self.model["model_info"]["db_model"] = True
        super().__init__({"/model/info": {"data": [self.model]}})
        self.told = []

    def patch(self, path, body):
        self.told.append(path)
        info = {**self.model["model_info"], **body["model_info"]}
        self.model |= {"model_name": body["model_name"], "model_info": info}

    def post(self, path, body):
        self.told.append(path)
        if path == "/model/new":
            self.model |= {**body, "model_info": {**body["model_info"], "db_model": True}}


def _run(gateway, *models):
    engine = Reconciler(gateway, version="1.108.7")
    steps = engine.plan(checked({"models": [{"litellm_params": PARAMETERS, **one} for one in models]}))
    if not any(step.error for step in steps):
        engine.apply(steps)
    return engine, steps


def test_a_deployment_is_renamed_by_its_id():
    gateway = Gateway()
    engine, (step,) = _run(gateway, {"name": "b", "id": "x"})
    assert (step.action, step.changes, step.before, step.after) == (
        *("changed", ["name"]),
        *({"name": "a#x"}, {"name": "b#x"}),
    )
    assert gateway.told == ["/model/x/update"] and gateway.model["model_name"] == "b"
    assert MODEL.match(engine.ctx, step.desired).name == "b#x", "what was read before is no more"
    assert [one.action for one in _run(gateway, {"name": "b", "id": "x"})[1]] == ["unchanged"]


def test_the_model_of_a_team_has_two_names():
    gateway = Gateway("model_name_t_1", team_id="t", team_public_model_name="a")
    assert [one.action for one in _run(gateway, {"name": "a", "id": "x", "model_info": {"team_id": "t"}})[1]] == [
        "unchanged"
    ]


def test_an_id_is_of_one_deployment():
    _engine, steps = _run(Gateway(), {"name": "a", "id": "x"}, {"name": "b", "id": "x"})
    assert [(one.sentence(), one.code) for one in steps if one.error] == [
        ("model 'b#x': its id is also that of 'a': give each deployment its own.", "duplicate_name")
    ]
    assert not [one for one in _run(Gateway(), {"name": "a", "id": "x"}, {"name": "a", "id": "y"})[1] if one.error]


@pytest.mark.parametrize("info", [{}, {"access_groups": None}, {"mode": "chat"}])
def test_what_an_entry_no_longer_tells_goes(info):
    """A key that names the group would reach the model for ever."""
    gateway = Gateway(access_groups=["beta"], max_tokens=5, mode="chat", tier=None)
    _engine, (step,) = _run(gateway, {"name": "a", "id": "x", "model_info": info})
    assert (step.action, step.changes, step.error) == ("changed", ["model_info"], None)
    assert gateway.told == ["/model/delete", "/model/new"] and not gateway.model["model_info"].get("access_groups")
    assert [one.action for one in _run(gateway, {"name": "a", "id": "x", "model_info": info})[1]] == ["unchanged"]


def test_what_stays_is_said():
    _engine, (step,) = _run(Gateway(access_groups=["beta"]), {"name": "a", "id": "x"})
    current = Reconciler(Gateway(access_groups=["beta"]), version="1.108.7").look("model")["a#x"]
    assert MODEL.not_kept(step.desired, current, "model_info") == ({"access_groups": None}, {"access_groups": ["beta"]})


@pytest.mark.parametrize("order", [1, -1])
def test_a_deployment_that_another_entry_has_is_not_taken_for_one_without_an_id(order):
    entries = [{"name": "a", "id": "x"}, {"name": "a"}][::order]
    steps = Reconciler(Gateway(), version="1.108.7").plan(
        checked({"models": [{"litellm_params": PARAMETERS, **one} for one in entries]})
    )
    assert {one.name: one.action for one in steps} == {"a#x": "unchanged", "a": "created"}
    assert [one.action for one in _run(Gateway(), {"name": "a"})[1]] == ["unchanged"], "one that is alone"
