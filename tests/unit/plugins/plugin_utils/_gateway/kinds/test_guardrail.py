# SPDX-License-Identifier: GPL-3.0-or-later
"""A guardrail that LiteLLM would take and never ask is a sentence."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import RemoteObject
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.guardrail import Guardrail
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.checks import check

PARAMETERS = {"guardrail": "presidio", "mode": "pre_call", "default_on": True}


def refused(**parameters):
    entry = {"name": "pii", "litellm_params": {**PARAMETERS, **parameters}}
    return Reconciler(None, version="1.108.7").refusals({"guardrail": [entry]}, alone=True)


@pytest.mark.parametrize(
    "mode",
    [
        "pre_call",
        "logging_only",
        ["pre_call", "post_call"],
        {"tags": {"a": "during_call", "b": ["pre_call", "post_mcp_call"]}, "default": "post_call"},
        {"tags": {"a": "pre_call"}, "default": None},
        "os.environ/MODE",
    ],
)
def test_when_one_is_asked(mode):
    assert refused(mode=mode) == []


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"mode": "pre-call"}, "mode is 'pre-call', at which it would never be asked: did you mean 'pre_call'?"),
        ({"mode": "Pre_Call"}, "'Pre_Call', at which it would never be asked"),
        ({"mode": ["pre_call", "postcall"]}, "did you mean 'post_call'?"),
        ({"mode": ["pre_call", None]}, "mode is None"),
        ({"mode": {"tags": {"a": "pre_cal"}}}, "did you mean 'pre_call'?"),
        ({"mode": {"tags": {}, "default": "always"}}, "there are pre_call, post_call"),
        ({"mode": 5}, "mode is 5"),
        ({"defualt_on": True}, "does not read 'defualt_on': did you mean 'default_on'?"),
        ({"defaultOn": True}, "'defaultOn': did you mean"),
    ],
)
def test_one_that_would_never_be_asked_is_refused(parameters, words):
    (sentence,) = refused(**parameters)
    assert words in sentence
    with pytest.raises(UserError) as caught:
        check({"guardrails": [{"guardrail_name": "pii", "litellm_params": {**PARAMETERS, **parameters}}]}, "1.77.3")
    assert words.rstrip(".") in str(caught.value)


def test_other_names_are_the_guardrails_own():
    assert refused(default_action="deny", model="m", on_disallowed_action="block", default_on="True") == []


def test_what_is_given_as_text_is_no_change():
    kind = Guardrail()
    raw = {"litellm_params": {**PARAMETERS, "threshold": 0.5}, "guardrail_info": {}}
    current = RemoteObject("pii", "id", raw, {"litellm_params": raw["litellm_params"], "info": {}})
    texts = {**PARAMETERS, "default_on": "True", "threshold": "0.5"}
    for parameters, changes in ((texts, []), ({**texts, "default_on": "false"}, ["litellm_params"])):
        desired = kind.with_known(kind.complete({"name": "pii", "litellm_params": parameters}), current)
        assert kind.changes(None, desired, current) == changes
