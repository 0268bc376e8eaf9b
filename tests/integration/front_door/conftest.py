# Starts the front door before a real gateway; see guarded_gateway for what stands behind it.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import front_door as front_doors
import pytest
from guarded_gateway import PREFIX


@pytest.fixture(scope="session")
def gateway(guarded):
    return guarded


@pytest.fixture(scope="session")
def start_front_door(docker_api, network, gateway, images, tmp_path_factory):
    """Starts a front door with these settings and returns its address and its container."""
    started = []

    def start(**settings):
        folder = tmp_path_factory.mktemp("front-door")
        image, name = images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"], f"{PREFIX}front-door-{len(started)}"
        url, container = front_doors.start(docker_api, image, name, network, gateway.container.name, folder, **settings)
        started.append(container)
        return url, container

    yield start
    for container in started:
        container.remove(force=True)


@pytest.fixture(scope="session")
def front_door(start_front_door):
    return start_front_door(front_door_rate=100000, front_door_burst=100000)


@pytest.fixture(scope="session")
def url(front_door):
    return front_door[0]
