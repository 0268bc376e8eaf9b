# What policy.effective makes of an inventory: the rules by example, and its refusals.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import policy

SERVERS = [
    {
        "name": "postgresql",
        "alias": "pg",
        "access_groups": ["data"],
        "tools": ["execute_sql", "list_schemas", "list_objects"],
    },
    {"name": "filesystem", "access_groups": ["data", "files"]},
    {"name": "mon_loki", "tools": ["query"]},
]


def grants(key_mcp, *, key=None, teams=(), organizations=(), servers=SERVERS, toolsets=()):
    entry = {"name": "k", "mcp": key_mcp, **(key or {})}
    return policy.effective([entry], teams, organizations, servers, toolsets)["k"]


def test_a_key_that_says_nothing_gets_nothing_even_where_its_team_has_everything():
    team = {"name": "t", "mcp": {"postgresql": ["*"]}}
    assert policy.effective([{"name": "k", "team": "t"}], [team], [], SERVERS) == {"k": {}}
    assert grants({}, key={"team": "t"}, teams=[team]) == {}


@pytest.mark.parametrize(
    ("mcp", "expected"),
    [
        ({"postgresql": ["*"]}, {"postgresql": ["*"]}),
        ({"pg": ["execute_sql"]}, {"postgresql": ["execute_sql"]}),
        ({"postgresql": ["list_*"]}, {"postgresql": ["list_objects", "list_schemas"]}),
        ({"postgresql": ["*_s[qc]*"]}, {"postgresql": ["execute_sql", "list_schemas"]}),
        ({"filesystem": ["list_*", "list_roots", "read"]}, {"filesystem": ["list_*", "read"]}),
        ({"data": ["list_*"]}, {"filesystem": ["list_*"], "postgresql": ["list_objects", "list_schemas"]}),
        ({"mon_*": ["*"]}, {"mon_loki": ["*"]}),
        ({"*": ["query"]}, {"filesystem": ["query"], "mon_loki": ["query"]}),
        (
            {"pg": ["execute_sql"], "data": ["list_objects"]},
            {"filesystem": ["list_objects"], "postgresql": ["execute_sql", "list_objects"]},
        ),
        ({"postgresql": ["*", "execute_sql"]}, {"postgresql": ["*"]}),
        ({"postgresql": []}, {}),
    ],
)
def test_references_and_patterns(mcp, expected):
    assert grants(mcp) == expected


def test_team_and_organizations_are_upper_bounds():
    organizations = [
        {"name": "own", "mcp": {"data": ["list_*", "execute_sql"]}},
        {"name": "of_team", "mcp": {"postgresql": ["*"]}},
    ]
    teams = [{"name": "t", "organization": "of_team", "mcp": {"*": ["*"]}}]
    assert grants({"data": ["*"]}, key={"organization": "own"}, organizations=organizations) == {
        "filesystem": ["execute_sql", "list_*"],
        "postgresql": ["execute_sql", "list_objects", "list_schemas"],
    }
    assert grants({"data": ["*"]}, key={"team": "t"}, teams=teams, organizations=organizations) == {"postgresql": ["*"]}
    both = {"team": "t", "organization": "own"}
    assert grants({"data": ["execute_sql"]}, key=both, teams=teams, organizations=organizations) == {
        "postgresql": ["execute_sql"]
    }


def test_a_team_without_mcp_sets_no_bound_and_one_with_an_empty_mcp_allows_nothing():
    assert grants({"pg": ["*"]}, key={"team": "t"}, teams=[{"name": "t"}]) == {"postgresql": ["*"]}
    assert grants({"pg": ["*"]}, key={"team": "t"}, teams=[{"name": "t", "mcp": None}]) == {"postgresql": ["*"]}
    assert grants({"pg": ["*"]}, key={"team": "t"}, teams=[{"name": "t", "mcp": {}}]) == {}


def test_prefixes_of_a_server_whose_tools_are_not_known_meet_exactly():
    team = [{"name": "t", "mcp": {"filesystem": ["list_d*", "read", "write_*"]}}]
    assert grants({"filesystem": ["list_*", "write_file", "re*"]}, key={"team": "t"}, teams=team) == {
        "filesystem": ["list_d*", "read", "write_file"]
    }


def test_toolsets_are_servers_and_tools_under_one_name():
    toolsets = [{"name": "reading", "mcp": {"pg": ["list_*"], "filesystem": ["read"]}}]
    assert grants({"reading": ["*"]}, toolsets=toolsets) == {
        "filesystem": ["read"],
        "postgresql": ["list_objects", "list_schemas"],
    }
    assert grants({"reading": ["list_*"]}, toolsets=toolsets) == {"postgresql": ["list_objects", "list_schemas"]}


def test_allows():
    worked_out = {"postgresql": ["execute_sql"], "filesystem": ["list_*"], "mon_loki": ["*"]}
    assert policy.allows(worked_out, "postgresql", "execute_sql")
    assert policy.allows(worked_out, "filesystem", "list_roots")
    assert policy.allows(worked_out, "mon_loki", "anything")
    assert not policy.allows(worked_out, "postgresql", "execute")
    assert not policy.allows(worked_out, "filesystem", "read")
    assert not policy.allows(worked_out, "other", "execute_sql")


@pytest.mark.parametrize(
    ("mcp", "words"),
    [
        ({"postgres": ["*"]}, ["key 'k'", "mcp.postgres", "no server", "postgresql"]),
        ({"nag_*": ["*"]}, ["key 'k'", "nag_*", "no server"]),
        ({"postgresql": ["exec_sql"]}, ["key 'k'", "postgresql", "exec_sql", "execute_sql"]),
        ({"postgresql": ["drop_*"]}, ["key 'k'", "drop_*"]),
        ({"filesystem": ["*_file"]}, ["key 'k'", "*_file", "filesystem", "not known"]),
        ({"filesystem": "*"}, ["key 'k'", "mcp.filesystem", "list"]),
        ({"filesystem": None}, ["key 'k'", "mcp.filesystem", "empty"]),
        ({"filesystem": [1]}, ["key 'k'", "mcp.filesystem"]),
        (["filesystem"], ["key 'k'", "mcp must map"]),
    ],
)
def test_refusals_name_the_key_and_the_place(mcp, words):
    with pytest.raises(UserError) as refused:
        grants(mcp)
    assert all(word in str(refused.value) for word in words), str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"servers": [{"name": "my-db"}]}, ["my-db", "'-'"]),
        ({"servers": [{"name": "db", "alias": "my-db"}]}, ["'db'", "my-db", "'-'"]),
        ({"servers": [{"name": "a", "alias": "b"}, {"name": "b"}]}, ["'b'", "'a'"]),
        ({"servers": [{"name": "a"}, {"name": "a"}]}, ["server 'a'", "twice"]),
        ({"servers": [{"name": ""}]}, ["a server has no name"]),
        ({"key": {"team": "nosuch"}}, ["key 'k'", "team 'nosuch'"]),
        ({"key": {"organization": "nosuch"}}, ["key 'k'", "organization 'nosuch'"]),
        ({"teams": [{"name": "t", "organization": "nosuch"}]}, ["team 't'", "organization 'nosuch'"]),
        ({"teams": [{"name": "t", "mcp": {"nosuch": ["*"]}}]}, ["team 't'", "nosuch"]),
        ({"toolsets": [{"name": "s", "mcp": {"nosuch": ["*"]}}]}, ["toolset 's'", "nosuch"]),
    ],
)
def test_refusals_of_the_rest_of_the_inventory(arguments, words):
    with pytest.raises(UserError) as refused:
        grants({}, **arguments)
    assert all(word in str(refused.value) for word in words), str(refused.value)


def test_a_name_with_two_meanings_is_refused_unless_they_are_the_same():
    servers = [{"name": "db"}, {"name": "other", "access_groups": ["db"]}]
    with pytest.raises(UserError, match="more than one thing"):
        grants({"db": ["*"]}, servers=servers)
    assert grants({"db": ["*"]}, servers=[{"name": "db", "access_groups": ["db"]}]) == {"db": ["*"]}


MORE = {"tools": ["query"], "prompts": ["p*"], "resources": ["note://a?b", "note://open/*"]}


@pytest.mark.parametrize(
    ("mcp", "expected"),
    [
        ({"mon_loki": MORE}, {"mon_loki": MORE}),
        ({"mon_loki": {"tools": ["query"], "prompts": []}}, {"mon_loki": ["query"]}),
        ({"mon_loki": {"prompts": ["p"]}, "mon_*": ["query"]}, {"mon_loki": {"tools": ["query"], "prompts": ["p"]}}),
        ({"data": {"prompts": ["*"]}}, {name: {"prompts": ["*"]} for name in ("filesystem", "postgresql")}),
        ({"mon_loki": {}}, {}),
    ],
)
def test_prompts_and_resources_are_named_beside_tools(mcp, expected):
    assert grants(mcp) == expected


def test_every_tool_is_no_prompt_and_no_resource():
    given = grants({"*": ["*"]})
    assert policy.allows(given, "mon_loki", "query")
    assert not policy.allows(given, "mon_loki", "p", "prompts")
    assert not policy.allows(given, "mon_loki", "note://a", "resources")


def test_a_bound_is_of_prompts_and_resources_as_well():
    team = {"name": "t", "mcp": {"mon_loki": {"prompts": ["plan_*"], "resources": ["note://open/*"]}}}
    key = {"mon_loki": {"tools": ["query"], "prompts": ["*"], "resources": ["note://open/1", "note://secret/1"]}}
    expected = {"mon_loki": {"prompts": ["plan_*"], "resources": ["note://open/1"]}}
    assert grants(key, key={"team": "t"}, teams=[team]) == expected
    assert grants(key, key={"team": "t"}, teams=[{"name": "t", "mcp": {"mon_loki": ["*"]}}]) == {"mon_loki": ["query"]}


@pytest.mark.parametrize(
    ("mcp", "said"),
    [
        ({"mon_loki": {"prompt": ["p"]}}, "mcp.mon_loki has 'prompt', which is none of tools, prompts, resources"),
        ({"mon_loki": {"prompts": "p"}}, "mcp.mon_loki.prompts must be a list of names of prompts"),
        ({"mon_loki": {"resources": [""]}}, "mcp.mon_loki.resources must be a list of URIs"),
        ({"mon_loki": {"prompts": ["a*b"]}}, "the pattern 'a*b' for server 'mon_loki' cannot be resolved"),
        ({"mon_loki": {"resources": ["note://*/a"]}}, "the pattern 'note://*/a' for server 'mon_loki' cannot be"),
        ({"set": {"prompts": ["p"]}}, "names the prompt 'p', which mon_loki does not have: a toolset is of tools"),
    ],
)
def test_what_is_no_scope_of_prompts_or_resources_is_said(mcp, said):
    with pytest.raises(UserError, match="key 'k': ") as refused:
        grants(mcp, toolsets=[{"name": "set", "mcp": {"mon_loki": ["query"]}}])
    assert said in str(refused.value)
