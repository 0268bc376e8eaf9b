# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory declares says which hosts and ports LiteLLM reaches, and no others."""

from __future__ import annotations

import re

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.egress import egress


def allowed(*params, **more):
    models = [{"name": f"model-{number}", "litellm_params": one} for number, one in enumerate(params)]
    return egress({"models": models, **more})["allowed"]


@pytest.mark.parametrize(
    ("params", "places"),
    [
        ({"model": "openai/mock", "mock_response": "yes"}, []),
        ({"model": "openai/gpt-4o"}, ["api.openai.com:443"]),
        ({"model": "gpt-4o"}, ["api.openai.com:443"]),
        ({"model": "claude-sonnet-4"}, ["api.anthropic.com:443"]),
        ({"model": "anthropic/*"}, ["api.anthropic.com:443"]),
        ({"model": "some", "custom_llm_provider": "groq"}, ["api.groq.com:443"]),
        ({"model": "openai/local", "api_base": "http://10.0.0.5:11434/v1"}, ["10.0.0.5:11434"]),
        ({"model": "openai/local", "api_base": "https://Models.LAN/v1"}, ["models.lan:443"]),
        ({"model": "ollama/llama3", "api_base": "http://ollama"}, ["ollama:80"]),
        ({"model": "openai/six", "base_url": "http://[fd00::5]:8000/v1"}, ["[fd00::5]:8000"]),
        ({"model": "azure/gpt", "api_base": "https://us.openai.azure.com"},
         ["login.microsoftonline.com:443", "us.openai.azure.com:443"]),
        ({"model": "openai/local", "api_base": "os.environ/LOCAL"}, ["local.lan:8080"]),
    ],
)  # fmt: skip
def test_a_model_is_where_it_says_or_where_its_provider_is(params, places):
    assert allowed(params, environment={"LOCAL": "http://local.lan:8080/v1"}) == places


@pytest.mark.parametrize(
    "params",
    [
        {"model": "azure/gpt-4o"},
        {"model": "nobody/knows"},
        {"model": "mine"},
        {"model": "openai/x", "api_base": "os.environ/MISSING"},
        {"model": "openai/x", "api_base": "models.lan"},
        {"model": "openai/x", "api_base": "http://models lan/v1"},
        {},
    ],
)
def test_a_model_of_which_it_is_not_known_opens_nothing_and_is_said(params):
    found = egress({"models": [{"name": "odd", "litellm_params": params}]})
    assert found == {"allowed": [], "patterns": [], "direct": [], "unknown": ["odd"]}


def test_mcp_servers_outside_are_reached_and_containers_need_no_way_out():
    servers = [
        {"name": "time", "url": "http://mcp-time:8000/mcp"},
        {"name": "away", "url": "https://mcp.example.com/mcp", "token_url": "https://login.example.com/token"},
        {"name": "near", "url": "http://192.0.2.7:9000/sse", "transport": "sse"},
        {"name": "own", "transport": "stdio", "command": "python3"},
        {"name": "gone", "state": "absent", "url": "https://gone.example.com/mcp"},
    ]
    assert allowed(mcp_servers=servers) == ["192.0.2.7:9000", "login.example.com:443", "mcp.example.com:443"]
    assert egress({"mcp_servers": servers})["direct"] == ["mcp-time"]


def test_what_goes_opens_nothing():
    assert egress({"models": [{"name": "gone", "state": "absent"}]})["unknown"] == []
    gone = {"name": "gone", "state": "absent"}
    for kind, part in (("credentials", "values"), ("guardrails", "litellm_params")):
        assert allowed(**{kind: [{**gone, part: {"api_base": "https://gone.example.com"}}]}) == []


def test_credentials_guardrails_and_what_is_added():
    assert allowed(
        credentials=[{"name": "ours", "values": {"api_base": "https://llm.lan:8443", "api_key": "x"}}],
        guardrails=[{"name": "pii", "litellm_params": {"api_base": "http://guard.lan:3000"}}],
        extra=["Langfuse.lan:3000", "*.example.org:443"],
    ) == ["*.example.org:443", "guard.lan:3000", "langfuse.lan:3000", "llm.lan:8443"]


@pytest.mark.parametrize(
    "extra", ["langfuse.lan", "https://langfuse.lan:3000", "a b:80", "host:0", "host:70000", ".:1"]
)
def test_what_is_added_is_a_host_and_a_port(extra):
    with pytest.raises(AnsibleFilterError) as caught:
        allowed(extra=[extra])
    assert "is not HOST:PORT" in caught.value.message and extra in caught.value.message


@pytest.mark.parametrize(
    ("place", "asked", "refused"),
    [
        ("api.openai.com:443", ["api.openai.com:443"],
         ["api.openai.com:80", "api-openai.com:443", "x.api.openai.com:443", "api.openai.com.evil.org:443",
          "api.openai.com:4430", "apixopenai.com:443"]),
        ("10.0.0.5:11434", ["http://10.0.0.5:11434/v1/models", "http://10.0.0.5:11434"],
         ["http://10.0.0.5:11435/v1", "http://10.0.0.50:11434/", "http://10.0.0.5:11434@other.lan/",
          "http://other.lan/?http://10.0.0.5:11434/"]),
        ("ollama:80", ["http://ollama/v1", "http://ollama:80/v1", "http://ollama?x=1"],
         ["http://ollama.lan/", "http://ollama@other.lan/", "ollama:443"]),
        ("bedrock-runtime.*.amazonaws.com:443", ["bedrock-runtime.eu-west-1.amazonaws.com:443"],
         ["bedrock-runtime.a.b.amazonaws.com:443", "bedrock-runtime..amazonaws.com:443"]),
        ("[fd00::5]:8000", ["http://[fd00::5]:8000/v1"], ["http://[fd00::6]:8000/v1"]),
        (".example.org:443", ["example.org:443", "www.example.org:443", "a.b_c.example.org:443"],
         ["example.org:80", "badexample.org:443", "example.org.evil.net:443", ".example.org:443",
          "http://x@evil.net/.example.org:443"]),
    ],
)  # fmt: skip
def test_a_pattern_is_that_host_and_port(place, asked, refused):
    (pattern,) = egress({"extra": [place]})["patterns"]
    assert all(re.search(pattern, one, re.IGNORECASE) for one in asked)
    assert not [one for one in refused if re.search(pattern, one, re.IGNORECASE)]
