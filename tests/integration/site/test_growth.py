# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits on what grows, at the site itself: what a lower one deletes is said before, and connections are counted."""

from __future__ import annotations

import time

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server

pytestmark = pytest.mark.slow

OLD = """
CREATE TEMPORARY TABLE one AS SELECT * FROM "LiteLLM_SpendLogs" LIMIT 1;
INSERT INTO "LiteLLM_SpendLogs" SELECT (jsonb_populate_record(one, jsonb_build_object('request_id', 'old-' || n,
  'startTime', now() AT TIME ZONE 'UTC' - make_interval(days => 60)))).* FROM one, generate_series(1, 1234) AS n;
"""


def sql(site, text: str) -> str:
    return Server(f"{site.prefix}-postgresql", "postgres").sql("litellm", text)


def rows(site) -> tuple[int, int]:
    """Those of 60 days before, and the others."""
    told = sql(site, """SELECT count(*) FILTER (WHERE request_id LIKE 'old-%'), count(*) FROM "LiteLLM_SpendLogs";""")
    old, every = map(int, told.split("|"))
    return old, every - old


@pytest.fixture(scope="module")
def deployed(site):
    run = site.run()
    assert run.status == 0, run.output[-3000:]
    sql(site, OLD)
    return site


def test_a_run_without_a_change_has_nothing_to_say(deployed):
    again = deployed.run()
    assert again.status == 0 and again.changed == [] and "older than they are to be kept" not in again.output
    container = deployed.engine.containers.get(f"{deployed.prefix}-litellm-retention")
    assert container.attrs["State"]["Health"]["Status"] == "healthy"


def test_a_lower_limit_says_what_goes_before_it_does(deployed):
    old, others = rows(deployed)
    assert old == 1234
    before = deployed.footprint()
    expected = deployed.run("--check", "--diff", litellm_gateway_retention_days=30)
    assert expected.status == 0, expected.output[-3000:]
    said = " ".join(expected.output.split())
    assert "would be deleted, for ever: 1,234 of LiteLLM_SpendLogs." in said, said[-3000:]
    assert deployed.footprint() == before and rows(deployed)[0] == 1234
    done = deployed.run(litellm_gateway_retention_days=30)
    assert done.status == 0, done.output[-3000:]
    assert "are deleted, for ever: 1,234 of LiteLLM_SpendLogs." in " ".join(done.output.split())
    end = time.monotonic() + 60
    while rows(deployed)[0]:
        assert time.monotonic() < end
        time.sleep(1)
    assert rows(deployed)[1] >= others
    assert deployed.run(litellm_gateway_retention_days=30).changed == []


def test_rows_that_are_kept_for_ever_have_nothing_that_deletes_them(deployed):
    name = f"{deployed.prefix}-litellm-retention"
    for_ever = {"litellm_gateway_retention_days": 0, "litellm_gateway_daily_retention_days": 0}
    run = deployed.run(**for_ever)
    assert run.status == 0, run.output[-3000:]
    assert name not in deployed.containers()
    assert deployed.run(**for_ever).changed == []


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"litellm_gateway_config": {"general_settings": {"database_connection_pool_limit": 200}}},
            "general_settings.database_connection_pool_limit (200) x litellm_gateway_workers (1) are 200 connections",
        ),
        (
            {"litellm_gateway_config": {"general_settings": {"maximum_spend_logs_retention_period": "7d"}}},
            "say it as litellm_gateway_retention_days",
        ),
        ({"litellm_gateway_retention_days": -1}, "litellm_gateway_retention_days is -1 and"),
        ({"litellm_gateway_retention_days": "never"}, "litellm_gateway_retention_days has to be a whole number"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_changed(deployed, variables, sentence):
    before = deployed.footprint()
    run = deployed.run(**variables)
    assert run.status and sentence in run.message, run.output[-3000:]
    assert deployed.footprint() == before
