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
    """Starts a front door, before the gateway or another container; its address and its container."""
    started = []

    def start(upstream=None, also_on=None, **settings):
        upstream = upstream or gateway.container.name
        folder = tmp_path_factory.mktemp("front-door")
        image, name = images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"], f"{PREFIX}front-door-{len(started)}"
        url, container = front_doors.start(
            docker_api, image, name, network, upstream, gateway.master_key, folder, also_on, **settings
        )
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


@pytest.fixture(scope="session")
def admin_url(front_door):
    return front_doors.address(front_door[1], 4001)


@pytest.fixture(scope="session")
def other_networks(docker_api):
    """Two networks of the engine that the front door is not made with."""
    made = []
    for name in (f"{PREFIX}other", f"{PREFIX}named"):
        for left in docker_api.networks.list(names=[name]):
            left.remove()
        made.append(docker_api.networks.create(name))
    yield made
    for one in made:
        one.remove()


@pytest.fixture(scope="session")
def asked_by_a_container(docker_api, gateway, images):
    """What a throw-away container of a network is answered with the master key: the status, or that nothing listens."""

    def ask(network, url):
        script = (
            "import http.client, os, sys\n"
            "connection = http.client.HTTPConnection(sys.argv[1], timeout=10)\n"
            "try:\n"
            "    connection.request('GET', sys.argv[2], headers={'Host': 'localhost', 'Authorization':"
            " 'Bearer ' + os.environ['LITELLM_MASTER_KEY']})\n"
            "    print(connection.getresponse().status)\n"
            "except ConnectionRefusedError:\n"
            "    print('refused')\n"
        )
        address, slash, path = url.removeprefix("http://").partition("/")
        said = docker_api.containers.run(
            images["MCP_LAN_TEST_LITELLM_IMAGE"],
            ["-c", script, address, slash + path],
            entrypoint="python3",
            network=network,
            environment={"LITELLM_MASTER_KEY": gateway.master_key},
            remove=True,
        )
        return said.decode().strip()

    return ask
