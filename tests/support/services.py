# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys MCP services as the site does, by its own play, without a gateway."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import docker
import scenario
import yaml
from mcp_lan_filter import servers


def deploy(
    folder: Path, variables: dict, show, *tags: str, check: bool = False, playbook: str = "site"
) -> scenario.Step:
    """The tasks of the site that have these tags, or those of mcp_services; or what they would change."""
    # A deployed gateway's keys are not looked for: these have a store of their own.
    # And a Compose project of their own.
    variables = {
        # Those of mcp_services alone.
        **({} if tags else {"mcp_postgresql_enabled": False, "mcp_filesystem_enabled": False}),
        "litellm_gateway_config_dir": str(folder / "etc/litellm"),
        "container_service_project": folder.name.lower(),
        "container_service_project_dir": str(folder / "etc"),
        **variables,
    }
    inventory = {"all": {"hosts": {"gateway": {"ansible_connection": "local"}}, "vars": variables}}
    inventory["all"]["vars"]["ansible_python_interpreter"] = "{{ ansible_playbook_python }}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    with show():
        step = scenario.stream(
            *("ansible-playbook", f"mcp_lan.litellm.{playbook}", "--diff", "-i", str(path)),
            *("--tags", ",".join(tags or ["mcp_service"])),
            *(["--check"] if check else []),
        )
    assert step.ok, step.tail
    return step


def remove(client: docker.DockerClient, prefix: str) -> None:
    """Everything on the engine whose name begins with the prefix."""
    for container in client.containers.list(all=True, filters={"name": f"^/{prefix}-"}):
        container.remove(force=True, v=True)
    for kind in (client.networks, client.volumes):
        for made in kind.list(filters={"name": f"{prefix}-"}):
            made.remove()


# How what tests start is called, whatever the checkout.
OF_TESTS = re.compile(
    "(lan-test|guard-test|services-test|openapi-names-test|postgres-test|((webui|observed|steady)-)?site-test"
    "|mcp-lan-test|transports-[a-z]+|molecule)-"
)


def remove_left_over(client: docker.DockerClient) -> None:
    """What killed tests have left on the engine and no longer runs: an engine has some 30 networks to give.

    What has stopped or was made in the last ten minutes may be of tests that run beside these.
    """
    before, at = datetime.now(UTC) - timedelta(minutes=10), datetime.fromisoformat
    for container in client.containers.list(all=True, filters={"status": ["created", "exited", "dead"]}):
        # One that was never started has finished in the year 1.
        last = max(at(container.attrs["Created"]), at(container.attrs["State"]["FinishedAt"]))
        if OF_TESTS.match(container.name) and last < before:
            container.remove(force=True, v=True)
    for network in client.networks.list():
        network.reload()
        if OF_TESTS.match(network.name) and not network.attrs["Containers"] and at(network.attrs["Created"]) < before:
            network.remove()


def address(container, network: str) -> str:
    """Where a container is on a network."""
    container.reload()
    return container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]


def gateway_headers(store: Path, name: str) -> dict[str, str]:
    """What a service's container wants to be shown: what the gateway makes of its master key."""
    master_key = (store / "secrets" / "master_key").read_text(encoding="utf-8").strip()
    return {servers.HEADER: servers.token(master_key, name)}
