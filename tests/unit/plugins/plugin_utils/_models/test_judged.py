# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a model before anybody is asked, and entries of each provider that are as they should be."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._models.judged import refusals

LAN = "http://models.lan:8000/v1"
CREDENTIALS = [{"name": "site", "values": {"api_base": LAN, "api_key": "k"}}]


def said(environment=(), version="1.77.3", **parameters):
    given = None if environment is None else dict.fromkeys(environment, "x")
    return refusals([{"name": "m", "litellm_params": parameters}], CREDENTIALS, version, given)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"model": "hosted_vllm/x", "api_bse": LAN}, "does not read 'api_bse': did you mean 'api_base'?"),
        ({"model": "openai/x", "api_key": "k", "temprature": 0}, "did you mean 'temperature'"),
        ({"model": "openai/x", "api_key": "k", "weight": -1}, "litellm_params.weight is -1"),
        ({"model": "opnai/gpt-5", "api_key": "k"}, "there is no provider 'opnai': did you mean 'openai'"),
        ({"model": "qwen/qwen3", "api_base": LAN}, "write hosted_vllm/qwen/qwen3"),
        ({"model": "xiaomi_mimo/x", "api_key": "k"}, "has no provider 'xiaomi_mimo', but 1.108.7 has"),
        ({"model": "openai/x", "api_key": "os.environ/NOT_THERE"}, "LiteLLM's environment has no NOT_THERE: set it in"),
        ({"model": "ollama_chat/llama3.2"}, "litellm_params.api_base is missing: ollama_chat is a server of your own"),
        ({"model": "azure/deployment", "api_key": "k"}, "litellm_params.api_base is missing: azure"),
        ({"model": "ollama_chat/x", "api_base": "ollama.lan:11434"}, "api_base leads nowhere: write it whole, such as"),
        ({"model": "hosted_vllm/x", "api_base": "http://vllm.lan:80000/v1"}, "litellm_params.api_base leads nowhere"),
        (
            {"model": "anthropic/claude-sonnet-4-5"},
            "litellm_params.api_key is missing: LiteLLM asks anthropic with a key",
        ),
        ({"model": "openai/qwen", "api_base": LAN}, "shown any, such as none"),
    ],
)
def test_what_would_fail_at_the_first_chat(parameters, says):
    (sentence,) = said(**parameters)
    assert sentence.startswith("model 'm': ") and says in sentence and sentence[-1] in ".?"


@pytest.mark.parametrize(
    "parameters",
    [
        {"model": "openai/gpt-5", "api_key": "k", "temperature": 0, "top_k": 5, "min_p": 0.1},
        {"model": "anthropic/*", "api_key": "os.environ/OF_ANTHROPIC"},
        {"model": "gemini/gemini-2.5-flash"},
        {"model": "azure/my-deployment", "api_base": "https://x.openai.azure.com", "api_version": "2024-10-21"},
        {"model": "openrouter/qwen/qwen3", "api_key": "k"},
        {"model": "ollama_chat/llama3.2", "api_base": "http://ollama.lan:11434", "num_ctx": 8192, "keep_alive": "5m"},
        {"model": "hosted_vllm/Qwen/Qwen3", "api_base": LAN, "weight": 3, "rpm": 60},
        {"model": "openai/llama", "api_base": LAN, "api_key": "none"},
        {"model": "hosted_vllm/x", "litellm_credential_name": "site"},
        {"model": "openai/mock", "mock_response": "yes"},
        {"model": "bedrock/anthropic.claude", "aws_region_name": "eu-central-1"},
        {"model": "meta-llama/llama-3", "custom_llm_provider": "together_ai"},
        {"model": "claude-sonnet-4-5", "api_key": "k"},
    ],
)
def test_what_is_as_it_should_be(parameters):
    for version in ("1.77.3", "1.108.7"):
        assert said(["OF_ANTHROPIC", "GEMINI_API_KEY"], version, **parameters) == []


def test_of_another_s_gateway_nobody_knows_the_environment():
    assert said(None, model="openai/gpt-5") == said(None, model="ollama/x", api_key="os.environ/X") == []
    assert refusals([{"name": "m", "state": "absent", "litellm_params": {"model": "opnai/x"}}], [], "1.77.3", {}) == []


def test_an_order_that_nobody_looks_at():
    entry = {"name": "m", "litellm_params": {"model": "hosted_vllm/x", "api_base": LAN, "order": 2}}
    (sentence,) = refusals([entry], [], "1.77.3", {}, {})
    assert "counts in LiteLLM 1.77.3 only with enable_pre_call_checks: true" in sentence
    (sentence,) = refusals([entry], [], "1.77.3", {}, {"enable_pre_call_checks": True})
    assert "add custom_llm_provider, the word before the / of model" in sentence
    entry["litellm_params"]["custom_llm_provider"] = "hosted_vllm"
    assert refusals([entry], [], "1.77.3", {}, {"enable_pre_call_checks": True}) == []
    assert refusals([entry], [], "1.108.7", {}, None) == []
