# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway holds as an inventory: applied back it changes nothing, no secret is in it, and it reads well."""

from __future__ import annotations

import secrets
import string

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import export
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.export_text import text
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import values
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import PLURALS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from exported import read_back
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded import Recorded

OLD, NEW = "1.77.3", "1.108.7"


def exported(answers, version=OLD, kept=()):
    engine = Reconciler(Recorded(answers), version=version)
    engine.read_all()
    return export.sections(engine, dict(kept))


def applied(answers, inventory, version):
    """What happens to each object when the inventory is applied to the same gateway."""
    engine = Reconciler(Recorded(answers), version=version)
    steps = engine.plan(checked({name.removeprefix("litellm_"): listed for name, listed in inventory.items()}))
    return {(one.kind, one.name): (one.action, one.changes, one.error) for one in steps}


def _server(**fields):
    return {"server_id": secrets.token_hex(8), "transport": "http", "created_by": "somebody", **fields}


def _key(**fields):
    return {"token": secrets.token_hex(32), "metadata": {}, **fields}


def _by_hand(version):
    alpha = _server(server_name="alpha", alias="al", url="http://alpha.lan/mcp", mcp_access_groups=["reading"])
    beta = _server(alias="beta", url="http://beta.lan/mcp?token=" + secrets.token_urlsafe(12))
    std = _server(
        server_name="std",
        transport="stdio",
        url=None,
        command="npx",
        args=["-y", "it", "--api-key", secrets.token_hex(9)],
    )
    std["env"] = {"ANY": secrets.token_urlsafe(12)}
    permission = {"mcp_servers": [alpha["server_id"], beta["server_id"]]}
    team = {
        "team_id": "t1",
        "team_alias": "research",
        "object_permission_id": "p1",
        "metadata": {"cost": "{{ centre }}"},
    }
    keys = [
        _key(key_alias="one", team_id="t1", object_permission={"mcp_servers": [alpha["server_id"]]}),
        _key(key_alias="no-scope", max_budget=4.5, budget_duration="7d", allowed_routes=["info_routes"]),
        _key(expires="2031-01-01T00:00:00Z", user_id="nobody-knows-them"),
        _key(key_alias="by-group", object_permission={"mcp_access_groups": ["reading"]}),
        _key(key_alias="team-only", team_id="t1"),
        _key(key_alias="lost", team_id="gone"),
        _key(key_alias="unnamed-team", team_id="t2", metadata={"logging": {"api_key": secrets.token_hex(9)}}),
    ]
    if version == NEW:
        tools = {"mcp_servers": [alpha["server_id"]], "mcp_tool_permissions": {alpha["server_id"]: ["b", "a"]}}
        keys.append(_key(key_alias="tools", object_permission=tools))
    return {
        "/credentials": {"credentials": [{"credential_name": "c", "credential_values": {"api_key": "ab****yz"}}]},
        "/budget/list": [
            {"budget_id": "gold", "max_budget": 5},
            {"budget_id": "0" * 8 + "-0000-0000-0000-" + "0" * 12},
        ],
        "/model/info": {
            "data": [
                _model("m1", "gpt", input_cost_per_token=1e-06, extra_headers={"X-Any": secrets.token_hex(9)}),
                _model("m2", "gpt", api_key="os.environ/KEY"),
                {**_model("m3", "configured"), "model_info": {"id": "m3", "db_model": False}},
            ]
        },
        "/v1/mcp/server": [alpha, beta, std, _server(server_id="no-name", url="http://gamma.lan/mcp"), _configured()],
        "/user/list": {"users": [{"user_id": "default_user_id"}, {"user_id": "ann", "user_role": None}]},
        "/v2/team/list": {"teams": [team, {"team_id": "t2"}, {"team_id": "t3", "team_alias": "research"}]},
        "/team/info": {"team_info": {"object_permission": permission}},
        "/customer/list": [{"user_id": "cust", "litellm_budget_table": {"budget_id": "gold"}}],
        "/tag/list": [{"name": "fast", "models": []}],
        "/key/list": {"keys": keys},
    }


def _model(identifier, name, **parameters):
    info = {"id": identifier, "db_model": True, "base_model": "gpt-4o", "max_tokens": 5}
    return {"model_name": name, "litellm_params": {"model": "openai/gpt-4o", **parameters}, "model_info": info}


def _configured():
    return {"server_id": "0" * 32, "server_name": "configured", "transport": "http", "url": "http://c.lan/mcp"}


@pytest.mark.parametrize("version", [OLD, NEW])
def test_what_was_made_by_hand_is_taken_over_and_changes_nothing(version):
    answers = _by_hand(version)
    sections = exported(answers, version)
    inventory = read_back(sections, version)
    happened = applied(answers, inventory, version)
    assert {action for action, _changes, _error in happened.values()} == {"unchanged"}, happened
    assert {name for _kind, name in happened if _kind == "key"} >= {"one", "no-scope", "by-group", "team-only"}
    left_out = [sentence for one in sections for sentence in one.left_out]
    assert [sentence.split(":")[0] for sentence in left_out] == [
        "budget '00000000-0000-0000-0000-000000000000'",
        "model 'configured#m3'",
        "MCP server 'no-name'",
        "MCP server 'configured'",
        "user 'default_user_id'",
        "key 'lost'",
    ]


def test_what_a_key_without_a_scope_may_do_is_said_as_its_version_means_it():
    def grants(version):
        listed = read_back(exported(_by_hand(version), version), version)["litellm_keys"]
        return {one["name"]: one.get("mcp") for one in listed}

    old, new = grants(OLD), grants(NEW)
    assert old["no-scope"] == old["team-only"] == {"*": ["*"]} and old["one"] == {"alpha": ["*"]}
    assert new["no-scope"] is None and new["team-only"] == {"alpha": ["*"], "beta": ["*"]}
    assert old["by-group"] == new["by-group"] == {"reading": ["*"]} and new["tools"] == {"alpha": ["a", "b"]}


def test_where_the_guard_is_loaded_a_key_without_a_policy_may_do_nothing():
    answers = {**_by_hand(OLD), "/active/callbacks": ["mcp_lan_guard sha256:0"]}
    inventory = read_back(exported(answers), OLD)
    assert all("mcp" not in one for one in inventory["litellm_keys"])
    assert {action for action, *_rest in applied(answers, inventory, OLD).values()} == {"unchanged"}


def test_an_adopted_key_changes_when_its_entry_says_something_else_or_the_guard_comes():
    answers = _by_hand(OLD)
    inventory = read_back(exported(answers), OLD)
    guarded = {**answers, "/active/callbacks": ["mcp_lan_guard sha256:0"]}
    # What the guard now refuses is what the entry grants: the key gets its policy.
    assert applied(guarded, inventory, OLD)["key", "one"][0] == "changed"
    (one,) = [each for each in inventory["litellm_keys"] if each["name"] == "one"]
    one["mcp"] = {}
    assert applied(answers, inventory, OLD)["key", "one"][0] == "changed"


def test_a_key_of_the_store_is_named_by_its_alias_alone():
    key = _key(key_alias="ours")
    answers = {"/key/list": {"keys": [key]}}
    (entry,) = read_back(exported(answers, kept={"ours": key["token"]}), OLD)["litellm_keys"]
    assert "hash" not in entry
    (entry,) = read_back(exported(answers, kept={"ours": "another"}), OLD)["litellm_keys"]
    assert entry["hash"] == key["token"]


def test_what_is_ours_and_not_as_it_was_left_is_named_with_a_note():
    mark = {"owner": "mcp_lan.litellm", "policy": {}}
    server = _server(server_name="alpha", url="http://alpha.lan/mcp")
    widened = {"mcp_servers": [server["server_id"]]}
    key = _key(key_alias="ours", metadata={"mcp_lan": mark}, object_permission=widened)
    answers = {"/v1/mcp/server": [server], "/key/list": {"keys": [key]}}
    (section,) = [one for one in exported(answers) if one.kind == "key"]
    assert section.left_out == [] and section.entries[0].note == "The next run puts mcp_servers right."
    assert "mcp" not in section.entries[0].options


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize(
    ("kept", "written"), [({}, {}), ({"gone": ["*"]}, {}), ({"gone": ["*"], "alpha": ["a"]}, {"alpha": ["a"]})]
)
def test_a_bound_of_ours_stays_a_bound_though_its_servers_are_gone(version, kept, written):
    """What no inventory names may be purged; and a team without a bound may use every server."""
    server = _server(server_name="alpha", url="http://alpha.lan/mcp")
    team = {"team_id": "t1", "team_alias": "ours", "metadata": {"mcp_lan": {"owner": "mcp_lan.litellm", "mcp": kept}}}
    key = _key(key_alias="member", team_id="t1", metadata={"mcp_lan": {"owner": "mcp_lan.litellm", "policy": {}}})
    answers = {
        "/v1/mcp/server": [server],
        "/v2/team/list": {"teams": [team]},
        "/key/list": {"keys": [key]},
        "/team/info": {"team_info": {}},
    }
    sections = exported(answers, version)
    assert [one.left_out for one in sections if one.left_out] == []
    inventory = read_back(sections, version)
    assert [one["mcp"] for one in inventory["litellm_teams"]] == [written]
    assert [one["name"] for one in inventory["litellm_keys"]] == ["member"]


def test_the_same_gateway_gives_the_same_text():
    answers = _by_hand(NEW)
    turned = {
        **answers,
        "/v1/mcp/server": answers["/v1/mcp/server"][::-1],
        "/v2/team/list": {"teams": answers["/v2/team/list"]["teams"][::-1]},
        "/key/list": {"keys": answers["/key/list"]["keys"][::-1]},
    }
    assert text(exported(answers, NEW), "http://g.lan", NEW) == text(exported(turned, NEW), "http://g.lan", NEW)


def test_every_kind_has_a_variable():
    assert {one.variable for one in exported({})} == {f"litellm_{plural}" for plural in PLURALS}
    assert read_back(exported({}), OLD) == {}


names = st.text(string.ascii_letters + string.digits + "äß {}%'\"#:-_@/", min_size=1, max_size=12).filter(str.strip)
secret = st.text(string.ascii_letters + string.digits, min_size=24, max_size=30).map("planted".__add__)
plain = st.one_of(
    st.booleans(), st.integers(-9, 9), st.floats(0, 1e-3), names, st.sampled_from(["2031-01-01", "on", "1e3"])
)
# Hypothesis takes words of the code for names as well; those that mean a number or a switch to LiteLLM have to be one.
MEANT = (values._NUMBER, values._SWITCH, values._WHOLE)
metadata = st.dictionaries(
    names.filter(lambda name: name not in ("mcp_lan", "n") and not any(one.fullmatch(name) for one in MEANT)),
    st.recursive(plain, st.lists, max_leaves=4),
)
hiding = st.sampled_from(
    [
        lambda value: {"api_key": value},
        lambda value: {"logging": [{"callback_vars": {"secret": value}}]},
        lambda value: {"headers": {"X-Any": value}},
        lambda value: {"note": f"sk-{value}"},
        lambda value: {"note": f"Authorization: Bearer {value}"},
        lambda value: {"url": f"http://user:{value}@host.lan/"},
        lambda value: {"words": ["--token", value]},
        lambda value: {"words": [f"--password={value}"]},
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from([OLD, NEW]))
def test_no_secret_and_no_change_whatever_is_there(data, version):
    planted = []

    def with_a_secret():
        planted.append(data.draw(secret))
        return {**data.draw(metadata), **data.draw(hiding)(planted[-1])}

    aliases = data.draw(st.lists(names, unique=True, max_size=3))
    server = _server(server_name="alpha", url=f"http://alpha.lan/?api_key={data.draw(secret)}", env=with_a_secret())
    planted.append(server["url"].partition("=")[2])
    server["env"] = {name: str(value) for name, value in server["env"].items()}
    answers = {
        "/v1/mcp/server": [server],
        "/model/info": {"data": [_model("m1", data.draw(names), **with_a_secret())]},
        "/v2/team/list": {"teams": [{"team_id": "t1", "team_alias": data.draw(names), "metadata": with_a_secret()}]},
        "/user/list": {"users": [{"user_id": data.draw(names), "metadata": with_a_secret()}]},
        "/key/list": {"keys": [_key(key_alias=alias, team_id="t1", metadata=with_a_secret()) for alias in aliases]},
    }
    sections = exported(answers, version)
    assert [one.left_out for one in sections if one.left_out] == []
    written = text(sections, "http://gateway.lan:4000", version)
    assert [one for one in planted if one in written] == []
    happened = applied(answers, read_back(sections, version), version)
    assert {action for action, *_rest in happened.values()} == {"unchanged"}, happened


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize(
    "mark",
    ["a text", ["a list"], {"policy": "*"}, {"policy": ["alpha"]}, {"policy": {"alpha": "*"}, "owner": 5}],
    ids=lambda mark: str(mark),
)
def test_what_a_person_wrote_in_the_place_of_the_mark_is_no_policy(version, mark):
    answers = _by_hand(version)
    answers["/key/list"]["keys"].append(_key(key_alias="odd", metadata={"mcp_lan": mark, "team": "a"}))
    sections = exported(answers, version)
    inventory = read_back(sections, version)
    found = [one for one in inventory["litellm_keys"] if one["name"] == "odd"]
    left_out = [said for section in sections for said in section.left_out if said.startswith("key 'odd'")]
    # In the file as it is, or named there as one that it could not say without a change.
    assert [len(found), len(left_out)] in ([1, 0], [0, 1])
    if found:
        assert applied(answers, inventory, version)["key", "odd"][0] == "unchanged"


def test_each_secret_of_an_object_has_a_name_of_its_own():
    options = ("api_key", "aws_secret_access_key")
    for name in ("short", "x" * 250):
        named = [export._secret_name("model", name, ("litellm_params", one)) for one in options]
        assert len(set(named)) == 2 and all(one.endswith(option) for one, option in zip(named, options, strict=True))
        assert max(map(len, named)) <= 200


def test_a_guardrail_of_config_yaml_is_no_object():
    listed = [
        {"guardrail_name": place, "guardrail_id": place, "guardrail_definition_location": place}
        for place in ("db", "config")
    ]
    engine = Reconciler(Recorded({"/v2/guardrails/list": {"guardrails": listed}}), version=OLD)
    assert list(engine.look("guardrail")) == ["db"]
