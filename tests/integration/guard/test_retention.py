# SPDX-License-Identifier: GPL-3.0-or-later
"""What is too old goes from a real LiteLLM's database, and nothing that is younger; and what LiteLLM does by itself."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server
from guarded_gateway import CONFIG, GUARD, PREFIX, ROOT, run, wait_until_ready

SCRIPTS = ROOT / "roles/litellm_gateway/files/retention"
DAYS, DAILY = 90, 730
# Ages by their names, against either limit.
AGES = {
    "ancient": timedelta(days=400),
    "expired": timedelta(minutes=2),
    "young": timedelta(minutes=-2),
    "new": timedelta(days=-60),
}
VALUES = {"boolean": "false", "jsonb": "'{}'", "ARRAY": "'{}'", "timestamp without time zone": "now()"}


@pytest.fixture
def database(gateway, postgres):
    """The gateway's database, whose tables LiteLLM's own migrations have made: a function that runs SQL."""
    server = Server(postgres.container.name, "postgres")
    name = "guard_" + re.sub(r"\W", "_", gateway.version)
    return lambda text: server.sql(name, text)


def retained(database) -> dict[str, tuple[str, int]]:
    """The tables that there are, with the column of their time and their limit in days."""
    text = (SCRIPTS / "tables.sql").read_text(encoding="utf-8")
    text = text.replace(":daily_days", str(DAILY)).replace(":days", str(DAYS))
    lines = database(f"SELECT name, at, days FROM ({text}) AS retained;").splitlines()
    return {name: (at, int(days)) for name, at, days in (line.split("|") for line in lines)}


def fill(database, table: str, at: str, days: int) -> None:
    """A row of each age, without what the table does not ask for, and none that another test has made."""
    database(f"""DELETE FROM "{table}" AS one WHERE one::text LIKE '%{table}%';""")
    columns = database(
        "SELECT column_name, data_type FROM information_schema.columns "
        f"WHERE table_schema = 'public' AND table_name = '{table}' AND column_name <> '{at}' "
        "AND is_nullable = 'NO' AND column_default IS NULL;"
    ).splitlines()
    kinds = dict(line.split("|") for line in columns)
    names = ", ".join(f'"{name}"' for name in [at, *kinds])
    for age, beyond in AGES.items():
        moment = datetime.now(UTC) - timedelta(days=days) - beyond
        daily = at == "date"
        written = moment.strftime("%Y-%m-%d" if daily else "%Y-%m-%d %H:%M:%S")
        values = [
            f"'{age} {table} {name}'" if kind == "text" else VALUES.get(kind, "0") for name, kind in kinds.items()
        ]
        database(f"""INSERT INTO "{table}" ({names}) VALUES ({", ".join([f"'{written}'", *values])});""")


def left(database, table: str) -> list[str]:
    """The ages of the rows that are still there."""
    return [
        age
        for age in AGES
        if database(f"""SELECT 1 FROM "{table}" AS one WHERE one::text LIKE '%{age} {table}%' LIMIT 1;""")
    ]


@pytest.fixture
def job(docker_api, network, postgres, images, gateway):
    """Starts the role's container."""
    started = []

    def start(**environment: str):
        container = run(
            docker_api,
            f"{PREFIX}retention",
            images["MCP_LAN_TEST_POSTGRES_IMAGE"],
            None,
            network,
            entrypoint=["sh", "/etc/retention/retention.sh"],
            healthcheck={"test": ["CMD-SHELL", "! test -e /tmp/failed"], "interval": 10**9},
            volumes={str(SCRIPTS): {"bind": "/etc/retention", "mode": "ro"}},
            read_only=True,
            tmpfs={"/tmp": "mode=1777"},
            environment={
                "PGHOST": postgres.container.name,
                "PGUSER": "postgres",
                "PGPASSWORD": postgres.password,
                "PGDATABASE": "guard_" + re.sub(r"\W", "_", gateway.version),
                "RETENTION_DAYS": str(DAYS),
                "RETENTION_DAILY_DAYS": str(DAILY),
                **environment,
            },
        )
        started.append(container)
        return container

    yield start
    for container in started:
        container.remove(force=True)


def said(container, words: str, within: float = 60) -> str:
    """The container's log, once it has these words as often as a pass ends."""
    end = time.monotonic() + within
    while words not in (log := container.logs().decode()):
        assert time.monotonic() < end, log
        time.sleep(0.3)
    return log


@pytest.mark.slow
def test_what_is_too_old_goes_and_nothing_younger(gateway, database, job):
    tables = retained(database)
    assert {"LiteLLM_SpendLogs", "LiteLLM_ErrorLogs", "LiteLLM_DailyUserSpend"} <= set(tables)
    for table, (at, days) in tables.items():
        fill(database, table, at, days)
    # More than two batches, some of whose rows have one time.
    database(
        "CREATE TEMPORARY TABLE one AS SELECT * FROM \"LiteLLM_SpendLogs\" WHERE request_id LIKE 'ancient%';"
        "INSERT INTO \"LiteLLM_SpendLogs\" SELECT (jsonb_populate_record(one, jsonb_build_object('request_id', n, "
        "'startTime', now() - make_interval(days => 100 + n / 1500)))).* FROM one, generate_series(1, 2500) AS n;"
    )
    container = job(RETENTION_PAUSE="1", RETENTION_BY_LITELLM="LiteLLM_ErrorLogs")
    log = said(container, f'2502 rows of "LiteLLM_SpendLogs" deleted: older than {DAYS} days')
    time.sleep(3)
    for table, (at, _) in tables.items():
        # The day that the limit is in stays; LiteLLM's own is left to it.
        gone = 1 if at == "date" else 0 if table == "LiteLLM_ErrorLogs" else 2
        assert left(database, table) == list(AGES)[gone:], table
    told = "relkind = 'r' AND 'autovacuum_vacuum_scale_factor=0.02' = ANY (reloptions)"
    assert int(database(f"SELECT count(*) FROM pg_class WHERE {told};")) == len(tables)
    # Another pass has nothing to say.
    again = container.logs().decode()
    assert again.count("deleted") == log.count("deleted") and "failed" not in again, again


def test_a_database_that_cannot_be_asked_is_said_and_seen(gateway, job):
    container = job(PGPASSWORD="another")
    log = said(container, "it is tried again in 10 s")
    assert "password authentication failed" in log
    status, _ = container.exec_run(["test", "-e", "/tmp/failed"])
    assert status == 0
    began = time.monotonic()
    container.stop(timeout=30)
    assert time.monotonic() - began < 5


OWN = {
    "1.77.3": "maximum_spend_logs_retention_interval: 40s",
    "1.108.7": 'maximum_spend_logs_cleanup_cron: "* * * * *"',
}


@pytest.mark.slow
def test_what_litellm_deletes_by_itself(images, start_gateway, gateway, database):
    """Old versions count their interval from each start: with a start each night, one of a day never ends."""
    version = gateway.version.partition("-")[0]
    image = next(each for each in images.values() if each.endswith(f":{gateway.version}"))
    config = f"{CONFIG}  maximum_spend_logs_retention_period: {DAYS}d\n  {OWN[version]}\n"
    own = start_gateway(image, GUARD, config)
    wait_until_ready(own.url, own.container)
    tables = retained(database)
    mine = [table for table in ("LiteLLM_SpendLogs", "LiteLLM_SpendLogToolIndex") if table in tables]
    for table in (*mine, "LiteLLM_ErrorLogs"):
        fill(database, table, *tables[table])
    if version == "1.77.3":
        for _ in range(2):
            own.container.restart(timeout=5)
            wait_until_ready(own.url, own.container)
            time.sleep(15)
        assert left(database, "LiteLLM_SpendLogs") == list(AGES), (
            "an interval has ended, although there was a start in between"
        )
    end = time.monotonic() + 120
    while any("expired" in left(database, table) for table in mine):
        assert time.monotonic() < end, own.container.logs(tail=50).decode()
        time.sleep(1)
    time.sleep(2)
    assert [left(database, table) for table in mine] == [list(AGES)[2:]] * len(mine)
    assert left(database, "LiteLLM_ErrorLogs") == list(AGES)
