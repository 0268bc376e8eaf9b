# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention: a spend log of a million rows, of which 900,000 are past the limit, cleaned while chats go on.

The rows are copies of one that a chat has made, in the order of time, as they would have been written. "LiteLLM" is
its own setting, told to begin each minute; "job" the role's container, which is there in both; each version has what
the role has it by. Seconds are from the first row that goes to the last, and at most as long as MCP_LAN_BENCH_SECONDS
says. "vacuum after" is until PostgreSQL's autovacuum has given the space back to the table. The table's size is with
its indexes; "reusable" is what new rows find free in it. One chat after another is asked for, of LiteLLM's mock
answers, for 20 s before and until the end; the ratio is that of the medians. MCP_LAN_BENCH_VERSIONS names the
versions, MCP_LAN_BENCH_WAYS the ways, separated by spaces; MCP_LAN_BENCH_ROWS the number of rows.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import bench_backup
import docker
import gateway as gateways
import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version

SECONDS = int(os.environ.get("MCP_LAN_BENCH_SECONDS", "1800"))
ROWS = int(os.environ.get("MCP_LAN_BENCH_ROWS", "1000000"))
WAYS = os.environ.get("MCP_LAN_BENCH_WAYS", "").split()
SCRIPTS = Path(__file__).resolve().parent.parent / "roles/litellm_gateway/files/retention"
PERIOD = "general_settings: {proxy_batch_write_at: 3, maximum_spend_logs_retention_period: 90d, "
OWN = {
    "1.77.3": PERIOD + "maximum_spend_logs_retention_interval: 1m}",
    "": PERIOD + 'maximum_spend_logs_cleanup_cron: "* * * * *"}',
}
COPY = """
DO $$
DECLARE others text;
BEGIN
  SELECT string_agg(quote_ident(column_name), ', ') INTO others FROM information_schema.columns
  WHERE table_name = 'LiteLLM_SpendLogs' AND column_name NOT IN ('request_id', 'startTime') AND is_generated = 'NEVER';
  CREATE TEMPORARY TABLE one AS SELECT * FROM "LiteLLM_SpendLogs" LIMIT 1;
  EXECUTE format('INSERT INTO "LiteLLM_SpendLogs" (request_id, "startTime", %s) '
                 'SELECT ''bench-'' || n, now() AT TIME ZONE ''UTC'' - make_interval(days => 900) * (1 - n / ROWS.0), '
                 '%s FROM one, generate_series(1, ROWS) AS n', others, others);
END $$;
VACUUM ANALYZE "LiteLLM_SpendLogs";
"""
# As it is in the beginning: while time goes on, rows go past it. Those of an hour later stay in any case.
LIMIT = "SELECT now() AT TIME ZONE 'UTC' - interval '90 days';"
OLD = """SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE "startTime" < 'LIMIT';"""
YOUNG = """SELECT count(*) FROM "LiteLLM_SpendLogs"
WHERE request_id LIKE 'bench-%' AND "startTime" > timestamp 'LIMIT' + interval '1 hour';"""
SIZE = """SELECT pg_total_relation_size('"LiteLLM_SpendLogs"') / 1000000;"""
DEAD = """
SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_all_tables, pg_class
WHERE pg_class.oid = '"LiteLLM_SpendLogs"'::regclass AND relid IN (pg_class.oid, reltoastrelid);
"""
FREE = """
CREATE EXTENSION IF NOT EXISTS pg_freespacemap;
SELECT coalesce(sum(avail), 0) / 1000000
FROM pg_class, unnest(ARRAY[oid, nullif(reltoastrelid, 0)]) AS part, pg_freespace(part::regclass)
WHERE part IS NOT NULL AND pg_class.oid = '"LiteLLM_SpendLogs"'::regclass;
"""


@contextlib.contextmanager
def job(running: gateways.Gateway, image: str, by_litellm: bool):
    """The role's container."""
    database = running.database
    container = docker.from_env().containers.run(
        image,
        entrypoint=["sh", "/etc/retention/retention.sh"],
        name=gateways.PREFIX + "retention",
        network=running.network,
        detach=True,
        environment={
            "PGHOST": database.container.name,
            "PGUSER": "postgres",
            "PGPASSWORD": database.password,
            "PGDATABASE": "litellm",
            "RETENTION_DAYS": "90",
            "RETENTION_DAILY_DAYS": "730",
            "RETENTION_BY_LITELLM": "LiteLLM_SpendLogs,LiteLLM_SpendLogToolIndex" if by_litellm else "",
        },
        volumes={str(SCRIPTS): {"bind": "/etc/retention", "mode": "ro"}},
    )
    try:
        yield
        print(container.logs().decode())
    finally:
        container.remove(force=True)


def row(running: gateways.Gateway, way: str, image: str) -> str:
    server = Server(running.database.container.name, "postgres")
    key = running.admin("/key/generate", {})["key"]
    requests.post(
        f"{running.url}/v1/chat/completions",
        json={"model": "mock", "messages": [{"role": "user", "content": "Hello"}]},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    ).raise_for_status()
    while not server.counts("litellm")[bench_backup.TABLE]:
        time.sleep(1)
    client = bench_backup.Client(running, key)
    client.start()
    time.sleep(20)
    beside = time.monotonic()
    quiet = client.median((beside - 20, beside))
    server.sql("litellm", COPY.replace("ROWS", str(ROWS)))
    limit = server.sql("litellm", LIMIT)
    old, young = OLD.replace("LIMIT", limit), YOUNG.replace("LIMIT", limit)
    size, past, kept = server.sql("litellm", SIZE), int(server.sql("litellm", old)), int(server.sql("litellm", young))
    with job(running, image, way == "LiteLLM"):
        began, end, left = None, time.monotonic() + SECONDS, past
        while left and time.monotonic() < end:
            time.sleep(2)
            left = int(server.sql("litellm", old))
            if began is None and left < past:
                began = time.monotonic() - 2
        done = time.monotonic()
        # PostgreSQL looks once a minute whether a table is to be vacuumed.
        while int(server.sql("litellm", DEAD)) > ROWS / 20 and time.monotonic() < done + 300:
            time.sleep(2)
        vacuumed = time.monotonic()
    client.stopped.set()
    client.join()
    began = began or done
    during = client.median((began, done))
    after, lost = server.sql("litellm", SIZE), kept - int(server.sql("litellm", young))
    free = server.sql("litellm", FREE)
    cells = [
        way,
        f"{ROWS:,}",
        f"{past:,}",
        f"{past - left:,}",
        f"{lost:,}",
        f"{done - began:.0f}",
        f"{vacuumed - done:.0f}",
        f"{size} MB",
        f"{after} MB",
        f"{free} MB",
        f"{quiet * 1000:.0f} ms",
        f"{during * 1000:.0f} ms",
        f"{during / quiet:.2f}",
        client.failed,
    ]
    return f"| {running.version} | {' | '.join(map(str, cells))} |"


def table() -> str:
    versions = gateways.versions()
    references = gateways.images(versions)
    rows = [
        "| LiteLLM | way | rows | past the limit | deleted | younger ones lost | s | vacuum after, s "
        "| size before | after | of it reusable | chat beside none | during | ratio | failed |",
        "|" + " --- |" * 15,
    ]
    for version in versions:
        for way in WAYS or ["LiteLLM" if for_version(version).log_cleanup else "job"]:
            config = bench_backup.MODEL
            if way == "LiteLLM":
                config += "\n" + OWN.get(version, OWN[""])
            with gateways.gateway(version, references, more_config=config) as running:
                rows.append(row(running, way, references["postgresql"]))
                print(rows[-1], flush=True)
    return "\n".join(rows)
