# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway as an inventory makes it: a stand-in model and a server of letters behind LiteLLM and the front door."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import front_door
import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from guarded_gateway import (
    GATEWAYS,
    GUARD,
    PREFIX,
    STAND_IN_MODEL,
    docker_api,
    network,
    postgres,
    run_script,
    start_gateway,
    wait_until_ready,
)
from tree import TOP

__all__ = ["docker_api", "network", "postgres", "start_gateway"]

HERE = Path(__file__).parent
MODEL, KEY = "stand-in", "writer"
SECRET = secrets.token_hex(16)


@dataclass
class House:
    """The address that programs are given, a key that is good and one that has expired, and the parts to look at."""

    url: str
    version: str
    key: str = field(repr=False)
    expired: str = field(repr=False)
    gateway: object
    letters: object
    model: object
    secret: str = field(repr=False)

    def says(self, name: str) -> str:
        """What the server of letters alone can know: see letters.py."""
        return hashlib.sha256(f"{self.secret} {name}".encode()).hexdigest()


@pytest.fixture(scope="session")
def letters(docker_api, network, images):
    image = images["MCP_LAN_TEST_LITELLM_IMAGE"]
    container = run_script(docker_api, f"{PREFIX}prompts-letters", image, HERE / "letters.py", network, SECRET)
    yield container
    container.remove(force=True)


@pytest.fixture(scope="session")
def model(docker_api, network, images):
    image = images["MCP_LAN_TEST_LITELLM_IMAGE"]
    container = run_script(docker_api, f"{PREFIX}prompts-stand-in-model", image, STAND_IN_MODEL, network)
    yield container
    container.remove(force=True)


def inventory(letters, model) -> dict:
    """What the gateway is to hold."""
    base = f"http://{model.name}:8000/v1"
    # LiteLLM 1.77.3 streams responses of models only that it knows by their name.
    parameters = {"model": "openai/gpt-4o", "api_base": base, "api_key": "none", "drop_params": True}
    return {
        "models": [{"name": MODEL, "litellm_params": parameters}],
        "mcp_servers": [{"name": "letters", "transport": "http", "url": f"http://{letters.name}:8000/mcp"}],
        "keys": [
            {"name": KEY, "models": [MODEL], "mcp": {"letters": ["open_letter"]}},
            {"name": f"{KEY}-expired", "models": [MODEL], "mcp": {"letters": ["open_letter"]}, "duration": "1s"},
        ],
    }


def apply(gateway, store: Path, folder: Path, desired: dict) -> None:
    """Make it so, as the role does."""
    task = {"mcp_lan.litellm.gateway_state": {"api_url": gateway.url, **desired}}
    variables = {"ansible_python_interpreter": sys.executable, "mcp_lan_store": str(store)}
    play = {"name": "Test", "hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [task]}
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = subprocess.run(
        ["ansible-playbook", "-i", "localhost,", "-c", "local", str(folder / "play.yml")],
        cwd=TOP,
        env={**os.environ, "LITELLM_MASTER_KEY": gateway.master_key, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session", params=GATEWAYS)
def house(request, images, letters, model, start_gateway, docker_api, network, tmp_path_factory):
    gateway = start_gateway(images[request.param], GUARD)
    wait_until_ready(gateway.url, gateway.container)
    folder = tmp_path_factory.mktemp("house")
    store = folder / "store"
    apply(gateway, store, folder, inventory(letters, model))
    image, name = images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"], f"{PREFIX}prompts-front-door"
    limits = {"front_door_rate": 100000, "front_door_burst": 100000}
    (folder / "door").mkdir()
    url, container = front_door.start(
        docker_api, image, name, network, gateway.container.name, gateway.master_key, folder / "door", **limits
    )
    keys = [(store / "keys" / alias).read_text(encoding="utf-8").strip() for alias in (KEY, f"{KEY}-expired")]
    # A gateway that has just started needs seconds for its first list, and Claude Code begins a prompt without the
    # tools that it does not have by then. Where it is deployed, the run's proof has asked before.
    headers = {"Authorization": f"Bearer {keys[0]}"}
    (listed,) = probe.run([{"transport": "http", "url": f"{url}/mcp/", "headers": headers, "timeout": 60}])
    assert listed["ok"] and listed["tools"], listed
    yield House(url, gateway.version, *keys, gateway.container, letters, model, SECRET)
    container.remove(force=True)
