# SPDX-License-Identifier: GPL-3.0-or-later
"""SSE: a server that speaks it itself, and one behind a bridge."""

from __future__ import annotations

from transports import Deployment, isolated, networks_with_a_way_out, refused

SSE = Deployment.of("sse")
ANSWER = ("postgresql-execute_sql", {"sql": "SELECT 6 * 7 AS answer"})


def test_both_answer_through_the_gateway():
    answer = SSE.ask("reader", ANSWER, ("time-get_current_time", {"timezone": "UTC"}))
    assert [call["ok"] for call in answer["calls"]] == [True, True], answer["calls"]
    assert "42" in answer["calls"][0]["text"] and "day_of_week" in answer["calls"][1]["text"]


def test_a_scoped_key_has_its_own_tools_alone():
    answer = SSE.ask("reader", ("postgresql-list_schemas", {}), ("time-convert_time", {}))
    assert [refused(call) for call in answer["calls"]] == [True, True], answer["calls"]


def test_the_database_cannot_be_changed():
    answer = SSE.ask("reader", ("postgresql-execute_sql", {"sql": "CREATE TABLE broken (a int)"}))
    assert refused(answer["calls"][0]), answer["calls"]
    tables = SSE.ask("reader", ("postgresql-execute_sql", {"sql": "SELECT table_name FROM information_schema.tables"}))
    assert "books" in tables["calls"][0]["text"] and "broken" not in tables["calls"][0]["text"]


def test_the_servers_are_isolated():
    for name in ("mcp-postgresql", "mcp-time"):
        assert not isolated(SSE.container(name)), name
        assert not networks_with_a_way_out(SSE.container(name)), name
    assert sorted(SSE.container("mcp-postgresql").attrs["NetworkSettings"]["Networks"]) == [
        f"{SSE.prefix}-mcp-postgresql-db-net",
        f"{SSE.prefix}-mcp-postgresql-net",
    ]
