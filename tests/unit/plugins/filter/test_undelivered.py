# SPDX-License-Identifier: GPL-3.0-or-later
"""Which clients a run has not reached."""

from __future__ import annotations

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.mcp_lan.litellm.plugins.filter.undelivered import undelivered

CLIENTS = [
    {"host": "here", "user": "ann", "client": "codex", "key": "k"},
    {"host": "here", "user": "ann", "client": "goose", "key": "k"},
    {"host": "off", "user": "ben", "client": "codex", "key": "l"},
    {"host": "nowhere", "user": "ben", "client": "codex", "key": "m", "state": "absent"},
    {"host": "nowhere", "user": "ben", "client": "librechat"},
]


def test_what_no_machine_says_to_have_is_undelivered():
    hosts = {"here": {"client_configs_written": {"clients": [{"user": "ann", "client": "codex"}]}}, "off": {}}
    assert undelivered(CLIENTS, hosts) == [
        {"key": "k", "host": "here", "user": "ann", "client": "goose"},
        {"key": "l", "host": "off", "user": "ben", "client": "codex"},
    ]


def test_a_bundles_entry_names_no_machine_and_is_not_delivered_to():
    entry = {"user": "carol", "client": "codex", "key": "n"}
    missing = [{"key": "n", "host": "", "user": "carol", "client": "codex"}]
    hosts = {"here": {"client_configs_written": {"clients": [{"user": "carol", "client": "codex"}]}}}
    assert undelivered([entry], hosts) == missing
    assert undelivered([{**entry, "host": None}], hosts) == missing


def test_a_machine_that_the_inventory_does_not_have_is_not_delivered_to():
    assert [one["key"] for one in undelivered(CLIENTS, {})] == ["k", "k", "l"]


def test_so_it_is_with_ansibles_own_hostvars():
    # They fail where a dictionary gives the default.
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=["here,"])
    hosts = HostVars(inventory, VariableManager(loader=loader, inventory=inventory), loader)
    assert [one["key"] for one in undelivered(CLIENTS, hosts)] == ["k", "k", "l"]
    assert undelivered([{"user": "carol", "client": "codex", "key": "n"}], hosts)[0]["host"] == ""
