# SPDX-License-Identifier: GPL-3.0-or-later
"""Models at a real gateway that answer, that nobody answers for, and that their server does not have."""

from __future__ import annotations

import secrets

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_models
from guarded_gateway import PREFIX

# A machine that is there and has no model, and a port at which nobody listens.
ELSEWHERE, DEAD = f"http://{PREFIX}alpha:8000/v1", "http://127.0.0.1:9/v1"


@pytest.fixture
def models(gateway):
    own = f"answer{secrets.token_hex(3)}_"
    common = {"model": "openai/x", "api_key": "none"}
    entries = [
        {"name": f"{own}made_up", "litellm_params": {**common, "mock_response": "yes"}},
        {"name": f"{own}dead", "litellm_params": {**common, "api_base": DEAD}},
        {"name": f"{own}elsewhere", "litellm_params": {**common, "api_base": ELSEWHERE}},
        {"name": f"{own}billed", "litellm_params": {"model": "openai/gpt-5", "api_key": "none"}},
    ]
    for one in entries:
        body = {"model_name": one["name"], "litellm_params": one["litellm_params"], "model_info": {"id": one["name"]}}
        gateway.admin("POST", "/model/new", body)
    yield own, entries
    for one in entries:
        gateway.admin("POST", "/model/delete", {"id": one["name"]})


def test_what_does_not_answer_is_a_sentence(gateway, models):
    own, entries = models
    rows = proof_models.prove(gateway.url, gateway.master_key, map(proof_models.facts_of, entries), "free")
    found = {row["name"].removeprefix(own): row for row in rows}
    assert found["made_up"] == {"name": f"{own}made_up", "outcome": "answers", "problem": ""}
    assert found["billed"]["outcome"].startswith("not asked: its provider may bill it")
    for name in ("dead", "elsewhere"):
        assert (
            found[name]["outcome"] == "fails"
            and f"model '{own}{name}' does not answer (HTTP " in found[name]["problem"]
        )
        # The sentence is for a person: what it was asked with, and where, is not in it.
        assert "Traceback" not in found[name]["problem"] and len(found[name]["problem"]) < 500
