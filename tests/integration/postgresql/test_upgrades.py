# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade on a real PostgreSQL: the newer version has a copy, and undoing it brings back what was.

MCP_LAN_TEST_KILL_SEED chooses other moments; the seed is printed.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time

import docker
import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError, Server
from ansible_collections.mcp_lan.litellm.plugins.module_utils.upgrade_steps import Upgrade
from tree import TOP

NAME = "mcp-lan-test-upgrades"
SEED = int(os.environ.get("MCP_LAN_TEST_KILL_SEED", "20261129"))
# What of LiteLLM's tables it is about, as 1.77.3 has them.
TABLES = """
CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, "startTime" timestamp, "endTime" timestamp, spend float);
CREATE TABLE "LiteLLM_VerificationToken" (token text PRIMARY KEY, key_alias text, spend float, max_budget float);
CREATE TABLE "LiteLLM_TeamMembership" (user_id text, team_id text, spend float, PRIMARY KEY (user_id, team_id));
INSERT INTO "LiteLLM_SpendLogs" SELECT 'old-' || n, '2026-10-01', '2026-10-01', 0.5 FROM generate_series(1, 20000) n;
INSERT INTO "LiteLLM_VerificationToken" VALUES ('a', 'ann', 1, 5), ('b', 'bob', 2, NULL);
INSERT INTO "LiteLLM_TeamMembership" VALUES ('u', 't', 3), ('u', 'v', 4);
"""
# What a newer version makes of it, and what is asked of it then.
NEWER = r"""
ALTER TABLE "LiteLLM_SpendLogs" ADD COLUMN status text NOT NULL DEFAULT 'success';
ALTER TABLE "LiteLLM_VerificationToken" ADD COLUMN project text, DROP COLUMN max_budget;
CREATE TABLE "LiteLLM_New" (id text PRIMARY KEY, spend float);
INSERT INTO "LiteLLM_New" VALUES ('x', 1);
INSERT INTO "LiteLLM_SpendLogs" SELECT E'new\t\\' || n, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', 0.5
  FROM generate_series(1, 3) n;
UPDATE "LiteLLM_VerificationToken" SET spend = 2.5 WHERE token = 'a';
UPDATE "LiteLLM_TeamMembership" SET spend = 4.5 WHERE team_id = 'v';
INSERT INTO "LiteLLM_VerificationToken" (token, key_alias, spend) VALUES ('c', 'cem', 0), ('d', NULL, 0);
"""
BEGIN = """
import json, sys
from ansible_collections.mcp_lan.litellm.plugins.module_utils.upgrade_steps import Upgrade
Upgrade(json.loads(sys.argv[1])).begun()
"""


@pytest.fixture(scope="module")
def server(images):
    container = docker.from_env().containers.run(
        images["MCP_LAN_TEST_POSTGRES_IMAGE"],
        name=NAME,
        detach=True,
        environment={"POSTGRES_PASSWORD": os.urandom(12).hex()},
        network_mode="none",
    )
    made = Server(NAME, "postgres")
    for _ in range(120):
        try:
            made.sql("postgres", "SELECT 1;")
            break
        except BackupError:
            time.sleep(0.5)
    made.sql("postgres", "CREATE ROLE owner LOGIN; CREATE ROLE reader LOGIN;")
    yield made
    container.remove(force=True, v=True)


@pytest.fixture
def options(server, tmp_path):
    """An upgrade of a database with some rows, and of two files of a project without services."""
    for name in names(server):
        server.remove(name)
    server.sql("postgres", "CREATE DATABASE litellm OWNER owner;")
    server.sql("postgres", "REVOKE ALL ON DATABASE litellm FROM PUBLIC; GRANT CONNECT ON DATABASE litellm TO reader;")
    server.sql("litellm", f"SET ROLE owner; {TABLES}")
    (tmp_path / "compose.yaml").write_text("name: old\n")
    (tmp_path / "secret.env").write_text("A=1\n")
    (tmp_path / "secret.env").chmod(0o600)
    return {
        "path": str(tmp_path / "upgrade"),
        "version": "1.108.7",
        "former_version": "1.77.3",
        "backup": "one",
        "container": NAME,
        "admin_user": "postgres",
        "database": "litellm",
        "gateway": "mcp-lan-test-no-gateway",
        "doors": [],
        "others": [],
        "drain": 0,
        "compose_file": str(tmp_path / "compose.yaml"),
        "services": [],
        "files": [str(tmp_path / name) for name in ("secret.env", "new.env", "upgrade", "upgrade/state.json")],
        "reason": "it is a test.",
        "docker_host": None,
    }


def names(server) -> list[str]:
    return server.sql(
        "postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'litellm%' ORDER BY 1;"
    ).splitlines()


def access(server, database: str) -> str:
    return server.sql("postgres", f"SELECT datdba::regrole, datacl FROM pg_database WHERE datname = '{database}';")


def content(server) -> list[str]:
    return [
        server.sql("litellm", f'SELECT t FROM "LiteLLM_{table}" t ORDER BY t::text;')
        for table in ("SpendLogs", "VerificationToken", "TeamMembership")
    ]


def test_what_is_undone_is_as_it_was_with_what_was_answered_meanwhile(server, options, tmp_path):
    before = access(server, "litellm")
    assert Upgrade(options).begun()["changed"] and not Upgrade(options).begun()["changed"]
    assert names(server) == ["litellm", "litellm__before_upgrade"]
    assert access(server, "litellm") == before
    assert Upgrade(options).examined()["course"] == "on"
    server.sql("litellm", f"SET ROLE owner; {NEWER}")
    (tmp_path / "compose.yaml").write_text("name: new\n")
    (tmp_path / "secret.env").write_text("A=2\n")
    (tmp_path / "new.env").write_text("B=1\n")
    undone = Upgrade(options).undone()
    assert (undone["kept"], undone["lost_keys"]) == (3, ["cem", "d"])
    assert "failed and was undone in" in undone["msg"] and "kept in the spend log: 3 rows" in undone["msg"]
    assert names(server) == ["litellm"] and access(server, "litellm") == before
    assert server.sql("litellm", 'SELECT count(*) FROM "LiteLLM_SpendLogs";') == "20003"
    keys = server.sql("litellm", 'SELECT * FROM "LiteLLM_VerificationToken" ORDER BY token;')
    assert keys.splitlines() == ["a|ann|2.5|5", "b|bob|2|"]
    teams = server.sql("litellm", 'SELECT team_id, spend FROM "LiteLLM_TeamMembership" ORDER BY team_id;')
    assert teams.splitlines() == ["t|3", "v|4.5"]
    assert (tmp_path / "compose.yaml").read_text() == "name: old\n"
    assert (tmp_path / "secret.env").read_text() == "A=1\n" and (
        tmp_path / "secret.env"
    ).stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "new.env").exists() and not (tmp_path / "upgrade").exists()
    assert not Upgrade(options).undone()["changed"]


def test_what_is_settled_is_the_newer_one(server, options, tmp_path):
    Upgrade(options).begun()
    server.sql("litellm", f"SET ROLE owner; {NEWER}")
    assert Upgrade(options).settled()["changed"] and not Upgrade(options).settled()["changed"]
    assert names(server) == ["litellm"] and not (tmp_path / "upgrade").exists()
    assert server.sql("litellm", 'SELECT count(*) FROM "LiteLLM_SpendLogs";') == "20003"


def test_a_database_that_no_upgrade_knows_of_is_not_touched(server, options, tmp_path):
    server.sql("postgres", "CREATE DATABASE litellm__before_upgrade;")
    with pytest.raises(BackupError, match="nothing is known of the upgrade that it is from"):
        Upgrade(options).begun()
    assert names(server) == ["litellm", "litellm__before_upgrade"]
    assert Upgrade(options).examined()["course"] == "none"


@pytest.mark.slow
def test_wherever_its_beginning_is_killed_undoing_it_leaves_what_was(server, options, tmp_path):
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    before, allowed = content(server), access(server, "litellm")
    command = [sys.executable, "-c", BEGIN, json.dumps(options)]
    environment = {**os.environ, "PYTHONPATH": str(TOP / ".collections")}
    began = time.monotonic()
    subprocess.run(command, env=environment, check=True)
    whole = time.monotonic() - began
    Upgrade(options).undone()
    ended = []
    for _turn in range(6):
        process = subprocess.Popen(command, env=environment)
        time.sleep(chance.random() * whole)
        process.kill()
        process.wait()
        ended.append(names(server)[-1] if Upgrade(options).state else "nothing")
        if chance.random() < 0.5:
            Upgrade(options).begun()
            ended[-1] += ", gone on with"
        Upgrade(options).undone()
        assert content(server) == before and access(server, "litellm") == allowed
        assert names(server) == ["litellm"]
    print(ended)
