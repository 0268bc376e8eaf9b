# SPDX-License-Identifier: GPL-3.0-or-later
"""Which models are asked and how, what their answers mean, and which names in a list of models mean none."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_models
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify.proof_wire import Response


def facts(name="m", mode=None, **parameters):
    return proof_models.facts_of({"name": name, "litellm_params": parameters, "model_info": {"mode": mode}})


@pytest.mark.parametrize(
    ("parameters", "free"),
    [
        ({"mock_response": "yes"}, True),
        ({"api_base": "http://192.168.1.20:11434"}, True),
        ({"api_base": "http://127.0.0.1:8080/v1"}, True),
        ({"api_base": "http://[fd00::1]:8080/v1"}, True),
        ({"api_base": "http://ollama:11434"}, True),
        ({"api_base": "http://models.lan/v1"}, True),
        ({"api_base": "https://api.example.com/v1"}, False),
        ({"api_base": "https://8.8.8.8/v1"}, False),
        ({"api_base": "http://[broken"}, False),
        ({"api_base": "os.environ/BASE"}, False),
        ({"model": "openai/gpt-5"}, False),
    ],
)
def test_what_nobody_bills(parameters, free):
    assert facts(**parameters)["free"] is free


def test_what_is_asked_costs_as_little_as_can_be():
    models = [facts("a", mock_response="x"), facts("b"), facts("c", "embedding", mock_response="x")]
    asks, reasons = proof_models.plan_for(models, "free")
    assert set(asks) == {"a", "c"} and "litellm_verify_models: all" in reasons["b"]
    assert asks["a"].body["max_tokens"] == 1 and asks["a"].path == "/v1/chat/completions"
    assert asks["c"].path == "/v1/embeddings"
    assert set(proof_models.plan_for(models, "all")[0]) == {"a", "b", "c"}
    assert proof_models.plan_for(models, "none")[0] == {}


def test_what_cannot_be_asked_cheaply_is_not():
    models = [facts("openai/*", mock_response="x"), facts("draw", "image_generation", mock_response="x")]
    asks, reasons = proof_models.plan_for(models, "all")
    assert asks == {} and "stands for several" in reasons["openai/*"] and "image_generation" in reasons["draw"]


def test_one_of_two_deployments_that_may_be_billed_is_enough():
    assert proof_models.plan_for([facts("a", mock_response="x"), facts("a")], "free")[0] == {}


@pytest.mark.parametrize(
    ("answer", "outcome", "says"),
    [
        (Response(200, "{}"), "answers", ""),
        (Response(500, '{"error": {"message": "Connection error."}}'), "fails", "HTTP 500: Connection error."),
        (Response(404, '{"error": {"message": "model not found"}}'), "fails", "HTTP 404: model not found"),
        (Response(0, "ReadTimeout: "), "fails", "ReadTimeout"),
    ],
)
def test_an_answer(answer, outcome, says):
    row = proof_models.judge("m", answer)
    assert row["outcome"] == outcome and says in row["problem"]


def test_names_that_mean_no_model():
    current = ["mock", "gpt-5", "anthropic/*"]
    desired = ["mokc", "mock", "anthropic/claude", "openai/*", "all-team-models", "something else"]
    assert proof_models.unknown(desired, current) == {"mokc": "mock", "something else": ""}
    assert proof_models.hint("mock", current) == "did you mean 'mock'?"
    assert proof_models.hint("", current) == "there are anthropic/*, gpt-5, mock."
    assert proof_models.hint("", []) == "there are none."


def test_what_a_key_is_shown():
    assert proof_models.listed(Response(200, '{"data": [{"id": "mock"}]}')) == ["mock"]
    assert proof_models.listed(Response(401, "{}")) == proof_models.listed(Response(200, "[]")) == []


FAILS = Response(500, '{"error": {"message": "Connection error."}}')


def test_what_its_server_was_found_to_be_is_why(monkeypatch):
    answers = {"dead": FAILS, "works": Response(200, "{}"), "twice": Response(200, "{}"), "odd": FAILS}
    monkeypatch.setattr(proof_models.proof_wire, "send", lambda _, asks: [answers[ask.body["model"]] for ask in asks])
    models = [facts(name, mock_response="x") for name in ("dead", "works", "twice", "twice", "odd")] + [facts("billed")]
    servers = [
        {"name": "dead", "kind": "port", "problem": "nothing can be reached there"},
        {"name": "works", "kind": "path", "problem": "it lists no models"},
        {"name": "twice", "kind": "name", "problem": "the name does not resolve"},
        {"name": "odd"},
        {"name": "billed", "kind": "credential", "problem": "it does not take the key"},
    ]
    rows = {row["name"]: row for row in proof_models.prove("url", "key", models, "free", servers)}
    assert rows["dead"]["problem"] == "model 'dead' does not answer: nothing can be reached there"
    assert rows["works"] == {"name": "works", "outcome": "answers", "problem": ""}
    assert rows["twice"]["problem"] == "a deployment of the model 'twice' does not answer: the name does not resolve"
    assert "HTTP 500: Connection error." in rows["odd"]["problem"]
    assert (rows["billed"]["outcome"], rows["billed"]["problem"][-24:]) == ("fails", "it does not take the key")
    servers[-1]["kind"] = "path"
    billed = next(row for row in proof_models.prove("u", "k", models, "free", servers) if row["name"] == "billed")
    assert billed["problem"] == "" and billed["outcome"].startswith("not asked")


def test_who_wants_no_model_asked_is_told_of_none(monkeypatch):
    monkeypatch.setattr(proof_models.proof_wire, "send", lambda _url, asks: [])
    models = [proof_models.facts_of({"name": "billed", "litellm_params": {"model": "openai/x", "api_key": "y"}})]
    servers = [{"name": "billed", "ok": False, "kind": "credential", "problem": "it does not take the key"}]
    (row,) = proof_models.prove("u", "k", models, "free", servers)
    assert row["outcome"] == "fails" and "it does not take the key" in row["problem"]
    (row,) = proof_models.prove("u", "k", models, "none", servers)
    assert row["outcome"].startswith("not asked: ") and not row["problem"]
