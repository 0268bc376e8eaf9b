# SPDX-License-Identifier: GPL-3.0-or-later
"""The models of a key: those that it names, or its team; to LiteLLM none at all would be all of them."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.key import ALL_MODELS, NO_MODELS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from recorded import Recorded

TOKEN = "4a" * 32
TEAM = {"team_id": "t", "team_alias": "t", "models": ["qwen"], "metadata": {}}


def _engine(team=None, **raw):
    key = {
        "token": TOKEN,
        "key_alias": "k",
        "allowed_routes": ["llm_api_routes"],
        "object_permission": {"mcp_servers": ["mcp-lan-no-server"]},
        "metadata": {"mcp_lan": {"owner": "mcp_lan.litellm", "policy": {}}},
        **raw,
    }
    answers = {"/key/list": {"keys": [key]}, "/v2/team/list": {"teams": [team] if team else []}}
    return Reconciler(Recorded(answers), version="1.77.3")


@pytest.mark.parametrize(
    ("said", "there", "after"),
    [
        ([], [], NO_MODELS),
        ([], NO_MODELS, None),
        ([], ["qwen"], NO_MODELS),
        (["qwen"], NO_MODELS, ["qwen"]),
        (["qwen"], ["qwen"], None),
        (ALL_MODELS, [], None),
        (ALL_MODELS, ALL_MODELS, None),
        (ALL_MODELS, NO_MODELS, ALL_MODELS),
    ],
)
def test_what_a_key_does_not_name_it_may_not_use(said, there, after):
    (step,) = _engine(models=there).plan({"key": [{"name": "k", "models": said}]})
    assert not step.error and step.after.get("models") == after


@pytest.mark.parametrize(("there", "after"), [([], None), (NO_MODELS, [])])
def test_without_models_of_its_own_it_may_use_those_that_its_team_names(there, after):
    engine = _engine(TEAM, models=there, team_id="t")
    (step,) = engine.plan({"key": [{"name": "k", "team": "t"}]})
    assert not step.error and step.after.get("models") == after


def test_a_team_that_names_none_gives_it_none():
    (step,) = _engine({**TEAM, "models": []}, models=[], team_id="t").plan({"key": [{"name": "k", "team": "t"}]})
    assert step.after == {"models": NO_MODELS}


def test_one_that_is_made_may_use_none():
    engine = Reconciler(Recorded({}), version="1.77.3", values={"k": "sk-made-by-the-test"})
    (step,) = engine.plan({"key": [{"name": "k", "mcp": {}}]})
    assert step.action == "created" and step.after["models"] == NO_MODELS


@pytest.mark.parametrize(
    ("there", "team", "said"),
    [([], None, ALL_MODELS), ([], TEAM, None), (NO_MODELS, None, None), (["qwen"], None, ["qwen"])],
)
def test_an_export_says_what_it_may_use(there, team, said):
    engine = _engine(team, models=there, **({"team_id": "t"} if team else {}))
    engine.read({"key": []}, ("key",), {"key": []})
    key = engine.ctx.kinds["key"]
    assert key.entry(engine.ctx, engine.ctx.found["key"]["k"]).get("models") == said
