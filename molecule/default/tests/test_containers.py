# SPDX-License-Identifier: GPL-3.0-or-later
"""The deployed containers from outside: each is healthy and locked down, and only the front door can be reached."""

from __future__ import annotations

import secrets
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest
import requests
from transports import addresses, networks_with_a_way_out, reached

STORE = str(Path(__file__).resolve().parents[3] / "tests" / "output" / "molecule" / "store")
FRONT_DOOR = "molecule-front-door"
CLIENTS, ADMIN = "http://127.0.0.1:14999", "http://127.0.0.1:14989"
MCP_SERVERS = ["molecule-mcp-postgresql", "molecule-mcp-filesystem"]
RETENTION = "molecule-litellm-retention"
SERVICES = [FRONT_DOOR, "molecule-egress-proxy", "molecule-litellm", RETENTION, "molecule-postgresql", *MCP_SERVERS]
# Who is on each network of what lies behind the gateway.
BEHIND = {
    "molecule-litellm-net": ["molecule-egress-proxy", FRONT_DOOR, "molecule-litellm"],
    "molecule-postgres-net": ["molecule-litellm", RETENTION, "molecule-postgresql"],
    "molecule-mcp-postgresql-net": ["molecule-litellm", "molecule-mcp-postgresql"],
    "molecule-mcp-filesystem-net": ["molecule-litellm", "molecule-mcp-filesystem"],
    "molecule-mcp-postgresql-db-net": ["molecule-mcp-postgresql", "molecule-postgresql"],
}


@pytest.fixture(scope="module")
def containers():
    return {
        container.name: container for container in docker.from_env().containers.list(filters={"name": "^/molecule-"})
    }


@pytest.mark.parametrize("name", SERVICES)
def test_container(containers, name):
    assert name in containers, f"{name} does not run; these do: {sorted(containers)}"
    state, settings = containers[name].attrs["State"], containers[name].attrs["HostConfig"]
    assert state["Health"]["Status"] == "healthy", state["Health"]["Log"][-1:]
    assert containers[name].attrs["Config"]["User"].split(":")[0] not in ("", "0", "root")
    assert settings["ReadonlyRootfs"]
    assert settings["CapDrop"] == ["ALL"]
    assert "no-new-privileges" in [option.split(":")[0] for option in settings["SecurityOpt"]]
    assert settings["Memory"] > 0
    assert settings["PidsLimit"] > 0


@pytest.mark.parametrize("name", SERVICES)
def test_published_ports(containers, name):
    ports = containers[name].attrs["NetworkSettings"]["Ports"]
    published = {(one["HostIp"], one["HostPort"]) for addresses in ports.values() for one in addresses or []}
    assert published == ({("127.0.0.1", "14999"), ("127.0.0.1", "14989")} if name == FRONT_DOOR else set())


@pytest.mark.parametrize("network", BEHIND)
def test_nobody_else_is_on_a_network_behind_the_gateway(network):
    found = docker.from_env().networks.get(network)
    assert sorted(one["Name"] for one in found.attrs["Containers"].values()) == BEHIND[network]
    assert found.attrs["Internal"]


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("molecule-mcp-filesystem", {"molecule-mcp-postgresql": 8000, "molecule-postgresql": 5432, FRONT_DOOR: 4000}),
        ("molecule-mcp-postgresql", {"molecule-mcp-filesystem": 8000, FRONT_DOOR: 4000}),
    ],
)
def test_no_other_answers_behind_the_gateway(containers, name, others):
    """From inside a container, by name and by address."""
    other_places = [(place, port) for other, port in others.items() for place in addresses(containers[other])]
    assert reached(containers[name], *other_places) == []


# A request to LiteLLM's port, and the answer; every image has bash. The key comes on standard input, where no list of
# processes shows it.
_ASK = """
read -r key
exec 3<>"/dev/tcp/$1/4000" || exit 7
printf 'GET /v1/models HTTP/1.0\\r\\nAuthorization: Bearer %s\\r\\n\\r\\n' "$key" >&3
cat <&3
"""


def answered(container, address, key="", seconds=20):
    """What LiteLLM says to somebody inside a container: the status and the text, or nothing without a connection."""
    command = ["docker", "exec", "-i", container.name, "timeout", str(seconds), "bash", "-c", _ASK, "ask", address]
    done = subprocess.run(command, input=f"{key}\n", capture_output=True, text=True, check=False)
    if done.returncode in (7, 124):
        return None
    assert done.returncode == 0, done.stderr
    head, _empty, text = done.stdout.partition("\n\n")
    return int(head.split()[1]), text


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("molecule-mcp-postgresql", "molecule-mcp-postgresql-net"),
        ("molecule-mcp-filesystem", "molecule-mcp-filesystem-net"),
        ("molecule-postgresql", "molecule-postgres-net"),
    ],
)
def test_litellms_port_is_closed_to_what_lies_behind_it(containers, host, name, network):
    """On the network that a container shares with LiteLLM the request filter answers 403, whoever asks, and for the
    container's sake: the key is not looked at. At LiteLLM's addresses on the other networks nothing is reached.
    """
    networks = containers["molecule-litellm"].attrs["NetworkSettings"]["Networks"]
    shared = [each for each in containers[name].attrs["NetworkSettings"]["Networks"] if each in networks]
    assert shared == [network]
    store = host.file(f"{STORE}/keys")
    own = host.file(f"{STORE}/keys/{store.listdir()[0]}").content_string.strip()
    master = administrator(host)["Authorization"].removeprefix("Bearer ")
    for key in ("", "sk-" + secrets.token_urlsafe(24), own, master):
        status, text = answered(containers[name], networks[network]["IPAddress"], key)
        assert status == 403 and "LiteLLM is reached by the front door alone." in text, text
    assert answered(containers[name], "molecule-litellm")[0] == 403
    elsewhere = [each["IPAddress"] for other, each in networks.items() if other != network]
    with ThreadPoolExecutor(len(elsewhere)) as pool:
        assert list(pool.map(lambda address: answered(containers[name], address, seconds=3), elsewhere)) == [None] * 3


def test_litellms_port_is_open_to_the_front_door(containers):
    """Which asks for a key by what it asks: the answer is LiteLLM's."""
    status, text = answered(containers[FRONT_DOOR], "molecule-litellm")
    assert status == 401 and "by the front door alone" not in text, text


def test_nobody_has_a_way_out_but_the_two_at_the_edge(containers):
    ways = {name: networks_with_a_way_out(container) for name, container in containers.items()}
    assert {name: out for name, out in ways.items() if out} == {
        FRONT_DOOR: ["molecule-front-door-net"],
        "molecule-egress-proxy": ["molecule-egress-net"],
    }


def test_the_way_out_of_the_gateway_is_closed_to_what_is_not_declared(containers):
    """The only model answers by itself, so nothing is."""
    ask = "import urllib.request; urllib.request.urlopen('https://api.openai.com/', timeout=10)"
    _status, output = containers["molecule-litellm"].exec_run(["python3", "-c", ask])
    assert "Tunnel connection failed: 403" in output.decode()
    networks = containers["molecule-egress-proxy"].attrs["NetworkSettings"]["Networks"]
    inside, outside = ((networks[f"molecule-{name}-net"]["IPAddress"], 8888) for name in ("litellm", "egress"))
    assert reached(containers["molecule-litellm"], inside, outside) == [inside]


def test_what_has_to_answer_does(containers):
    """The gateway reaches each MCP server and the database, and the server that reads a database reaches that."""
    behind = [*((server, 8000) for server in MCP_SERVERS), ("molecule-postgresql", 5432)]
    assert reached(containers["molecule-litellm"], *behind) == behind
    database = ("molecule-postgresql", 5432)
    assert reached(containers["molecule-mcp-postgresql"], database) == [database]


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_in_what_the_engine_tells(containers, name, host):
    """A container's arguments are for everybody who can list processes."""
    store = host.file(STORE)
    assert store.is_directory and store.mode == 0o700
    command = " ".join(containers[name].attrs["Args"])
    for secret in host.file(f"{STORE}/secrets").listdir():
        value = host.file(f"{STORE}/secrets/{secret}")
        assert value.mode == 0o600
        assert value.content_string.strip() not in command


def administrator(host):
    key = host.file(f"{STORE}/secrets/master_key").content_string.strip()
    return {"Authorization": f"Bearer {key}"}


def test_gateway_is_ready(host):
    ready = requests.get(f"{ADMIN}/health/readiness", headers=administrator(host), timeout=10).json()
    assert ready["db"] == "connected"
    assert ready["litellm_version"] == "1.77.3"


def test_gateway_asks_for_a_key():
    assert requests.get(f"{CLIENTS}/v1/models", timeout=10).status_code == 401


def test_the_host_administers_at_its_own_port_alone(host):
    for url, status in ((CLIENTS, 403), (ADMIN, 200)):
        asked = requests.get(f"{url}/key/list", headers=administrator(host), timeout=10)
        assert asked.status_code == status, url


def test_who_reads_has_limits(containers):
    """As the roles of the server have them, which a session of theirs begins with."""
    query = "SELECT rolconnlimit, rolconfig FROM pg_roles WHERE rolname = 'mcp_reader'"
    command = ["psql", "-U", "postgres", "--no-psqlrc", "-At", "-c", query]
    status, said = containers["molecule-postgresql"].exec_run(command)
    assert status == 0, said
    limit, settings = said.decode().strip().split("|")
    assert limit == "20"
    assert {"statement_timeout=20s", "idle_in_transaction_session_timeout=30s"} <= set(settings.strip("{}").split(","))
    (bound,) = containers["molecule-postgresql"].attrs["HostConfig"]["Ulimits"]
    assert bound["Name"] == "data" and bound["Hard"] == 192 * 1024 * 1024


@pytest.mark.parametrize("role", ["mcp_reader", "demo", "litellm"])
def test_who_connects_to_what(containers, role):
    query = "SELECT string_agg(datname, ' ' ORDER BY 1) FROM pg_database WHERE datallowconn"
    query += f" AND has_database_privilege('{role}', datname, 'CONNECT')"
    command = ["psql", "-U", "postgres", "--no-psqlrc", "-At", "-c", query]
    status, said = containers["molecule-postgresql"].exec_run(command)
    assert (status, said.decode().strip()) == (0, "litellm" if role == "litellm" else "demo")
