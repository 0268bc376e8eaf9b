# SPDX-License-Identifier: GPL-3.0-or-later
"""A fallback names a model that there is, in the inventory, in config.yaml or at the gateway."""

from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.mcp_lan.litellm.plugins.action.gateway_check import ActionModule

ENTRIES = {"model": [{"name": "small"}, {"name": "gone", "state": "absent"}, {"name": "openai/*"}]}
CONFIG = {
    "model_list": [{"model_name": "large", "litellm_params": {"model": "openai/x"}}],
    "router_settings": {"model_group_alias": {"default": "large"}},
}


def refused(*fallbacks):
    router = {**CONFIG["router_settings"], "fallbacks": list(fallbacks)}
    found = {"model": {"one": SimpleNamespace(raw={"model_name": "by-hand"}, state={})}}
    return ActionModule._models(ENTRIES, {"config": {**CONFIG, "router_settings": router}}, found)


def test_names_that_mean_a_model():
    assert refused({"small": ["large", "default", "by-hand", "openai/gpt-5"]}, {"*": [{"model": "small"}]}) == []


def test_names_that_mean_none():
    place = "litellm_gateway_config.router_settings.fallbacks: there is no model "
    assert refused({"smal": ["large"]}, {"small": ["gone"]}) == [
        f"{place}'gone'; there are by-hand, default, large, openai/*, small.",
        f"{place}'smal'; did you mean 'small'?",
    ]
