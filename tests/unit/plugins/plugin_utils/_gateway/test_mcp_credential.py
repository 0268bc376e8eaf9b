# SPDX-License-Identifier: GPL-3.0-or-later
"""What LiteLLM shows to an MCP server, where a version keeps it, and the sentence for what cannot be."""

from __future__ import annotations

import secrets

import pytest
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_config import mcp_config
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import mcp_credential
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler

VALUE = secrets.token_urlsafe(16)
NEWEST = "1.108.7"
CLIENT = {"client_id": "gateway", "client_secret": VALUE, "token_url": "http://id.lan/token"}


def server(**more):
    return {"name": "files", "url": "http://files:8000/mcp", **more}


def refused(version=NEWEST, **more):
    return Reconciler(None, version=version).refusals({"mcp_server": [server(**more)]}, alone=True)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"auth_type": "bearer_token", "auth_value": VALUE},
        {"auth_type": "basic", "auth_value": f"user:{VALUE}"},
        {"auth_type": "authorization", "auth_value": f"Token {VALUE}"},
        {"auth_type": "authorization"},
    ],
)
@pytest.mark.parametrize("version", ["1.77.3", NEWEST])
def test_what_every_version_can(entry, version):
    assert refused(version, **entry) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"auth_type": "oauth2", **CLIENT, "scopes": ["tools"]},
        {"static_headers": {"X-Token": VALUE}},
        {"extra_headers": ["X-User"]},
        {"tools": ["a", "b"], "disallowed_tools": ["b"]},
        {"tool_display_names": {"a": "first"}, "tool_descriptions": {"a": "The first."}},
    ],
)
def test_what_a_version_cannot_is_refused_with_the_one_that_can(entry):
    assert refused(NEWEST, **entry) == []
    (sentence,) = refused("1.77.3", **entry)
    assert "LiteLLM 1.77.3 is too old: 1." in sentence, sentence


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"auth_value": VALUE}, "say which of them it is"),
        ({"auth_type": "oauth2", "auth_value": VALUE, **CLIENT}, "give client_id, client_secret and token_url"),
        ({"auth_type": "oauth2", "client_id": "a"}, "client_secret and token_url are missing"),
        (
            {"auth_type": "api_key", "auth_value": VALUE, "token_url": "http://id.lan"},
            "token_url is for auth_type oauth2",
        ),
        ({"auth_type": "bearer_token", "auth_value": f"Bearer {VALUE}"}, "leave it out"),
        ({"auth_type": "basic", "auth_value": VALUE}, "written as user:password"),
        ({"auth_type": "api_key", "auth_value": f"{VALUE}\n"}, "has a line break"),
        ({"static_headers": {"X-Site": "a\nb"}}, "static_headers.X-Site has a line break"),
        ({"extra_headers": ["authorization"]}, "x-mcp-files-authorization"),
        ({"alias": "Files", "auth_type": "api_key"}, "set alias: files"),
        ({"disallowed_tools": ["a"]}, "give the names of all its tools"),
        (
            {"tools": ["read", "drop"], "disallowed_tools": ["Drop"]},
            "names 'Drop', which is none of its tools (drop, read)",
        ),
        ({"tools": ["read", "drop"], "disallowed_tools": ["drop_*"]}, "disallowed_tools names 'drop_*', which is none"),
        ({"tools": ["read", "drop"], "disallowed_tools": ["drop "]}, "correct the name, or add it to tools"),
        ({"tools": ["read"], "allowed_tools": ["raed"]}, "allowed_tools names 'raed'"),
        ({"tools": ["read"], "tool_costs": {"raed": 1}}, "tool_costs names 'raed'"),
        ({"tools": ["read"], "tool_descriptions": {"raed": "Reads."}}, "tool_descriptions names 'raed'"),
        ({"tool_display_names": {"a": "two words"}}, "'two words' must consist of"),
        ({"tool_display_names": {"a": "x", "b": "x"}}, "two tools have the name 'x'"),
        (
            {
                "url": "",
                "transport": "stdio",
                "command": "node",
                "args": ["a"],
                "auth_type": "api_key",
                "auth_value": "a",
            },
            "reads its credential from env",
        ),
    ],
)
def test_what_is_badly_written_is_refused_with_a_way_out(entry, words):
    sentences = refused(**entry)
    assert len(sentences) == 1 and words in sentences[0], sentences
    assert VALUE not in sentences[0]


def test_a_pattern_takes_away_all_the_tools_that_it_fits():
    entry = {"name": "files", "url": "http://files.lan/mcp", "tools": ["read", "drop_one", "drop_all", "a[1]"]}
    (whole,) = checked({"mcp_servers": [{**entry, "disallowed_tools": ["drop_*", "a[1]"]}]})["mcp_server"]
    assert KINDS["mcp_server"].complete(whole)["allowed_tools"] == ["read"]
    assert refused(**entry, disallowed_tools=["drop_*"]) == []


def test_a_secret_is_no_static_header_where_the_database_would_show_it():
    (sentence,) = refused("1.102.0", static_headers={"X-Api-Token": VALUE})
    assert "static_headers.X-Api-Token looks like a secret" in sentence and "1.103.0" in sentence
    assert refused("1.102.0", static_headers={"X-Region": "eu"}) == []
    was = {"static_headers": {"X-Api-Token": VALUE}}
    entry = {**server(), **was, "auth_type": "none", "transport": "http"}
    assert mcp_credential.problem(entry, was, for_version("1.102.0")) is None


def test_config_yaml_holds_the_name_of_the_credential_and_the_environment_its_value():
    servers = [
        server(auth_type="bearer_token", auth_value=VALUE, alias="fs", access_groups=["a"], tool_costs={"read": 2}),
        server(name="a.b", auth_type="api_key", auth_value="other"),
        server(name="a_b", auth_type="api_key", auth_value="another", transport="sse"),
        server(name="open"),
        server(name="own", auth_type="authorization"),
        server(name="gone", auth_type="api_key", auth_value="gone", state="absent"),
        server(name="unknown", auth_type="api_key", auth_value="not-made-yet"),
    ]
    found = mcp_config(servers, "1.77.3")
    assert list(found["mcp_servers"]) == ["files", "a.b", "a_b"]
    assert found["mcp_servers"]["files"] == {
        "alias": "fs",
        "transport": "http",
        "url": "http://files:8000/mcp",
        "auth_type": "bearer_token",
        "access_groups": ["a"],
        "auth_value": "os.environ/MCP_SERVER_files",
        "mcp_info": {"mcp_server_cost_info": {"tool_name_to_cost_per_query": {"read": 2.0}}},
    }
    assert VALUE not in str(found["mcp_servers"])
    assert sorted(found["environment"].values()) == sorted([VALUE, "other", "another"])
    for name, one in found["mcp_servers"].items():
        variable = one["auth_value"].removeprefix("os.environ/")
        assert found["environment"][variable] == next(each["auth_value"] for each in servers if each["name"] == name)


@pytest.mark.parametrize("version", ["1.79.3", NEWEST, "1.82.7", "latest"])
def test_config_yaml_holds_none_where_the_database_can_or_the_version_is_none(version):
    assert mcp_config([server(auth_type="api_key", auth_value=VALUE), {"no": "name"}], version) == {
        "mcp_servers": {},
        "environment": {},
    }
