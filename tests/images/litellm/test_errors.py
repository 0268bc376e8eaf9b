# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors carry Prisma's codes, transactions and batches hold or fall as a whole."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def empty_tables(client):
    client.run("""
        await db.execute_raw('TRUNCATE "LiteLLM_VerificationToken", "LiteLLM_BudgetTable" CASCADE')
        await keys.create(data={'token': 'there'})
    """)


@pytest.mark.parametrize(
    ("error", "code", "words", "statement"),
    [
        ("UniqueViolationError", "P2002", "(`token`)", "create(data={'token': 'there'})"),
        ("ForeignKeyViolationError", "P2003", "budget_id_fkey", "create(data={'token': 't', 'budget_id': 'nowhere'})"),
        ("RecordNotFoundError", "P2025", "required but not found", "find_unique_or_raise(where={'token': 'nobody'})"),
        ("RecordNotFoundError", "P2025", "required but not found", "find_first_or_raise(where={'token': 'nobody'})"),
        (
            "RecordNotFoundError",
            "P2025",
            "not found",
            "create(data={'token': 't', 'litellm_budget_table': {'connect': {'budget_id': 'no'}}})",
        ),
        ("MissingRequiredValueError", "P2012", "token", "create(data={})"),
        ("FieldNotFoundError", "P2009", "foo", "create(data={'token': 't', 'foo': 1})"),
        ("FieldNotFoundError", "P2009", "foo", "find_many(where={'foo': 1})"),
        ("RawQueryError", "P2010", "does not exist", "query_raw('SELECT * FROM nowhere')"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("P2") else "",
)
def test_codes(client, error, code, words, statement):
    answer = client.attempt(f"await keys.{statement}")
    assert answer.get("error") == error, answer
    assert words in answer["message"]
    if answer["code"] != code:  # P2009 and P2012 are told by name alone
        assert code in ("P2009", "P2012") and answer["code"] in (None, "P2009", "P2012"), answer


def test_update_and_delete_of_nothing_are_none(client):
    assert client.run("""
        return [await keys.update(where={'token': 'no'}, data={'spend': 1}), await keys.delete(where={'token': 'no'})]
    """) == [None, None]


def test_a_batch_is_applied_as_a_whole(client):
    assert client.run("""
        async with db.batch_() as batch:
            batch.litellm_verificationtoken.update(where={'token': 'there'}, data={'spend': {'increment': 1.5}})
            data = {'create': {'token': 'b', 'metadata': Json({'b': 2})}, 'update': {}}
            batch.litellm_verificationtoken.upsert(where={'token': 'b'}, data=data)
            batch.litellm_verificationtoken.update_many(where={'token': 'nobody'}, data={'spend': 1})
            batch.execute_raw('UPDATE "LiteLLM_VerificationToken" SET spend = spend + $1 WHERE token = $2', 1, 'b')
        rows = await keys.find_many(order={'token': 'asc'})
        return [[r.token, r.spend] for r in rows]
    """) == [["b", 1.0], ["there", 1.5]]


def test_a_batch_falls_as_a_whole(client):
    answer = client.attempt("""
        async with db.batch_() as batch:
            batch.litellm_verificationtoken.create(data={'token': 'new'})
            batch.litellm_verificationtoken.create(data={'token': 'there'})
    """)
    assert answer.get("error") == "UniqueViolationError", answer
    assert client.run("return await keys.count()") == 1


def test_a_transaction_is_committed_with_a_batch_in_it(client):
    assert client.run("""
        async with db.tx() as tx:
            await tx.litellm_verificationtoken.create(data={'token': 'a'})
            inside = await tx.litellm_verificationtoken.count()
            outside = await keys.count()
            async with tx.batch_() as batch:
                batch.litellm_verificationtoken.create(data={'token': 'b'})
        return [inside, outside, await keys.count()]
    """) == [2, 1, 3]


def test_a_transaction_is_rolled_back_by_an_exception(client):
    answer = client.attempt("""
        async with db.tx() as tx:
            await tx.litellm_verificationtoken.create(data={'token': 'a'})
            await tx.query_raw('SELECT 1')
            raise ValueError('stop')
    """)
    assert answer == {"error": "ValueError", "code": None, "message": "stop"}
    assert client.run("return await keys.count()") == 1


def test_a_transaction_expires_and_leaves_nothing_behind(client):
    answer = client.attempt("""
        async with db.tx(timeout=timedelta(milliseconds=300)) as tx:
            await tx.litellm_verificationtoken.create(data={'token': 'late'})
            await asyncio.sleep(1)
            await tx.litellm_verificationtoken.create(data={'token': 'later'})
    """)
    assert answer.get("error") == "TransactionExpiredError", answer
    assert client.run("return await keys.count()") == 1


def test_transactions_side_by_side(client):
    assert (
        client.run("""
        async def spend(_):
            async with db.tx(max_wait=timedelta(seconds=20), timeout=timedelta(seconds=20)) as tx:
                await tx.litellm_verificationtoken.update(where={'token': 'there'}, data={'spend': {'increment': 1}})
        await asyncio.gather(*[spend(n) for n in range(12)])
        return (await keys.find_unique(where={'token': 'there'})).spend
    """)
        == 12.0
    )


def test_many_queries_at_once(client):
    assert (
        client.run("""
        rows = await asyncio.gather(*[keys.find_unique(where={'token': 'there'}) for _ in range(200)])
        return len([r for r in rows if r.token == 'there'])
    """)
        == 200
    )
