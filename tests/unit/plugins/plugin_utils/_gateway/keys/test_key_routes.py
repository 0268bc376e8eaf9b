# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of routes that is empty means all of them to LiteLLM, and to whoever writes it none."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from recorded import Recorded

EMPTY = {"name": "k", "allowed_routes": []}


@pytest.mark.parametrize("version", ["1.77.3", "1.108.7"])
def test_no_key_is_made_that_may_use_all_routes(version):
    (said,) = Reconciler(None, version=version).refusals({"key": [EMPTY]}, alone=True)
    assert "allowed_routes is empty, which LiteLLM takes for all routes" in said
    for entry in (
        {"name": "k"},
        {"name": "k", "allowed_routes": None},
        {"name": "k", "allowed_routes": ["info_routes"]},
    ):
        assert Reconciler(None, version=version).refusals({"key": [entry]}, alone=True) == []


def test_one_that_was_made_by_hand_stays_as_it_is():
    token = "0" * 64
    assert Reconciler(None, version="1.77.3").refusals({"key": [{**EMPTY, "hash": token}]}, alone=True) == []
    answers = {"/key/list": {"keys": [{"token": token, "key_alias": "k", "allowed_routes": [], "metadata": {}}]}}
    (step,) = Reconciler(Recorded(answers), version="1.77.3").plan({"key": [EMPTY]})
    assert "allowed_routes" not in (step.error or "")
