# SPDX-License-Identifier: GPL-3.0-or-later
"""What a key's generations have written into the spend log is one key's, and says who still uses the value before."""

from __future__ import annotations

import json
import re
import secrets
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.action import gateway_verify
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import moment, rotations, sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from guarded_gateway import ROOT
from rotating import Runs

WITHIN = 60  # seconds for the gateway's batches
DOCUMENTED = re.search(r"^```sql\n(.*?)^```", (ROOT / "docs/rotation.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def rotated(guarded, tmp_path):
    """A key and another whose name begins with the same letters, the first rotated; its value before, and the runs."""
    name = f"audit-{secrets.token_hex(3)}"
    mock = {"name": name, "litellm_params": {"model": "openai/mock", "mock_response": "It works."}}
    keys = [{"name": each, "models": [name]} for each in (name, f"{name}-2")]
    made = Runs(guarded.url, guarded.master_key, FileStore(str(tmp_path / "store")), {"model": [mock], "key": keys})
    made.apply()
    before = made.store.get("keys", name)
    _chat(made, before, name)
    made.apply(forced=[name])
    yield name, before, made
    made.entries = {
        kind: [{"name": one["name"], "state": "absent"} for one in made.entries[kind]] for kind in made.entries
    }
    made.apply()


def _chat(runs, value: str, model: str) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"Authorization": f"Bearer {value}"}
    answer = requests.post(f"{runs.url}/v1/chat/completions", json=body, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text


def _seen_within(ask, desired):
    end = time.monotonic() + WITHIN
    while (seen := ask()) != desired and time.monotonic() < end:
        time.sleep(1)
    return seen


def test_the_documented_query_joins_the_generations_under_one_name(rotated, guarded, postgres):
    name, before, runs = rotated
    for value in (before, *(runs.store.get("keys", each) for each in (name, name, f"{name}-2"))):
        _chat(runs, value, name)
    database = "guard_" + re.sub(r"\W", "_", guarded.version)
    asked = f"SELECT coalesce(json_agg(audit), '[]') FROM ({DOCUMENTED[1].strip().rstrip(';')}) AS audit"

    def rows():
        status, output = postgres.execute("psql", "-At", "-v", "ON_ERROR_STOP=1", "-c", asked, database)
        assert status == 0, output
        return {row["key"]: row["calls"] for row in json.loads(output) if (row["key"] or "").startswith(name)}

    assert _seen_within(rows, {name: 4, f"{name}-2": 1}) == {name: 4, f"{name}-2": 1}


def test_a_run_says_when_the_value_before_was_used_last(rotated):
    name, before, runs = rotated

    def used():
        client = runs.client()
        engine = Reconciler(client, values={one: runs.store.get("keys", one) for one in runs.store.names("keys")})
        engine.plan(runs.entries)
        (one,) = rotations(engine.ctx)
        client.close()
        assert one["name"] == name
        return moment(one["earlier"][0]["used"]) if one["earlier"][0]["used"] else None

    end = time.monotonic() + WITHIN
    while (first := used()) is None and time.monotonic() < end:
        time.sleep(1)
    assert abs(datetime.now(UTC) - first) < timedelta(minutes=5)
    time.sleep(1.1)  # it is told in whole seconds
    _chat(runs, runs.store.get("keys", name), name)
    _chat(runs, before, name)
    while (last := used()) == first and time.monotonic() < end + WITHIN:
        time.sleep(1)
    assert last > first, "somebody still uses it"


def test_the_proof_counts_the_calls_of_a_key_that_has_more_rows_than_litellm_counts(rotated, guarded, postgres):
    name, _before, runs = rotated
    value = runs.store.get("keys", name)
    database = "guard_" + re.sub(r"\W", "_", guarded.version)
    rows = f"""INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, api_key, "startTime", "endTime")
        SELECT '{name}-' || n, 'acompletion', '{sha256(value)}', moment, moment FROM generate_series(1, 10500) AS n
        CROSS JOIN LATERAL (SELECT now() AT TIME ZONE 'utc' - n * interval '5 seconds' AS moment) AS of"""
    status, output = postgres.execute("psql", "-v", "ON_ERROR_STOP=1", "-c", rows, database)
    assert status == 0, output
    client = runs.client()
    since, there = gateway_verify._counted(client, value)
    _chat(runs, value, name)
    assert _seen_within(lambda: gateway_verify._rows(client, value, since)["total"] - there, 1) == 1
    client.close()
