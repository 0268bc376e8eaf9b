# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' SDKs, installed once for each lock file, and a gateway with a stand-in model behind the front door."""

from __future__ import annotations

from dataclasses import dataclass, field

import front_door
import pytest
import yaml
from guarded_gateway import (
    CONFIG,
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

__all__ = ["docker_api", "network", "postgres", "start_gateway"]

# The names by which LiteLLM knows what a model can do.
MODELS = {
    "stand-in": "openai/gpt-4o",
    "native-anthropic": "anthropic/claude-sonnet-4-5",
    "native-google": "gemini/gemini-2.5-pro",
    "embedder": "openai/text-embedding-3-small",
    "moderator": "openai/omni-moderation-latest",
    "painter": "openai/gpt-image-1",
    "speaker": "openai/tts-1",
    "listener": "openai/whisper-1",
}


@dataclass
class House:
    """The front door's address, the gateway's version, and a key for all of the models."""

    url: str
    version: str
    key: str = field(repr=False)


@pytest.fixture(scope="session")
def model(docker_api, network, images):
    image = images["MCP_LAN_TEST_LITELLM_IMAGE"]
    container = run_script(docker_api, f"{PREFIX}sdks-stand-in-model", image, STAND_IN_MODEL, network)
    yield container
    container.remove(force=True)


@pytest.fixture(scope="session", params=["MCP_LAN_TEST_LITELLM_IMAGE", "MCP_LAN_TEST_NEWEST_LITELLM_IMAGE"])
def house(request, images, model, start_gateway, docker_api, network, tmp_path_factory):
    base = f"http://{model.name}:8000/v1"
    # 1.77.3 refuses Anthropic's and Google's own fields for models of others unless it may leave them out.
    parameters = {"openai": {"api_base": base, "api_key": "none", "drop_params": True}}
    # Asked in Anthropic's or Google's form, LiteLLM hands on to these as it was asked, and translates for others.
    parameters["anthropic"] = {"api_base": base.removesuffix("/v1"), "api_key": "none"}
    parameters["gemini"] = {"api_base": f"{base}beta", "api_key": "none"}
    models = [
        {"model_name": name, "litellm_params": {"model": known, **parameters[known.partition("/")[0]]}}
        for name, known in MODELS.items()
    ]
    config = yaml.safe_dump(yaml.safe_load(CONFIG) | {"model_list": models})
    # For moderations LiteLLM reads no address of the model's.
    environment = {"OPENAI_BASE_URL": base, "OPENAI_API_KEY": "none"}
    gateway = start_gateway(images[request.param], GUARD, config, environment)
    wait_until_ready(gateway.url, gateway.container)
    folder = tmp_path_factory.mktemp("door")
    url, container = front_door.start(
        docker_api,
        images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"],
        f"{PREFIX}sdks-front-door",
        network,
        gateway.container.name,
        gateway.master_key,
        folder,
        front_door_rate=100000,
        front_door_burst=100000,
    )
    yield House(url, gateway.version, gateway.key(models=list(MODELS)))
    container.remove(force=True)
