# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is worked out of what was read: it asks nobody, and the entries stay as they were given."""

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import plain
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER
from recorded import Recorded

TOKEN = "0" * 64
SERVER = {"server_id": "s", "server_name": "alpha", "transport": "http", "url": "http://alpha.lan/mcp"}
ANSWERS = {
    "/v1/mcp/server": [SERVER, {**SERVER, "server_id": "t", "server_name": "beta"}],
    "/model/info": {"data": [{"model_name": "m", "litellm_params": {"model": "x/y"}, "model_info": {"id": "m"}}]},
    "/guardrails": [],
    "/key/list": {"keys": [{"token": TOKEN, "key_alias": "by-hand", "metadata": {}}]},
}
ENTRIES = {
    "mcp_servers": [{"name": "alpha", "url": SERVER["url"], "tools": ["read", "write", "remove"]}],
    "models": [{"name": "n", "litellm_params": {"model": "x/z", "api_key": PLACEHOLDER}}],
    "toolsets": [{"name": "some", "mcp": {"alpha": ["re*"]}}],
    "teams": [{"name": "people", "mcp": {"alpha": ["read", "write"]}}],
    "keys": [
        {"name": "k", "team": "people", "mcp": {"some": ["*"], "al*": ["write"]}},
        {"name": "by-hand", "hash": TOKEN, "mcp": {"*": ["*"]}},
    ],
}
WITH_TOOLSETS = "1.108.7"


@pytest.fixture
def read():
    """Engine and entries, after all that there is to read has been read."""
    gateway = Recorded(ANSWERS)
    entries = checked(copy.deepcopy(ENTRIES))
    engine = Reconciler(gateway, version=WITH_TOOLSETS, values={"k": ""})
    engine.read(entries, KINDS, KINDS)
    gateway.answers = {}  # whoever asks now gets a KeyError
    return engine, entries


def _told(steps):
    return [(one.kind, one.name, one.action, one.changes, one.error, one.after) for one in steps]


def test_it_asks_nobody_and_changes_no_entry(read):
    engine, entries = read
    before = copy.deepcopy(entries)
    first = _told(engine.decide(entries))
    assert ("key", "k", "created") in [one[:3] for one in first] and not [one for one in first if one[4]]
    assert entries == before
    assert _told(engine.decide(entries)) == first, "a plan that is made again is the same"


def test_what_an_entry_says_and_what_is_written_are_two_things(read):
    engine, entries = read
    engine.decide(entries)
    desired, effective = engine.ctx.desired, engine.ctx.effective
    assert desired["key"]["k"]["mcp"] == {"some": ["*"], "al*": ["write"]}
    assert effective["key"]["k"]["mcp"] == {"alpha": ["read", "write"]}
    assert desired["toolset"]["some"]["mcp"] == {"alpha": ["re*"]}
    assert effective["toolset"]["some"]["mcp"] == {"alpha": ["read", "remove"]}


def test_what_the_gateway_cannot_take_away_is_refused_before_anything_is_written():
    of_team = {"token": TOKEN, "key_alias": "k", "team_id": "t", "metadata": {"mcp_lan": {"owner": "mcp_lan.litellm"}}}
    answers = {
        "/key/list": {"keys": [of_team]},
        "/customer/list": [{"user_id": "c", "litellm_budget_table": {"budget_id": "gold"}}],
    }
    entries = checked({"keys": [{"name": "k"}], "customers": [{"name": "c"}]})
    assert [(one.name, one.code, one.error.partition(":")[0]) for one in engine_of(answers).plan(entries)] == [
        ("c", "entry_refused", "LiteLLM cannot take a budget away from a customer"),
        ("k", "entry_refused", "LiteLLM cannot take a key out of its team"),
    ]


def test_a_placeholder_is_filled_in_a_copy():
    current = KINDS["mcp_server"].read(engine_of({"/v1/mcp/server": [SERVER]}).ctx)["alpha"]
    entry = KINDS["mcp_server"].complete({"name": "alpha", "url": PLACEHOLDER, "auth_value": PLACEHOLDER})
    before = copy.deepcopy(entry)
    known = KINDS["mcp_server"].with_known(entry, current)
    assert known["url"] == SERVER["url"] and "auth_value" not in known
    assert entry == before


def engine_of(answers):
    return Reconciler(Recorded(answers), version=WITH_TOOLSETS)


@pytest.mark.parametrize(
    "metadata", [{"tags": ["a"]}, {"guardrails": ["pii"]}, {"model_rpm_limit": {"m": 5}}, {"x": 1}]
)
def test_a_key_may_say_what_litellm_itself_keeps_in_metadata(metadata):
    mark = {"mcp_lan": {"owner": "mcp_lan.litellm", "policy": {}}}
    raw = {"token": TOKEN, "key_alias": "k", "allowed_routes": ["llm_api_routes"], "metadata": {**mark, **metadata}}
    raw["models"] = ["no-default-models"]
    raw["object_permission"] = {"mcp_servers": ["mcp-lan-no-server"]}
    for said, changes in ((metadata, []), ({**metadata, "tags": ["b"]}, ["metadata"])):
        gateway = Recorded({"/key/list": {"keys": [raw]}})
        (step,) = Reconciler(gateway, version="1.77.3").plan({"key": [{"name": "k", "metadata": said}]})
        assert (step.changes, step.error) == (changes, None)
    gateway = Recorded({"/key/list": {"keys": [raw]}})
    (step,) = Reconciler(gateway, version="1.77.3").plan({"key": [{"name": "k", "metadata": {"x": 1}}]})
    assert step.changes == ([] if metadata == {"x": 1} else ["metadata"])


@pytest.mark.parametrize(("said", "changes"), [(["tags"], ["metadata"]), ([], [])])
def test_what_an_entry_has_said_there_goes_and_what_others_have_stays(said, changes):
    mark = {"mcp_lan": {"owner": "mcp_lan.litellm", "policy": {}, **({"said": said} if said else {})}}
    raw = {"token": TOKEN, "key_alias": "k", "metadata": {**mark, "tags": ["a"], "guardrails": ["pii"]}}
    raw |= {"models": ["no-default-models"], "allowed_routes": ["llm_api_routes"]}
    raw["object_permission"] = {"mcp_servers": ["mcp-lan-no-server"]}
    engine = Reconciler(Recorded({"/key/list": {"keys": [raw]}}), version="1.77.3")
    (step,) = engine.plan({"key": [{"name": "k"}]})
    assert step.changes == changes
    partly = Reconciler(Recorded({"/key/list": {"keys": [raw]}}), version="1.77.3", partial=True)
    assert partly.plan({"key": [{"name": "k"}]})[0].changes == [], "the module key leaves what it is not told of"
    kept = KINDS["key"]._body(engine.ctx, step.desired, raw)["metadata"]
    assert kept.keys() == ({"guardrails", "mcp_lan"} if said else {"tags", "guardrails", "mcp_lan"})
    of_the_entry = engine.ctx.effective["key"]["k"] | {"metadata": {"tags": ["b"], "x": 1}}
    assert KINDS["key"]._body(engine.ctx, of_the_entry, raw)["metadata"]["mcp_lan"]["said"] == ["tags"]


def _only(version="1.77.3", answers=None, **entry):
    (step,) = Reconciler(Recorded(answers or {}), version=version).plan({"team": [{"name": "t", **entry}]})
    return step


@pytest.mark.parametrize("name", ["", " "])
def test_what_has_no_name_is_refused(name):
    step = _only(name=name)
    assert (step.action, step.code) == ("failed", "entry_invalid")
    assert step.sentence() == f"team {name!r}: it has no name: give it its name."


def test_what_is_listed_twice_is_meant_once():
    user = {"user_id": "u", "metadata": {}}
    there = {
        "team_id": "t",
        "team_alias": "t",
        "models": ["m"],
        "members_with_roles": [{"user_id": "u", "role": "user"}],
    }
    answers = {"/v2/team/list": {"teams": [there]}, "/user/list": {"users": [user]}}
    members = [{"user": "u"}, {"user": "u", "role": "user"}]
    assert _only(answers=answers, models=["m", "m"], members=members).action == "unchanged"


@pytest.mark.parametrize("version", ["1.77.3", WITH_TOOLSETS])
def test_a_member_has_one_role(version):
    step = _only(version, members=[{"user": "u"}, {"user": "u", "role": "admin"}])
    assert (step.action, step.code) == ("failed", "entry_refused")
    assert step.error == "members has 'u' with two roles: leave one of them out."


def test_a_key_keeps_answers_for_a_second_or_not_at_all():
    engine = Reconciler(Recorded({}), version="1.77.3")
    steps = engine.plan({"key": [{"name": "none", "cache": {"ttl": 0}}, {"name": "off", "cache": {"shared": False}}]})
    found = {one.name: one for one in steps}
    assert found["none"].error.startswith("cache.ttl has to say for how many seconds answers are kept")
    assert found["off"].action == "created" and found["off"].after["cache"] == {}


def test_names_that_yaml_takes_for_numbers_are_texts():
    server = {**SERVER, "server_name": "365"}
    entries = {
        "mcp_servers": [{"name": 365, "url": SERVER["url"]}],
        "teams": [{"name": "t", "mcp": {365: ["*"]}, "metadata": {1: {2: "x"}}}],
        "keys": [{"name": "k", "mcp": {365: ["*"]}}],
    }
    steps = {one.name: one for one in engine_of({"/v1/mcp/server": [server]}).plan(checked(plain(entries)))}
    assert {name: one.error for name, one in steps.items()} == {"365": None, "t": None, "k": None}
    assert steps["k"].after["mcp"] == steps["t"].after["mcp"] == {"365": ["*"]}
    assert steps["t"].after["metadata"] == {"1": {"2": "x"}}


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ([("a", TOKEN), ("b", TOKEN)], "key 'b': its hash is also that of 'a': a key has one name"),
        ([("a", "f" * 64)], "key 'a': the gateway has no key of this hash: correct it"),
        ([("a", "not a hash")], "key 'a': hash has to be the sha256 of a key's value, 64 digits from 0 to f"),
    ],
)
def test_a_hash_is_of_one_key_that_there_is(keys, sentence):
    entries = checked({"keys": [{"name": name, "hash": one} for name, one in keys]})
    (said,) = [one.sentence() for one in engine_of(ANSWERS).plan(entries) if one.error]
    assert said.startswith(sentence) and "not a hash" not in said
    if keys[0][1] != "not a hash":
        alone = Reconciler(None, version=WITH_TOOLSETS).refusals({"key": entries["key"][:1]}, alone=False)
        assert alone == [], "where no gateway is asked"


def test_a_hash_may_be_in_capitals():
    letters = "ab" * 32
    answers = {"/key/list": {"keys": [{"token": letters, "key_alias": "k", "metadata": {}}]}}
    (step,) = engine_of(answers).plan(checked({"keys": [{"name": "k", "hash": f" {letters.upper()}"}]}))
    assert step.found.id == letters and not step.error


def test_what_is_purged_counts_for_no_pattern_and_no_team_without_a_bound():
    mark = {"mcp_info": {"mcp_lan": {"owner": "mcp_lan.litellm"}}}
    engine = engine_of(
        {"/v1/mcp/server": [{**SERVER, **mark}, {**SERVER, "server_id": "t", "server_name": "b", **mark}]}
    )
    entries = checked(
        {"mcp_servers": [{"name": "alpha", "url": SERVER["url"]}], "keys": [{"name": "k", "mcp": {"*": ["*"]}}]}
    )
    steps = {one.name: one for one in engine.plan(entries, purge=["mcp_server"])}
    assert steps["b"].action == "removed" and steps["k"].after["mcp"] == {"alpha": ["*"]}


def test_a_member_who_goes_is_refused():
    """LiteLLM takes a user out of its teams, and makes one who is put into a team: no run would be the last."""
    answers = {"/user/list": {"users": [{"user_id": "u", "metadata": {"mcp_lan": {"owner": "mcp_lan.litellm"}}}]}}
    team = {"name": "t", "members": [{"user": "u"}]}
    for users, purge in (([{"name": "u", "state": "absent"}], ()), ([], ["user"])):
        steps = engine_of(answers).plan(checked({"users": users, "teams": [team]}), purge)
        assert [one.sentence() for one in steps if one.error] == [
            "team 't': there is no user 'u': add it or correct the name."
        ]
    steps = engine_of(answers).plan(checked({"teams": [{"name": "t", "members": [{"user": "of another"}]}]}))
    assert [one.error for one in steps] == [None]


def test_no_secret_is_in_the_difference_wherever_it_stands():
    entries = {
        "mcp_servers": [
            {"name": "alpha", "url": "http://alpha.lan/mcp?token=of-the-address"},
            {"name": "st", "transport": "stdio", "command": "npx", "args": ["-y", "--api-key", "of-the-option"]},
        ],
        "models": [{"name": "n", "litellm_params": {"model": "x/z"}, "model_info": {"password": "of-the-model"}}],
        "teams": [{"name": "t", "metadata": {"logging": [{"callback_vars": {"langfuse_secret_key": "of-the-team"}}]}}],
        "keys": [{"name": "k", "metadata": {"password": "of-the-key", "floor": 2}, "mcp": {"alpha": ["token_list"]}}],
    }
    steps = engine_of({**ANSWERS, "/key/list": {"keys": []}}).plan(checked(entries))
    assert not [one.sentence() for one in steps if one.error]
    shown = {one.name: one.after for one in steps}
    assert "of-the-" not in json.dumps(shown)
    assert shown["k"]["metadata"] == {"password": "(hidden)", "floor": 2}
    assert shown["k"]["mcp"] == {"alpha": ["token_list"]} and shown["st"]["args"] == ["-y", "--api-key", "(hidden)"]
