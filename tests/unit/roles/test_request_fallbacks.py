# Which fallbacks a key has. Through real gateways: tests/integration/guard/test_fallbacks.py.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from mcp_lan_filter import fallbacks
from mcp_lan_filter.current import Current, current


class Failed(Exception):
    """What the model itself failed with."""


async def may_use(key, model):
    return model in {"a": ("small", "large"), None: ()}[key]


def tried(request, targets, failed="small"):
    """The fallbacks that LiteLLM is left with."""
    seen = []

    async def run(*_arguments, fallback_model_group, original_exception, **options):
        seen.append((fallback_model_group, original_exception, options))
        return "answered"

    module = SimpleNamespace(run_async_fallback=run)
    fallbacks.wrap(module, may_use)
    error, token = Failed(), current.set(request)
    try:
        call = module.run_async_fallback(
            fallback_model_group=targets, original_model_group=failed, original_exception=error, fallback_depth=1
        )
        assert asyncio.run(call) == "answered"
    except Failed:
        return None
    finally:
        current.reset(token)
    ((left, raised, options),) = seen
    assert raised is error and options == {"original_model_group": failed, "fallback_depth": 1}
    return left


@pytest.mark.parametrize(
    ("targets", "left"),
    [
        (["large"], ["large"]),
        (["other", "large"], ["large"]),
        (["other"], None),
        ([{"model": "large", "temperature": 0}], [{"model": "large", "temperature": 0}]),
        ([{"model": "other"}, {"temperature": 0}], [{"temperature": 0}]),
        ([{"model": "unlike", "_target_order": 2}], [{"model": "unlike", "_target_order": 2}]),
    ],
)
def test_a_key_has_the_fallbacks_that_it_may_name(targets, left):
    assert tried(Current(key="a"), targets, "unlike") == left


def test_a_request_without_a_key_has_none():
    assert tried(Current(), ["large"]) is None


def test_what_is_no_request_of_a_client_has_all():
    assert tried(None, ["other"]) == ["other"]
