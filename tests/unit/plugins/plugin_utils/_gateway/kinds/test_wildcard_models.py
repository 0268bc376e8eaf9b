# SPDX-License-Identifier: GPL-3.0-or-later
"""A model with a * in its name is one model, although LiteLLM lists it once more for each that its provider has."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS


def listed(name, model, identity):
    return {"model_name": name, "litellm_params": {"model": model}, "model_info": {"id": identity}}


@pytest.mark.parametrize("first", [True, False])
def test_the_model_itself_is_found(first):
    own, others = listed("openai/*", "openai/*", "one"), [listed("openai/o1", "openai/o1", "one")] * 2
    alone = listed("mock", "openai/mock", "two")
    data = [own, *others, alone] if first else [alone, *others, own]
    client = SimpleNamespace(get=lambda _path: {"data": data})
    found = KINDS["model"].list(SimpleNamespace(client=client))
    assert sorted(one["model_name"] for one in found) == ["mock", "openai/*"]
