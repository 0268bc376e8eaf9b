# An API, its MCP service as the inventory declares it, and the gateways behind which it stands.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import complete
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from guarded_gateway import PREFIX, run
from services import address, deploy, remove
from tree import OUTPUT

HERE = Path(__file__).parent
NAME = f"{PREFIX}openapi"
FOLDER = OUTPUT / NAME


@dataclass
class Service:
    """What the tests know of the deployed service."""

    entry: dict
    value: str
    container: object
    again: object
    """Runs the play once more, with other fields of openapi: its Step."""
    folder: Path
    """Of the controller and the host, which here are one."""


@pytest.fixture(scope="session")
def notes_api(docker_api, images):
    """The API's key and address; no gateway has a way to it."""
    value = secrets.token_urlsafe(24)
    remove(docker_api, NAME)
    network = docker_api.networks.create(f"{NAME}-api-net", internal=True)
    container = run(
        docker_api,
        f"{NAME}-api",
        images["MCP_LAN_TEST_LITELLM_IMAGE"],
        ["/srv/notes_api.py"],
        network.name,
        entrypoint="python3",
        healthcheck={"test": ["NONE"]},
        environment={"API_KEY": value},
        volumes={str(HERE / "notes_api.py"): {"bind": "/srv/notes_api.py", "mode": "ro"}},
    )
    url = f"http://{address(container, network.name)}:9000"
    deadline = time.monotonic() + 60
    while True:
        try:
            assert requests.get(f"{url}/headers", headers={"X-Api-Key": value}, timeout=5).status_code == 200
            break
        except requests.RequestException:
            assert time.monotonic() < deadline, container.logs(tail=20).decode()
            time.sleep(0.5)
    yield value, url
    remove(docker_api, NAME)
    shutil.rmtree(FOLDER)


@pytest.fixture(scope="session")
def service(docker_api, notes_api, guarded, show):
    """The service, deployed by the site's own play from an entry of mcp_services, for the gateway."""
    value, url = notes_api
    FileStore(str(FOLDER / "store")).put("secrets", "master_key", guarded.master_key)
    entry = {
        "name": "notes",
        "openapi": {
            # FastAPI's own document, from the running API.
            "document": f"{url}/openapi.json",
            "base_url": f"http://{NAME}-api:9000/",
            "auth": {"X-Api-Key": value},
            "operations": ["GET *", "POST /notes"],
            "names": {"POST /notes": "create_note", "headers_headers_get": "headers"},
        },
        "extra_networks": [{"name": f"{NAME}-api-net", "internal": True}],
        "container_name": f"{NAME}-mcp-notes",
        "call": {"tool": "list_notes", "arguments": {}, "expect": "first"},
    }
    variables = {
        "image_source": "build",
        "mcp_lan_store": str(FOLDER / "store"),
        "mcp_service_config_dir": str(FOLDER / "etc"),
    }

    def again(**more):
        changed = {**entry, "openapi": {**entry["openapi"], **more}}
        return deploy(FOLDER, {**variables, "mcp_services": [changed], "mcp_postgresql_enabled": False}, show)

    again()
    return Service(entry, value, docker_api.containers.get(f"{NAME}-mcp-notes"), again, FOLDER)


@pytest.fixture(scope="session")
def gateway(guarded, service, docker_api):
    """A gateway with the guard, on the service's network, that knows it as the inventory registers it."""
    network = docker_api.networks.get(f"{NAME}-mcp-notes-net")
    network.connect(guarded.container)
    registration = complete(service.entry)["registration"]
    identity = "openapi-notes"
    body = {"server_id": identity, "server_name": registration["name"], "alias": registration["name"]}
    guarded.admin(
        "POST", "/v1/mcp/server", {**body, "transport": registration["transport"], "url": registration["url"]}
    )
    guarded.ids["notes"] = identity
    yield guarded
    del guarded.ids["notes"]
    headers = {"Authorization": f"Bearer {guarded.master_key}"}
    requests.delete(f"{guarded.url}/v1/mcp/server/{identity}", headers=headers, timeout=30)
    network.disconnect(guarded.container)
