# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the controller administers the gateway, for each place that the inventory says the controller has."""

from __future__ import annotations

import yaml
from tree import TOP, run

CLIENTS = "http://clients.lan"
HERE = {"ansible_connection": "local"}
HOSTS = {
    "itself": (HERE, "http://127.0.0.1:4001"),
    "itself-again": (
        {"ansible_connection": "ansible.builtin.local", "front_door_admin_port": 4101},
        "http://127.0.0.1:4101",
    ),
    "itself-without-the-port": ({**HERE, "front_door_admin_from_host": False}, CLIENTS),
    "itself-without-the-door": ({**HERE, "front_door_enabled": False}, CLIENTS),
    "by-ssh": ({}, CLIENTS),
    "by-ssh-said": ({"ansible_connection": "ssh"}, CLIENTS),
    "said": ({**HERE, "litellm_admin_url": "http://said.lan"}, "http://said.lan"),
}


def test_the_address_of_the_administration(tmp_path):
    """Tasks that are delegated to the controller, as all that use it are, see the same as others."""
    hosts = {name: {**variables, "litellm_api_url": CLIENTS} for name, (variables, _) in HOSTS.items()}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"gateway": {"hosts": hosts}}))
    # The role's defaults, which lose to all that the inventory says.
    (tmp_path / "roles/asking").mkdir(parents=True)
    (tmp_path / "roles/asking/defaults").symlink_to(TOP / "roles/litellm/defaults")
    ask = {"ansible.builtin.set_fact": {"seen": "{{ litellm_admin_url }}"}}
    both = "{{ seen }} {{ asked.results[0].ansible_facts.seen }}"
    dest = f"{tmp_path}/{{{{ inventory_hostname }}}}"
    tell = {"ansible.builtin.copy": {"content": both, "dest": dest}, "delegate_to": "localhost"}
    tasks = [ask, {**ask, "delegate_to": "localhost", "loop": [1], "register": "asked"}, tell]
    play = {"hosts": "gateway", "gather_facts": False, "roles": ["asking"], "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    status, output = run("ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "play.yml")
    assert status == 0, output
    seen = {name: (tmp_path / name).read_text() for name in HOSTS}
    assert seen == {name: f"{url} {url}" for name, (_, url) in HOSTS.items()}
