# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proof makes of answers: no refusal may be taken for a call, nor a call for a refusal."""

from __future__ import annotations

import json

import jsonschema
import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import proof_state
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof, proof_wire
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify.proof_wire import (
    Request,
    Response,
    closed,
    outcome,
)


def answered(text, error=False, status=200, events=False):
    message = {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": text}], "isError": error}}
    body = json.dumps(message)
    return Response(status, f"event: message\r\ndata: {body}\r\n\r\n" if events else body)


@pytest.mark.parametrize("events", [False, True])
@pytest.mark.parametrize(
    ("text", "error", "word"),
    [
        ("alpha:ping", False, "called"),
        ("Error: mcp_lan_guard: this key may not call 'alpha-drop'", False, "refused"),
        ("Error: User not allowed to call this tool.", True, "refused"),
        ("Error: Tool 'drop' is not allowed for your key/team on server 'alpha'. Contact ...", True, "refused"),
        ("Error: The key is not allowed to access the requested MCP servers: beta", True, "refused"),
        ("Error: Tool 'nosuch' not found", True, "refused"),
        ("Error: the server is away", True, "failed"),
        # What tools say themselves: the call has reached them.
        ("Access denied - path outside allowed directories: /x not in /data", True, "called"),
        ("permission denied for table books", False, "called"),
        ("You are not allowed to do this", True, "called"),
        ("the text mentions mcp_lan_guard", False, "called"),
    ],
)
def test_outcome_of_a_call(text, error, word, events):
    assert outcome(answered(text, error, events=events))[0] == word


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Response(403, "no"), "refused"),
        (Response(401, ""), "refused"),
        (Response(500, "Internal Server Error"), "failed"),
        (Response(200, "<html>"), "failed"),
        (Response(0, "ConnectError"), "failed"),
        (
            Response(200, '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Input validation error"}}'),
            "failed",
        ),
    ],
)
def test_outcome_of_what_is_no_result(answer, word):
    assert outcome(answer)[0] == word


def test_closed():
    assert closed(Response(403, "x")) and closed(Response(500, "Internal Server Error"))
    assert (
        not closed(Response(200, ""))
        and not closed(Response(500, '{"error": "deep inside"}'))
        and not closed(Response(0, ""))
    )


GRANTS = {"alpha": ["ping"]}
OFFERED = {"alpha": ["drop", "ping"], "beta": ["ping"]}
SCHEMAS = {"alpha-drop": {}, "alpha-ping": {"required": ["x"], "properties": {"x": {"type": "integer"}}}, "b-ping": {}}
PREFIXES = {"alpha": "alpha", "beta": "b"}


def plan(**more):
    options = {"desired": {}, "safe_tools": {}, "depth": "smoke", "ids": {}, **more}
    return proof.plan_for("k", "sk-x", GRANTS, OFFERED, SCHEMAS, PREFIXES, **options)


def test_a_quick_proof_tries_every_denied_tool_once():
    assert [(step.server, step.tool, step.way, step.may) for step in plan()] == [
        ("alpha", "drop", "mcp", False),
        ("beta", "ping", "mcp", False),
    ]


def test_an_allowed_tool_is_called_only_where_that_is_said_to_be_harmless():
    assert not any(step.may for step in plan(depth="full"))
    called = [step for step in plan(depth="full", safe_tools={"alpha": ["*"]}) if step.may]
    assert [(step.tool, step.way) for step in called] == [("ping", way) for way in proof.OPEN_WAYS]
    named = [
        step for step in plan(desired={"alpha": {"tool": "ping", "arguments": {"x": 7}, "expect": "y"}}) if step.may
    ]
    assert [step.ask.body["params"]["arguments"] for step in named] == [{"x": 7}]
    assert named[0].expect == "y"


def test_a_full_proof_tries_every_way():
    steps = plan(depth="full")
    assert {step.way for step in steps if step.tool == "drop"} == set(proof.WAYS)
    # "ping" by its bare name may be answered by alpha, where the key may call it: that says nothing.
    assert {step.way for step in steps if step.server == "beta"} == set(proof.WAYS) - {"bare"}


def test_a_bare_name_is_tried_once_for_all_that_the_same_servers_have():
    offered = {"a": ["one", "two", "mine"], "b": ["one", "two", "three"], "c": ["four"]}
    assert proof._bare_names({}, offered, False) == {"one", "mine", "three", "four"}
    assert proof._bare_names({"b": ["one"]}, offered, False) == {"two", "mine", "three", "four"}
    assert proof._bare_names({"a": ["*"], "b": ["*"], "c": ["*"]}, offered, False) == set()
    assert proof._bare_names({"b": ["one"]}, offered, True) == {"two", "mine", "three", "four"}
    assert proof._bare_names({}, {"a": ["one", "two"]}, True) == {"one", "two"}


def test_an_exhaustive_proof_tries_each_tool_in_every_way():
    offered, prefixes = {"alpha": ["one", "two"]}, {"alpha": "alpha"}
    schemas = {"alpha-one": {}, "alpha-two": {}}
    ways = {
        depth: [
            (each.tool, each.way)
            for each in proof.plan_for("k", "sk-x", {}, offered, schemas, prefixes, {}, {}, depth, {})
        ]
        for depth in proof.DEPTHS
    }
    assert ways["smoke"] == [("one", "mcp"), ("two", "mcp")]
    assert sorted(ways["full"]) == [
        ("one", "bare"),
        ("one", "header"),
        ("one", "mcp"),
        ("two", "path"),
        ("two", "rest"),
    ]
    assert sorted(ways["exhaustive"]) == sorted((tool, way) for tool in ("one", "two") for way in proof.WAYS)


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 12])
def test_the_denied_tools_of_a_server_share_the_ways(count):
    denied = [f"tool{number}" for number in range(count)]
    ways = proof._ways_of(denied, [], set(denied[:1]), False)
    assert set(ways) == set(denied)
    assert all(ways.values())
    assert {way for found in ways.values() for way in found} == (set(proof.WAYS) if denied else set())
    if count >= len(proof.WAYS):
        assert all(len(found) == 1 for found in ways.values())


@pytest.mark.parametrize("count", range(6))
def test_so_do_the_allowed_ones(count):
    allowed = [f"tool{number}" for number in range(count)]
    ways = proof._ways_of([], allowed, set(), False)
    assert set(ways) == set(allowed)
    assert all(ways.values())
    assert {way for found in ways.values() for way in found} == (set(proof.OPEN_WAYS) if allowed else set())
    if count >= len(proof.OPEN_WAYS):
        assert all(len(found) == 1 for found in ways.values())
    every = proof._ways_of([], allowed, set(), True)
    assert all(found == list(proof.OPEN_WAYS) for found in every.values())


def step(may, way="mcp", expect=None):
    return proof.ToolCall("k", "alpha", "ping", way, may, Request("POST", "/mcp/"), expect)


@pytest.mark.parametrize(
    ("may", "answer", "right"),
    [
        (True, answered("fine"), True),
        (False, answered("fine"), False),
        (False, answered("Error: mcp_lan_guard: no"), True),
        (True, answered("Error: mcp_lan_guard: no"), False),
        (False, Response(500, "crash"), False),
        (True, Response(500, "crash"), False),
        (False, Response(0, "gone"), False),
    ],
)
def test_a_difference_is_a_sentence(may, answer, right):
    assert (proof.judge_call(step(may), answer)[1] is None) == right


def test_what_a_call_should_say():
    assert proof.judge_call(step(True, expect="books"), answered("no such thing"))[1]
    assert not proof.judge_call(step(True, expect="books"), answered("books, authors"))[1]


def test_listing():
    grants = {"alpha": ["ping"]}
    assert proof.judge_listing("k", grants, {"alpha": ["ping"]}, True) == []
    assert proof.judge_listing("k", grants, {"alpha": ["ping", "drop"]}, False) == []
    assert "drop" in proof.judge_listing("k", grants, {"alpha": ["ping", "drop"]}, True)[0]
    assert "may not use" in proof.judge_listing("k", grants, {"alpha": ["ping"], "beta": ["x"]}, False)[0]
    assert "sees no tool" in proof.judge_listing("k", grants, {}, False)[0]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, {"a": proof.NOTHING}),
        ({"type": "array", "minItems": 2, "items": {"type": "boolean"}}, [False, False]),
        ({"enum": ["x", "y"]}, "x"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"type": "integer", "minimum": 4}, 4),
        ({}, proof.NOTHING),
        (True, proof.NOTHING),
        ({"const": 7}, 7),
        ({"type": "integer", "exclusiveMinimum": 4, "maximum": 9}, 5),
        ({"type": "integer", "maximum": 0}, 0),
        ({"type": "string", "maxLength": 3}, "mcp"),
    ],
)
def test_meaningless(schema, value):
    assert proof.meaningless(schema) == value
    jsonschema.validate(value, schema)


# As pydantic writes what a tool takes: its own types aside, and a type that holds itself.
NESTED = {
    "type": "object",
    "required": ["colour", "tree", "any", "short"],
    "properties": {
        "colour": {"$ref": "#/$defs/Colour"},
        "tree": {"allOf": [{"$ref": "#/$defs/a~1Tree"}]},
        "any": True,
        "short": {"type": "string", "minLength": 40},
    },
    "$defs": {
        "Colour": {"enum": ["red", "green"], "type": "string"},
        "a/Tree": {
            "type": "object",
            "required": ["leaf", "children"],
            "properties": {
                "leaf": {"$ref": "#/$defs/Colour"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/a~1Tree"}},
            },
        },
    },
}


def test_what_refers_to_another_part_of_its_schema_fits_that():
    made = proof.meaningless(NESTED)
    jsonschema.validate(made, NESTED)
    assert made["tree"] == {"leaf": "red", "children": []} and made["any"] == proof.NOTHING


@pytest.mark.parametrize("reference", ["#", "#/$defs/none", "https://example.com/schema", "other.json#/a", ""])
def test_a_reference_to_nowhere_or_to_itself_ends(reference):
    assert proof.meaningless({"$ref": reference}) == proof.NOTHING


def test_each_key_is_shown_all_pages_of_its_own_list(monkeypatch):
    pages = {("one", None): (["a", "b"], "next"), ("one", "next"): (["c"], None), ("two", None): ([], None)}

    def send(api_url, asks):
        answers = []
        for ask in asks:
            if ask.key == "none":
                answers.append(Response(401, "no"))
                continue
            tools, cursor = pages[ask.key, ask.body["params"].get("cursor")]
            result = {"tools": [{"name": tool} for tool in tools], **({"nextCursor": cursor} if cursor else {})}
            answers.append(Response(200, json.dumps({"jsonrpc": "2.0", "id": 1, "result": result})))
        return answers

    monkeypatch.setattr(proof_wire, "send", send)
    assert proof_wire.listings("", ["one", "none", "two"]) == [
        {"ok": True, "tools": [{"name": "a"}, {"name": "b"}, {"name": "c"}]},
        {"ok": False, "refused": True, "error": "no", "tools": []},
        {"ok": True, "tools": []},
    ]


def test_tools_that_are_shown_by_other_names_are_judged_by_their_own():
    servers = [
        {"name": "alpha", "alias": "a", "tool_display_names": {"get": "fetch-it"}},
        {"name": "beta", "tool_display_names": {}},
    ]
    session = {"ok": True, "tools": ["fetch-it", "beta-get"], "input_schemas": {"fetch-it": {"type": "object"}}}
    assert proof.with_own_names(session, servers) == {
        "ok": True,
        "tools": ["a-get", "beta-get"],
        "input_schemas": {"a-get": {"type": "object"}},
    }


def test_a_server_that_waits_for_a_users_credential_is_not_held_to_be_down():
    grants = {"alpha": ["*"]}
    assert proof.judge_listing("k", grants, {}, True) == [
        "key 'k' sees no tool of alpha that it may call: is the server up?"
    ]
    assert proof.judge_listing("k", grants, {}, True, {"alpha"}) == []
    assert proof.judge_listing("k", {}, {"alpha": ["x"]}, True, {"alpha"}) != []


BUDGET = (
    "This key has used up its budget; try again when its period begins anew, or ask whoever runs the gateway for more."
)
RATE = "Rate limit exceeded for api_key: x. Limit type: requests. Current limit: 1, Remaining: 0."


def error(message):
    return json.dumps({"error": {"message": message, "type": "None", "code": "1"}})


@pytest.mark.parametrize(
    ("status", "text", "word"),
    [
        (200, '{"data": []}', ""),
        (429, error(BUDGET), proof_state.SPENT),
        (400, error("Budget has been exceeded! Current cost: 5.0, Max budget: 0.5"), proof_state.SPENT),
        (422, error("ExceededBudget: User=ann over budget. Spend=30.0, Budget=0.5"), proof_state.SPENT),
        (429, error(RATE), proof_state.LIMITED),
        (429, error("Too many requests from this address; slow down."), ""),
        (401, error("This key is blocked; ask whoever runs the gateway to have it unblocked."), proof_state.BLOCKED),
        (401, error("Authentication Error, Key is blocked. Update via `/key/unblock`"), proof_state.BLOCKED),
        (401, error("The team of this key is blocked; ask whoever runs it."), proof_state.BLOCKED),
        (400, error("Authentication Error - Expired Key. Key Expiry time 2026"), proof_state.EXPIRED),
        (401, error("This key has expired; ask whoever runs the gateway for a new one."), proof_state.EXPIRED),
        (401, error("This key is wrong, or was removed; ask whoever runs it."), proof_state.UNKNOWN),
        (403, error("The gateway does not let this key in; ask whoever runs it."), ""),
    ],
)
def test_what_an_answer_says_of_the_key_itself(status, text, word):
    assert proof_state.state_of(status, text).word == word


@pytest.mark.parametrize(
    "answer",
    [
        Response(429, error(BUDGET)),
        Response(422, error(RATE)),
        answered("Error: " + RATE),
        answered("Error: " + BUDGET),
    ],
)
@pytest.mark.parametrize("may", [True, False])
def test_a_key_that_may_nothing_just_now_is_no_difference(may, answer):
    assert proof.judge_call(step(may), answer) == ("held", None)


def test_a_key_is_as_the_inventory_has_it_or_that_is_a_sentence():
    blocked, spent = proof_state.State(proof_state.BLOCKED), proof_state.State(proof_state.SPENT)
    assert proof.judge_state("k", blocked, "team 't'") == proof.judge_state("k", spent, "") == []
    assert proof.judge_state("k", proof_state.State(), "") == []
    assert "team 't' is blocked" in proof.judge_state("k", proof_state.State(), "team 't'")[0]
    assert "not known at the gateway" in proof.judge_state("k", proof_state.State(proof_state.UNKNOWN), "")[0]
    teams = [{"name": "t", "blocked": True}]
    assert proof_state.blocked_by_inventory({"name": "k", "team": "t"}, teams) == "team 't'"
    assert proof_state.blocked_by_inventory({"name": "k", "blocked": True}, []) == "key 'k'"
    assert proof_state.blocked_by_inventory({"name": "k", "team": "other"}, teams) == ""


@pytest.mark.parametrize(
    ("granted", "sentence"),
    [
        (["*"], None),
        (["list_schemas"], None),
        (["list_*"], None),
        (["list_schema"], "may call list_schema of pg, which has no such tool; did you mean 'list_schemas'?"),
        (["drop_*"], "may call drop_* of pg, which has no such tool; it has execute_sql, list_schemas"),
    ],
)
def test_a_tool_that_no_server_has_is_named(granted, sentence):
    said = proof.judge_names("k", {"pg": granted, "silent": ["x"]}, {"pg": ["execute_sql", "list_schemas"]})
    assert said == ([f"key 'k' {sentence}"] if sentence else [])


@pytest.mark.parametrize("listed", [True, False])
def test_a_session_that_does_not_come_about_is_a_problem_once(monkeypatch, listed):
    """Whether or not a plain request is answered: client programs speak by the SDK."""
    tools = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"tools": []}})
    answer = Response(200, tools) if listed else Response(502, "")
    monkeypatch.setattr(proof_wire, "send", lambda _url, asks, *_rest: [answer for _ask in asks])
    monkeypatch.setattr(proof.probe, "run", lambda _endpoints: [{"ok": False, "error": "it says no hello"}])
    found = proof.prove("http://gateway.test", "none", {}, {}, [], {})
    assert found["problems"] == ["the gateway's MCP endpoint does not answer: it says no hello"]


@pytest.mark.parametrize(
    ("way", "path", "header", "tool"),
    [
        ("mcp", "/mcp/", None, "a-read"),
        ("path", "/mcp/a", None, "a-read"),
        ("header", "/mcp/", "a", "a-read"),
        ("bare", "/mcp/", None, "read"),
    ],
)
def test_each_way_names_a_tool_in_its_own(way, path, header, tool):
    ask = proof.ask_for(way, "sk-x", "a", "read", {})
    assert (ask.path, ask.headers.get("x-mcp-servers"), ask.body["params"]["name"]) == (path, header, tool)
