# What the proof makes of prompts and resources. Against a real gateway: tests/integration/guard/test_offers.py.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_offers, proof_wire
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify.proof_wire import Response

PAGES = {
    "prompts": [{"name": "al-greet"}, {"name": "al-plan", "arguments": [{"name": "day", "required": True}]}],
    "resources": [{"name": "al-first", "uri": "note://open/1"}, {"name": "al-kept", "uri": "note://secret/1"}],
}
OFFERS = proof_offers.offers_of(PAGES, {"al": "alpha"})
GRANTS = {"alpha": {"prompts": ["greet"], "resources": ["note://open/*"]}}


def test_a_key_asks_for_one_that_it_may_have_and_for_what_it_may_not():
    plan = proof_offers.plan_for("k", "sk", GRANTS, OFFERS, {"alpha": "al"}, every=True)
    assert [(one.part, one.name, one.may) for one in plan] == [
        ("prompts", "greet", True),
        ("prompts", "plan", False),
        ("resources", "note://open/1", True),
        ("resources", "note://secret/1", False),
    ]
    assert plan[1].ask.body["params"] == {"name": "al-plan", "arguments": {"day": proof_offers.NOTHING}}
    assert plan[2].ask.path == "/mcp/al"
    nothing = proof_offers.plan_for("k", "sk", {}, OFFERS, {"alpha": "al"}, every=False)
    assert [(one.name, one.may) for one in nothing] == [("greet", False), ("note://open/1", False)]


def answered(**message):
    return Response(200, json.dumps({"jsonrpc": "2.0", "id": 1, **message}))


@pytest.mark.parametrize(
    ("may", "answer", "word", "said"),
    [
        (True, answered(result={"messages": []}), "called", None),
        (False, answered(result={"messages": []}), "called", "let the request through"),
        (False, answered(error={"message": "This key may not get the prompt 'al-greet'."}), "refused", None),
        (True, answered(error={"message": "This key may not get the prompt 'al-greet'."}), "refused", "refused it"),
        (False, answered(error={"message": "Internal"}), "failed", "failed without being refused"),
        (True, answered(error={"message": "Unknown argument"}), "failed", None),
    ],
)
def test_a_difference_is_a_sentence(may, answer, word, said):
    step = proof_offers.Attempt("k", "alpha", "prompts", "greet", may, None)
    found, sentence = proof_offers.judge(step, answer)
    assert found == word
    assert (sentence is None) if said is None else (said in sentence and "prompt 'greet' of alpha" in sentence)


def test_lists_are_held_against_the_policy():
    fits = proof_offers.offers_of(
        {"prompts": PAGES["prompts"][:1], "resources": PAGES["resources"][:1]}, {"al": "alpha"}
    )
    assert proof_offers.judge_lists("k", GRANTS, OFFERS, fits) == []
    assert proof_offers.judge_lists("k", GRANTS, OFFERS, OFFERS) == [
        "key 'k' sees the prompt 'plan' of alpha, which it may not use",
        "key 'k' sees the resource 'note://secret/1' of alpha, which it may not use",
    ]
    assert proof_offers.judge_lists(
        "k", {"alpha": {"prompts": ["gone"]}}, OFFERS, {"prompts": {}, "resources": {}}
    ) == ["key 'k' may get the prompt 'gone' of alpha, which has no such prompt; it has greet, plan"]


def test_servers_without_any_cost_two_requests(monkeypatch):
    asked = []

    def send(api_url, asks):
        asked.extend(asks)
        return [answered(result={}) for _ask in asks]

    monkeypatch.setattr(proof_wire, "send", send)
    found = proof_offers.prove("", "sk-admin", {"k": "sk"}, {"k": {"alpha": ["*"]}}, {"al": "alpha"}, every=True)
    assert found == {"rows": {}, "problems": {}, "requests": 0} and len(asked) == 2
