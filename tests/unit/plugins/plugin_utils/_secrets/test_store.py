# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of secrets on the controller."""

from __future__ import annotations

import os
import stat
import threading

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore, new_secret


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
    with pytest.raises(UserError, match="cannot be a name in the store"):
        store.put("keys", name, "a")


def test_unknown_kinds_are_refused(store):
    with pytest.raises(UserError, match="keeps keys, secrets, successors"):
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
        with pytest.raises(UserError, match="Another run holds the store"), store.locked(wait=0.2):
            pass
    finally:
        leave.set()
        other.join()
    with store.locked(wait=0.2):
        pass
    assert _mode(store.path / ".lock") == 0o600


def test_a_store_that_another_user_has_made_is_one_sentence(store):
    """As after a run with sudo: the lock, or a folder, is root's."""
    store.put("keys", "one", "a")
    (store.path / ".lock").mkdir()  # root itself cannot open that either
    with pytest.raises(UserError, match=r"cannot be locked: .*/\.lock: "), store.locked():
        pass
    store.path.chmod(0)
    before = os.geteuid()
    try:
        if before == 0:
            os.seteuid(65534)
        with pytest.raises(UserError, match="keys cannot be read: Permission denied"):
            store.names("keys")
    finally:
        os.seteuid(before)
        store.path.chmod(0o700)
