# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as text, as templates of older versions of Ansible give all of them: made once, and as they are meant."""

from __future__ import annotations

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler


def _apply(client, own: str, **parameters) -> str:
    engine = Reconciler(client, owner=own)
    params = {"model": "azure/x", "api_base": "http://a.invalid", **parameters}
    steps = engine.plan(checked({"models": [{"name": f"{own}texts", "litellm_params": params}]}))
    engine.apply(steps)
    assert not [step.error for step in steps if step.error]
    return steps[0].action


def test_a_model_whose_numbers_are_texts_is_made_once(client, own):
    texts = {
        "rpm": "10",
        "tpm": "1000",
        "max_retries": "2",
        "max_file_size_mb": "2.5",
        "timeout": "600",
        "temperature": "0.5",
        "input_cost_per_token": "0.000001",
        "drop_params": "true",
        "api_version": "",
        "budget_duration": "2 weeks",
    }
    assert _apply(client, own, **texts) == "created"
    assert _apply(client, own, **texts) == "unchanged"
    assert _apply(client, own, **{**texts, "rpm": 10, "timeout": 600}) == "unchanged"
    assert _apply(client, own, **{**texts, "rpm": "11"}) == "changed"
    assert _apply(client, own, **{**texts, "rpm": "11"}) == "unchanged"
