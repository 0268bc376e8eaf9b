# SPDX-License-Identifier: GPL-3.0-or-later
"""What a filter is given of a wrong type is a sentence, and never an exception of Python."""

from __future__ import annotations

import importlib
import re

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FILTERS = "ansible_collections.mcp_lan.litellm.plugins.filter."
EGRESS = {"models": [], "mcp_servers": [], "credentials": [], "guardrails": [], "environment": {}, "extra": []}


def named(name):
    return importlib.import_module(FILTERS + name).FilterModule().filters()[name]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("mcp_endpoints", 5, "MCP servers are a list, not a whole number."),
        ("mcp_endpoints", [5], "An MCP server is a dictionary, not a whole number."),
        ("mcp_endpoints", [{"name": "a", "url": "http://[::1/mcp"}], r"MCP server a: the url 'http://\[::1/mcp' leads"),
        ("mcp_endpoints", [{"name": "a", "url": "http://h:99999/mcp"}], "the url 'http://h:99999/mcp' leads nowhere"),
        ("mcp_endpoints", [{"name": "a", "url": ["x"]}], "MCP server a: url has to be a text, not a list."),
        ("env_file", "x", "An environment is a dictionary of names to values, this is a text."),
        ("env_file", ["x"], "this is a list."),
        ("env_file", {"A B": "x"}, "'A B' is no name of an environment variable."),
        ("env_file", {"": "x"}, "'' is no name of an environment variable."),
        ("env_file", {5: "x"}, "'5' is no name of an environment variable."),
        ("env_file", {"A": None}, "The environment variable A has to be a text, and is empty."),
        ("egress", "x", "What is declared is a dictionary, this is a text."),
        ("egress", {**EGRESS, "models": 5}, "models: it is a list of entries, this is a whole number."),
        ("egress", {**EGRESS, "models": ["x"]}, r"models\[0\]: an entry is a dictionary, this is a text."),
        ("egress", {**EGRESS, "guardrails": [1]}, r"guardrails\[0\]: an entry is a dictionary"),
        ("egress", {**EGRESS, "environment": ["a"]}, "environment has to be a dictionary, not a list."),
        ("egress", {**EGRESS, "extra": "x"}, "litellm_gateway_egress_extra has to be a list, not a text."),
    ],
)
def test_what_is_said(name, value, sentence):
    with pytest.raises(AnsibleFilterError, match=sentence):
        named(name)(value)


def test_what_is_said_of_the_clients():
    undelivered = named("undelivered")
    assert undelivered(None, {}) == []
    for clients, hosts, sentence in (
        ("x", {}, "litellm_clients: this is a text."),
        ([1], {}, "litellm_clients[0]: it is a dictionary, this is a whole number."),
        ([{"key": "k"}], {}, "litellm_clients[0]: user is missing."),
        ([], ["x"], "hosts: this is a list."),
    ):
        with pytest.raises(AnsibleFilterError, match=re.escape(sentence)):
            undelivered(clients, hosts)


def test_nothing_is_nothing():
    assert named("mcp_endpoints")(None) == []
    for nothing in (None, 5, "x", [None]):
        assert named("mcp_config")(nothing, version="1.77.3") == {"mcp_servers": {}, "environment": {}}
    assert named("mcp_config")([], version=5) == {"mcp_servers": {}, "environment": {}}


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.sampled_from(["http://[::1", "a"])
)
NAMES = "name url transport auth_type auth_value static_headers extra_headers scopes state command args env tool_costs"
NAMES += " litellm_params model api_base host user client key cost_per_call models mcp_servers environment extra"
names = st.one_of(st.text(max_size=3), st.sampled_from(NAMES.split()))
value = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=6,
)
entry = st.dictionaries(st.sampled_from(NAMES.split()), value, max_size=5).map(lambda one: {"name": "a", **one})
anything = st.one_of(value, st.lists(st.one_of(entry, value), max_size=2))
OTHERS = {
    "mcp_endpoints": ({"version": "1.77.3", "master_key": "m"}, {}),
    "mcp_config": ({"version": "1.77.3"}, {"version": "1.108.7"}),
    "undelivered": ({"hosts": {}}, {"hosts": {"a": {}}}),
    "env_file": ({},),
    "egress": ({},),
    "database_problem": ({"version": "1.77.3"}, {"version": "latest"}),
    "request_rules": ({"version": "1.77.3"}, {"version": "x"}),
    "gateway_config": ({"version": "1.77.3"}, {"version": "1.108.7", "guard": True}),
}


def ends_in_a_value_or_a_sentence(name, data):
    given_to_it = data.draw(anything)
    if name == "egress":
        given_to_it = data.draw(st.one_of(value, st.fixed_dictionaries(dict.fromkeys(EGRESS, anything))))
    try:
        named(name)(given_to_it, **data.draw(st.sampled_from(OTHERS[name])))
    except AnsibleFilterError as error:
        said = str(error)
        assert said and "_Ansible" not in said and "<class" not in said


PURE = sorted(OTHERS)


@pytest.mark.parametrize("name", PURE)
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_filter_is_given(name, data):
    ends_in_a_value_or_a_sentence(name, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", PURE)
@settings(max_examples=10_000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_filter_is_given_ten_thousand_times(name, data):
    ends_in_a_value_or_a_sentence(name, data)
