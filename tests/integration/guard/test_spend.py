# SPDX-License-Identifier: GPL-3.0-or-later
"""What a real LiteLLM writes of each sort of request, and that the figures are those of its rows, to the cent."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
import requests
import services
import spend_rows
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend import figures
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_wire
from guarded_gateway import HERE, PREFIX, ROOT, run
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

WITHIN = 60  # seconds for the gateway's batches
SCRIPT = ROOT / "roles/postgres_db/files/report.sql"
ROWS = 10_000
BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 31, tzinfo=UTC)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Database:
    """LiteLLM's database, as its owner or as the role for reports."""

    def __init__(self, gateway, postgres, network):
        self.name = "guard_" + re.sub(r"\W", "_", gateway.version)
        self.admin = {"user": "postgres", "password": postgres.password}
        self.report = {"user": f"report_{secrets.token_hex(3)}", "password": secrets.token_urlsafe(12)}
        self.host = services.address(postgres.container, network)

    def connect(self, login, **options):
        return psycopg.connect(host=self.host, dbname=self.name, **login, **options)

    def answer(self, query: str):
        """What the role for reports gets, as the actions read it."""
        with self.connect(self.report) as connection:
            found = connection.execute(query).fetchone()[0]
        return figures.read({"query_result": [{"found": found}]}, "", {"login_user": "", "login_db": ""})

    def figures(self, by, begin=BEGIN, end=END):
        return self.answer(figures.query(by, begin, end))


@pytest.fixture(scope="module")
def database(guarded, postgres, network):
    """With the functions, and a role that may connect and has been granted nothing."""
    made = Database(guarded, postgres, network)
    with made.connect(made.admin) as connection:
        connection.execute(f"REVOKE ALL ON DATABASE {made.name} FROM PUBLIC")
        connection.execute(f"CREATE ROLE {made.report['user']} LOGIN PASSWORD '{made.report['password']}'")
        connection.execute(f"GRANT CONNECT ON DATABASE {made.name} TO {made.report['user']}")
        connection.execute(SCRIPT.read_text(encoding="utf-8"))
    yield made
    with made.connect(made.admin) as connection:
        connection.execute(f"DROP OWNED BY {made.report['user']}")
        connection.execute(f"DROP ROLE {made.report['user']}")
        connection.execute("""DELETE FROM "LiteLLM_SpendLogs" WHERE request_id LIKE 'copied-%'""")


@pytest.fixture(scope="module")
def asked(request, guarded, database, docker_api, network, images):
    """One of each sort of request; the names that it has, and when it began."""
    own = f"spend{secrets.token_hex(3)}"
    began = datetime.now(UTC) - timedelta(seconds=2)
    stack = contextlib.ExitStack()
    request.addfinalizer(stack.close)
    server = run(
        docker_api,
        PREFIX + own,
        images["MCP_LAN_TEST_LITELLM_IMAGE"],
        ["/srv/mcp_server.py", own, "ping", "secret", "failing"],
        network,
        entrypoint="python3",
        healthcheck={"test": ["NONE"]},
        volumes={str(HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"}},
    )
    stack.callback(server.remove, force=True)
    cost = {"mcp_server_cost_info": {"default_cost_per_query": 0.25}}
    where = {"transport": "http", "url": f"http://{server.name}:8000/mcp"}
    guarded.admin("POST", "/v1/mcp/server", {"server_id": own, "server_name": own, "mcp_info": cost, **where})
    priced = {"model": "openai/mock", "api_key": "none", "mock_response": "It works."}
    priced |= {"input_cost_per_token": 0.001, "output_cost_per_token": 0.002}
    model = guarded.admin("POST", "/model/new", {"model_name": own, "litellm_params": priced})["model_id"]
    permission = {"object_permission": {"mcp_servers": [own]}}
    team = guarded.admin("POST", "/team/new", {"team_alias": f"{own}-team", **permission})["team_id"]
    policy = {"mcp_lan": {"policy": {own: ["ping", "failing"]}}}
    keys = {
        name: guarded.key(policy, key_alias=f"{own}-{name}", **permission, **more)
        for name, more in {"ann": {"team_id": team}, "poor": {"max_budget": 1e-7}, "slow": {"rpm_limit": 1}}.items()
    }
    keys["gone"] = guarded.key(policy, **permission)

    def chat(key, named=own):
        body = {"model": named, "messages": [{"role": "user", "content": "Hello"}]}
        headers = {"Authorization": f"Bearer {key}"}
        return requests.post(f"{guarded.url}/v1/chat/completions", json=body, headers=headers, timeout=60).status_code

    def until(true):
        end = time.monotonic() + WITHIN
        while not true() and time.monotonic() < end:
            time.sleep(0.5)

    def is_offered():
        (answer,) = proof_wire.send(guarded.url, [proof_wire.rpc(guarded.master_key, "tools/list")])
        return f"{own}-ping" in answer.text

    async def call(key, *tools):
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            streamablehttp_client(guarded.url + "/mcp/", headers=headers) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            await session.list_tools()
            for tool in tools:
                result = await session.call_tool(f"{own}-{tool}", {})
                assert result.isError == (tool != "ping"), tool

    def rows_of(key):
        with database.connect(database.admin) as connection:
            query = 'SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE api_key = %s'
            return connection.execute(query, [digest(key)]).fetchone()[0]

    # 1.77.3 answers a session with an error that asks for a server which is not up yet.
    until(is_offered)
    said = [chat(keys[name]) for name in ("ann", "ann", "poor", "slow", "slow", "gone")]
    assert said == [200, 200, 200, 200, 429, 200]
    assert chat(keys["ann"], f"{own}-none") == 400
    assert chat("sk-" + secrets.token_urlsafe(16)) == 401
    deadline = time.monotonic() + WITHIN
    # What a key has spent is counted with the batch.
    while (status := chat(keys["poor"])) == 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert status == 429
    asyncio.run(call(keys["ann"], "ping", "secret", "failing"))
    until(lambda: rows_of(keys["gone"]))
    guarded.admin("POST", "/key/delete", {"keys": [keys["gone"]]})
    administration = {"Authorization": f"Bearer {guarded.master_key}"}
    # It answers nothing.
    stack.callback(requests.delete, f"{guarded.url}/v1/mcp/server/{own}", headers=administration, timeout=30)
    stack.callback(guarded.admin, "POST", "/model/delete", {"id": model})
    stack.callback(guarded.admin, "POST", "/team/delete", {"team_ids": [team]})
    stack.callback(guarded.admin, "POST", "/key/delete", {"keys": [keys[name] for name in ("ann", "poor", "slow")]})
    return own, keys, began


def test_each_sort_of_request_is_what_it_was(guarded, database, asked):
    own, keys, began = asked
    old = guarded.version.startswith("1.77.3")
    gone = f"key-{digest('mcp_lan ' + digest(keys['gone']))[:8]}"
    expected = {
        (f"{own}-ann", own, None, None, "success"): 2,
        (f"{own}-ann", f"{own}-none" if old else "unknown-model", None, None, "refused"): 1,
        (f"{own}-slow", own, None, None, "success"): 1,
        (f"{own}-slow", own, None, None, "refused"): 1,
        (f"{own}-poor", own, None, None, "refused"): 1,
        ("(unknown)", own, None, None, "refused"): 1,
        (gone, own, None, None, "success"): 1,
        (f"{own}-ann", None, own, "ping", "success"): 1,
        (f"{own}-ann", None, own, "failing", "failure"): 1,
        # What the guard refused the old version does not write.
        **({} if old else {(f"{own}-ann", None, own, "secret", "refused"): 1}),
    }

    def seen():
        by = ["key", "model", "mcp_server", "mcp_tool", "status"]
        rows = database.figures(by, began, datetime.now(UTC) + timedelta(minutes=1))
        ours = {tuple(row[each] for each in by): row for row in rows}
        return {each: row for each, row in ours.items() if own in str(each) or each[0] == gone}

    # Listing its tools is a request to the newer one.
    wanted = expected.keys() | (set() if old else {(f"{own}-ann", None, None, None, "success")})
    end = time.monotonic() + WITHIN
    while not wanted <= (found := seen()).keys() and time.monotonic() < end:
        time.sleep(1)
    poor = found.pop((f"{own}-poor", own, None, None, "success"))
    listed = {each for each in found if each[1:] == (None, None, None, "success")}
    assert bool(listed) != old
    assert {each: row["requests"] for each, row in found.items() if each not in listed} == expected
    assert poor["spend"] == poor["requests"] * Decimal("0.05") or not old
    assert found[(f"{own}-ann", own, None, None, "success")]["spend"] == Decimal("0.10")
    assert found[(f"{own}-ann", None, own, "ping", "success")]["spend"] == Decimal("0.25")
    teams = database.figures(["key", "team"], began, datetime.now(UTC))
    assert {row["team"] for row in teams if row["key"] == f"{own}-ann"} == {f"{own}-team"}


def test_a_refusal_says_why_and_a_budget_what_is_left(database, asked):
    own, _keys, began = asked
    found = database.answer(figures.report_query(began, datetime.now(UTC) + timedelta(minutes=1)))
    reasons = {(row["key"].removeprefix(own), row["reason"]) for row in found["refusals"] if own in str(row)}
    wanted = {
        ("-ann", "no such model"),
        ("-slow", "over its rate"),
        ("-poor", "over its budget"),
        ("(unknown)", "no such key"),
    }
    assert wanted <= reasons

    def poor():
        rows = database.answer(figures.report_query(BEGIN, END))["budgets"]
        return next(row for row in rows if row["name"] == f"{own}-poor")

    # The newer version writes what a key has spent some seconds after it has refused the key for it.
    end = time.monotonic() + WITHIN
    while not poor()["spend"] and time.monotonic() < end:
        time.sleep(1)
    assert poor()["max_budget"] == Decimal("0.0000001") and poor()["spend"] > 0


def test_no_value_and_no_hash_of_a_key_is_told(database, asked):
    _own, keys, began = asked
    with database.connect(database.report) as connection:
        query = "SELECT json_agg(c)::text FROM mcp_lan_report.calls(%s, '2100-01-01') c"
        told = connection.execute(query, [began.replace(tzinfo=None)]).fetchone()[0]
    told += json.dumps(database.answer(figures.report_query(began, datetime.now(UTC))), default=str)
    assert len(told) > 1000
    assert not re.search(r"[0-9a-f]{32}|\bsk-[A-Za-z0-9_-]{8}", told)
    for value in keys.values():
        assert digest(value)[:12] not in told


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT token FROM "LiteLLM_VerificationToken"',
        'SELECT api_key FROM "LiteLLM_SpendLogs"',
        'DELETE FROM "LiteLLM_SpendLogs"',
        """UPDATE "LiteLLM_TeamTable" SET spend = 0""",
        "CREATE TABLE public.mine (one int)",
        "CREATE TEMPORARY TABLE mine (one int)",
        "CREATE FUNCTION mcp_lan_report.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_the_role_for_reports_may_do_nothing_else(database, sql):
    with database.connect(database.report) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql)


@pytest.mark.slow
def test_ten_thousand_requests_add_up_to_the_cent(database, asked):
    own, _keys, _began = asked
    mine = f"""request_id NOT LIKE 'copied-%' AND metadata::text LIKE '%{own}%'"""
    with database.connect(database.admin) as connection:
        connection.execute(spend_rows.copies(ROWS, f"{BEGIN:%Y-%m-%d}", (END - BEGIN).days, mine))
        query = """SELECT metadata->>'user_api_key_alias', to_char("startTime", 'YYYY-MM-DD'), spend
                   FROM "LiteLLM_SpendLogs" WHERE request_id LIKE 'copied-%'"""
        rows = connection.execute(query).fetchall()
    keys, days = {}, {}
    for key, day, spend in rows:
        # As the number that was written, not as the nearest one that a computer has.
        exact = Decimal(repr(spend))
        keys[key] = keys.get(key, 0) + exact
        days[day] = days.get(day, 0) + exact
    assert (len(rows), len(keys), len(days)) == (ROWS, spend_rows.KEYS, 30)
    assert {row["key"]: row["spend"] for row in database.figures(["key"])} == keys
    assert {row["day"]: row["spend"] for row in database.figures(["day"])} == days
    (total,) = database.figures([])
    assert (total["spend"], total["requests"]) == (sum(keys.values()), ROWS)
    page = database.answer(figures.report_query(BEGIN, END))
    assert page["total"]["spend"] == sum(keys.values()) == sum(row["spend"] for row in page["key_days"])
    assert {row["name"]: row["spend"] for row in page["key"]} == keys
    by = {way: sum(row["requests"] for row in page[way]) for way in ("key", "model", "tool")}
    assert by["key"] == ROWS and by["model"] + by["tool"] <= ROWS and by["tool"] > 1000
