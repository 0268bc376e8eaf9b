# SPDX-License-Identifier: GPL-3.0-or-later
"""Each service of the catalogue that a registry here has: built, started as a deploy starts it, and called."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import time

import docker
import pytest
import scenario
import yaml
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_services import mcp_services
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import catalogue
from services import address, deploy, gateway_headers, remove
from transports import isolated
from tree import OUTPUT, TOP

PREFIX = os.environ.get("MCP_LAN_TEST_SERVICES_PREFIX", "services-test")
FOLDER = OUTPUT / PREFIX
# What an entry of the inventory has to say beside the service's name.
ENTRIES = {
    # A page of its own container: its calls need no other.
    "fetch": {"args": ["--allow-private-ips"]},
    "git": {"volumes": [f"{FOLDER}/repository:/data"]},
    "grafana": {"environment": {"GRAFANA_URL": "http://127.0.0.1:3000"}},
    "memory": {"volumes": [f"{PREFIX}-memory:/data"]},
    "prometheus": {"environment": {"PROMETHEUS_URL": "http://127.0.0.1:9090"}},
}
# Calls of those whose catalogue has none: it can't know what is there.
CALLS = {
    "fetch": {"tool": "fetch", "arguments": {"url": "http://127.0.0.1:8000/status"}, "expect": "server_instances"},
    "filesystem": {"tool": "read_text_file", "arguments": {"path": "/data/inside.txt"}, "expect": "inside"},
    "postgresql": {"tool": "execute_sql", "arguments": {"sql": "SELECT count(*) FROM readings"}, "expect": "2"},
    "timescaledb": {
        "tool": "execute_sql",
        "arguments": {"sql": "SELECT hypertable_name FROM timescaledb_information.hypertables"},
        "expect": "readings",
    },
}
TABLE = """
CREATE TABLE readings (at timestamptz NOT NULL, value integer);
INSERT INTO readings VALUES ('2026-01-01', 1), ('2026-01-02', 2);
GRANT SELECT ON readings TO mcp_reader;
"""
HYPERTABLE = """
CREATE EXTENSION IF NOT EXISTS timescaledb;
SELECT create_hypertable('readings', 'at', migrate_data => true);
"""


def names(service: str) -> dict:
    """Names and folders of the test's own for what the roles make."""
    return {
        "image_source": "build",
        "mcp_lan_store": str(FOLDER / "store"),
        "mcp_service_config_dir": str(FOLDER / "etc/mcp"),
        "mcp_filesystem_enabled": service == "filesystem",
        "mcp_filesystem_container_name": f"{PREFIX}-mcp-filesystem",
        "mcp_filesystem_path": str(FOLDER / "repository"),
        "mcp_postgresql_enabled": service in ("postgresql", "timescaledb"),
        "mcp_postgresql_container_name": f"{PREFIX}-mcp-{service}",
        "mcp_postgresql_config_dir": str(FOLDER / "etc/mcp"),
        "mcp_postgresql_database": "metrics",
        "mcp_postgresql_host": f"{PREFIX}-{service}-server",
        "mcp_postgresql_database_network": f"{PREFIX}-database-net",
        "postgres_db_databases": [{"name": "metrics", "owner": "metrics", "readers": ["mcp_reader"]}],
        "postgres_db_container_name": f"{PREFIX}-{service}-server",
        "postgres_db_volume": f"{PREFIX}-{service}-data",
        "postgres_db_network": f"{PREFIX}-database-net",
        "postgres_db_config_dir": str(FOLDER / "etc/postgresql"),
    }


def deploy_service(service: str, show, **more) -> None:
    """The site's own tasks, as far as they make this MCP server and its database."""
    tags = {"filesystem": ["mcp_filesystem"], "postgresql": ["postgres_db", "mcp_postgresql"]}
    tags["timescaledb"] = tags["postgresql"]
    variables = names(service) | more
    if service not in tags:
        entry = {"name": service, "container_name": f"{PREFIX}-mcp-{service}", **ENTRIES.get(service, {})}
        variables["mcp_services"] = [entry]
    deploy(FOLDER, variables, show, *tags.get(service, []))


def psql(container, script: str) -> None:
    status, output = container.exec_run(["psql", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-c", script, "metrics"])
    assert status == 0, output.decode()


@pytest.fixture(scope="module")
def api(engine):
    """The engine's API, with what the tests share in its folder; all is gone in the end."""
    client = docker.from_env()
    (FOLDER / "repository").mkdir(parents=True, exist_ok=True)
    (FOLDER / "repository/inside.txt").write_text("inside\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q", "--initial-branch=main", str(FOLDER / "repository")], check=True)
    yield client
    remove(client, PREFIX)
    shutil.rmtree(FOLDER)


@pytest.fixture
def timescaledb(api, images, show):
    """A server that has the extension, and what the roles have to know of it."""
    image = {"name": "timescaledb", "context": str(TOP / "tests/images/services/timescaledb"), "source": "build"}
    image["args"] = {"POSTGRESQL": images["MCP_LAN_TEST_POSTGRES_IMAGE"]}
    with show():
        step, made = scenario.make_images({"server": image})
    assert step.ok, step.tail
    password = secrets.token_urlsafe(24)
    if not api.networks.list(names=[f"{PREFIX}-database-net"]):
        api.networks.create(f"{PREFIX}-database-net", internal=True)
    container = api.containers.run(
        made["server"],
        name=f"{PREFIX}-timescaledb-server",
        network=f"{PREFIX}-database-net",
        environment={"POSTGRES_PASSWORD": password},
        detach=True,
    )
    deadline = time.monotonic() + 90
    while container.exec_run(["pg_isready", "-h", "127.0.0.1"])[0]:
        assert time.monotonic() < deadline, container.logs(tail=20).decode()
        time.sleep(0.5)
    host = address(container, f"{PREFIX}-database-net")
    return {"postgres_db_mode": "external", "postgres_db_host": host, "postgres_db_admin_password": password}


def ask(container, transport: str, call: dict) -> dict:
    """The tools of the server in a container, and its answer to a call."""
    path = {"sse": "/sse", "http": "/mcp"}[transport]
    endpoint = {
        "transport": transport,
        "url": f"http://{address(container, f'{container.name}-net')}:8000{path}",
        "timeout": 60,
        "calls": [{"tool": call["tool"], "arguments": call["arguments"]}] if call else [],
    }
    shown = {**endpoint, "headers": gateway_headers(FOLDER / "store", container.name)}
    answer, refused = probe.run([shown, endpoint])
    assert not refused["ok"] and "401" in refused["error"], refused
    assert answer["ok"] and answer["tools"], json.dumps(answer)[:1000]
    for said in answer["calls"]:
        assert said["ok"] and call["expect"] in said["text"], said
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("service", sorted(name for name, said in catalogue().items() if said["tested"]))
def test_a_service_answers(api, show, request, service):
    deploy_service(service, show, **(request.getfixturevalue("timescaledb") if service == "timescaledb" else {}))
    if service in ("postgresql", "timescaledb"):
        server = api.containers.get(f"{PREFIX}-{service}-server")
        psql(server, TABLE)
        if service == "timescaledb":
            psql(server, HYPERTABLE)
    container = api.containers.get(f"{PREFIX}-mcp-{service}")
    transport = "sse" if service in ("postgresql", "timescaledb") else "http"
    ask(container, transport, catalogue()[service].get("call") or CALLS.get(service))
    assert not isolated(container)


@pytest.mark.slow
def test_the_worked_example_of_the_docs_runs(api, show):
    """What docs/services.md shows, as it stands there, under names of the test's own."""
    text = (TOP / "docs/services.md").read_text(encoding="utf-8")
    example = re.search(r"## A worked example.*?```yaml\n(mcp_services:\n.*?)```", text, re.DOTALL)[1]
    entries = yaml.safe_load(example)["mcp_services"]
    named = [{**entry, "container_name": f"{PREFIX}-example-{entry['name']}"} for entry in entries]
    deploy(FOLDER, names("") | {"mcp_services": named}, show)
    for service in mcp_services(named):
        ask(api.containers.get(service["container_name"]), "http", service["call"])


@pytest.mark.slow
def test_a_service_that_goes_takes_its_files_along(api, show):
    """Its secrets' file and its document; and nothing of a service that stays."""
    folder = FOLDER / "files"
    entry = {"name": "going", "container_name": f"{PREFIX}-going"}
    entry["openapi"] = {
        "document": str(TOP / "molecule/services/liveliness.json"),
        "base_url": "http://127.0.0.1:9",
        "auth": {"X-Api-Key": secrets.token_urlsafe(24)},
    }
    staying = {**entry, "name": "staying", "container_name": f"{PREFIX}-staying"}
    without = {**entry, "openapi": {**entry["openapi"], "auth": {}}}

    def left(changed: dict) -> list[str]:
        variables = names("") | {"mcp_service_config_dir": str(folder), "mcp_services": [changed, staying]}
        deploy(FOLDER, variables, show)
        return sorted(path.name for path in folder.iterdir())

    of_staying = ["gateway_only.py", "staying.env", "staying.openapi.json"]
    assert left(entry) == sorted(["going.env", "going.openapi.json", *of_staying])
    assert left(without) == sorted(["going.openapi.json", *of_staying])
    assert left({**entry, "state": "absent"}) == of_staying
    with pytest.raises(docker.errors.NotFound):
        api.containers.get(f"{PREFIX}-going")


def test_what_is_not_tried_is_said():
    """One that is published as an image alone has nothing that could be built here."""
    assert [name for name, said in catalogue().items() if not said["tested"]] == ["github"]
