# SPDX-License-Identifier: GPL-3.0-or-later
"""The role for reports and the page, as the site makes them; and what is said where one of them cannot be."""

from __future__ import annotations

import csv
import json
import time

import psycopg
import pytest
import requests
import services
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server

pytestmark = pytest.mark.slow

USER = {"postgres_db_report_user": "report"}


@pytest.fixture(scope="module")
def deployed(site):
    first = site.run(**USER)
    assert first.status == 0, first.output[-3000:]
    for _each in range(3):
        body = {"model": "mock", "messages": [{"role": "user", "content": "Hello"}]}
        headers = {"Authorization": f"Bearer {site.store.get('keys', 'codex')}"}
        requests.post(f"{site.api_url}/v1/chat/completions", json=body, headers=headers, timeout=60).raise_for_status()
    end = time.monotonic() + 60
    calls = "mcp_lan_report.calls('2000-01-01', '2100-01-01')"
    query = f"SELECT count(*) FROM {calls} WHERE key = 'codex' AND model = 'mock';"
    while int(server(site).sql("litellm", query)) < 3:
        assert time.monotonic() < end
        time.sleep(1)
    return site


def server(site) -> Server:
    return Server(f"{site.prefix}-postgresql", "postgres")


def log_in(site, database: str = "litellm") -> psycopg.Connection:
    container = site.engine.containers.get(f"{site.prefix}-postgresql")
    login = {"user": "report", "password": site.store.get("secrets", "postgres_report"), "dbname": database}
    return psycopg.connect(host=services.address(container, f"{site.prefix}-postgres-net"), **login)


def part(site, *options: str):
    return site.run("--tags", "postgres_db", *options, **USER)


@pytest.mark.parametrize("function", ["calls", "budgets"])
def test_a_second_run_changes_nothing_and_mends_what_others_have_broken(deployed, function):
    assert part(deployed).changed == []
    server(deployed).sql("litellm", f"DROP FUNCTION mcp_lan_report.{function};")
    expected = part(deployed, "--check")
    assert expected.status == 0 and len(expected.changed) == 1, expected.output[-2000:]
    mended = part(deployed)
    assert mended.status == 0 and len(mended.changed) == 1, mended.output[-2000:]
    assert "Have the functions for reports" in mended.changed[0]
    assert part(deployed).changed == []


@pytest.mark.parametrize("database", ["demo", "postgres"])
def test_the_role_reads_one_database(deployed, database):
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        log_in(deployed, database)


def test_the_role_reads_figures_and_no_table(deployed):
    with log_in(deployed) as connection:
        assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        assert connection.execute("SELECT count(*) FROM mcp_lan_report.budgets()").fetchone()[0] >= 2
    for table in ("LiteLLM_SpendLogs", "LiteLLM_VerificationToken"):
        with log_in(deployed) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f'SELECT 1 FROM "{table}"')
    with log_in(deployed) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.set_autocommit(True)
        connection.execute("SET default_transaction_read_only = off")
        connection.execute('DELETE FROM "LiteLLM_SpendLogs"')


def test_the_page_is_written_and_nothing_in_check_mode(deployed):
    folder = deployed.output / "reports"
    folder.mkdir()
    places = {f"report_{each}": str(folder / f"report.{each}") for each in ("dest", "csv", "jsonl")}
    before = deployed.footprint()
    expected = deployed.run("--check", playbook="report", **USER, **places)
    assert expected.status == 0 and "Would write" in expected.output, expected.output[-3000:]
    assert deployed.footprint() == before
    done = deployed.run(playbook="report", **USER, **places)
    assert done.status == 0, done.output[-3000:]
    page, table, lines = (folder / f"report.{each}" for each in ("dest", "csv", "jsonl"))
    assert [each.stat().st_mode & 0o777 for each in (page, table, lines)] == [0o600] * 3
    assert '<th scope="row" class="text">codex</th>' in page.read_text()
    rows = list(csv.DictReader(table.open()))
    (row,) = (row for row in rows if (row["key"], row["model"]) == ("codex", "mock"))
    assert int(row["requests"]) >= 3
    told = [json.loads(line)["requests"] for line in lines.read_text().splitlines()]
    assert told == [int(row["requests"]) for row in rows]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"report_from": "yesterday"}, "from: 'yesterday' is no date"),
        ({"report_from": "2026-11-03", "report_to": "2026-11-01"}, "is not before to"),
        ({"report_dest": "/nowhere/report.html"}, "there is no folder /nowhere on the controller"),
        ({"postgres_db_report_user": ""}, "There is no role for reports in the database"),
        ({"postgres_db_report_user": "stranger"}, "refuses the log-in of stranger"),
        ({"postgres_db_report_database": "demo"}, "has no database demo with what report may read"),
        (
            {"postgres_db_mode": "external", "postgres_db_host": "127.0.0.1", "postgres_db_port": 9},
            "PostgreSQL at 127.0.0.1:9 cannot be reached",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(deployed, variables, sentence):
    dest = {"report_dest": str(deployed.output / "none.html")}
    if variables.get("postgres_db_report_user") == "stranger":
        deployed.store.put("secrets", "postgres_stranger", "no-password-of-anybody")
    failed = deployed.run(playbook="report", **{**USER, **dest, **variables})
    assert failed.status and sentence in failed.message, failed.output[-3000:]
    assert not (deployed.output / "none.html").exists()


def test_a_gateway_that_is_away_is_one_sentence(deployed):
    container = deployed.engine.containers.get(f"{deployed.prefix}-postgresql")
    container.stop()
    try:
        failed = deployed.run(playbook="report", **USER)
        assert failed.status and f"container {container.name} does not run" in failed.message, failed.output[-3000:]
    finally:
        container.start()
