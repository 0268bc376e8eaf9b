# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes by C(state: absent) where the gateway calls it otherwise than the entry does."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from recorded import Recorded

GONE = {"name": "k", "state": "absent"}


class Told(Recorded):
    """One that keeps what it is told."""

    def __init__(self, answers):
        super().__init__(answers)
        self.told = []

    def patch(self, path, body):
        self.told.append((path, body))


def _planned(kind, answers, *entries, minted=None):
    engine = Reconciler(Told(answers), version="1.77.3")
    entries = {kind: list(entries)}
    engine.read(entries)
    engine.ctx.minted = minted or {}
    return engine, {step.name: step for step in engine.decide(entries)}


def _keys(*named):
    mark = {"mcp_lan": {"owner": "mcp_lan.litellm", "policy": {}}}
    return {"/key/list": {"keys": [{"token": sha256(v), "key_alias": n, "metadata": mark} for n, v in named]}}


@pytest.mark.parametrize(
    ("there", "minted", "token"),
    [
        ([("k", "one")], {}, "one"),
        ([("renamed", "one")], {"k": sha256("one")}, "one"),
        ([("renamed", "one"), ("k", "two")], {"k": sha256("one")}, "two"),
        ([("renamed", "one")], {"k": sha256("two")}, None),
        ([("renamed", "one")], {}, None),
    ],
)
def test_a_key_goes_by_its_value_where_its_alias_was_changed_by_hand(there, minted, token):
    _engine, steps = _planned("key", _keys(*there), GONE, minted=minted)
    assert (steps["k"].action, steps["k"].found and steps["k"].found.id) == (
        ("removed", sha256(token)) if token else ("unchanged", None)
    )


def test_a_key_that_another_entry_means_does_not_go():
    entry = {"name": "new", "hash": sha256("one")}
    _engine, steps = _planned("key", _keys(("k", "one")), GONE, entry)
    assert steps["k"].action == "unchanged" and steps["new"].found.id == sha256("one")


def test_a_model_that_was_taken_over_goes_by_the_name_of_its_entry():
    entry = {"name": "m", "litellm_params": {"model": "x/z"}}
    row = {"model_name": "m", "litellm_params": {"model": "x/y"}, "model_info": {"id": "by-hand", "db_model": True}}
    engine, steps = _planned("model", {"/model/info": {"data": [row]}}, entry)
    assert steps["m"].changes == ["litellm_params"]
    engine._write(steps["m"])
    ((path, body),) = engine.client.told
    assert path == "/model/by-hand/update"
    taken_over = {**row, "model_info": {**body["model_info"], "db_model": True}}
    for there, found in ((row, None), (taken_over, "by-hand")):
        answers = {"/model/info": {"data": [there]}}
        _engine, steps = _planned("model", answers, {"name": "m", "state": "absent"})
        assert (steps["m"].found and steps["m"].found.id) == found
