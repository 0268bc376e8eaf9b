# SPDX-License-Identifier: GPL-3.0-or-later
"""What LiteLLM's router cannot use of its settings, and what is read of those that it can."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.checks import check
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.routing import fallbacks_of

ROUTER = "litellm_gateway_config.router_settings"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"fallbacks": {"small": ["large"]}}, "'fallbacks' has to be a list, not a dictionary"),
        ({"fallbacks": ["large"]}, f"{ROUTER}.fallbacks[0] has to be one model and its fallbacks"),
        ({"fallbacks": [{"a": ["b"], "c": ["d"]}]}, "has to be one model and its fallbacks"),
        ({"fallbacks": [{"small": "large"}]}, "the fallbacks of 'small' has to be a list of models, not a text"),
        ({"context_window_fallbacks": [{"small": []}]}, "context_window_fallbacks[0]: the fallbacks of 'small'"),
        ({"content_policy_fallbacks": [{"small": [7]}]}, "is the name of a model, or parameters with a 'model'"),
        ({"fallbacks": [{"small": [{"temperature": 0}]}]}, "parameters with a 'model' among them"),
        ({"fallbacks": [{"small": ["large", "small"]}]}, "'small' is its own fallback"),
        ({"default_fallbacks": [{"a": ["b"]}]}, "default_fallbacks[0]: a fallback is the name of a model"),
        ({"num_retries": -1}, f"{ROUTER}: 'num_retries' is -1: write a number of 0 or more"),
        ({"timeout": 0}, "'timeout' is 0: write a number above 0"),
        ({"cooldown_time": -0.5}, "'cooldown_time' is -0.5"),
        ({"retry_policy": ["x"]}, f"{ROUTER}.retry_policy has to be a dictionary of errors to numbers, not a list"),
        ({"retry_policy": {"TimeoutErorRetries": 1}}, "did you mean 'TimeoutErrorRetries'"),
        ({"retry_policy": {"TimeoutErrorRetries": -1}}, "'TimeoutErrorRetries' is -1"),
        ({"retry_policy": {"TimeoutErrorRetries": "often"}}, "'TimeoutErrorRetries' has to be a whole number"),
        ({"allowed_fails_policy": {"TimeoutErrorRetries": 1}}, "did you mean 'TimeoutErrorAllowedFails'"),
        (
            {"model_group_alias": ["a"]},
            "'model_group_alias' has to be a dictionary, not a list",
        ),
        ({"model_group_alias": {1: "large"}}, "model_group_alias: the name 1 has to be a text, not a whole number"),
        (
            {"model_group_alias": {"a": None}},
            "model_group_alias.a is the name of a model, or a dictionary",
        ),
        (
            {"model_group_alias": {"a": {"model": "large"}}},
            "of model and hidden, not {'model': 'large'}",
        ),
        ({"model_group_retry_policy": {"small": 3}}, "model_group_retry_policy.small has to be a dictionary"),
    ],
)
def test_what_the_router_cannot_use(settings, says):
    with pytest.raises(UserError) as refused:
        check({"router_settings": settings}, "1.77.3")
    assert says in str(refused.value)


GOOD = {
    "router_settings": {
        "routing_strategy": "latency-based-routing",
        "fallbacks": [{"small": ["large", {"model": "other", "temperature": 0}]}],
        "context_window_fallbacks": [{"*": ["large"]}],
        "retry_policy": {"RateLimitErrorRetries": "3"},
        "model_group_retry_policy": {"small": {"TimeoutErrorRetries": 0}},
        "model_group_alias": {"default": "large", "other": {"model": "large", "hidden": True}},
        "num_retries": 0,
        "timeout": "os.environ/TIMEOUT",
    },
    "litellm_settings": {"default_fallbacks": ["large"], "request_timeout": 5},
}


def test_what_it_can_use_is_kept_with_numbers_as_numbers():
    for version in ("1.77.3", "1.108.7"):
        made = check(GOOD, version)
        assert made["router_settings"]["retry_policy"] == {"RateLimitErrorRetries": 3}
        assert made["router_settings"]["fallbacks"] == GOOD["router_settings"]["fallbacks"]
    assert sorted(fallbacks_of(GOOD)) == [
        ("litellm_settings.default_fallbacks", "*", "large"),
        ("router_settings.context_window_fallbacks", "*", "large"),
        ("router_settings.fallbacks", "small", "large"),
        ("router_settings.fallbacks", "small", "other"),
    ]
