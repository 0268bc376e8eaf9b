# Starts real gateways with the guard mounted, and real MCP servers behind them, for tests of guard and front door.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images are those of the fixture "images"; network, database, servers and gateways are made for these tests alone.

All their names begin with PREFIX.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import docker
import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from waiting import until

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests/integration/guard"
STAND_IN_MODEL = ROOT / "tests/support/stand_in_model.py"
# The guard and the request filter, as they are beside config.yaml.
GUARD = ROOT / "roles/litellm_gateway/files/config"
# The gateways to try, as the fixture "images" calls them: the version that is deployed, and with --all the newest one.
GATEWAYS = [
    "MCP_LAN_TEST_LITELLM_IMAGE",
    pytest.param("MCP_LAN_TEST_NEWEST_LITELLM_IMAGE", marks=pytest.mark.slow),
]
# Not "molecule-": the scenario "default" removes what is called so, when it begins. Each process of a run has its own:
# the fixture "network" begins by removing what is called so.
PREFIX = "-".join(filter(None, ("guard-test", os.environ.get("PYTEST_XDIST_WORKER")))) + "-"
# Where a test may start STAND_IN_MODEL for the models that it adds.
MODEL_NAME = f"{PREFIX}model"
MODEL_URL = f"http://{MODEL_NAME}:8000/v1"

CONFIG = """
litellm_settings:
  callbacks: [mcp_lan_guard.guard]
general_settings:
  proxy_batch_write_at: 3
  proxy_budget_rescheduler_min_time: 15
  proxy_budget_rescheduler_max_time: 15
"""

# A model whose budget two requests use up.
BOUNDED = f"""
model_list:
  - model_name: bounded
    litellm_params:
      model: openai/bounded
      api_base: {MODEL_URL}
      api_key: none
      input_cost_per_token: 0.01
      output_cost_per_token: 0.01
      max_budget: 0.04
      budget_duration: 1d
"""

# Server: its alias (or its own name) and its tools.
SERVERS = {
    "alpha": ("alpha", ["ping", "secret", "only_alpha"]),
    "beta": ("beta", ["ping", "secret", "only_beta"]),
    "gamma": ("gm", ["ping", "only-gamma"]),
}
# Names under which a test registers one of them again, and what may be asked of it then.
LIMITED = [
    {"name": "rated", "limits": {"rpm": 2}},
    {"name": "costly", "budget": {"max": 0.02, "per": "1d"}},
    {"name": "brief", "budget": {"max": 0.02, "per": "1m"}},
]
# A model of which three requests are served at once, keys that come before and after others, and a team with a place.
QUEUED = {
    "models": ["queued"],
    "parallel": 3,
    "keys": {"queued-urgent": {"priority": 0}, "queued-late": {"priority": 3}},
    "teams": {"queued-house": {"reserved": 0.34}},
}


@dataclass
class Gateway:
    """One running gateway, and how to speak to its admin API."""

    url: str
    master_key: str
    version: str
    container: object
    ids: dict[str, str] = field(default_factory=dict)

    def admin(self, method: str, path: str, body: dict | None = None):
        response = requests.request(
            method, self.url + path, json=body, headers={"Authorization": f"Bearer {self.master_key}"}, timeout=30
        )
        response.raise_for_status()
        return response.json()

    def key(self, metadata: dict | None = None, **fields) -> str:
        """A key that the gateway itself lets at every server, so that only the guard can refuse."""
        body = {
            "key": "sk-" + secrets.token_urlsafe(24),
            "object_permission": {"mcp_servers": list(self.ids.values())},
            "metadata": metadata or {},
            **fields,
        }
        return self.admin("POST", "/key/generate", body)["key"]


def run(client, name, image, command, network, **options):
    with contextlib.suppress(docker.errors.NotFound):
        client.containers.get(name).remove(force=True)
    return client.containers.run(image, command, name=name, network=network, detach=True, **options)


def run_script(client, name, image, script, network, *arguments):
    """A container that runs one Python file in the gateway's image; the stand-in model answers when it is returned."""
    inside = f"/srv/{script.name}"
    options = {"entrypoint": "python3", "healthcheck": {"test": ["NONE"]}}
    options["volumes"] = {str(script): {"bind": inside, "mode": "ro"}}
    made = run(client, name, image, [inside, *arguments], network, **options)
    if script == STAND_IN_MODEL:
        # Port 8000.
        listens = ["grep", "-q", ":1F40 00000000:0000 0A", "/proc/net/tcp"]
        until(lambda: made.exec_run(listens).exit_code == 0, what=f"the stand-in model {name}")
    return made


def configure(folder: Path, config: str, version: str, guard: Path | None, **rules) -> None:
    """What the role writes beside config.yaml; rules: as in plugin_utils/request_rules.py."""
    (folder / "config.yaml").write_text(config)
    if guard is not None:
        shutil.copytree(guard, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        written = request_rules.rendered(request_rules.complete({}, plain(version), **rules))
        (folder / "requests.json").write_text(written["text"])


def plain(version: str) -> str:
    """The number of a version; the tag of an image that was built here has more."""
    return version.partition("-")[0]


def wait_until_ready(url: str, container, seconds: int = 300) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        container.reload()
        if container.status == "exited":
            break
        try:
            if requests.get(url + "/health/liveliness", timeout=3).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(1)
    raise AssertionError(container.logs(tail=30).decode())


def free_port() -> int:
    """A port of this machine; one that the engine chose would be another after a restart."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture(scope="session")
def docker_api(images):
    """The engine's API, once the images are there."""
    return docker.from_env()


@pytest.fixture(scope="session")
def network(docker_api):
    """The name of a network that holds nothing else."""
    name = PREFIX + "network"
    # Of a run that was killed.
    for container in docker_api.containers.list(all=True, filters={"name": f"^/{PREFIX}"}):
        container.remove(force=True, v=True)
    with contextlib.suppress(docker.errors.NotFound):
        docker_api.networks.get(name).remove()
    made = docker_api.networks.create(name)
    yield name
    made.remove()


@dataclass
class Postgres:
    """A running server, and how to get at it from its network."""

    container: object
    password: str

    def url(self, database: str) -> str:
        return f"postgresql://postgres:{self.password}@{self.container.name}:5432/{database}"

    def execute(self, *command: str) -> tuple[int, str]:
        environment = {"PGPASSWORD": self.password, "PGHOST": "127.0.0.1", "PGUSER": "postgres"}
        status, output = self.container.exec_run(list(command), environment=environment)
        return status, output.decode()


@pytest.fixture(scope="session")
def postgres(docker_api, network, images):
    password = secrets.token_urlsafe(24)
    container = run(
        docker_api,
        PREFIX + "postgresql",
        images["MCP_LAN_TEST_POSTGRES_IMAGE"],
        None,
        network,
        environment={"POSTGRES_PASSWORD": password},
    )
    server = Postgres(container, password)
    deadline = time.monotonic() + 90
    while server.execute("psql", "-c", "SELECT 1")[0] != 0:
        assert time.monotonic() < deadline, container.logs(tail=30).decode()
        time.sleep(0.5)
    yield server
    container.remove(force=True, v=True)


@pytest.fixture(scope="session")
def mcp_servers(docker_api, network, images):
    started = [
        run(
            docker_api,
            PREFIX + name,
            images["MCP_LAN_TEST_LITELLM_IMAGE"],
            ["/srv/mcp_server.py", name, *tools],
            network,
            entrypoint="python3",
            healthcheck={"test": ["NONE"]},
            volumes={str(HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"}},
        )
        for name, (_, tools) in SERVERS.items()
    ]
    yield
    for container in started:
        container.remove(force=True)


@pytest.fixture(scope="session")
def start_gateway(docker_api, network, postgres, tmp_path_factory):
    """Starts a gateway with this guard file (None: without one) and returns it with its container, ready or not."""
    started = []

    def start(
        image: str, guard: Path | None, config: str = CONFIG, environment: dict[str, str] | None = None
    ) -> Gateway:
        version = re.sub(r"^.*:v?", "", image)
        database = "guard_" + re.sub(r"\W", "_", version)
        status, output = postgres.execute("createdb", database)
        assert status == 0 or "already exists" in output, output
        folder = tmp_path_factory.mktemp("gateway")
        configure(folder, config, version, guard, mcp_servers=LIMITED, queues=[QUEUED])
        folder.chmod(0o755)
        # One salt key for all gateways on a database: it is what credentials in it are encrypted with.
        salt = "sk-" + hashlib.sha256(database.encode()).hexdigest()
        port = free_port()
        master_key = "sk-" + secrets.token_urlsafe(24)
        container = run(
            docker_api,
            f"{PREFIX}{database}-{len(started)}",
            image,
            ["--config", "/etc/litellm/config.yaml", "--host", "0.0.0.0", "--port", "4000"],
            network,
            volumes={str(folder): {"bind": "/etc/litellm", "mode": "ro"}},
            read_only=True,
            tmpfs={"/tmp": "mode=1777"},
            ports={"4000/tcp": ("127.0.0.1", port)},
            environment={
                "DATABASE_URL": postgres.url(database),
                "LITELLM_MASTER_KEY": master_key,
                "LITELLM_SALT_KEY": salt,
                "STORE_MODEL_IN_DB": "True",
                **({"PYTHONPATH": "/etc/litellm"} if guard else {}),
                **(environment or {}),
            },
        )
        started.append(container)
        return Gateway(f"http://127.0.0.1:{port}", master_key, version, container)

    yield start
    for container in started:
        container.remove(force=True)


@pytest.fixture(scope="session", params=GATEWAYS)
def guarded(request, images, start_gateway, mcp_servers):
    # For moderations LiteLLM 1.77.3 reads no address of the model's.
    made = start_gateway(images[request.param], GUARD, CONFIG + BOUNDED, {"OPENAI_BASE_URL": MODEL_URL})
    wait_until_ready(made.url, made.container)
    for name, (alias, _) in SERVERS.items():
        identity = f"guard-{name}"
        requests.delete(
            f"{made.url}/v1/mcp/server/{identity}", headers={"Authorization": f"Bearer {made.master_key}"}, timeout=30
        )
        made.admin(
            "POST",
            "/v1/mcp/server",
            {
                "server_id": identity,
                "server_name": name,
                "alias": alias,
                "transport": "http",
                "url": f"http://{PREFIX}{name}:8000/mcp",
            },
        )
        made.ids[name] = identity
    return made
