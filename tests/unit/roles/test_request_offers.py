# Which prompts and resources a policy names. Through a real gateway: tests/integration/guard/test_offers.py.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from filtered import KEY, MASTER, RULES, Filtered
from mcp_lan_filter import offers
from mcp_lan_filter.bodies import asked_later
from mcp_lan_filter.refusal import Refusal


@pytest.mark.parametrize(
    ("entries", "uri", "may"),
    [
        (["*"], "note://a", True),
        (["note://a"], "note://a", True),
        (["note://a"], "note://ab", False),
        (["note://a/*"], "note://a/b", True),
        (["note://a/*"], "note://a/b.c/..d", True),
        (["file:///a/*"], "file:///a/../b", False),
        (["file:///a/*"], "file:///a/%2e%2e/b", False),
        (["file:///a/*"], "file:///a/%252e./b", False),
        (["file:///a/*"], "file:///a/..", False),
        (["file:///a/*"], "file:///a/..?x", False),
        (["file:///a/*"], "file:///a/b\\c", False),
        (["file:///a/../b"], "file:///a/../b", True),
        (["*"], "file:///a/../b", True),
        ("*", "note://a", False),
        ("note://a", "note://a", False),
        (None, "note://a", False),
        ([], "note://a", False),
    ],
)
def test_a_resource_is_read_where_it_is_named(entries, uri, may):
    assert offers.reads(entries, uri) is may


@pytest.mark.parametrize(
    ("entries", "template", "shown"),
    [
        (["*"], "note://{x}", True),
        (["note://open/*"], "note://open/{x}", True),
        (["note://open/7"], "note://open/{x}", True),
        (["note://*"], "note://open/{x}", True),
        (["note://open/*"], "note://{x}", True),
        (["note://open/*"], "note://secret/{x}", False),
        (None, "note://{x}", False),
    ],
)
def test_a_template_is_shown_where_it_may_stand_for_one_that_is_named(entries, template, shown):
    assert offers.shows(entries, template) is shown


def server(name, alias=None, groups=()):
    return SimpleNamespace(server_name=name, name=name, alias=alias, server_id=name, access_groups=list(groups))


MANAGER = SimpleNamespace(
    get_registry=lambda: {one.server_name: one for one in (server("alpha", groups=["lab"]), server("beta", "b"))}
)


def key(policy, role=None):
    return SimpleNamespace(metadata={"mcp_lan": {"policy": policy}} if policy is not None else {}, user_role=role)


def asked(method, subject):
    return {"method": method, "subject": subject, "id": 7}


READ = asked("resources/read", "note://a")
BOTH = {"alpha": {"resources": ["*"]}, "beta": {"resources": ["*"]}}


@pytest.mark.parametrize(
    ("policy", "what", "selected", "prefix"),
    [
        ({"alpha": {"resources": ["*"]}}, READ, None, "alpha"),
        ({"beta": {"resources": ["note://*"]}}, READ, None, "b"),
        (BOTH, READ, {"b"}, "b"),
        (BOTH, READ, {"beta"}, "b"),
        (BOTH, READ, {"lab"}, "alpha"),
        ({"beta": {"prompts": ["p"]}}, asked("prompts/get", "b-p"), None, "b"),
    ],
)
def test_the_server_that_is_asked_is_the_one_that_was_judged(policy, what, selected, prefix):
    assert offers.server_for(key(policy), what, selected, MANAGER) == prefix


@pytest.mark.parametrize(
    ("policy", "what", "selected"),
    [
        ({"alpha": ["*"], "beta": ["*"]}, READ, None),
        (BOTH, READ, {"nobody"}),
        (BOTH, READ, None),
        (None, READ, None),
        ("*", READ, None),
        ({"beta": {"prompts": ["p"]}}, asked("prompts/get", "beta-p"), None),
        ({"beta": {"prompts": ["p"]}}, asked("prompts/get", "p"), None),
        ({"beta": {"prompts": ["p"]}}, asked("prompts/get", "b-p"), {"alpha"}),
    ],
)
def test_whatever_else_is_refused_as_the_protocol_has_it(policy, what, selected):
    with pytest.raises(Refusal) as refused:
        offers.server_for(key(policy), what, selected, MANAGER)
    assert refused.value.status == 200 and refused.value.rpc == (7, -32602)


def test_an_administrator_may_have_all_of_them():
    assert offers.server_for(None, READ, {"b"}, MANAGER) == "b"
    assert offers.server_for(None, READ, None, MANAGER) is None
    assert offers.server_for(key(None, "proxy_admin"), READ, None, MANAGER) is None


def test_what_is_let_through_names_that_server_alone():
    headers = [(b"x-mcp-servers", b"alpha,b"), (b"accept", b"*/*")]
    assert offers.pinned("/mcp/", headers, "b") == ("/mcp/b", [(b"accept", b"*/*")])
    assert offers.selected_by("/mcp/alpha", headers) == {"alpha"}
    assert offers.selected_by("/mcp/", headers) == {"alpha", "b"}
    assert offers.selected_by("/mcp/", []) is None


@pytest.mark.parametrize("params", [None, [], {}, {"uri": ""}, {"uri": 1}, {"uri": "a\n"}, {"uri": "x" * 5000}])
def test_what_names_no_resource_is_refused(params):
    with pytest.raises(Refusal):
        asked_later({"method": "resources/read", "params": params})


@pytest.mark.parametrize(("version", "listed"), [("1.77.3", False), ("1.107.5", False), ("1.108.7", True)])
def test_a_version_has_them_where_they_are_held(version, listed):
    methods = request_rules.complete({}, version)["bodies"]["jsonrpc"]["methods"]
    assert ("resources/read" in methods) is ("prompts/get" in methods) is ("prompts/list" in methods) is listed
    assert "resources/subscribe" not in methods and "tools/call" in methods


LISTED = {
    "prompts/list": {"prompts": [{"name": "alpha-p"}, {"name": "b-p"}, {"name": "b-q"}, {"name": "p"}]},
    "resources/list": {"resources": [{"name": f"{one}-n", "uri": "note://a"} for one in ("alpha", "b")]},
    "resources/templates/list": {
        "resourceTemplates": [{"name": f"{one}-n", "uriTemplate": "note://{x}"} for one in "bc"]
    },
}


@pytest.mark.parametrize(("method", "left"), list(zip(LISTED, [["b-p"], ["b-n"], ["b-n"]], strict=True)))
def test_a_list_is_what_the_key_may_have_and_an_administrators_is_whole(method, left, tmp_path, monkeypatch):
    rules = {**RULES, "bodies": request_rules.complete({}, "1.108.7")["bodies"]}
    monkeypatch.setattr("mcp_lan_filter.answers.registry", lambda: MANAGER)
    (field,) = LISTED[method]
    shown = []
    for policy, value in (({"beta": {"prompts": ["p"], "resources": ["note://*"]}}, KEY), (None, KEY), (None, MASTER)):
        filtered = Filtered(rules, tmp_path / "requests.json")

        async def known(_value, policy=policy):
            return key(policy)

        filtered.gateway.key = known
        filtered.application.body = json.dumps({"jsonrpc": "2.0", "id": 7, "result": LISTED[method]}).encode()
        answer = filtered.ask("POST", "/mcp/", value, json={"jsonrpc": "2.0", "id": 7, "method": method})
        shown.append([one["name"] for one in answer.json()["result"][field]])
    assert shown == [left, [], [one["name"] for one in LISTED[method][field]]]


def test_they_are_judged_before_litellm_has_them(tmp_path, monkeypatch):
    rules = {**RULES, "bodies": request_rules.complete({}, "1.108.7")["bodies"]}
    filtered = Filtered(rules, tmp_path / "requests.json")
    monkeypatch.setattr("mcp_lan_filter.application.registry", lambda: MANAGER)
    body = {"jsonrpc": "2.0", "id": 7, "method": "resources/read", "params": {"uri": "note://a"}}
    answer = filtered.ask("POST", "/mcp/", KEY, json=body)
    assert answer.status_code == 200 and not filtered.application.seen
    assert answer.json() == {
        "jsonrpc": "2.0",
        "id": 7,
        "error": {"code": -32602, "message": "This key may not read the resource 'note://a'."},
    }
