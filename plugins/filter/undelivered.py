# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which client programs have not been delivered their key in this run."""

from __future__ import annotations

DOCUMENTATION = r"""
name: undelivered
short_description: Which client programs have not been delivered their key in this run
version_added: 1.0.0
description:
  - The role C(client_configs) keeps for each machine what it has written, and read there again. What is missing was
    switched off, was not asked for, or failed. The role C(open_webui) does the same for Open WebUI.
  - A machine that is not managed says nothing, so that what its bundle brings is missing always.
options:
  _input:
    description: The client programs, as in C(litellm_clients).
    type: list
    elements: dict
    required: true
  hosts:
    description: What is known of the machines, C(hostvars).
    type: dict
    required: true
positional: hosts
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Say who is still waited for
  ansible.builtin.debug:
    msg: "{{ litellm_clients | mcp_lan.litellm.undelivered(hostvars) }}"
"""

RETURN = r"""
_value:
  description: Of each such client program its C(key), C(host) (empty if the entry names none), C(user) and C(client).
  type: list
  elements: dict
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of


def undelivered(clients, hosts):
    """The entries that no machine says to have."""
    for given, what, kind in ((clients, "litellm_clients", (list, tuple)), (hosts, "hosts", Mapping)):
        if given is not None and not isinstance(given, kind):
            raise AnsibleFilterError(f"{what}: this is {kind_of(given)}.")
    missing = []
    for number, entry in enumerate(clients or []):
        if not isinstance(entry, Mapping):
            raise AnsibleFilterError(f"litellm_clients[{number}]: it is a dictionary, this is {kind_of(entry)}.")
        if not entry.get("key") or entry.get("state", "present") != "present":
            continue
        for needed in ("user", "client"):
            if not isinstance(entry.get(needed), str):
                raise AnsibleFilterError(f"litellm_clients[{number}]: {needed} is missing.")
        name = str(entry.get("host") or "")
        written = []
        # Not `get` with a default: Ansible's own hostvars fail then for a machine that the inventory does not have.
        if hosts and name in hosts:
            host = hosts[name]
            configs = host.get("client_configs_written") or {}
            written = [*(configs.get("clients") or []), *(host.get("open_webui_written") or [])]
        if not any((one["user"], one["client"]) == (entry["user"], entry["client"]) for one in written):
            missing.append({"key": entry["key"], "host": name, "user": entry["user"], "client": entry["client"]})
    return missing


class FilterModule:
    """The filter."""

    def filters(self):
        return {"undelivered": undelivered}
