# SPDX-License-Identifier: GPL-3.0-or-later
"""Fallbacks and queues name what there is, in the inventory, in config.yaml or at the gateway."""

from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.mcp_lan.litellm.plugins.action.gateway_check import ActionModule
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER

ENTRIES = {"model": [{"name": "small"}, {"name": "gone", "state": "absent"}, {"name": "openai/*"}]}
CONFIG = {
    "model_list": [{"model_name": "large", "litellm_params": {"model": "openai/x"}}],
    "router_settings": {"model_group_alias": {"default": "large"}},
}


def refused(*fallbacks):
    router = {**CONFIG["router_settings"], "fallbacks": list(fallbacks)}
    found = {"model": {"one": SimpleNamespace(raw={"model_name": "by-hand"}, state={})}}
    return ActionModule._models(ENTRIES, {"config": {**CONFIG, "router_settings": router}}, found, [])


def test_names_that_mean_a_model():
    assert refused({"small": ["large", "default", "by-hand", "openai/gpt-5"]}, {"*": [{"model": "small"}]}) == []


def test_names_that_mean_none():
    place = "litellm_gateway_config.router_settings.fallbacks: there is no model "
    assert refused({"smal": ["large"]}, {"small": ["gone"]}) == [
        f"{place}'gone'; there are by-hand, default, large, openai/*, small.",
        f"{place}'smal'; did you mean 'small'?",
    ]


def test_an_alias_is_another_name_for_a_model():
    """LiteLLM looks for the model alone, not for another alias."""
    aliases = {
        "a": "large",
        "b": {"model": "openai/gpt-5", "hidden": True},
        "c": "a",
        "d": {"model": "lage", "hidden": 0},
    }
    config = {**CONFIG, "router_settings": {"model_group_alias": aliases}}
    place = "litellm_gateway_config.router_settings.model_group_alias"
    assert ActionModule._models(ENTRIES, {"config": config}, {}, []) == [
        f"{place}.c: there is no model 'a'; there are large, openai/*, small.",
        f"{place}.d: there is no model 'lage'; did you mean 'large'?",
    ]


def test_queues_name_models_keys_and_teams():
    def refused(**said):
        entries = {**ENTRIES, "key": [{"name": "door"}], "team": [{"name": "house"}]}
        found = {"key": {"by-hand": SimpleNamespace()}}
        action = ActionModule.__new__(ActionModule)
        return action._names(entries, {"config": CONFIG, "queues": [{"parallel": 2, **said}]}, found)

    one = {"priority": 0}
    assert refused(models=["small", "default", "*"], keys={"door": one, "by-hand": one}, teams={"house": one}) == []
    assert refused(models=["smal"], keys={"dor": one}, teams={"garden": one}) == [
        "litellm_gateway_queues: there is no model 'smal'; did you mean 'small'?",
        "litellm_gateway_queues: there is no key 'dor'; did you mean 'door'?",
        "litellm_gateway_queues: there is no team 'garden'; there are house.",
    ]


def test_a_model_may_use_what_config_yaml_holds():
    def refused(config, **parameters):
        entries = {"model": [{"name": "m", "litellm_params": {"model": "openai/x", **parameters}}]}
        return ActionModule._judged(
            entries, "1.77.3", {"environment": {}, "secret_environment": None, "config": config}
        )

    variables = {"environment_variables": {"OF_OPENAI": "x"}}
    assert refused(variables, api_key="os.environ/OF_OPENAI") == []
    assert "has no OF_OPENAI" in refused(None, api_key="os.environ/OF_OPENAI")[0]
    credentials = {"credential_list": [{"credential_name": "site", "credential_values": {"api_key": "x"}}]}
    assert refused(credentials, litellm_credential_name="site") == []
    assert refused({}, litellm_credential_name="by-hand") == [], "which has what nobody here knows"


def test_a_model_names_a_credential_that_there_is():
    def refused(named, **more):
        model = {"name": "m", "litellm_params": {"model": "openai/x", "litellm_credential_name": named}}
        entries = {"model": [{**model, **more}], "credential": [{"name": "site"}, {"name": "gone", "state": "absent"}]}
        config = {"credential_list": [{"credential_name": "of-config"}]}
        return ActionModule._credentials(entries, config, {"credential": {"by-hand": SimpleNamespace()}})

    for named in ("site", "of-config", "by-hand", "", None, PLACEHOLDER):
        assert refused(named) == []
    place = "model 'm': litellm_params.litellm_credential_name: there is no credential "
    assert refused("sit") == [f"{place}'sit'; did you mean 'site'?"]
    assert refused("gone") == [f"{place}'gone'; there are by-hand, of-config, site."]
    assert refused("gone", state="absent") == []


def test_every_list_of_models_names_models():
    kinds = ("key", "team", "user", "organization", "access_group")
    for kind in kinds:
        entries = {**ENTRIES, kind: [{"name": "one", "models": ["small", "smal"]}]}
        title = kind.replace("_", " ")
        assert ActionModule._models(entries, {"config": CONFIG}, {}, []) == [
            f"{title} 'one': models: there is no model 'smal'; did you mean 'small'?"
        ]
        held = {kind: {"one": SimpleNamespace(state={"models": ["smal"]})}}
        assert ActionModule._models(entries, {"config": CONFIG}, held, []) == [], "LiteLLM's own object has it"
