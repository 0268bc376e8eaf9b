# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of site_deployment.py on a machine of machines.py, with replicas on a swarm."""

from __future__ import annotations

from collections.abc import Callable

import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED
from machines import Machine
from site_deployment import Run, Site

PREFIX, PORT, CLIENTS = "swarm-site-test", 14300, 14200
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "filesystem-list_allowed_directories", "arguments": {}},
}
CHAT = {"model": "mock", "messages": [{"role": "user", "content": "x"}]}


class SwarmSite(Site):
    """The gateway host is the machine, from which all of it is run. clients: the port of the front doors."""

    def __init__(self, machine: Machine, *others: Machine):
        super().__init__(PREFIX, PORT)
        self.machine, self.engine, self.clients = machine, machine.api, CLIENTS
        addresses = [each.address for each in (machine, *others)]
        self.admin_url = f"http://{machine.address}:{PORT}"
        self.variables = {
            "litellm_gateway_version": NEWEST_TESTED,
            "swarm_enabled": True,
            "swarm_port": CLIENTS,
            "swarm_database_network": f"{PREFIX}-swarm-postgres-net",
            "swarm_door_network": f"{PREFIX}-front-doors-net",
            "front_door_bind": "0.0.0.0",
            "front_door_hosts": ["localhost", "127.0.0.1", *addresses],
            # This machine, which is another one than the gateway host.
            "front_door_admin_networks": [machine.address.rpartition(".")[0] + ".1/32"],
            "front_door_rate": 10000,
            "front_door_burst": 10000,
            "mcp_postgresql_enabled": False,
            "litellm_mcp_servers": [
                {"name": "filesystem", "transport": "http", "url": f"http://{PREFIX}-mcp-filesystem:8000/mcp"}
            ],
            "litellm_keys": [{"name": "asks", "models": ["mock"], "mcp": {"filesystem": ["*"]}}],
        }

    def command(self, *options: str, playbook: str = "site", **variables) -> list[str]:
        whole = self.variables | variables
        return self.machine.inside(*super().command(*options, playbook=playbook, **whole))

    def run(self, *options: str, playbook: str = "swarm", timeout: float = 900, environment=None, **variables) -> Run:
        engine = {"DOCKER_HOST": self.machine.docker_host}
        return super().run(
            *options, playbook=playbook, timeout=timeout, environment=engine | (environment or {}), **variables
        )


def asking(machine: Machine, path: str, key: str, body: dict, holds: str) -> Callable[[requests.Session], str]:
    """Asks the front door of a machine, and says what is wrong with an answer without these words."""
    url = f"http://{machine.address}:{CLIENTS}{path}"
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}

    def ask(session: requests.Session) -> str:
        answer = session.post(url, json=body, headers=headers, timeout=60)
        return "" if answer.status_code == 200 and holds in answer.text else f"{answer.status_code} {answer.text[:300]}"

    return ask
