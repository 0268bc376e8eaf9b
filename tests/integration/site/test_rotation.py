# SPDX-License-Identifier: GPL-3.0-or-later
"""A key is rotated by the playbooks that a person runs: minted, delivered, proven; then the one before is noticed."""

from __future__ import annotations

import fcntl
import getpass
import re
from datetime import timedelta

import pytest
import requests
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import moment, sha256, written
from fault_proxy import FaultProxy
from site_deployment import Run, kill
from tree import TOP

pytestmark = pytest.mark.slow

STATE = ("--tags", "litellm,clients,verify")


def _works(site, value) -> bool:
    headers = {"Authorization": f"Bearer {value}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    answer = requests.post(f"{site.api_url}/mcp/", json=body, headers=headers, timeout=60)
    return answer.status_code == 200 and "read_text_file" in answer.text


def _marks(site) -> dict[str, dict]:
    listed = site.client().pages("/key/list", "keys", "page", "size", return_full_object="true")
    return {one["key_alias"]: one["metadata"]["mcp_lan"] for one in listed}


def _days_pass(site, days: int) -> None:
    """All values become older by so much, which is what a moved clock would find."""
    client = site.client()
    for one in client.pages("/key/list", "keys", "page", "size", return_full_object="true"):
        mark = one["metadata"]["mcp_lan"]
        mark["minted"] = written(moment(mark["minted"]) - timedelta(days=days))
        client.post("/key/update", {"key": one["token"], "metadata": one["metadata"]})


@pytest.fixture(scope="module")
def deployed(site):
    user, home = getpass.getuser(), site.output / "home"
    home.mkdir(exist_ok=True)
    clients = [
        {"host": "localhost", "user": user, "client": name, "key": name, "home": str(home)}
        for name in ("codex", "claude-code")
    ]
    said = site.deployment.read_text(encoding="utf-8")
    site.deployment.write_text(said.replace("litellm_clients: []", yaml.safe_dump({"litellm_clients": clients})))
    run = site.run()
    assert run.status == 0, run.output[-3000:]
    site.seen = run.output
    return site


def test_a_forced_rotation_is_delivered_proven_and_noticed(deployed):
    site = deployed
    before = {name: site.store.get("keys", name) for name in ("codex", "claude-code")}
    run = site.run("--diff", playbook="rotate_keys", rotate_keys="codex")
    site.seen += run.output
    assert run.status == 0, run.error
    after = {name: site.store.get("keys", name) for name in before}
    assert after["codex"] != before["codex"] and after["claude-code"] == before["claude-code"]
    files = [path.read_text("utf-8", "replace") for path in site.output.rglob("*") if path.is_file()]
    held = [text for text in files if after["codex"] in text]
    assert len(held) >= 2, "the store and the client's file have the new value"
    assert not [text for text in files if before["codex"] in text], "nobody has the one before"
    (aside,) = [mark for alias, mark in _marks(site).items() if alias.startswith("codex.replaced-")]
    assert aside["ends"] and aside["generation"] == 1
    assert _marks(site)["codex"]["generation"] == 2
    assert _works(site, before["codex"]) and _works(site, after["codex"])
    assert re.search(r"generation 1 works until \S+; last used: 20", run.output), "the first proof used it"
    again = site.run(*STATE)
    site.seen += again.output
    assert again.status == 0 and again.changed == [], again.changed


def test_a_client_that_is_not_delivered_to_keeps_its_key(deployed):
    site = deployed
    before = site.store.get("keys", "claude-code")
    run = site.run("--skip-tags", "clients", playbook="rotate_keys", rotate_keys="claude-code")
    site.seen += run.output
    assert run.status == 0, run.error
    assert "not delivered: claude-code" in run.output
    assert re.search(r"generation 1 waits for its clients; last used: 20", run.output), "that client may still use it"
    (aside,) = [mark for alias, mark in _marks(site).items() if alias.startswith("claude-code.replaced-")]
    assert "ends" not in aside and _works(site, before)
    run = site.run(*STATE)
    site.seen += run.output
    (aside,) = [mark for alias, mark in _marks(site).items() if alias.startswith("claude-code.replaced-")]
    assert run.status == 0 and aside["ends"], run.error


def test_check_mode_says_it_and_writes_nothing(deployed):
    site = deployed
    before, marks = site.footprint()["files"], _marks(site)
    run = site.run("--check", "--diff", playbook="rotate_keys", rotate_keys="*")
    site.seen += run.output
    assert run.status == 0, run.error
    assert any("Configure the gateway as the inventory says" in one for one in run.changed)
    assert site.footprint()["files"] == before and _marks(site) == marks


def test_a_revocation_cuts_off_at_once_and_delivers(deployed):
    site = deployed
    before = {name: site.store.get("keys", name) for name in site.store.names("keys")}
    run = site.run(playbook="rotate_keys", rotate_keys="*", rotate_revoke=True)
    site.seen += run.output
    assert run.status == 0, run.error
    assert not [name for name, value in before.items() if _works(site, value)]
    assert all(_works(site, site.store.get("keys", name)) for name in before)
    assert sorted(_marks(site)) == sorted(before)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "Name what to rotate"),
        ({"rotate_keys": "nobody"}, "'nobody' is not a key that can be rotated: there are"),
        ({"rotate_teams": "nobody"}, "no key that can be rotated is of the team 'nobody'"),
    ],
)
def test_what_cannot_be_rotated_is_said(deployed, variables, sentence):
    run = deployed.run(playbook="rotate_keys", **variables)
    assert run.status != 0 and sentence in run.message


def test_exactly_what_is_due_is_rotated_and_nothing_else_is_written(deployed):
    site = deployed
    declared = yaml.safe_load((TOP / "inventories/local/group_vars/all/main.yml").read_text("utf-8"))["litellm_keys"]
    after = {"codex": "30d", "claude-code": "31d"}
    keys = [{**key, "rotate": {"after": after[key["name"]]}} for key in declared]
    proxy = FaultProxy(site.admin_url)

    def rotated() -> list[str]:
        """The names of the keys whose value in the store is another one after a run."""
        before = {name: site.store.get("keys", name) for name in after}
        proxy.reset()
        run = site.run("--tags", "litellm", litellm_keys=keys, litellm_admin_url=proxy.url)
        site.seen += run.output
        assert run.status == 0, run.error
        found = [name for name in after if site.store.get("keys", name) != before[name]]
        wrote = [f"{method} {path}" for method, path in proxy.seen if method != "GET"]
        assert proxy.seen and bool(wrote) == bool(run.changed) == bool(found), wrote
        assert bool(found) == ("changed=0" not in run.output)
        return found

    _days_pass(site, 29)
    assert rotated() == []
    _days_pass(site, 1)
    assert rotated() == ["codex"]
    assert rotated() == []
    _days_pass(site, 1)
    assert rotated() == ["claude-code"]
    assert rotated() == []
    proxy.shutdown()
    proxy.server_close()


def test_two_runs_at_once_rotate_once(deployed):
    """Of two runs of the same inventory one waits for the other, or stops with a sentence; no key is doubled."""
    site = deployed
    run = site.run(*STATE)  # whatever waits for its notice gets it
    assert run.status == 0, run.error
    before = {alias: mark["generation"] for alias, mark in _marks(site).items() if ".replaced-" not in alias}
    _days_pass(site, 31)
    logs = [site.output / f"run-{number}.log" for number in range(2)]
    started = [site.start(*STATE, log=log, litellm_rotate={"after": "30d", "overlap": "24h"}) for log in logs]
    try:
        runs = [Run(process.wait(540), log.read_text("utf-8"), 0.0) for process, log in zip(started, logs, strict=True)]
    finally:
        for process in started:
            kill(process, whole_tree=True)
    site.seen += "".join(one.output for one in runs)
    assert any(one.status == 0 for one in runs), runs[0].error
    for one in runs:
        assert one.status == 0 or "Another run holds the store" in one.message, one.error
    marks = _marks(site)
    assert {alias: marks[alias]["generation"] for alias in before} == {name: old + 1 for name, old in before.items()}
    for name, old in before.items():
        aside = [mark["generation"] for alias, mark in marks.items() if alias.startswith(f"{name}.replaced-")]
        assert aside.count(old) == 1 and len(set(aside)) == len(aside)
        value = site.store.get("keys", name)
        (current,) = site.client().get("/key/list", key_alias=name, return_full_object="true")["keys"]
        assert current["token"] == sha256(value) and _works(site, value)
    assert site.store.names("successors") == []
    again = site.run(*STATE)
    site.seen += again.output
    assert again.status == 0, again.error
    assert site.run(*STATE).changed == []


def test_a_run_that_finds_the_store_held_says_so(deployed):
    with (deployed.store.path / ".lock").open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        run = deployed.run(playbook="rotate_keys", rotate_keys="*")
    assert run.status != 0 and "Another run holds the store" in run.message


def test_no_value_was_printed(deployed):
    values = [deployed.store.get("keys", name) for name in deployed.store.names("keys")]
    assert len(values) == 2
    assert "sk-" not in deployed.seen.replace("sk-...", "")
