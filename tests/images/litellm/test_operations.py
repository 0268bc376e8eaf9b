# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation of prisma-client-py that LiteLLM uses, against the image's query engine and a real PostgreSQL."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def empty_tables(client):
    client.run("""
        await db.execute_raw('TRUNCATE "LiteLLM_VerificationToken", "LiteLLM_BudgetTable", "LiteLLM_SpendLogs" CASCADE')
    """)


def test_create_and_find_unique_with_defaults(client):
    row = client.run("""
        await keys.create(data={'token': 't', 'models': ['a', 'b'], 'spend': 0.1})
        row = await keys.find_unique(where={'token': 't'})
        return [row.models, row.spend, row.aliases, row.blocked, row.created_at.tzinfo is not None]
    """)
    assert row == [["a", "b"], 0.1, {}, None, True]


def test_find_unique_of_nothing_is_none(client):
    assert client.run("return await keys.find_unique(where={'token': 'nobody'})") is None


def test_relations_connect_include_and_filter(client):
    assert client.run("""
        await db.litellm_budgettable.create(data={
            'budget_id': 'b', 'created_by': 'x', 'updated_by': 'x', 'max_budget': 5.0,
            'model_max_budget': Json({'m': 1})})
        await keys.create(data={
            'token': 't1', 'metadata': Json({'k': 1}), 'litellm_budget_table': {'connect': {'budget_id': 'b'}}})
        await keys.create(data={'token': 't2', 'budget_id': 'b'})
        one = await keys.find_unique(where={'token': 't1'}, include={'litellm_budget_table': True})
        budgets = await db.litellm_budgettable.find_many(include={'keys': {'where': {'token': 't2'}, 'take': 5}})
        filtered = await keys.find_many(
            where={'litellm_budget_table': {'is': {'max_budget': {'gte': 5}}}}, order={'token': 'asc'})
        budget = one.litellm_budget_table.model_max_budget
        return [budget, [k.token for k in budgets[0].keys], [k.token for k in filtered]]
    """) == [{"m": 1}, ["t2"], ["t1", "t2"]]


def test_json_in_a_nested_create(client):
    assert client.run("""
        row = await keys.create(
            data={'token': 't', 'litellm_budget_table': {'create': {
                'budget_id': 'b', 'created_by': 'x', 'updated_by': 'x', 'model_max_budget': Json({'data': ['x']})}}},
            include={'litellm_budget_table': True})
        return row.litellm_budget_table.model_max_budget
    """) == {"data": ["x"]}


def test_update_forms(client):
    assert client.run("""
        await keys.create(data={'token': 't', 'models': ['a'], 'spend': 1, 'max_parallel_requests': 3})
        row = await keys.update(where={'token': 't'}, data={
            'spend': {'increment': 0.25}, 'models': {'push': ['b']}, 'metadata': Json({'z': None}),
            'max_parallel_requests': None})
        nothing = await keys.update(where={'token': 'nobody'}, data={'spend': 1})
        many = await keys.update_many(where={'token': {'in': ['t', 'x']}}, data={'blocked': True})
        return [row.spend, row.models, row.metadata, row.max_parallel_requests, nothing, many]
    """) == [1.25, ["a", "b"], {"z": None}, None, None, 1]


def test_upsert_creates_then_updates(client):
    assert client.run("""
        data = {'create': {'token': 't', 'metadata': Json({'c': 1})}, 'update': {'spend': {'increment': 2.5}}}
        first = await keys.upsert(where={'token': 't'}, data=data)
        second = await keys.upsert(where={'token': 't'}, data=data)
        return [first.spend, second.spend, second.metadata]
    """) == [0.0, 2.5, {"c": 1}]


def test_create_many_skips_duplicates_and_delete_many_counts(client):
    assert client.run("""
        await keys.create(data={'token': 't1'})
        made = await keys.create_many(
            data=[{'token': 't1'}, {'token': 't2', 'metadata': Json({'k': [1]})}, {'token': 't3'}],
            skip_duplicates=True)
        gone = await keys.delete_many(where={'token': {'startswith': 't'}})
        return [made, gone, await keys.delete(where={'token': 't1'})]
    """) == [2, 3, None]


def test_filters_order_and_paging(client):
    assert client.run("""
        for n in range(6):
            await keys.create(data={'token': f'T{n}', 'spend': n, 'models': ['odd' if n % 2 else 'even']})
        by_token = {'token': 'asc'}
        async def names(**query):
            return [k.token for k in await keys.find_many(**query)]
        either = [{'spend': {'lt': 1}}, {'spend': {'gt': 4}}]
        neither = [{'token': {'in': ['T0', 'T1']}}]
        other = {'expires': None, 'AND': [{'token': {'not': 'T0'}}]}
        any_case = {'contains': 't', 'mode': 'insensitive'}
        return [
            await names(where={'token': any_case}, order={'spend': 'desc'}, take=2, skip=1),
            await names(where={'OR': either}, order=[{'expires': 'asc'}, by_token]),
            await names(where={'NOT': neither, 'models': {'has': 'even'}}, order=by_token),
            await names(where=other, cursor={'token': 'T3'}, order=by_token),
            (await keys.find_first(where={'models': {'has_some': ['odd']}}, order={'spend': 'desc'})).token,
        ]
    """) == [["T4", "T3"], ["T0", "T5"], ["T2", "T4"], ["T3", "T4", "T5"], "T5"]


def test_count_and_group_by(client):
    assert client.run("""
        for n in range(4):
            await keys.create(data={'token': f't{n}', 'team_id': 'a' if n else 'b', 'spend': n})
        groups = await keys.group_by(
            by=['team_id'], count=True, sum={'spend': True}, order={'team_id': 'asc'})
        return [
            await keys.count(),
            await keys.count(where={'team_id': 'a'}),
            [(g['team_id'], g['_count']['_all'], g['_sum']['spend']) for g in groups],
        ]
    """) == [4, 3, [["a", 3, 6.0], ["b", 1, 0.0]]]


def test_json_filters(client):
    assert client.run("""
        await keys.create(data={'token': 't1', 'metadata': Json({'team': 'x', 'tags': ['p', 'q'], 'n': 1})})
        await keys.create(data={'token': 't2', 'metadata': Json({'team': 'y'})})
        async def names(metadata):
            return [k.token for k in await keys.find_many(where={'metadata': metadata})]
        return [
            await names({'equals': Json({'team': 'y'})}),
            await names({'path': ['team'], 'equals': Json('x')}),
            await names({'path': ['tags'], 'array_contains': Json(['q'])}),
            await names({'path': ['team'], 'string_contains': 'y'}),
            await names({'path': ['n'], 'equals': Json(1)}),
        ]
    """) == [["t2"], ["t1"], ["t1"], ["t2"], ["t1"]]


def test_compound_unique_key_and_64_bits(client):
    assert client.run("""
        table = db.litellm_dailyuserspend
        key = {'user_id': 'u', 'date': '2025-01-01', 'api_key': 'k', 'model': 'm', 'custom_llm_provider': 'p',
               'mcp_namespaced_tool_name': ''}
        if 'endpoint' in table._model.model_fields:  # newer versions
            key['endpoint'] = ''
        name = '_'.join(key)
        data = {'create': {**key, 'prompt_tokens': 2**62}, 'update': {'prompt_tokens': {'increment': 2**53 + 1}}}
        await table.upsert(where={name: key}, data=data)
        row = await table.upsert(where={name: key}, data=data)
        await table.delete_many()
        return str(row.prompt_tokens)
    """) == str(2**62 + 2**53 + 1)


def test_times_are_utc_whatever_was_given(client, migrated):
    assert client.run("""
        from datetime import timezone
        east = timezone(timedelta(hours=5, minutes=30))
        await keys.create(data={'token': 't', 'expires': datetime(2030, 1, 2, 3, 4, 5, 678000, tzinfo=east)})
        row = await keys.find_unique(where={'token': 't'})
        found = await keys.count(
            where={'expires': {'gt': datetime(2030, 1, 1, 21, 34, 5, tzinfo=utc)}})
        return [row.expires.isoformat(), found]
    """) == ["2030-01-01T21:34:05.678000+00:00", 1]
    assert (
        migrated.sql("""SELECT expires FROM "LiteLLM_VerificationToken" WHERE token = 't'""")
        == "2030-01-01 21:34:05.678"
    )
