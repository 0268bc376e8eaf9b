# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw queries: every type that comes back, every parameter that goes in."""

from __future__ import annotations

import pytest

EACH_TYPE = [
    ("1", 1),
    ("2::bigint", 2),
    ("9007199254740993::bigint", 9007199254740993),
    ("1.0::float8", 1.0),
    ("1.5::float4", 1.5),
    ("3.14::numeric", 3.14),
    ("true", True),
    ("'x'::text", "x"),
    ("'abc'::name", "abc"),
    ("ARRAY['a', 'b']::name[]", ["a", "b"]),
    ("'pg_class'::regclass", "pg_class"),
    ("'1 day'::interval", "1 days"),
    ("pg_advisory_unlock_all()", ""),
    ("null", None),
    ("'2024-01-02 03:04:05.678'::timestamp", "2024-01-02T03:04:05.678+00:00"),
    ("'2024-01-02 03:04:05+02'::timestamptz", "2024-01-02T01:04:05+00:00"),
    ("'2024-01-02'::date", "2024-01-02"),
    ("'03:04:05'::time", "03:04:05"),
    ("""'{"a": [1, null]}'::jsonb""", {"a": [1, None]}),
    ("""'"text"'::jsonb""", "text"),
    ("""ARRAY['{"a": 1}'::jsonb]""", [{"a": 1}]),
    ("ARRAY['a', null, '{x,\"y\"}']", ["a", None, '{x,"y"}']),
    ("ARRAY[1, 2]::bigint[]", [1, 2]),
    ("'5c1b0a6e-0000-4000-8000-000000000001'::uuid", "5c1b0a6e-0000-4000-8000-000000000001"),
    (r"'\x0102'::bytea", "AQI="),
    ("count(*)", 1),
    ("sum(1.5::float8)", 1.5),
]


@pytest.mark.parametrize(("expression", "expected"), EACH_TYPE, ids=[expression for expression, _ in EACH_TYPE])
def test_each_type_comes_back(client, expression, expected):
    rows = client.run("return await db.query_raw('SELECT ' + values['expression'] + ' AS v')", expression=expression)
    assert rows == [{"v": expected}]


def test_each_kind_of_parameter_goes_in(client):
    assert client.run("""
        rows = await db.query_raw(
            'SELECT $1::int AS i, $2::text AS t, $3::timestamp AS ts, $4::text[] AS ta, $5::float8 AS f, '
            '$6::jsonb AS j, $7::bool AS b, $8::timestamptz AS tz, $9::bigint AS bi, $10::text AS n',
            5, 'x', datetime(2024, 1, 2, 3, 4, 5), ['p', 'q'], 1.5,
            '{"a": 1}', True, '2024-05-05T01:02:03+02:00', 2**60, None)
        return rows[0]
    """) == {
        "i": 5,
        "t": "x",
        "ts": "2024-01-02T03:04:05+00:00",
        "ta": ["p", "q"],
        "f": 1.5,
        "j": {"a": 1},
        "b": True,
        "tz": "2024-05-04T23:02:03+00:00",
        "bi": 2**60,
        "n": None,
    }


def test_any_limit_and_offset(client):
    assert client.run("""
        await db.execute_raw('DELETE FROM "LiteLLM_VerificationToken"')
        for name in ('t1', 't2', 't3'):
            await keys.create(data={'token': name})
        rows = await db.query_raw(
            'SELECT token FROM "LiteLLM_VerificationToken" WHERE token = ANY($1) AND created_at > $2 '
            'ORDER BY 1 LIMIT $3 OFFSET $4',
            ['t1', 't2', 't3'], datetime(2020, 1, 1), 1, 1)
        return [r['token'] for r in rows]
    """) == ["t2"]


def test_query_first_as_a_model_and_nothing(client):
    assert client.run("""
        create = {'token': 'raw', 'metadata': Json({'a': 1})}
        await keys.upsert(where={'token': 'raw'}, data={'create': create, 'update': {}})
        row = await keys.query_first('SELECT * FROM "LiteLLM_VerificationToken" WHERE token = $1', 'raw')
        nothing = await db.query_first('SELECT 1 WHERE false')
        return [row.metadata, nothing, await db.query_raw('SELECT 1 AS a WHERE false')]
    """) == [{"a": 1}, None, []]


def test_execute_raw_counts_rows(client):
    assert (
        client.run("""
        await db.execute_raw('DELETE FROM "LiteLLM_VerificationToken"')
        await keys.create(data={'token': 't1'})
        return await db.execute_raw(
            'UPDATE "LiteLLM_VerificationToken" SET spend = spend + $1 WHERE token = $2', 1.5, 't1')
    """)
        == 1
    )


def test_litellm_s_check_for_its_views(client):
    """The query with which LiteLLM looks for its views at start reads the type name[]."""
    assert client.run("""
        rows = await db.query_raw('''
            WITH existing AS (SELECT viewname FROM pg_views WHERE viewname IN ('pg_roles', 'pg_none'))
            SELECT (SELECT COUNT(*) FROM existing) AS view_count, ARRAY_AGG(viewname) AS view_names FROM existing''')
        return rows
    """) == [{"view_count": 1, "view_names": ["pg_roles"]}]
