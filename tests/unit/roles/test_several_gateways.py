# SPDX-License-Identifier: GPL-3.0-or-later
"""Two gateways in the group: what is done for one of them is done for the other."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from plays import run_playbook
from tree import TOP


def test_the_store_of_each_is_removed(tmp_path):
    stores = {name: FileStore(str(tmp_path / name)) for name in ("first", "second")}
    hosts = {name: {"mcp_lan_store": str(store.path)} for name, store in stores.items()}
    inventory = tmp_path / "hosts.json"
    shared = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory.write_text(json.dumps({"gateway": {"hosts": hosts, "vars": shared}}), encoding="utf-8")
    kept = Path(stores["second"].path, "notes")
    for store in stores.values():
        store.put("secrets", "master_key", secrets.token_hex(8))
    kept.write_text("a person's")
    command = ("playbooks/remove.yml", "-i", str(inventory), "--tags", "store")
    printed = run_playbook(*command)
    assert all(f"The store of keys and secrets stays: {store.path}" in printed for store in stores.values())
    run_playbook(*command, "-e", "remove_store=true")
    assert [store.names("secrets") for store in stores.values()] == [[], []]
    assert not Path(stores["first"].path).exists() and kept.read_text() == "a person's"


def test_each_has_a_page_of_what_it_cost(tmp_path):
    tasks = yaml.safe_load((TOP / "roles/postgres_db/tasks/write_report.yml").read_text(encoding="utf-8"))
    (dest,) = [
        one["mcp_lan.litellm.spend_report"]["dest"]
        for task in tasks
        for one in task.get("block", [])
        if "mcp_lan.litellm.spend_report" in one
    ]
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": f"({dest})"}}]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    play = str(tmp_path / "play.yml")
    assert "(report.html)" in run_playbook("-i", "first,", play)
    both = run_playbook("-i", "first,second,", play)
    assert "(report-first.html)" in both and "(report-second.html)" in both
    assert "(mine.html)" in run_playbook("-i", "first,second,", play, "-e", "report_dest=mine.html")
