# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a person's file or inventory holds, its reader ends in a value or in a sentence."""

from __future__ import annotations

import contextlib
import re

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit import entry
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.text import RefusedEdit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.checks import GUARD, guarded
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import (
    meant_by_empty,
    refusals,
    specifications,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import CHECKS

VERSIONS = st.sampled_from(["1.77.3", "1.108.7"])
names = st.one_of(st.text(max_size=4), st.sampled_from(["name", "user", "a", "max", "per", "rpm"]))
value = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.sampled_from(["*", "30d", "a"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=5,
)
every = settings(max_examples=300, **CHECKS)


def judged_entries(data, version):
    resource = KINDS[data.draw(st.sampled_from(list(KINDS)))]
    options = st.dictionaries(st.sampled_from([*resource.fields, "state"]), value, max_size=4)
    entries = data.draw(
        st.lists(st.one_of(value, options.map(lambda given: {"name": "a", "state": "present", **given})), max_size=2)
    )
    try:
        right = checked({resource.plural: entries})
    except UserError as error:
        assert error.sentences
    else:
        assert all(said.endswith(".") for said in Reconciler(None, version=version).refusals(right, alone=True))


@every
@given(st.data(), VERSIONS)
def test_entries_of_every_kind(data, version):
    judged_entries(data, version)


@pytest.mark.slow
@settings(every, max_examples=10_000)
@given(st.data(), VERSIONS)
def test_entries_of_every_kind_ten_thousand_times(data, version):
    judged_entries(data, version)


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"keys": {"name": "a"}}, "keys: it is a list of entries, this is a dictionary."),
        ({"keys": "a"}, "keys: it is a list of entries, this is a text."),
        ({"teams": [{"name": None}]}, "teams[0]: missing required arguments: name."),
        (
            {"guardrails": [{"name": "a", "litellm_params": None}]},
            "guardrails[0] (a): state is present but all of the following are missing: litellm_params.",
        ),
        ({"teams": [{"name": "a", "budget": False}]}, "teams[0] (a).budget: it is a dictionary, this is a boolean."),
        ({"teams": [{"name": "a", "members": ["u"]}]}, "teams[0] (a).members: it is a dictionary, this is a text."),
    ],
)
def test_what_is_of_another_type_is_named(entries, sentence):
    with pytest.raises(UserError) as caught:
        checked(entries)
    assert sentence in str(caught.value)


def test_a_list_from_an_empty_variable_is_empty():
    assert checked({"keys": None}) == {"key": []}


SECTIONS = "general_settings litellm_settings router_settings model_list guardrails credential_list mcp_servers"
SECTIONS += " environment_variables assistant_settings"
NAMES = "budget_duration num_retries proxy_batch_write_at callbacks provider_budget_config routing_strategy cache url"
NAMES += (
    " model_name guardrail_name credential_name litellm_params credential_values model rpm transport args env alias"
)
settings_of_it = st.dictionaries(st.sampled_from(NAMES.split()), value, max_size=5)
in_entries = settings_of_it.map(
    lambda one: {"model_name": "a", "litellm_params": {"model": "a", **one}, "model_info": one}
)
in_servers = settings_of_it.map(lambda one: {"url": "http://a.lan", **one})
section = st.one_of(
    value,
    settings_of_it,
    st.lists(st.one_of(in_entries, settings_of_it, value), max_size=2),
    st.dictionaries(
        names, st.one_of(settings_of_it.map(lambda one: {"url": "http://a.lan", **one}), value), max_size=2
    ),
)
configurations = st.one_of(value, st.dictionaries(st.sampled_from(SECTIONS.split()), section, max_size=3))


def configured(config, version):
    try:
        made = guarded(config, version)
    except UserError as error:
        assert str(error).startswith("litellm_gateway_config")
    else:
        assert made["litellm_settings"]["callbacks"][0] == GUARD


@every
@given(configurations, VERSIONS)
def test_the_configuration(config, version):
    configured(config, version)


@pytest.mark.slow
@settings(every, max_examples=10_000)
@given(configurations, VERSIONS)
def test_the_configuration_ten_thousand_times(config, version):
    configured(config, version)


variables = st.dictionaries(st.sampled_from(sorted(specifications())), value, max_size=4)


def shaped(given_variables):
    said = refusals(given_variables)
    assert all(re.match(r"[a-z_]+[\[:. ]", one) and one[-1] in ".?" for one in said)
    assert not any("_Ansible" in one or "<class" in one for one in said)
    assert set(meant_by_empty(given_variables)) <= {name for name, one in given_variables.items() if one is None}


@every
@given(variables)
def test_the_variables_of_an_inventory(given_variables):
    shaped(given_variables)


@pytest.mark.slow
@settings(every, max_examples=10_000)
@given(variables)
def test_the_variables_of_an_inventory_ten_thousand_times(given_variables):
    shaped(given_variables)


PIECES = "a: |a:|- |&x |*x|<<: *x|!!int |{|}|[|]|,|'|\"|#c|? |---|...|%YAML 1.2|a|mcpServers|= |[a]|[[a]]|1|//|/*|*/"
# What Python's libraries read otherwise than other programs, or not at all.
ODD = ["!foo ", "a: =", "2026-13-45", "!!timestamp ", "NaN", "\u2028", "1" * 5000, "[" * 200, '"a":', "a = "]
pieces = [*PIECES.split("|"), *ODD, "|", " ", "  ", "\n", "\r\n", "\t", "\ufeff", "\0"]
text = st.one_of(st.text(), st.lists(st.sampled_from(pieces), max_size=14).map("".join))
files = st.one_of(
    st.none(),
    st.binary(),
    text.map(str.encode),
    text.map(lambda one: one.encode("utf-16")),
    text.map(lambda one: one.encode("latin-1", "replace")),
)


kinds = st.sampled_from(["json", "jsonc", "toml", "yaml", "env"])
places = st.sampled_from([("mcpServers", "litellm"), ("a",), ("a", "[name=litellm]"), ("a", "b", "c")])


def edited(kind, data, path):
    path = path[:1] if kind == "env" or (path[-1].startswith("[") and kind != "yaml") else path
    desired = "v" if kind == "env" else {"name": "litellm", "url": "u"}
    with contextlib.suppress(RefusedEdit):
        entry.get_entry(kind, data, path)
    with contextlib.suppress(RefusedEdit):
        entry.remove_entry(kind, data, path)
    with contextlib.suppress(RefusedEdit):
        after = entry.set_entry(kind, data, path, desired)
        assert entry.get_entry(kind, after, path) == desired
        entry.remove_entry(kind, after, path)


@every
@given(kinds, files, places)
def test_a_file_of_a_client_program(kind, data, path):
    edited(kind, data, path)


@pytest.mark.slow
@settings(every, max_examples=10_000)
@given(kinds, files, places)
def test_a_file_of_a_client_program_ten_thousand_times(kind, data, path):
    edited(kind, data, path)


@pytest.mark.parametrize("kind", ["organization", "team"])
@pytest.mark.parametrize("tools", [None, "ping", [1], {"ping": True}])
def test_a_scope_whose_tools_are_no_list_is_a_sentence(kind, tools):
    resource = KINDS[kind]
    right = checked({resource.plural: [{"name": "a", "mcp": {"alpha": tools}}]})
    (said,) = Reconciler(None, version="1.77.3").refusals(right, alone=True)
    none = "mcp.alpha has 'ping', which is none of tools, prompts, resources"
    assert (none if isinstance(tools, dict) else "mcp.alpha must be a list of tool names") in said
