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
from guarded_gateway import GATEWAYS, GUARD, PREFIX, docker_api, network, postgres, run, start_gateway, wait_until_ready
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


def script(docker_api, network, image, name, *arguments):
    """A container that runs one of this folder's scripts in the gateway's image."""
    options = {"entrypoint": "python3", "healthcheck": {"test": ["NONE"]}}
    options["volumes"] = {str(HERE / f"{name}.py"): {"bind": f"/srv/{name}.py", "mode": "ro"}}
    host = f"{PREFIX}prompts-{name.replace('_', '-')}"
    return run(docker_api, host, image, [f"/srv/{name}.py", *arguments], network, **options)


@pytest.fixture(scope="session")
def parts(docker_api, network, images):
    image = images["MCP_LAN_TEST_LITELLM_IMAGE"]
    started = {
        "letters": script(docker_api, network, image, "letters", SECRET),
        "model": script(docker_api, network, image, "stand_in_model"),
    }
    yield started
    for container in started.values():
        container.remove(force=True)


def inventory(parts) -> dict:
    """What the gateway is to hold."""
    base = f"http://{parts['model'].name}:8000/v1"
    # LiteLLM 1.77.3 streams responses of models only that it knows by their name.
    parameters = {"model": "openai/gpt-4o", "api_base": base, "api_key": "none", "drop_params": True}
    return {
        "models": [{"name": MODEL, "litellm_params": parameters}],
        "mcp_servers": [{"name": "letters", "transport": "http", "url": f"http://{parts['letters'].name}:8000/mcp"}],
        "keys": [
            {"name": KEY, "models": [MODEL], "mcp": {"letters": ["open_letter"]}},
            {"name": f"{KEY}-expired", "models": [MODEL], "mcp": {"letters": ["open_letter"]}, "duration": "1s"},
        ],
    }


def apply(gateway, store: Path, folder: Path, wanted: dict) -> None:
    """Make it so, as the role does."""
    task = {"mcp_lan.litellm.gateway_state": {"api_url": gateway.url, **wanted}}
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
def house(request, images, parts, start_gateway, docker_api, network, tmp_path_factory):
    gateway = start_gateway(images[request.param], GUARD)
    wait_until_ready(gateway.url, gateway.container)
    folder = tmp_path_factory.mktemp("house")
    store = folder / "store"
    apply(gateway, store, folder, inventory(parts))
    image, name = images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"], f"{PREFIX}prompts-front-door"
    limits = {"front_door_rate": 100000, "front_door_burst": 100000}
    (folder / "door").mkdir()
    url, container = front_door.start(
        docker_api, image, name, network, gateway.container.name, folder / "door", **limits
    )
    keys = [(store / "keys" / alias).read_text(encoding="utf-8").strip() for alias in (KEY, f"{KEY}-expired")]
    yield House(url, gateway.version, *keys, gateway.container, parts["letters"], parts["model"], SECRET)
    container.remove(force=True)
