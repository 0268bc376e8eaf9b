# SPDX-License-Identifier: GPL-3.0-or-later
"""The action tls_certificate as plays use it: what it makes, when it makes another one, and what it refuses."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate
from plays import run_tasks

NAMES = ["linuxserver.lan", "192.0.2.10"]
NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)


@pytest.fixture
def store(tmp_path):
    return FileStore(str(tmp_path / "store"))


@pytest.fixture
def play(tmp_path, store):
    """Runs tls_certificate with each of these options in one play; what each of them gave, and all that was said."""

    def playing(*each: dict, options=()):
        tasks = [
            {"name": str(number), "mcp_lan.litellm.tls_certificate": {"names": NAMES, **one}, "ignore_errors": True}
            for number, one in enumerate(each)
        ]
        return run_tasks(tmp_path, tasks, "-vvv", "--diff", *options, mcp_lan_store=store.place)

    return playing


def test_it_is_made_once_kept_renewed_when_it_is_due_and_goes(play, store):
    (checked,), _ = play({}, options=["--check"])
    assert checked["changed"] and store.names("secrets") == []
    (made, again, more), output = play({}, {}, {"names": [*NAMES, "second.lan", "*"]})
    assert [made["changed"], again["changed"], more["changed"]] == [True, False, True], output[-2000:]
    assert made["reason"] == "there was none" and more["names"] == sorted([*NAMES, "second.lan"])
    served, authority = (certificate.kept(store.get("secrets", f"front_door_{what}")) for what in ("tls", "ca"))
    assert certificate.issued_by(served, authority)
    assert store.get("records", "ca_certificates") == authority.public.strip()
    for pair in (served, authority):
        assert pair.text().splitlines()[1] not in output

    store.put("secrets", "front_door_tls", certificate.issue(authority, NAMES, 29, NOW).text().strip())
    (checked,), _ = play({}, options=["--check"])
    (due, after, gone, none), _ = play({}, {}, {"state": "absent"}, {"state": "absent"})
    assert checked["changed"] and due["reason"].startswith("it ends on 2") and not after["changed"]
    assert gone["changed"] and not none["changed"]
    assert store.names("secrets") == ["front_door_ca"] and store.names("records") == []


def test_addresses_alone_are_names_too_however_they_are_written(play):
    only = {"names": ["192.0.2.10", "2001:DB8:0::1"]}
    (made, again), output = play(only, only)
    assert [made.get("changed"), again.get("changed")] == [True, False], output[-2000:]
    assert made["names"] == ["192.0.2.10", "2001:db8::1"]


def test_one_that_is_given_is_taken_from_its_files(play, store, tmp_path):
    authority = certificate.new_authority(NAMES, NOW)
    pair = certificate.issue(authority, NAMES, 20, NOW)
    (tmp_path / "ca.pem").write_text(authority.public)
    (tmp_path / "fullchain.pem").write_text(pair.public)
    (tmp_path / "privkey.pem").write_text(pair.text()[: pair.text().index("-----BEGIN CERT")])
    given = {"certificate": f"{tmp_path}/fullchain.pem", "private_key": f"{tmp_path}/privkey.pem"}
    (checked, made, again, on_host, trusted, own), output = play(
        {**given, "state": "checked"},
        given,
        given,
        {**given, "remote_src": True},
        {**given, "ca_certificate": f"{tmp_path}/ca.pem"},
        {},
    )
    changed = [one["changed"] for one in (checked, made, again, on_host, trusted, own)]
    assert changed == [False, True, False, False, True, True], output[-2000:]
    assert own["reason"] == "it is of another authority"
    assert pair.text().splitlines()[1] not in output


def test_what_cannot_be_is_refused_in_one_sentence_and_the_one_before_stays(play, store, tmp_path):
    play({})
    before = store.get("secrets", "front_door_tls")
    (tmp_path / "empty.pem").touch()
    none = {"certificate": f"{tmp_path}/none.pem", "private_key": f"{tmp_path}/none.pem"}
    empty = {"certificate": f"{tmp_path}/empty.pem", "private_key": f"{tmp_path}/empty.pem"}
    refused = {
        "none.pem cannot be read on this machine, which runs Ansible (No such file or directory)": none,
        "none.pem cannot be read on localhost": {**none, "remote_src": True},
        "empty.pem holds no certificate in PEM": empty,
        "belong together": {"certificate": "/x"},
        "are about a certificate that is given": {"remote_src": True},
        "A certificate needs a name": {"names": ["*"]},
        "gäteway.lan has letters that no name in the DNS has": {"names": ["gäteway.lan"]},
        "front_door_tls_renew_days is less than": {"renew_days": 90},
    }
    results, output = play(*({"state": state, **one} for one in refused.values() for state in ("checked", "present")))
    for says, result in zip([says for says in refused for _ in range(2)], results, strict=True):
        assert result["failed"] and says in result["msg"] and result["msg"].endswith("Nothing has been changed."), (
            output
        )
        assert result["code"] in ("certificate_invalid", "options_invalid")
    assert store.get("secrets", "front_door_tls") == before


def test_where_somebody_else_has_it_issued_whom_clients_trust_is_all_that_is_kept(play, store, tmp_path):
    play({})
    authority = certificate.new_authority(NAMES, NOW)
    (tmp_path / "ca.pem").write_text(authority.public)
    private = {"state": "trusted", "ca_certificate": f"{tmp_path}/ca.pem"}
    (checked,), _ = play(private, options=["--check"])
    assert checked["changed"] and store.get("secrets", "front_door_tls")
    (made, again, wrong), output = play(private, private, {**private, "ca_certificate": f"{tmp_path}/none.pem"})
    assert [made["changed"], again["changed"]] == [True, False], output[-2000:]
    assert "none.pem cannot be read" in wrong["msg"]
    assert store.names("secrets") == ["front_door_ca"]
    assert store.get("records", "ca_certificates") == authority.public.strip()
    (public, back), _ = play({"state": "trusted"}, {})
    assert public["changed"] and back["changed"] and store.get("secrets", "front_door_tls")
