# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of time mean at the gateway what they say, or are refused with the nearest one that does."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.lifecycle import terms_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import limits
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.durations import (
    alike,
    in_seconds,
    lifetime,
    period,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.checks import check
from hypothesis import given
from hypothesis import strategies as st

RIGHT = ["30s", "1m", "15m", "60m", "1h", "12h", "24h", "1d", "7d", "10d", "30d", "90d", "365d", "1mo"]


@pytest.mark.parametrize("text", RIGHT)
def test_what_litellm_reads_as_it_is_written_stays(text):
    assert period(text) == lifetime(text) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1w", "7d"),
        ("2w", "14d"),
        ("48h", "2d"),
        ("2880m", "2d"),
        ("5h", "300m"),  # five hours do not divide a day: LiteLLM would start them anew with it
        ("90m", "5400s"),
        ("1.5h", "5400s"),
        ("0.5d", "720m"),
        ("30D", "30d"),
        ("30 d", "30d"),
        ("30days", "30d"),
        ("1 month", "1mo"),
        (" 2 Weeks ", "14d"),
        ("hourly", "1h"),
        ("daily", "1d"),
        ("weekly", "7d"),
        ("Monthly", "1mo"),
        ("007d", "7d"),
    ],
)
def test_what_litellm_would_read_as_another_period_is_sent_as_what_it_means(text, meant):
    assert period(text) == meant
    assert in_seconds(meant) == in_seconds(text)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("1y", "write 365d"),
        ("yearly", "write 365d"),
        ("2mo", "write 60d"),
        ("quarterly", "write 90d"),
        ("1.5d", "write 1d or 2d"),
        ("36h", "write 1d or 2d"),
        ("45s", "write 30s or 60s"),
        ("61s", "write 60s or 120s"),
        ("1M", "write 1m or 1mo"),
        ("0d", "write 1d"),
        ("30", "write 30d"),
        (30, "write 30d"),
        ("36500d", "write 36499d"),
        ("1e3d", "such as 30d"),
        ("-1d", "such as 30d"),
        ("3 moons", "such as 30d"),
        ("soon", "such as 30d"),
        (True, "such as 30d"),
        ([], "such as 30d"),
    ],
)
def test_what_no_period_can_mean_is_refused_with_the_nearest(text, instead):
    with pytest.raises(UserError) as caught:
        period(text)
    assert instead in str(caught.value) and str(caught.value).endswith(".")
    for word in instead.removeprefix("write ").split(" or "):
        if instead.startswith("write"):
            assert period(word)


@pytest.mark.parametrize(
    ("text", "meant"), [("2w", "2w"), ("1.5d", "36h"), ("36h", "36h"), ("90m", "90m"), ("5H", "5h")]
)
def test_a_lifetime_may_be_longer_than_a_day_in_any_unit(text, meant):
    assert lifetime(text) == meant


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.from_regex(r"\d+(\.\d+)? ?[a-z]{0,4}")))
def test_whatever_is_written_is_a_span_or_a_sentence(text):
    for read in (in_seconds, lifetime, period):
        try:
            span = read(text)
        except UserError as error:
            assert str(error).endswith(".")
        else:
            assert in_seconds(text) == (span if read is in_seconds else in_seconds(span))


def test_two_ways_to_write_one_span():
    assert alike("14d", "2w") and not alike("14d", "15d") and not alike("14d", "")


@pytest.mark.parametrize("kind", ["key", "team", "user", "organization", "budget"])
def test_every_kind_that_has_a_budget_reads_its_period_so(kind):
    whole = KINDS[kind].complete({"name": "a", "budget": {"max": 10.0, "per": "2w"}})
    assert limits.on_the_wire(whole) == {"max_budget": 10.0, "budget_duration": "14d"}
    for per, sentence in (("1y", "budget.per: '1y' .* write 365d"), ("30", "budget.per: '30' .* write 30d")):
        with pytest.raises(UserError, match=sentence):
            KINDS[kind].complete({"name": "a", "budget": {"max": 10.0, "per": per}})


def test_a_period_from_an_empty_variable_is_none_and_one_of_no_budget_is_refused():
    assert KINDS["key"].complete({"name": "a", "budget": {"max": 1.0, "per": ""}})["budget"] == {"max": 1.0}
    with pytest.raises(UserError, match="budget.per: there is no budget"):
        KINDS["key"].complete({"name": "a", "budget": {"per": "1d"}})


def test_it_is_said_before_anything_is_sent():
    engine = Reconciler(None, version="1.77.3")
    entries = {"team": [{"name": "b", "state": "present", "budget": {"max": 10.0, "per": "1y"}}]}
    (said,) = engine.refusals(entries, alone=True)
    assert said == "team 'b': budget.per: '1y' cannot be used, LiteLLM counts no years: write 365d."


def test_a_key_that_was_made_for_two_weeks_does_not_begin_them_again_when_they_are_written_as_days():
    key = KINDS["key"]
    assert key.complete({"name": "a", "duration": "30 Days"})["duration"] == "30d"
    assert key.same("duration", key.complete({"name": "a", "duration": "14d"})["duration"], "2w")
    with pytest.raises(UserError, match="duration: '3mo' .* write 90d"):
        key.complete({"name": "a", "duration": "3mo"})


def test_a_rotation_reads_the_same_words():
    terms = terms_of({"after": "monthly", "overlap": "1 day", "wait": ""})
    assert (terms.after.days, terms.overlap.days, terms.wait.days) == (30, 1, 30)
    with pytest.raises(UserError, match="rotate.after: '1y' .* write 365d"):
        terms_of({"after": "1y"})


def test_a_deployment_of_a_model_too():
    params = {"model": "openai/x", "max_budget": 1, "budget_duration": "2 weeks"}
    assert KINDS["model"].complete({"name": "a", "litellm_params": params})["litellm_params"]["budget_duration"] == "2w"
    with pytest.raises(UserError, match="litellm_params.budget_duration: '1y' .* write 365d"):
        KINDS["model"].complete({"name": "a", "litellm_params": {**params, "budget_duration": "1y"}})


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"litellm_settings": {"budget_duration": "2w"}}, r"litellm_settings\.budget_duration: .* write 14d"),
        ({"litellm_settings": {"internal_user_budget_duration": "monthly"}}, "write 1mo"),
        ({"litellm_settings": {"default_internal_user_params": {"budget_duration": "1y"}}}, "write 365d"),
        ({"litellm_settings": {"upperbound_key_generate_params": {"duration": "30"}}}, "write 30d"),
        ({"general_settings": {"maximum_spend_logs_retention_period": 30}}, "write 30d"),
        ({"router_settings": {"provider_budget_config": {"openai": {"time_period": "30D"}}}}, "write 30d"),
    ],
)
def test_a_span_in_the_configuration_is_said_with_its_place(config, sentence):
    with pytest.raises(UserError, match=sentence):
        check(config, "1.77.3")


def test_the_configuration_may_have_what_litellm_reads():
    budget = {"openai": {"budget_limit": 1, "time_period": "2w"}}
    config = {"router_settings": {"provider_budget_config": budget}, "litellm_settings": {"budget_duration": "14d"}}
    assert check(config, "1.77.3") == config
