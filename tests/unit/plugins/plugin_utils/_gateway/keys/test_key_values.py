# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of keys in the store: when one is made, when clients are given it, when it goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys import key_values
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import PlannedChange
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore

NOW = datetime(2026, 1, 31, tzinfo=UTC)
DUE = {"name": "a", "rotate": {"after": "30d"}}


@pytest.fixture
def store(tmp_path):
    return FileStore(str(tmp_path / "deep" / "store"))


def test_a_value_is_made_once_and_nothing_is_written_before(store):
    keys = [{"name": "one"}, {"name": "gone", "state": "absent"}, {"name": "adopted", "hash": "0" * 64}]
    assert key_values.stored(store, keys) == {"one": ""}
    assert not store.path.exists()
    made = key_values.make(store, "keys", key_values.stored(store, keys))
    assert list(made) == ["one"] and made["one"].startswith("sk-") and len(made["one"]) > 40
    assert key_values.make(store, "keys", key_values.stored(store, keys)) == made == key_values.stored(store, keys)


def test_values_go_only_after_the_gateway_let_go_of_the_key(store):
    for name in ("removed", "failed", "kept", "long_gone"):
        store.put("keys", name, "v")
    done = [
        PlannedChange("key", "removed", "removed"),
        PlannedChange("key", "failed", "failed"),
        PlannedChange("key", "kept", "unchanged"),
        PlannedChange("key", "long_gone", "unchanged"),
        PlannedChange("team", "kept", "removed"),
    ]
    keys = [{"name": name, "state": "absent"} for name in ("failed", "long_gone")]
    assert key_values.forget(store, done, keys) == ["long_gone", "removed"]
    assert store.names("keys") == ["failed", "kept"]


def _row(store, name, minted="2026-01-01T00:00:00Z", **more):
    row = {"name": name, "hash": sha256(store.get("keys", name)), "minted": minted, "ends": "", "earlier_of": ""}
    return {**row, **more}


def _pending(store, keys, rows=(), now=NOW, **more):
    return key_values.pending(store, keys, rows, now, **more)


def test_a_pending_value_is_stored_apart_until_the_gateway_has_it(store):
    store.put("keys", "a", "sk-one")
    assert _pending(store, [DUE], [_row(store, "a")], now=NOW - timedelta(seconds=1)) == {}
    waiting = _pending(store, [DUE], [_row(store, "a")])
    assert waiting == {"a": ""} and store.names("successors") == []
    made = key_values.make(store, "successors", waiting)
    assert store.get("successors", "a") == made["a"] and store.get("keys", "a") == "sk-one"
    assert _pending(store, [DUE]) == made, "one that waits is used, and no other is made"
    key_values.promote(store, [PlannedChange("key", "a", "failed")], made)
    assert store.get("keys", "a") == "sk-one"
    key_values.promote(store, [PlannedChange("key", "a", "changed")], made)
    assert store.get("keys", "a") == made["a"] and store.names("successors") == []


def test_a_key_has_no_pending_value_of_which_nothing_is_known(store):
    store.put("keys", "a", "sk-one")
    keys = [{"name": "a"}, {"name": "new", "rotate": {"after": "30d"}}, {"name": "a", "rotate": "badly"}, DUE]
    assert _pending(store, keys) == {}


def test_a_key_that_waits_for_its_clients_is_not_forced_again(store):
    store.put("keys", "a", "sk-two")
    earlier = {**_row(store, "a"), "name": "a.replaced-x", "hash": "x", "earlier_of": "a"}
    assert _pending(store, [{"name": "a"}], [_row(store, "a"), earlier], forced=["a"]) == {}
    assert _pending(store, [{"name": "a"}], [_row(store, "a"), {**earlier, "ends": "soon"}], forced=["a"])


def test_a_key_that_is_revoked_waits_for_nothing(store):
    store.put("keys", "a", "sk-two")
    earlier = {**_row(store, "a"), "name": "a.replaced-x", "hash": "x", "earlier_of": "a"}
    assert _pending(store, [{"name": "a"}], [_row(store, "a"), earlier], forced=["a"], revoke=True)


def test_a_revocation_that_has_left_earlier_values_is_not_begun_again(store):
    store.put("keys", "a", "sk-two")
    present = _row(store, "a", revokes=True)
    earlier = {**_row(store, "a"), "name": "a.replaced-x", "hash": "x", "earlier_of": "a"}
    assert _pending(store, [{"name": "a"}], [present, earlier], forced=["a"], revoke=True) == {}
    assert _pending(store, [{"name": "a"}], [present], forced=["a"], revoke=True)


def test_a_run_that_died_while_it_promoted_a_value_is_finished(store):
    """Between the two writes both files have the value; the next run finds the key unchanged, and promotes it again."""
    store.put("keys", "a", "sk-two")
    store.put("successors", "a", "sk-two")
    waiting = _pending(store, [DUE], now=NOW + timedelta(days=90))
    key_values.promote(store, [PlannedChange("key", "a", "unchanged")], waiting)
    assert store.get("keys", "a") == "sk-two" and store.names("successors") == []


def test_a_key_made_by_hand_may_have_a_name_that_the_store_has_not(store):
    """People call one as they like in LiteLLM's UI; its value is not the store's, adopted or removed."""
    store.put("keys", "k", "v")
    keys = [{"name": "Ann's laptop", "state": "absent"}, {"name": "Ben's laptop", "hash": "0" * 64}, {"name": "k"}]
    done = [
        PlannedChange("key", "Ann's laptop", "removed"),
        PlannedChange("key", "Ben's laptop", "changed"),
        PlannedChange("key", "k", "unchanged"),
    ]
    assert key_values.lost(store, keys) == []
    assert key_values.forget(store, done, keys) == []
    key_values.remember(store, done)
    assert key_values.minted(store) == {"k": sha256("v")}
    assert key_values.forget(store, [PlannedChange("key", "Ann's laptop", "unchanged")], keys) == []


def test_what_was_removed_is_known_when_a_backup_brings_it_back(store):
    store.put("keys", "a", "sk-one")
    rows = [_row(store, "a"), {**_row(store, "a"), "name": "b"}]
    assert key_values.revived(store, rows) == set()
    key_values.forget(store, [PlannedChange("key", "a", "removed")])
    assert key_values.revived(store, rows) == {"a"}
    earlier = {**rows[0], "name": "a.replaced-x", "earlier_of": "a"}
    assert key_values.revived(store, [earlier]) == {"a"}
    store.put("keys", "a", "sk-one")
    assert key_values.revived(store, rows) == set(), "a store that was brought back as well is what counts"
