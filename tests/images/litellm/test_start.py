# SPDX-License-Identifier: GPL-3.0-or-later
"""The container as a whole: drop-in arguments, what it says while it waits, migrations, stops and restarts."""

from __future__ import annotations

import json
import secrets
import time

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm import settings
from litellm_containers import HARDENED, Postgres, migrate
from waiting import until

CONFIG = b"""\
model_list:
  - model_name: mock
    litellm_params: {model: openai/mock, api_key: none, mock_response: pong}
"""
ARGUMENTS = ["--config", "/etc/litellm/config.yaml", "--host", "0.0.0.0", "--port", "4000"]
ASK = """
import json, sys, urllib.request
path, key, body = sys.argv[1], sys.argv[2], sys.argv[3].encode() or None
accept = "application/json, text/event-stream"
headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json", "Accept": accept}
try:
    answer = urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:4000" + path, body, headers), timeout=20)
except urllib.error.HTTPError as error:
    answer = error
print(json.dumps([answer.status, answer.read().decode()]))
"""
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


class Gateway:
    def __init__(self, playground, image: str, url: str, name: str, tmp_path) -> None:
        self.key = "sk-" + secrets.token_urlsafe(16)
        config = tmp_path / "config.yaml"
        config.write_bytes(CONFIG)
        config.chmod(0o644)
        self.started = time.monotonic()
        self.container = playground.start(
            image,
            name,
            command=ARGUMENTS,
            **HARDENED,
            pids_limit=200,
            volumes={str(config): {"bind": "/etc/litellm/config.yaml", "mode": "ro"}},
            environment={
                "DATABASE_URL": url,
                "LITELLM_MASTER_KEY": self.key,
                "LITELLM_SALT_KEY": "sk-" + secrets.token_urlsafe(16),
                "STORE_MODEL_IN_DB": "True",
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            },
        )

    def says(self) -> str:
        return self.container.logs().decode()

    def ask(self, path: str, body: dict | None = None) -> tuple[int, str]:
        command = ["python3", "-c", ASK, path, self.key, json.dumps(body) if body else ""]
        status, output = self.container.exec_run(command)
        return tuple(json.loads(output)) if status == 0 else (0, output.decode())

    def ready(self, seconds: float = 240) -> float:
        def connected():
            status, text = self.ask("/health/readiness")
            return status == 200 and json.loads(text)["db"] == "connected"

        until(connected, seconds, "a connection to the database")
        return time.monotonic() - self.started


@pytest.fixture(scope="module")
def early(playground, litellm_image, postgres_image, tmp_path_factory):
    """A gateway that was started before its database, with that database."""
    password = secrets.token_urlsafe(16)
    gateway = Gateway(
        playground,
        litellm_image,
        f"postgresql://postgres:{password}@late:5432/litellm",
        "early",
        tmp_path_factory.mktemp("early"),
    )
    until(lambda: "litellm: waiting for the database at late:5432" in gateway.says(), 20)
    server = Postgres(playground, postgres_image, name="late", password=password)
    server.wait()
    gateway.ready()
    return gateway, server


def test_it_waits_for_a_database_that_comes_later(early):
    gateway, _ = early
    assert gateway.says().count("litellm: waiting for the database") <= 3
    assert "migrations" in gateway.says()
    assert "Traceback" not in gateway.says()


def test_chat_keys_and_mcp(early):
    gateway, server = early
    status, text = gateway.ask(
        "/v1/chat/completions", {"model": "mock", "messages": [{"role": "user", "content": "ping"}]}
    )
    assert status == 200 and json.loads(text)["choices"][0]["message"]["content"] == "pong"
    status, text = gateway.ask("/key/generate", {"key_alias": "conformance", "metadata": {"a": ["ü"]}})
    assert status == 200, text
    assert (
        server.sql("""SELECT metadata FROM "LiteLLM_VerificationToken" WHERE key_alias = 'conformance'""")
        == '{"a": ["ü"]}'
    )
    status, text = gateway.ask("/mcp/", INITIALIZE)
    assert status == 200 and "serverInfo" in text


@pytest.mark.slow
def test_it_becomes_healthy(early):
    gateway, _ = early

    def healthy():
        gateway.container.reload()
        return gateway.container.attrs["State"]["Health"]["Status"] == "healthy"

    until(healthy, 30, "a healthy container")


def test_it_runs_as_its_own_user_with_nothing_writable(early):
    gateway, _ = early
    assert gateway.container.exec_run(["id", "-u"]).output.decode().strip() == "10001"
    assert gateway.container.exec_run(["touch", "/opt/litellm/x"]).exit_code != 0


@pytest.mark.slow
def test_the_database_is_restarted_under_it(early):
    gateway, server = early
    server.container.restart(timeout=20)
    server.wait()
    gateway.ready()
    until(lambda: gateway.ask("/key/list")[0] == 200, 30, "a list of keys")


@pytest.mark.slow
def test_it_stops_at_once_and_starts_again_without_migrating(early):
    gateway, _ = early
    began = time.monotonic()
    gateway.container.stop(timeout=30)
    assert time.monotonic() - began < 10
    before = gateway.says()
    gateway.container.start()
    gateway.ready()
    assert "litellm: applied" in before
    assert "litellm: applied" not in gateway.says()[len(before) :]


def test_it_stops_at_once_while_it_waits(playground, litellm_image, tmp_path):
    gateway = Gateway(playground, litellm_image, "postgresql://u:p@nobody.invalid:5432/d", "waiting", tmp_path)
    until(lambda: "litellm: waiting for the database at nobody.invalid:5432" in gateway.says(), 20)
    began = time.monotonic()
    gateway.container.stop(timeout=30)
    assert time.monotonic() - began < 5


def refused(playground, image: str, url: str) -> str:
    """The one sentence of a refusal, without the program's name."""
    status, said = migrate(playground, image, url)
    assert status == 1
    assert said.count("\n") == 1 and said.startswith("litellm: "), said
    return said.removeprefix("litellm: ").strip()


def test_a_refused_login_is_one_sentence(playground, litellm_image, postgres):
    said = refused(playground, litellm_image, postgres.url(password="wrong"))
    assert said.startswith("the database at db:5432 refuses the login of postgres: "), said
    assert "wrong" not in said


def test_a_missing_role_is_one_sentence(playground, litellm_image, postgres):
    said = refused(playground, litellm_image, postgres.url(user="nobody"))
    assert said.startswith("the database at db:5432 refuses the login of nobody: "), said


def test_a_missing_database_is_one_sentence(playground, litellm_image, postgres):
    assert refused(playground, litellm_image, postgres.url(database="nothing")).startswith(
        "the database at db:5432 has no database nothing"
    )


def test_a_role_that_may_not_create_is_one_sentence(playground, litellm_image, postgres):
    postgres.sql("CREATE ROLE reader LOGIN PASSWORD 'reader'")
    postgres.sql("CREATE DATABASE guarded")
    said = refused(playground, litellm_image, postgres.url(database="guarded", user="reader", password="reader"))
    assert "permission denied" in said, said


@pytest.mark.parametrize("url", ["postgresql://u:p#x@db/d", "mysql://u:p@db/d", "postgresql://u:p@db/d?sslmode=maybe"])
def test_a_wrong_url_is_one_sentence_without_the_password(playground, litellm_image, url):
    assert "p#x" not in refused(playground, litellm_image, url)


@pytest.mark.slow
def test_replicas_that_start_together_migrate_once(playground, litellm_image, postgres):
    postgres.sql("CREATE DATABASE shared")
    url = postgres.url(database="shared")
    command = ["node", "/opt/litellm/migrate/main.js", "/opt/litellm/migrations"]
    replicas = [
        playground.start(
            litellm_image, f"replica{n}", entrypoint=command, environment={"DATABASE_URL": url}, **HARDENED
        )
        for n in range(3)
    ]
    for replica in replicas:
        assert replica.wait(timeout=120)["StatusCode"] == 0, replica.logs().decode()
    assert sum("applied" in replica.logs().decode() for replica in replicas) == 1


def test_its_last_migration_is_the_one_in_the_versions_file(playground, litellm_image):
    listed = playground.docker.containers.run(
        litellm_image,
        ["-c", "cd /opt/litellm/migrations && ls -d */"],
        entrypoint="sh",
        network_mode="none",
        remove=True,
    ).decode()
    version = litellm_image.rpartition(":")[2].partition("-")[0]
    assert max(listed.split())[:14] == settings.known()[version]["last_migration"]


def test_migrations_are_recorded_as_prisma_does(migrated, playground, litellm_image):
    folder = "/opt/litellm/migrations"
    listing = playground.docker.containers.run(
        litellm_image,
        ["-c", f"cd {folder} && for d in */; do sha256sum $d/migration.sql; done"],
        entrypoint="sh",
        network_mode="none",
        remove=True,
    ).decode()
    expected = {}
    for line in listing.splitlines():
        checksum, path = line.split()
        expected[path.split("/")[0]] = checksum
    rows = migrated.sql("""
        SELECT migration_name, checksum, finished_at IS NOT NULL, applied_steps_count FROM _prisma_migrations
        ORDER BY started_at, migration_name COLLATE "C"
    """).splitlines()
    names = [row.split("|")[0] for row in rows]
    assert names == sorted(expected)
    assert [row.split("|")[1:] for row in rows] == [[expected[name], "t", "1"] for name in names]


@pytest.mark.slow
def test_a_second_start_with_nothing_to_apply_is_quick(migrated, playground, litellm_image):
    """In processor time, which a busy machine does not stretch."""
    count = 3
    starts = "node /opt/litellm/migrate/main.js /opt/litellm/migrations || exit 1; " * count
    container = playground.start(
        litellm_image,
        "quick",
        entrypoint=["sleep", "120"],
        init=True,
        environment={"DATABASE_URL": migrated.url()},
        **HARDENED,
    )
    status, output = container.exec_run(["bash", "-c", f"{starts} times"])
    assert status == 0, output
    children = output.decode().splitlines()[-1]  # 0m0.512s 0m0.101s
    seconds = sum(60 * float(part.split("m")[0]) + float(part.split("m")[1].rstrip("s")) for part in children.split())
    assert seconds / count < 1, output


@pytest.mark.slow
def test_a_migration_that_fails_leaves_nothing_and_names_itself(playground, litellm_image, postgres):
    postgres.sql("CREATE DATABASE broken")
    postgres.sql('CREATE TABLE "LiteLLM_DailyUserSpend" (x int)', database="broken")
    said = refused(playground, litellm_image, postgres.url(database="broken"))
    assert "the migration " in said and "failed: " in said, said
    count = postgres.sql("SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NULL", database="broken")
    assert count == "0"


def test_without_a_database_there_is_nothing_to_wait_for(playground, litellm_image):
    assert migrate(playground, litellm_image, "") == (0, "")
