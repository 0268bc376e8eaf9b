# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong is said in one sentence, as the last thing a person reads, and before anything is changed."""

from __future__ import annotations

import contextlib
import http.server
import os
import secrets
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client

KEY = {"name": "laptop", "models": ["mock"]}
SERVER = {"name": "files", "transport": "http", "url": "http://files:8000/mcp"}

# What is wrong, the variables that make it so, and the sentence.
WRONG = {
    "server name with a hyphen": (
        {"litellm_mcp_servers": [{**SERVER, "name": "my-files"}], "litellm_keys": []},
        "MCP server 'my-files': the name 'my-files' must consist of letters, digits, _ and . only: LiteLLM separates "
        "server and tool by '-'; 'my_files' would do.",
    ),
    "server name that is a route's": (
        {"litellm_mcp_servers": [{**SERVER, "name": "sse"}], "litellm_keys": []},
        "MCP server 'sse': the name 'sse' is the name of a route of LiteLLM's own below /mcp/: choose another, such as "
        "sse_server.",
    ),
    "unknown field in a key": (
        {"litellm_keys": [{**KEY, "modls": ["mock"]}]},
        "litellm_keys[0] (laptop): 'modls' is not an option of a key; did you mean 'models'?",
    ),
    "key of a team that is not there": (
        {"litellm_keys": [{**KEY, "team": "reserch"}], "litellm_teams": [{"name": "research"}]},
        "key 'laptop': there is no team 'reserch': add it or correct the name.",
    ),
    "key for a server that is not there": (
        {"litellm_keys": [{**KEY, "mcp": {"postgres": ["*"]}}]},
        "key 'laptop': mcp.postgres matches no server, alias, access group or toolset; there are: "
        "filesystem, postgresql.",
    ),
    "model that is not there": (
        {"litellm_keys": [{"name": "laptop", "models": ["mokc"]}]},
        "key 'laptop': models: there is no model 'mokc'; did you mean 'mock'?",
    ),
    "client program that is not known": (
        {"litellm_clients": [{"host": "localhost", "user": "ann", "client": "codexx", "key": "codex"}]},
        "litellm_clients[0] (codexx of ann): there is no client 'codexx'; did you mean 'codex'?",
    ),
    "client program with a key that is not there": (
        {"litellm_clients": [{"host": "localhost", "user": "ann", "client": "codex", "key": "codx"}]},
        "litellm_clients[0] (codex of ann): there is no key 'codx'; did you mean 'codex'?",
    ),
    "command with transport http": (
        {
            "litellm_mcp_servers": [{"name": "files", "transport": "http", "command": "npx", "args": ["files"]}],
            "litellm_keys": [],
        },
        "MCP server 'files': it has a command and no url, which is a server over stdio: set transport: stdio, or give "
        "the url of a server that speaks http.",
    ),
    "version that is not there": (
        {"litellm_gateway_version": "1.99.9", "litellm_gateway_image_source": "build"},
        "litellm_gateway_version: litellm 1.99.9 is not a version that this collection can build: it has locks for "
        "1.77.3, 1.108.7. Choose one of them, or name a published image (pull).",
    ),
    "version by an attacker": (
        {"litellm_gateway_version": "1.82.7"},
        "litellm_gateway_version: LiteLLM 1.82.7 was published by an attacker and must not be installed; use 1.108.7.",
    ),
    "version that is none": (
        {"litellm_gateway_version": "latest"},
        "litellm_gateway_version: 'latest' is not a LiteLLM version; write it like 1.77.3 or v1.77.3-stable.",
    ),
    "unknown section of config.yaml": (
        {"litellm_gateway_config": {"virtual_keys": [{"key": "laptop"}]}},
        "litellm_gateway_config: section 'virtual_keys' is not read by LiteLLM (it ignores it without a word): declare "
        "keys in litellm_keys; LiteLLM keeps them in its database.",
    ),
    "MCP server of config.yaml that LiteLLM would not start with": (
        {"litellm_gateway_config": {"mcp_servers": {"my-tools": {"url": "http://tools.lan/mcp"}}}},
        "litellm_gateway_config.mcp_servers: LiteLLM does not start with a server that is called 'my-tools': use a "
        "name without '-', which parts a server's name from its tool's.",
    ),
    "misspelt setting": (
        {"litellm_gateway_config": {"litellm_settings": {"dropparams": True}}},
        "litellm_gateway_config.litellm_settings: 'dropparams' is not read by LiteLLM 1.77.3 (it would ignore it "
        "without a word): did you mean 'drop_params'?",
    ),
    "folder that is not there": (
        {"mcp_filesystem_path": "/srv/no-such-folder"},
        "The folder to share, '/srv/no-such-folder', does not exist on localhost: make it, or correct "
        "mcp_filesystem_path.",
    ),
    "script that is not there": (
        {"postgres_db_databases": [{"name": "demo", "owner": "demo", "script": "/srv/no-such.sql"}]},
        "The script /srv/no-such.sql, which is to fill a database, is not on the machine that runs Ansible: correct "
        "script in postgres_db_databases.",
    ),
    "external database without a password": (
        {"postgres_db_mode": "external", "postgres_db_host": "db.lan"},
        "postgres_db_mode is external: set postgres_db_host and postgres_db_admin_password, or set postgres_db_mode to "
        "container.",
    ),
}


@contextlib.contextmanager
def refused_without_a_change(site):
    """A run below must leave everything as it was."""
    before = site.footprint()
    yield
    assert site.footprint() == before


def says(run, sentence: str) -> None:
    """The run fails with this sentence, and with no wall of text around it."""
    assert run.status != 0
    # Each has a "Nothing has been changed." where the plug-in itself can know it.
    assert run.message.removesuffix(" Nothing has been changed.") == sentence, run.error
    assert "Traceback" not in run.output
    assert len(run.error.splitlines()) < 40, run.error


# Each is a sentence of tests/unit as well; that nothing was changed is seen here of one of each sort.
SEEN = ("unknown field in a key", "version that is none", "misspelt setting", "folder that is not there")


@pytest.mark.parametrize("fault", [pytest.param(one, marks=[] if one in SEEN else pytest.mark.slow) for one in WRONG])
def test_inventory(site, fault):
    variables, sentence = WRONG[fault]
    with refused_without_a_change(site):
        run = site.run(**variables)
    says(run, sentence)


def test_several_at_once(site):
    """All of them in one run, so that a person does not correct them one by one."""
    with refused_without_a_change(site):
        run = site.run(litellm_keys=[{**KEY, "modls": []}, {**KEY, "name": "tablet", "budgets": 5}])
    assert run.message.splitlines() == [
        "litellm_keys[0] (laptop): 'modls' is not an option of a key; did you mean 'models'?",
        "litellm_keys[1] (tablet): 'budgets' is not an option of a key; did you mean 'budget'?",
        "Nothing has been changed.",
    ]


PORTS = [
    ("front_door_port", "api_url"),
    pytest.param("front_door_admin_port", "admin_url", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("variable", "url"), PORTS)
def test_port_of_a_process(site, variable, url):
    port = urlsplit(getattr(site, url)).port
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with refused_without_a_change(site):
            run = site.run()
        other.shutdown()
    assert run.message.startswith(f"Port {port} of localhost is taken by the process python")
    assert run.message.endswith(f": stop it, or set {variable} to a free one."), run.error
    assert "Traceback" not in run.output


def test_port_of_a_container(site, images):
    name = f"{site.prefix}-other"
    other = site.engine.containers.run(
        images["MCP_LAN_TEST_POSTGRES_IMAGE"],
        ["postgres", "-c", "listen_addresses=*"],
        name=name,
        detach=True,
        environment={"POSTGRES_PASSWORD": secrets.token_urlsafe(16)},
        ports={"5432/tcp": ("127.0.0.1", site.port)},
    )
    try:
        with refused_without_a_change(site):
            run = site.run()
    finally:
        other.remove(force=True, v=True)
    says(
        run,
        f"Port {site.port} of localhost is taken by the container {name}: stop it, or set front_door_port to a free "
        "one.",
    )


def test_external_database_refuses_the_login(site, images):
    other = site.engine.containers.run(
        images["MCP_LAN_TEST_POSTGRES_IMAGE"],
        name=f"{site.prefix}-other",
        detach=True,
        environment={"POSTGRES_PASSWORD": secrets.token_urlsafe(16)},
    )
    try:
        other.reload()
        address = other.attrs["NetworkSettings"]["IPAddress"]
        wait_for(address, 5432)
        with refused_without_a_change(site):
            run = site.run(
                postgres_db_mode="external",
                postgres_db_host=address,
                postgres_db_admin_password=secrets.token_urlsafe(16),
            )
    finally:
        other.remove(force=True, v=True)
    says(
        run,
        f"PostgreSQL at {address}:5432 refuses the login of postgres (password authentication failed for user "
        '"postgres"): correct postgres_db_admin_user and postgres_db_admin_password.',
    )


def test_external_database_that_is_not_there(site):
    password = {"postgres_db_admin_password": secrets.token_urlsafe(16)}
    with refused_without_a_change(site):
        run = site.run(postgres_db_mode="external", postgres_db_host="127.0.0.1", postgres_db_port=1, **password)
    assert run.message.startswith("PostgreSQL at 127.0.0.1:1 cannot be reached (")
    assert run.message.endswith("): start it, or correct postgres_db_host and postgres_db_port.")


def wait_for(address: str, port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
            return
        time.sleep(0.2)
    raise AssertionError(f"nothing listens on {address}:{port}")


@pytest.mark.slow
def test_engine_that_is_mute(site):
    """It takes the connection and says nothing. By TCP, so that no run would ever start one in its place."""
    with socket.create_server(("127.0.0.1", 0)) as mute, refused_without_a_change(site):
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        run = site.run(docker_engine_socket=address, docker_engine_answer_timeout=3)
    says(
        run,
        "The container engine of localhost takes connections and does not answer within 3 s: look at its log and "
        "restart it (systemctl restart docker), then run again.",
    )


def test_engine_that_is_not_there(site):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with refused_without_a_change(site):
        run = site.run(docker_engine_socket=address)
    assert run.message.startswith("The container engine of localhost does not answer (")
    assert address.removeprefix("tcp://") in run.message
    assert run.message.endswith("): start it, or correct DOCKER_HOST."), run.message


def test_disk_without_room(site):
    """The room is measured; what is needed is set to more than any disk has."""
    with refused_without_a_change(site):
        run = site.run(docker_engine_min_free=10**9)
    assert run.message.startswith("The disk of localhost that holds /"), run.error
    assert "1000000000 MB are needed" in run.message


def test_master_key_that_the_gateway_refuses(site, gateway):
    with refused_without_a_change(site):
        run = site.run(litellm_admin_url=gateway.admin_url, litellm_master_key=f"sk-{secrets.token_urlsafe(16)}")
    says(
        run,
        f"The gateway at {gateway.admin_url} refuses the master key: check master_key or LITELLM_MASTER_KEY. "
        "(litellm_master_key is set in the inventory; left out, the store's own is used.)",
    )


@pytest.mark.slow
def test_wrong_transport(site, gateway):
    """Said before anything is written at the gateway, by what was seen from where the gateway is."""
    prefix = os.environ.get("MCP_LAN_TEST_GATEWAY_CONTAINER", "molecule-litellm").removesuffix("litellm")
    servers = [
        {"name": "postgresql", "transport": "http", "url": f"http://{prefix}mcp-postgresql:8000/sse"},
        {"name": "filesystem", "transport": "sse", "url": f"http://{prefix}mcp-filesystem:8000/mcp"},
        {"name": "local", "transport": "http", "url": f"http://{prefix}mcp-filesystem:8001/mcp"},
    ]
    client = Client(gateway.admin_url, gateway.master_key)
    before = client.get("/v1/mcp/server")
    run = site.run(
        *("--tags", "litellm"),
        litellm_admin_url=gateway.admin_url,
        litellm_master_key=gateway.master_key,
        litellm_preflight_container=f"{prefix}litellm",
        litellm_mcp_servers=servers,
    )
    assert run.status != 0
    assert run.message.splitlines() == [
        f"postgresql: {servers[0]['url']} speaks SSE, not streamable HTTP: set transport: sse",
        f"filesystem: {servers[1]['url']} speaks streamable HTTP, not SSE: set transport: http",
        f"local: {servers[2]['url']}: nothing listens on {prefix}mcp-filesystem:8001 (All connection attempts failed); "
        "start the server, or, if it only speaks stdio, register it with transport stdio or put a bridge in front of "
        "it",
    ]
    assert client.get("/v1/mcp/server") == before
