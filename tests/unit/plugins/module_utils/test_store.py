# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of secrets on the controller."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.keeping import (
    forget_removed,
    successors_for,
    take_successors,
    values_for,
)
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.generations import sha256
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import FileStore, StoreError, new_secret


@pytest.fixture
def store(tmp_path):
    return FileStore(str(tmp_path / "deep" / "store"))


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_value_is_kept_and_readable_by_its_owner_alone(store):
    value = new_secret("sk-")
    store.put("keys", "claude-code", value)
    assert store.get("keys", "claude-code") == value
    assert _mode(store.path / "keys" / "claude-code") == 0o600
    assert _mode(store.path / "keys") == _mode(store.path) == 0o700


def test_nothing_is_left_beside_the_values(store):
    for number in range(3):
        store.put("keys", "one", f"value {number}")
    assert [one.name for one in (store.path / "keys").iterdir()] == ["one"]


def test_open_permissions_are_closed(store):
    store.put("keys", "one", "a")
    store.path.chmod(0o755)
    store.put("keys", "one", "b")
    assert _mode(store.path) == 0o700


def test_what_is_not_there(store):
    assert store.get("keys", "nobody") is None
    assert store.names("keys") == []
    assert store.remove("keys", "nobody") is False


def test_names_and_removal(store):
    store.put("secrets", "salt_key", "a")
    store.put("secrets", "master_key", "b")
    assert store.names("secrets") == ["master_key", "salt_key"]
    assert store.remove("secrets", "salt_key") is True
    assert store.names("secrets") == ["master_key"]
    assert store.names("keys") == []


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "../../etc/passwd", "a\nb", "-x", "x" * 201])
def test_names_that_could_leave_the_store_are_refused(store, name):
    with pytest.raises(StoreError, match="cannot be a name in the store"):
        store.put("keys", name, "a")


def test_unknown_kinds_are_refused(store):
    with pytest.raises(StoreError, match="keeps keys, secrets, successors"):
        store.get("passwords", "one")


def test_a_second_run_waits_and_says_so(store):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with store.locked():
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    entered.wait(10)
    try:
        with pytest.raises(StoreError, match="Another run holds the store"), store.locked(wait=0.2):
            pass
    finally:
        leave.set()
        other.join()
    with store.locked(wait=0.2):
        pass
    assert _mode(store.path / ".lock") == 0o600


def test_values_are_made_once_and_not_in_check_mode(store):
    keys = [{"name": "one"}, {"name": "gone", "state": "absent"}, {"name": "adopted", "hash": "0" * 64}]
    assert values_for(store, keys, check_mode=True) == {"one": ""}
    assert not store.path.exists()
    made = values_for(store, keys, check_mode=False)
    assert list(made) == ["one"] and made["one"].startswith("sk-") and len(made["one"]) > 40
    assert values_for(store, keys, check_mode=False) == made == values_for(store, keys, check_mode=True)


def test_values_go_only_after_the_gateway_let_go_of_the_key(store):
    for name in ("removed", "failed", "kept", "long_gone"):
        store.put("keys", name, "v")
    results = [
        {"kind": "key", "name": "removed", "action": "removed"},
        {"kind": "key", "name": "failed", "action": "failed"},
        {"kind": "key", "name": "kept", "action": "unchanged"},
        {"kind": "key", "name": "long_gone", "action": "unchanged"},
        {"kind": "team", "name": "kept", "action": "removed"},
    ]
    assert forget_removed(store, results, absent=["failed", "long_gone"]) == ["long_gone", "removed"]
    assert store.names("keys") == ["failed", "kept"]


NOW = datetime(2026, 1, 31, tzinfo=UTC)


def _row(store, name, minted="2026-01-01T00:00:00Z", **more):
    row = {"name": name, "hash": sha256(store.get("keys", name)), "minted": minted, "ends": "", "earlier_of": ""}
    return {**row, **more}


def _successors(store, keys, rows=(), forced=(), check_mode=False, now=NOW, revoked=False):
    return successors_for(store, keys, {}, forced, lambda: rows, now, check_mode, revoked)


def test_a_successor_is_stored_apart_until_the_gateway_has_it(store):
    store.put("keys", "a", "sk-one")
    keys = [{"name": "a", "rotate": {"after": "30d"}}]
    assert _successors(store, keys, [_row(store, "a")], now=NOW - timedelta(seconds=1)) == {}
    assert _successors(store, keys, [_row(store, "a")], check_mode=True) == {"a": ""}
    assert store.names("successors") == []
    made = _successors(store, keys, [_row(store, "a")])
    assert store.get("successors", "a") == made["a"] and store.get("keys", "a") == "sk-one"
    assert _successors(store, keys) == made, "one that waits is used, and no other is made"
    take_successors(store, [{"kind": "key", "name": "a", "action": "failed"}], made)
    assert store.get("keys", "a") == "sk-one"
    take_successors(store, [{"kind": "key", "name": "a", "action": "changed"}], made)
    assert store.get("keys", "a") == made["a"] and store.names("successors") == []


def test_the_gateway_is_asked_only_where_something_may_be_due(store):
    def look():
        raise AssertionError("the gateway was asked")

    store.put("keys", "a", "sk-one")
    keys = [{"name": "a"}, {"name": "new", "rotate": {"after": "30d"}}, {"name": "b", "rotate": "badly"}, {"name": 3}]
    assert successors_for(store, keys, {}, (), look, NOW, False) == {}


def test_a_key_that_waits_for_its_clients_is_not_forced_again(store):
    store.put("keys", "a", "sk-two")
    earlier = {**_row(store, "a"), "name": "a.replaced-x", "hash": "x", "earlier_of": "a"}
    assert _successors(store, [{"name": "a"}], [_row(store, "a"), earlier], forced=["a"]) == {}
    assert _successors(store, [{"name": "a"}], [_row(store, "a"), {**earlier, "ends": "soon"}], forced=["a"])


def test_a_key_that_is_revoked_waits_for_nothing(store):
    store.put("keys", "a", "sk-two")
    earlier = {**_row(store, "a"), "name": "a.replaced-x", "hash": "x", "earlier_of": "a"}
    assert _successors(store, [{"name": "a"}], [_row(store, "a"), earlier], forced=["a"], revoked=True)


def test_a_revocation_that_has_left_earlier_values_is_not_begun_again(store):
    store.put("keys", "a", "sk-two")
    present = _row(store, "a", revokes=True)
    earlier = {**_row(store, "a"), "name": "a.replaced-x", "hash": "x", "earlier_of": "a"}
    assert _successors(store, [{"name": "a"}], [present, earlier], forced=["a"], revoked=True) == {}
    assert _successors(store, [{"name": "a"}], [present], forced=["a"], revoked=True)


def test_a_run_that_died_while_it_took_a_successor_is_finished(store):
    """Between the two writes both files have the value; the next run finds the key unchanged, and takes it again."""
    store.put("keys", "a", "sk-two")
    store.put("successors", "a", "sk-two")
    waiting = _successors(store, [{"name": "a", "rotate": {"after": "30d"}}], now=NOW + timedelta(days=90))
    take_successors(store, [{"kind": "key", "name": "a", "action": "unchanged"}], waiting)
    assert store.get("keys", "a") == "sk-two" and store.names("successors") == []
