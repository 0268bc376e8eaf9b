# SPDX-License-Identifier: GPL-3.0-or-later
"""A front door that is switched off: its network goes once nobody else is on it, and its folder."""

from __future__ import annotations

import secrets

import docker
import pytest
import yaml
from plays import run_playbook

NAME = f"door-test-{secrets.token_hex(3)}"
pytestmark = pytest.mark.slow


@pytest.fixture
def network(engine):
    made = docker.from_env().networks.create(f"{NAME}-net")
    yield made
    for left in docker.from_env().networks.list(names=[made.name]):
        left.remove()


@pytest.fixture
def remove(tmp_path):
    """Runs the role with the front door switched off; gives what the playbook says."""
    variables = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "container_service_project": NAME,
        "container_service_project_dir": str(tmp_path / "project"),
        "front_door_enabled": False,
        "front_door_container_name": NAME,
        "front_door_edge_network": f"{NAME}-net",
        "front_door_config_dir": str(tmp_path / "door"),
    }
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": ["mcp_lan.litellm.front_door"]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    return lambda: run_playbook("-i", "localhost,", "-c", "local", str(tmp_path / "play.yml"))


def test_its_network_goes_with_it_once_nobody_else_is_on_it(network, remove, images, tmp_path):
    (tmp_path / "door").mkdir()
    image = images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"]
    other = docker.from_env().containers.run(
        image, entrypoint=["sleep", "1000"], name=f"{NAME}-other", network=network.name, detach=True
    )
    try:
        remove()
        assert docker.from_env().networks.list(names=[network.name])
    finally:
        other.remove(force=True)
    remove()
    assert not docker.from_env().networks.list(names=[network.name]) and not (tmp_path / "door").exists()
    assert "changed=0" in remove()
