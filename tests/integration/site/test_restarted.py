# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that are restarted, one by one and all together: the gateway answers again, and nothing has to be redone.

A server that is added or goes restarts LiteLLM alone.
And a store that was lost, or a password in it: the run gives the database the new one.
"""

from __future__ import annotations

import time

import pytest
from transports import reached
from tree import TOP

pytestmark = pytest.mark.slow

SERVICES = (
    "postgresql",
    "mcp-postgresql",
    "mcp-filesystem",
    "egress-proxy",
    "litellm",
    "litellm-retention",
    "front-door",
)


@pytest.fixture(scope="module")
def deployed_site(site):
    run = site.run()
    assert run.status == 0, run.output[-3000:]
    return site


@pytest.fixture
def tell(show):
    def print_now(text: str) -> None:
        with show():
            print(text, flush=True)

    return print_now


@pytest.mark.parametrize("service", SERVICES)
def test_one(deployed_site, tell, service):
    deployed_site.engine.containers.get(f"{deployed_site.prefix}-{service}").restart(timeout=20)
    tell(f"restart of {service}: the gateway answers after {deployed_site.answers():.1f} s")
    proven(deployed_site)


def test_all(deployed_site, tell):
    """At once, as after the machine's own restart: in no order, killed and not stopped."""
    containers = [
        one for one in deployed_site.engine.containers.list() if one.name.startswith(f"{deployed_site.prefix}-")
    ]
    assert len(containers) == len(SERVICES)
    for one in containers:
        one.restart(timeout=0)
    tell(f"restart of all: the gateway answers after {deployed_site.answers():.1f} s")
    proven(deployed_site)


def test_then_a_run_changes_nothing(deployed_site):
    run = deployed_site.run()
    assert run.status == 0, run.output[-3000:]
    assert run.changed == []


def test_a_server_that_comes_and_goes_restarts_the_gateway_and_its_door_alone(deployed_site):
    """LiteLLM, whose environment names what it asks past the proxy, is put on its network, and taken off it.

    The front door is stopped for as long, and started again.
    """
    name = f"{deployed_site.prefix}-mcp-second"
    entry = {"name": "second", "container_name": name, "image": {"name": "mcp-filesystem"}}
    entry["volumes"] = [f"{TOP}/demo/shared:/data"]
    gateway, door = (f"{deployed_site.prefix}-{one}" for one in ("litellm", "front-door"))

    def others() -> dict[str, str]:
        found = {one: when for one, when in deployed_site.containers().items() if one not in (name, gateway)}
        return {one: when.split()[0] if one == door else when for one, when in found.items()}

    before = others()

    def changed(state: str) -> list[str]:
        tags = ("--tags", "mcp_service,litellm_gateway")
        run = deployed_site.run(*tags, mcp_services=[{**entry, "state": state}])
        assert run.status == 0, run.output[-3000:]
        assert others() == before
        return run.changed

    assert changed("present")
    assert reached(deployed_site.engine.containers.get(gateway), (name, 8000)) == [(name, 8000)]
    assert changed("present") == []
    assert changed("absent")
    assert not deployed_site.engine.networks.list(names=[f"{name}-net"])
    assert changed("absent") == []


def test_a_configuration_that_litellm_does_not_load_leaves_the_gateway_as_it_is(deployed_site):
    """Only LiteLLM itself sees that there is no such module."""
    before = deployed_site.footprint()
    run = deployed_site.run(litellm_gateway_config={"litellm_settings": {"callbacks": ["no_such_module.handler"]}})
    assert run.status != 0
    assert run.message.startswith("litellm_gateway_config: LiteLLM "), run.error
    assert "does not load it, and the running gateway was left as it is: " in run.message
    assert "no_such_module" in run.message
    assert deployed_site.footprint() == before


def test_lost_password(deployed_site):
    deployed_site.store.remove("secrets", "postgres_admin")
    run = deployed_site.run()
    assert run.status == 0, run.output[-3000:]
    assert any("Set the password" in one for one in run.changed)
    assert deployed_site.run().changed == []


def proven(site, within: float = 90) -> None:
    """Every key lists and calls what it may, over the real protocol; an MCP server may need a moment longer."""
    end = time.monotonic() + within
    while True:
        run = site.run(playbook="verify")
        if run.status == 0 or time.monotonic() > end:
            break
    assert run.status == 0, run.error
