# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of store keeps the same promises: files, files of Ansible Vault, and a real OpenBao."""

from __future__ import annotations

import os
import re
import secrets
import signal
import sys
import traceback

import pytest
import requests
from ansible.parsing.vault import VaultSecret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import KINDS, FileStore
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores.ansible_vault import AnsibleVaultStore
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores.hashi_vault import HashiVaultStore
from openbao import openbao
from tree import TOP

DEATHS = 200
"""More steps than any of the stores needs: a child that is told to die later than its end lives."""


@pytest.fixture(scope="module")
def bao(tmp_path_factory):
    with openbao(tmp_path_factory.mktemp("openbao")) as server:
        yield server


@pytest.fixture(params=["files", "ansible-vault", "hashi-vault"])
def opened(request, tmp_path):
    """Opens one store again and again, as runs do. lease: how long a run that was killed is waited for."""
    if request.param == "hashi-vault":
        server, place = request.getfixturevalue("bao"), f"hashi-vault:secret/{secrets.token_hex(6)}"
        return lambda lease=0.2: HashiVaultStore(place, server.connect, lease)
    if request.param == "ansible-vault":
        password = VaultSecret(secrets.token_bytes(16))
        return lambda lease=0: AnsibleVaultStore(f"ansible-vault:{tmp_path}/store", [("default", password)])
    return lambda lease=0: FileStore(str(tmp_path / "store"))


def in_a_child(do) -> int:
    """How a process of its own ends: by its status, or the signal that ended it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            do()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die_at(step: int) -> None:
    """End this process by SIGKILL right before its n-th change of a file, or before or after its n-th request."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen > step:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, _arguments: tuple) -> None:
        if event in ("open", "os.mkdir", "os.chmod", "os.rename", "os.remove", "os.listdir", "os.scandir"):
            count()

    send = requests.Session.send

    def counted(session, request, **more):
        count()
        answer = send(session, request, **more)
        count()
        return answer

    requests.Session.send = counted
    sys.addaudithook(watch)


def test_values_are_kept_replaced_and_removed(opened):
    for kind in KINDS:
        assert opened().get(kind, "one") is None and opened().names(kind) == []
        assert opened().remove(kind, "one") is False
    value = secrets.token_urlsafe(32)
    opened().put("keys", "one", value)
    opened().put("secrets", "one", "another")
    opened().put("keys", "two@x.y+z-1", "ä €\n and more")
    assert opened().get("keys", "one") == value
    assert opened().get("keys", "two@x.y+z-1") == "ä €\n and more"
    opened().put("keys", "one", "other")
    assert opened().get("keys", "one") == "other"
    assert opened().names("keys") == ["one", "two@x.y+z-1"]
    assert opened().remove("keys", "one") is True
    assert opened().get("keys", "one") is None and opened().names("keys") == ["two@x.y+z-1"]
    opened().put("keys", "one", "anew")
    assert opened().get("keys", "one") == "anew" and opened().get("secrets", "one") == "another"


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "../../x", "a\nb", "-x", "x" * 201])
def test_a_name_cannot_lead_out_of_the_store(opened, name):
    with pytest.raises(UserError, match="cannot be a name in the store"):
        opened().put("keys", name, "a")
    with pytest.raises(UserError, match="The store keeps keys, secrets"):
        opened().get("lock", "one")


def test_a_run_that_dies_at_any_step_loses_nothing(opened):
    """Each value is the one before or the one after, whole; the next run gets the lock and finds nothing left over."""
    before = {"replaced": "a value", "removed": "another", "kept": "a third"}

    def work():
        store = opened(60)
        with store.locked():
            store.put("keys", "replaced", "its successor")
            store.put("keys", "made", "a fourth")
            store.remove("keys", "removed")

    for step in range(DEATHS):
        for name, value in before.items():
            opened().put("keys", name, value)
        opened().remove("keys", "made")

        def dying(step=step):
            die_at(step)
            work()

        status = in_a_child(dying)
        store = opened()
        with store.locked():
            found = {name: store.get("keys", name) for name in (*before, "made")}
            assert store.names("keys") == sorted(name for name, value in found.items() if value is not None)
        assert found["kept"] == "a third"
        assert found["replaced"] in ("a value", "its successor")
        assert found["removed"] in ("another", None) and found["made"] in ("a fourth", None)
        # In the order in which it was done: what is later is not there without what is earlier.
        assert found["made"] is None or found["replaced"] == "its successor"
        assert found["removed"] == "another" or found["made"] == "a fourth"
        if isinstance(store, FileStore):
            hidden = [path.name for path in store.path.rglob(".*") if path.name != ".lock"]
            assert hidden == []
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert status == 0 and step > 5, f"it lived with {step} steps"


def test_runs_at_once_do_not_meet(opened):
    """Each reads a number and writes the next one, under the lock: none is lost."""
    opened().put("secrets", "number", "0")

    def count():
        for _ in range(2):
            store = opened(60)
            with store.locked():
                store.put("secrets", "number", str(int(store.get("secrets", "number")) + 1))

    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            os._exit(in_a_child(count))
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    assert opened().get("secrets", "number") == "6"


def test_one_that_holds_the_store_is_named(opened):
    with (
        opened(60).locked(),
        pytest.raises(UserError, match="Another run holds the store .* since 0.3 s: let it finish"),
    ):
        opened(60).locked(wait=0.3).__enter__()
    with opened(60).locked(wait=0):
        pass


def test_encrypted_files_hold_no_value_and_open_with_the_password_alone(tmp_path):
    place, password = f"ansible-vault:{tmp_path}/store", VaultSecret(b"one")
    AnsibleVaultStore(place, [("default", password)]).put("keys", "one", "a value")
    (file,) = (tmp_path / "store" / "keys").iterdir()
    assert file.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256\n") and "a value" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    for given, sentence in (
        ([], "was given no vault password: add --vault-password-file FILE"),
        (None, "was given no vault password"),
        ([("default", VaultSecret(b"two"))], "cannot be decrypted with the vault password"),
    ):
        with pytest.raises(UserError, match=sentence):
            AnsibleVaultStore(place, given).get("keys", "one")
    with pytest.raises(UserError, match="was given no vault password"):
        AnsibleVaultStore(place, []).put("keys", "two", "a value")
    labelled = [("old", VaultSecret(b"one")), ("new", VaultSecret(b"two"))]
    assert AnsibleVaultStore(place, labelled).get("keys", "one") == "a value"


def test_plain_and_encrypted_files_are_not_mixed(tmp_path):
    place, password = f"ansible-vault:{tmp_path}", [("default", VaultSecret(b"one"))]
    AnsibleVaultStore(place, password).put("keys", "sealed", "a value")
    FileStore(str(tmp_path)).put("keys", "plain", "a value")
    with pytest.raises(UserError, match=f"is encrypted with Ansible Vault: set mcp_lan_store to {place}"):
        FileStore(str(tmp_path)).get("keys", "sealed")
    with pytest.raises(UserError, match="is not encrypted.*copy_store.yml"):
        AnsibleVaultStore(place, password).get("keys", "plain")


def test_of_two_that_write_without_the_lock_the_second_is_refused(bao):
    one, two = (HashiVaultStore("hashi-vault:secret/doubles", bao.connect) for _ in range(2))
    assert one.get("keys", "a") is None and two.get("keys", "a") is None
    one.put("keys", "a", "of one")
    with pytest.raises(UserError, match="was written by another run in this moment"):
        two.put("keys", "a", "of two")
    assert two.get("keys", "a") == "of one"


def test_a_run_that_was_taken_for_dead_writes_no_more_and_frees_nothing(bao):
    slow, other = (HashiVaultStore("hashi-vault:secret/slow", bao.connect, lease) for lease in (3, 0.05))
    with slow.locked():
        with other.locked(), pytest.raises(UserError, match="has lost its hold"):
            for number in range(100_000):
                slow.put("keys", "a", str(number))
        with other.locked():
            pass
    with HashiVaultStore("hashi-vault:secret/slow", bao.connect, 60).locked(wait=0):
        pass


def test_what_was_deleted_by_hand_is_not_there_and_can_be_made_again(bao):
    store = HashiVaultStore("hashi-vault:secret/by-hand", bao.connect)
    store.put("keys", "a", "one")
    bao.connect().secrets.kv.v2.delete_latest_version_of_secret("by-hand/keys/a", mount_point="secret")
    store = HashiVaultStore("hashi-vault:secret/by-hand", bao.connect)
    assert store.get("keys", "a") is None and store.names("keys") == []
    store.put("keys", "a", "two")
    assert store.get("keys", "a") == "two"


def test_the_documented_policy_is_enough(bao):
    (policy,) = re.findall("```hcl\n(.*?)```", (TOP / "docs" / "secrets.md").read_text(encoding="utf-8"), re.DOTALL)
    bao.connect().sys.create_or_update_policy("documented", policy)
    token = bao.connect().auth.token.create(policies=["documented"])["auth"]["client_token"]
    store = HashiVaultStore("hashi-vault:secret/lan", type(bao)(bao.url, token).connect)
    with store.locked():
        for value in ("one", "two"):
            store.put("keys", "a", value)
        assert store.names("keys") == ["a"] and store.remove("keys", "a") and store.names("keys") == []


def test_what_is_wrong_at_a_vault_is_one_sentence(bao, tmp_path):
    client = bao.connect()
    client.sys.create_or_update_policy("reader", 'path "secret/data/site/*" { capabilities = ["read"] }')
    reader = client.auth.token.create(policies=["reader"])["auth"]["client_token"]
    limited = HashiVaultStore("hashi-vault:secret/site", type(bao)(bao.url, reader).connect)
    assert limited.get("keys", "a") is None
    with pytest.raises(UserError, match="does not let us write hashi-vault:secret/site/keys/a: log in anew, or let"):
        limited.put("keys", "a", "one")
    for where in ("nowhere/site", "sys/site"):
        with pytest.raises(UserError, match="The vault "):
            HashiVaultStore(f"hashi-vault:{where}", bao.connect).put("keys", "a", "one")
    with pytest.raises(UserError, match="names no path; write hashi-vault:MOUNT/PATH"):
        HashiVaultStore("hashi-vault:secret", bao.connect)
    client.secrets.kv.v2.create_or_update_secret("site/keys/b", {"password": "one"}, mount_point="secret")
    with pytest.raises(UserError, match="has no field value, so it is somebody else's"):
        HashiVaultStore("hashi-vault:secret/site", bao.connect).get("keys", "b")
    with openbao(tmp_path) as other:
        store = HashiVaultStore("hashi-vault:secret/site", other.connect)
        other.connect().sys.seal()
        with pytest.raises(UserError, match="is sealed: unseal it"):
            store.get("keys", "a")
    with pytest.raises(UserError, match="The vault cannot be reached"):
        store.get("keys", "a")
