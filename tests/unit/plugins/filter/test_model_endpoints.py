# SPDX-License-Identifier: GPL-3.0-or-later
"""Where models are asked, by their providers, and with which key."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.model_endpoints import model_endpoints
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER

LAN = "http://models.lan:8000/v1"


def made(environment=None, credentials=(), **parameters):
    return model_endpoints([{"name": "m", "litellm_params": parameters}], credentials, environment)


@pytest.mark.parametrize(
    ("parameters", "endpoint"),
    [
        (
            {"model": "ollama_chat/llama3.2", "api_base": "http://o.lan:11434"},
            ("ollama", "http://o.lan:11434", "llama3.2", ""),
        ),
        ({"model": "hosted_vllm/Qwen/Qwen3", "api_base": LAN}, ("openai", LAN, "Qwen/Qwen3", "")),
        ({"model": "openai/qwen", "api_base": LAN, "api_key": "k"}, ("openai", LAN, "qwen", "k")),
        ({"model": "openai/gpt-5", "api_key": "k"}, ("openai", "https://api.openai.com/v1", "gpt-5", "k")),
        ({"model": "gpt-5", "api_key": "k"}, ("openai", "https://api.openai.com/v1", "gpt-5", "k")),
        ({"model": "anthropic/*", "api_key": "k"}, ("anthropic", "https://api.anthropic.com", "", "k")),
        (
            {"model": "anthropic/claude", "api_base": "https://proxy.lan/v1/messages"},
            ("anthropic", "https://proxy.lan", "claude", ""),
        ),
        (
            {"model": "gemini/gemini-2.5-flash", "api_key": "k"},
            ("gemini", "https://generativelanguage.googleapis.com/v1beta", "gemini-2.5-flash", "k"),
        ),
        (
            {"model": "azure/my-deployment", "api_base": "https://x.openai.azure.com", "api_key": "k"},
            ("azure", "https://x.openai.azure.com", "", "k"),
        ),
        ({"model": "openrouter/qwen/qwen3", "api_key": "k"}, ("openrouter", "https://openrouter.ai/api/v1", "", "k")),
        ({"model": "mistral/large", "api_key": "k"}, ("any", "https://api.mistral.ai:443", "", "k")),
    ],
)
def test_each_provider(parameters, endpoint):
    (found,) = made(**parameters)
    assert (found["api"], found["url"], found.get("model", ""), found.get("key", "")) == endpoint


@pytest.mark.parametrize(
    "parameters",
    [
        {"model": "openai/x", "mock_response": "yes"},
        {"model": "ollama/llama3.2"},
        {"model": "bedrock/anthropic.claude"},
        {"model": "openai/x", "api_base": "somewhere"},
        {"model": "openai/x", "api_key": PLACEHOLDER},
        {},
    ],
)
def test_what_is_asked_nowhere_that_is_known(parameters):
    assert made(**parameters) == []


def test_what_stands_elsewhere():
    environment = {"BASE": LAN, "KEY": "k", "OLLAMA_API_BASE": "http://o.lan:11434", "OPENAI_API_KEY": "of-all"}
    (found,) = made(environment, model="openai/x", api_base="os.environ/BASE", api_key="os.environ/KEY")
    assert (found["url"], found["key"]) == (LAN, "k")
    assert made(environment, model="ollama/x")[0]["url"] == "http://o.lan:11434"
    assert made(environment, model="openai/x")[0]["key"] == "of-all"
    credentials = [{"name": "site", "values": {"api_base": LAN, "api_key": "c"}}]
    (found,) = made({}, credentials, model="hosted_vllm/x", litellm_credential_name="site")
    assert (found["url"], found["key"]) == (LAN, "c")
    (found,) = made({}, model="hosted_vllm/x", api_base=LAN, ssl_verify=False, extra_headers={"x-site": "1"})
    assert (found["verify"], found["headers"]) == (False, {"x-site": "1"})
    assert model_endpoints([{"name": "m", "state": "absent", "litellm_params": {"model": "openai/x"}}]) == []
    assert model_endpoints(None) == []


@pytest.mark.parametrize(
    ("models", "says"),
    [("x", "Models are a list"), (["x"], "is a dictionary"), ([{"litellm_params": 1}], "are a dictionary")],
)
def test_what_is_none_is_a_sentence(models, says):
    with pytest.raises(AnsibleFilterError, match=says):
        model_endpoints(models)
