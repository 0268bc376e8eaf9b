# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as text, and what a gateway did not keep: what they mean, or a sentence that says which and what."""

from __future__ import annotations

from datetime import date

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Context, RemoteObject
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.values import alike, as_meant
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler, _not_kept
from hypothesis import given
from hypothesis import strategies as st

MODEL = KINDS["model"]


def complete(**parameters):
    return MODEL.complete({"name": "a", "litellm_params": {"model": "openai/x", **parameters}})


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("vertex_project", 123456789012, "123456789012"),
        ("api_version", date(2024, 10, 21), "2024-10-21"),
        ("api_key", 1234, "1234"),
        ("organization", "org-1", "org-1"),
        ("aws_region_name", "os.environ/REGION", "os.environ/REGION"),
        ("tags", ["free", 1], ["free", "1"]),
        ("tags", [], []),
        ("api_base", None, None),
    ],
)
def test_a_number_or_a_date_is_a_text_where_litellm_has_one(name, value, meant):
    assert complete(**{name: value})["litellm_params"][name] == meant


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ({"litellm_params": {"api_key": False}}, "litellm_params.api_key has to be a text, not a boolean."),
        ({"litellm_params": {"api_base": ["a"]}}, "litellm_params.api_base has to be a text, not a list."),
        ({"litellm_params": {"tags": "free"}}, "litellm_params.tags has to be a list, not a text."),
        ({"model_info": {"access_groups": "beta"}}, "model_info.access_groups has to be a list, not a text."),
        ({"model_info": {"access_groups": [["a"]]}}, "model_info.access_groups[0] has to be a text, not a list."),
    ],
)
def test_what_is_no_text_and_no_list(option, sentence):
    with pytest.raises(UserError) as refused:
        MODEL.complete({"name": "a", "litellm_params": {"model": "openai/x"}, **option})
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("rpm", "10", 10),
        ("tpm", " 1e5 ", 100000),
        ("max_retries", "3", 3),
        ("max_file_size_mb", "2.5", 2.5),
        ("timeout", "600", 600),
        ("input_cost_per_token", "0.000001", 0.000001),
        ("cache_read_input_token_cost", "1e-7", 1e-7),
        ("use_in_pass_through", "True", True),
        ("drop_params", "false", False),
        ("rpm", "os.environ/RPM", "os.environ/RPM"),
        ("api_version", "2024", "2024"),
        ("rpm", 10, 10),
        ("rpm", 10.0, 10),
        ("n", "2", 2),
        ("seed", "1", 1),
        ("top_k", "5", 5),
        ("dimensions", "512", 512),
        ("presence_penalty", "0.1", 0.1),
        ("frequency_penalty", "-0.1", -0.1),
        ("stream", "true", True),
        ("weight", "0.5", 0.5),
        ("weight", 0.5, 0.5),
        ("weight", "2", 2),
        ("rpm", None, None),
        ("drop_params", 1, True),
        ("search_context_cost_per_query", {"low": 1}, {"low": 1}),
    ],
)
def test_a_text_that_stands_for_a_number_is_that(name, text, meant):
    got = complete(**{name: text})["litellm_params"][name]
    assert got == meant and type(got) is type(meant)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("rpm", "ten", "litellm_params.rpm is 'ten', which is no whole number: write one such as 10"),
        ("rpm", "1.5", "litellm_params.rpm is '1.5', which is no whole number"),
        ("max_budget", "inf", "litellm_params.max_budget is 'inf', which is no number"),
        ("rpm", 10.5, "litellm_params.rpm is 10.5, which is no whole number"),
        ("rpm", True, "litellm_params.rpm is True, which is no whole number"),
        ("rpm", [1], r"litellm_params.rpm is \[1\], which is no whole number"),
        ("rpm", float("nan"), "litellm_params.rpm is nan, which is no whole number"),
        ("rpm", float("inf"), "litellm_params.rpm is inf, which is no whole number"),
        ("rpm", "1_000", "litellm_params.rpm is '1_000', which is no whole number"),
        ("rpm", "\u0663", "litellm_params.rpm is '.', which is no whole number"),
        ("temperature", "\u0663", "litellm_params.temperature is '.', which is no number"),
        ("temperature", False, "litellm_params.temperature is False, which is no number"),
        ("stream", [True], r"litellm_params.stream is \[True\], which is neither true nor false"),
        ("drop_params", "maybe", "litellm_params.drop_params is 'maybe', which is neither true nor false"),
    ],
)
def test_one_that_stands_for_none_is_said(name, text, sentence):
    with pytest.raises(UserError, match=sentence):
        complete(**{name: text})


def test_what_a_tool_costs_may_be_a_text_too():
    server = {"name": "a", "url": "http://a/mcp"}
    whole = KINDS["mcp_server"].complete({**server, "tool_costs": {"x": "0.5", "y": 1, "z": ""}})
    assert whole["tool_costs"] == {"x": 0.5, "y": 1.0}
    for wrong in ("much", -0.5, "-1"):
        with pytest.raises(UserError, match=f"tool_costs.x is {wrong!r}, which is no number from 0 on"):
            KINDS["mcp_server"].complete({**server, "tool_costs": {"x": wrong}})


def test_an_empty_text_is_what_is_left_out():
    whole = MODEL.complete(
        {"name": "a", "litellm_params": {"model": "azure/x", "api_version": "", "rpm": ""}, "model_info": {"mode": ""}}
    )
    assert (whole["litellm_params"], whole["model_info"]) == ({"model": "azure/x"}, {})


def current(**parameters) -> RemoteObject:
    raw = {
        "model_name": "a",
        "litellm_params": {"model": "openai/x", **parameters},
        "model_info": {"id": MODEL.new_id("a"), "db_model": True, "mode": "chat"},
    }
    return RemoteObject("a", raw["model_info"]["id"], raw, MODEL.observe(Context(None, for_version("1.77.3")), raw))


@pytest.mark.parametrize(
    ("desired", "held"),
    [({"timeout": "600"}, {"timeout": "600"}), ({"timeout": 600}, {"timeout": "600"}), ({}, {"x": ""})],
)
def test_what_means_the_same_is_no_change(desired, held):
    assert MODEL.changes(Context(None, for_version("1.77.3")), complete(**desired), current(**held)) == []


def test_what_was_not_kept_is_said_with_what_came_back():
    desired = complete(rpm="10", api_key="placeholder-1", api_base="http://a.lan")
    desired["model_info"] = {"mode": "embedding"}
    found = current(rpm=11, extra="x")
    ctx = Context(None, for_version("1.77.3"))
    said = [_not_kept(MODEL, desired, found, one) for one in MODEL.changes(ctx, desired, found)]
    assert said == [
        "litellm_params.rpm (it was to be 10, and 11 came back); litellm_params.api_key (its value is not shown); "
        "litellm_params.api_base (it was to be 'http://a.lan', and nothing came back); "
        "litellm_params.extra (it was to be nothing, and 'x' came back)",
        "model_info.mode (it was to be 'embedding', and 'chat' came back)",
    ]


def test_the_same_of_what_is_no_dictionary():
    team = KINDS["team"]
    desired = team.complete(
        {"name": "t", "blocked": True, "budget": {"max": 1.0}, "metadata": {"api_key": "placeholder"}}
    )
    found = RemoteObject("t", "1", {}, {"blocked": False, "budget": {}, "metadata": {}})
    assert [_not_kept(team, desired, found, one) for one in ("blocked", "budget", "metadata", "earlier")] == [
        "blocked (it was to be True, and False came back)",
        "budget.max (it was to be 1.0, and nothing came back)",
        "metadata.api_key (its value is not shown)",
        "earlier",
    ]
    assert _not_kept(team, desired, None, "the whole of it") == "the whole of it"


value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=5,
)
NAMES = st.one_of(st.text(), st.sampled_from(["rpm", "timeout", "max_budget", "supports_vision", "budget_duration"]))


@given(st.dictionaries(NAMES, value, max_size=4))
def test_whatever_a_model_is_given_it_is_a_model_or_a_sentence(parameters):
    entries = {"model": [{"name": "a", "state": "present", "litellm_params": parameters}]}
    assert all(said.endswith(".") for said in Reconciler(None, version="1.77.3").refusals(entries, alone=True))


@given(value, value)
def test_alike_is_a_question_with_an_answer(desired, held):
    assert alike(desired, held) == alike(held, desired)
    assert isinstance(as_meant({"x": desired}, "o"), dict)


def _refused(plural, **entry):
    return Reconciler(None, version="1.108.7").refusals(checked({plural: [{"name": "a", **entry}]}), alone=True)


@pytest.mark.parametrize(
    ("value", "words"), [(None, "and is empty"), (["x"], "not a list"), ({"a": "b"}, "not a dictionary")]
)
def test_a_value_of_a_credential_that_is_no_text_is_a_sentence(value, words):
    (said,) = _refused("credentials", values={"api_base": "http://x.lan", "api_version": value})
    assert said == f"credential 'a': values.api_version has to be a text, {words}."


def test_a_member_has_one_role_in_a_list():
    members = [{"user": "ann"}, {"user": "ben"}, {"user": "ann", "role": "admin"}]
    (said,) = _refused("teams", members=members)
    assert said == "team 'a': members has 'ann' with two roles: leave one of them out."
    assert _refused("teams", members=members[1:]) == []


@pytest.mark.parametrize("option", ["env", "static_headers", "tool_descriptions"])
def test_numbers_of_a_server_are_texts_to_litellm(option):
    whole = KINDS["mcp_server"].complete({"name": "a", "url": "http://x", option: {"A": 5, "B": "x", "C": None}})
    assert whole[option] == {"A": "5", "B": "x"}


@pytest.mark.parametrize("value", [0, "0", 0.0])
def test_a_model_with_a_budget_of_nothing_is_a_sentence(value):
    params = {"model": "openai/x", "max_budget": value}
    (said,) = _refused("models", litellm_params=params)
    assert "litellm_params.max_budget is 0, which LiteLLM takes for no budget" in said
    assert _refused("models", litellm_params={**params, "max_budget": "0.5"}) == []
