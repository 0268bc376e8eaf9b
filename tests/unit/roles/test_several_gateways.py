# SPDX-License-Identifier: GPL-3.0-or-later
"""Two gateways in the group: what is done for one of them is done for the other."""

from __future__ import annotations

import json
import secrets

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from plays import run_playbook


def test_the_store_of_each_is_removed(tmp_path):
    stores = {name: FileStore(str(tmp_path / name)) for name in ("first", "second")}
    hosts = {name: {"mcp_lan_store": str(store.path)} for name, store in stores.items()}
    inventory = tmp_path / "hosts.json"
    shared = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory.write_text(json.dumps({"gateway": {"hosts": hosts, "vars": shared}}), encoding="utf-8")
    for store in stores.values():
        store.put("secrets", "master_key", secrets.token_hex(8))
    command = ("playbooks/remove.yml", "-i", str(inventory), "--tags", "store")
    printed = run_playbook(*command)
    assert all(f"The store of keys and secrets stays: {store.path}" in printed for store in stores.values())
    run_playbook(*command, "-e", "remove_store=true")
    assert [store.names("secrets") for store in stores.values()] == [[], []]
