# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL and postgres-mcp as the site deploys them: what one client asks for does not take them from the others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from dataclasses import dataclass

import docker
import httpx
import psycopg
import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from mcp import ClientSession
from mcp.client.sse import sse_client
from services import address, deploy, gateway_headers, remove
from tree import OUTPUT

PREFIX = os.environ.get("MCP_LAN_TEST_POSTGRES_PREFIX", "postgres-test")
FOLDER = OUTPUT / PREFIX
TIMEOUT = 15
SESSIONS = 8
CONNECTIONS = 10
# One that takes no time at all.
QUICK = "SELECT 6 * 7 AS answer"
VARIABLES = {
    "image_source": "build",
    "mcp_lan_store": str(FOLDER / "store"),
    "mcp_filesystem_enabled": False,
    "mcp_postgresql_container_name": f"{PREFIX}-mcp",
    "mcp_postgresql_config_dir": str(FOLDER / "etc/mcp"),
    "mcp_postgresql_host": f"{PREFIX}-server",
    "mcp_postgresql_network": f"{PREFIX}-mcp-net",
    "mcp_postgresql_database_network": f"{PREFIX}-database-net",
    "mcp_postgresql_sessions": SESSIONS,
    "mcp_postgresql_results_mb": 48,
    "postgres_db_databases": [{"name": "demo", "owner": "demo", "readers": ["mcp_reader"]}],
    "postgres_db_roles": [
        {"name": "mcp_reader", "connection_limit": CONNECTIONS, "settings": {"statement_timeout": f"{TIMEOUT}s"}}
    ],
    "postgres_db_container_name": f"{PREFIX}-server",
    "postgres_db_volume": f"{PREFIX}-data",
    "postgres_db_network": f"{PREFIX}-database-net",
    "postgres_db_config_dir": str(FOLDER / "etc/postgresql"),
}


@dataclass
class Deployed:
    """The two containers, and ways to ask them."""

    server: object
    mcp: object

    def log_in(self, role: str = "postgres", database: str = "demo") -> psycopg.Connection:
        name = "postgres_admin" if role == "postgres" else f"postgres_{role}"
        password = FileStore(str(FOLDER / "store")).get("secrets", name)
        host = address(self.server, f"{PREFIX}-database-net")
        return psycopg.connect(host=host, user=role, password=password, dbname=database, autocommit=True)

    def rows(self, query: str) -> list[tuple]:
        with self.log_in() as connection:
            return connection.execute(query).fetchall()

    @property
    def url(self) -> str:
        return f"http://{address(self.mcp, f'{PREFIX}-mcp-net')}:8000/sse"

    @property
    def headers(self) -> dict[str, str]:
        return gateway_headers(FOLDER / "store", self.mcp.name)

    def starts(self) -> list:
        """What changes when one of the containers, or the server in it, is started again."""
        for container in (self.server, self.mcp):
            container.reload()
        began = [
            (container.attrs["RestartCount"], container.attrs["State"]["StartedAt"])
            for container in (self.server, self.mcp)
        ]
        return [
            *began,
            self.rows("SELECT min(backend_start) FROM pg_stat_activity WHERE backend_type = 'checkpointer'"),
        ]


@dataclass
class Answer:
    text: str
    error: bool


async def ask(deployed: Deployed, sql: str) -> Answer:
    """A session of its own with one call, as the gateway has."""
    async with sse_client(deployed.url, headers=deployed.headers) as streams, ClientSession(*streams) as session:
        await session.initialize()
        answer = await session.call_tool("execute_sql", {"sql": sql})
    return Answer(answer.content[0].text, bool(answer.isError))


async def gather(*asked) -> list[Answer]:
    async with asyncio.timeout(60):
        return await asyncio.gather(*asked)


@pytest.fixture(scope="module")
def deployed(engine, show):
    """Made by the site's own plays."""
    client = docker.from_env()
    remove(client, PREFIX)
    deploy(FOLDER, VARIABLES, show, "postgres_db", "mcp_postgresql")
    made = Deployed(client.containers.get(f"{PREFIX}-server"), client.containers.get(f"{PREFIX}-mcp"))
    yield made
    remove(client, PREFIX)
    shutil.rmtree(FOLDER)


@pytest.fixture(autouse=True)
def nothing_was_started_anew(deployed):
    before = deployed.starts()
    yield
    assert deployed.starts() == before


def test_the_role_has_its_limits(deployed):
    ((limit, settings),) = deployed.rows("SELECT rolconnlimit, rolconfig FROM pg_roles WHERE rolname = 'mcp_reader'")
    assert limit == CONNECTIONS
    assert sorted(settings) == [
        "client_connection_check_interval=1s",
        "hash_mem_multiplier=1",
        "idle_in_transaction_session_timeout=30s",
        "log_min_messages=log",
        "max_parallel_workers_per_gather=0",
        f"statement_timeout={TIMEOUT}s",
        "temp_file_limit=256MB",
        "work_mem=8MB",
    ]
    assert deployed.rows("SELECT rolconnlimit, rolconfig FROM pg_roles WHERE rolname = 'demo'") == [(-1, None)]


def test_check_mode_says_of_a_new_database_what_would_be_granted(deployed, show):
    """It has not made the database, nor its roles, and cannot ask for either."""
    one = {"name": "more", "owner": "somebody", "readers": ["mcp_reader", "somebody_else"]}
    more = {**VARIABLES, "postgres_db_databases": [*VARIABLES["postgres_db_databases"], one]}
    would = deploy(FOLDER, more, show, "postgres_db", check=True)
    assert "more would be granted as well, once the database and its roles are there" in " ".join(would.output.split())
    assert deployed.rows("SELECT count(*) FROM pg_database WHERE datname = 'more'") == [(0,)]


@pytest.mark.slow
def test_a_second_run_changes_nothing_and_check_mode_says_what_would(deployed, show):
    again = deploy(FOLDER, VARIABLES, show, "postgres_db", "mcp_postgresql")
    assert re.search(r"changed=0\b", again.output), again.tail
    less = {**VARIABLES, "postgres_db_roles": [], "postgres_db_reader_connection_limit": 3}
    would = deploy(FOLDER, less, show, "postgres_db", check=True)
    assert re.search(r"changed=1\b", would.output), would.tail
    assert deployed.rows("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'mcp_reader'") == [(CONNECTIONS,)]


@pytest.mark.parametrize("role", ["mcp_reader", "demo"])
def test_a_role_has_its_own_database_alone(deployed, role):
    deployed.log_in(role).close()
    for database in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            deployed.log_in(role, database)


@pytest.mark.slow
def test_check_mode_says_what_observability_would_have(deployed, show):
    """Its role and what that is granted are yet to be made."""
    parts = ("exporter", "node", "postgres", "prometheus", "alertmanager")
    more = {
        "observability_enabled": True,
        "observability_config_dir": str(FOLDER / "etc/observability"),
        "observability_network": f"{PREFIX}-observability-net",
        "litellm_gateway_database": "demo",
        "litellm_gateway_database_role": "demo",
        "litellm_gateway_database_host": f"{PREFIX}-server",
        "litellm_gateway_database_network": f"{PREFIX}-database-net",
        **{f"observability_{part}_container_name": f"{PREFIX}-{part}" for part in parts},
    }
    would = deploy(FOLDER, {**VARIABLES, **more}, show, "observability", check=True)
    assert "Create the role" in would.output and "Create the functions" in would.output, would.tail
    assert deployed.rows("SELECT count(*) FROM pg_roles WHERE rolname = 'observability'") == [(0,)]


@pytest.mark.slow
def test_who_is_no_reader_any_more_is_not_let_in(deployed, show):
    def with_readers(*readers):
        databases = [{"name": "demo", "owner": "demo", "readers": list(readers)}]
        return deploy(FOLDER, {**VARIABLES, "postgres_db_databases": databases}, show, "postgres_db")

    with_readers("mcp_reader", "somebody")
    deployed.log_in("somebody").close()
    with_readers("mcp_reader")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        deployed.log_in("somebody")
    deployed.log_in("mcp_reader").close()
    again = with_readers("mcp_reader")
    assert re.search(r"changed=0\b", again.output), again.tail


def test_the_limit_of_connections_holds(deployed):
    with contextlib.ExitStack() as opened:
        for _ in range(CONNECTIONS):
            opened.enter_context(contextlib.closing(deployed.log_in("mcp_reader")))
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            deployed.log_in("mcp_reader")
        deployed.log_in("demo").close()


@pytest.mark.parametrize(
    ("rows", "said"),
    [(4_500, r"The answer is longer than 4 MB"), (100_000, r"The result needs too much memory \(\d+ MB\)")],
)
def test_a_big_result_is_an_error_of_the_one_who_asked(deployed, rows, said):
    big = f"SELECT repeat('x', 1000) AS text FROM generate_series(1, {rows})"

    async def ask_all() -> list[Answer]:
        return await gather(ask(deployed, big), *(ask(deployed, QUICK) for _ in range(3)))

    answer, *others = asyncio.run(ask_all())
    assert answer.error and re.match(f"Error: {said}", answer.text), answer
    assert all("42" in other.text for other in others)


def test_a_query_that_needs_too_much_memory_fails_alone(deployed):
    with deployed.log_in("demo") as another:
        answer = asyncio.run(ask(deployed, "SELECT length(repeat('x', 250000000))"))
        assert "out of memory" in answer.text
        assert another.execute("SELECT 1").fetchall() == [(1,)]


def test_its_gateway_alone_is_answered(deployed):
    for method, url in (("GET", deployed.url), ("POST", deployed.url.replace("/sse", "/messages/?session_id=0"))):
        answer = httpx.request(method, url, timeout=15)
        assert answer.status_code == 401 and "Only its gateway may ask" in answer.text


def test_a_database_that_lets_nobody_in_is_said_at_once(deployed):
    with deployed.log_in() as connection:
        connection.execute("ALTER ROLE mcp_reader NOLOGIN")
        try:
            answer = httpx.get(deployed.url, headers=deployed.headers, timeout=15)
        finally:
            connection.execute("ALTER ROLE mcp_reader LOGIN")
    assert answer.status_code == 503
    assert "not permitted to log in" in answer.text


def test_on_a_server_that_others_use_nothing_is_taken_from_everybody(deployed, show):
    with deployed.log_in() as connection:
        connection.execute("CREATE DATABASE others")
        password = FileStore(str(FOLDER / "store")).get("secrets", "postgres_admin")
        external = {
            **VARIABLES,
            "postgres_db_mode": "external",
            "postgres_db_host": address(deployed.server, f"{PREFIX}-database-net"),
            "postgres_db_admin_password": password,
        }
        run = deploy(FOLDER, external, show, "postgres_db")
        assert "mcp_reader may also connect to others on" in re.sub(r"\s+", " ", run.output)
        assert re.search(r"changed=0\b", run.output), run.tail
        deployed.log_in("mcp_reader", "others").close()
        connection.execute("DROP DATABASE others")
