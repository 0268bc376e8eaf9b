# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written comes back the same: generated values through prisma-client-py, the engine and PostgreSQL."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TRIES = settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# PostgreSQL stores no U+0000, nothing stores a lone surrogate in UTF-8, and prisma-client-py itself indents what comes
# after the other line separators of Unicode.
TEXT = st.text(st.characters(exclude_characters="\0\x85\u2028\u2029", exclude_categories=["Cs"]), max_size=60)
TRICKY = st.sampled_from(
    ['"', "\\", '\\"', "{}", "$type", '{"$type":"BigInt","value":"1"}', "\n\t\x1e", "query {", "#", "😀"]
)
STRINGS = st.one_of(TEXT, TRICKY, st.lists(TRICKY, max_size=4).map("".join))
# Prisma's engine, the native one too, reads a JSON number into 64 bits; jsonb turns 1e16 into an integer.
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(-1e15, 1e15), STRINGS)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(STRINGS, inner, max_size=4)),
    max_leaves=12,
)


@TRIES
@given(document=DOCUMENTS)
def test_json(client, document):
    stored = client.run(
        """
        import json
        where, data = {'token': 'json'}, {'metadata': Json(values['document'])}
        await keys.upsert(where=where, data={'create': {**where, **data}, 'update': data})
        row = await keys.find_unique(where=where)
        raw = await db.query_raw(
            'SELECT metadata::text AS text FROM "LiteLLM_VerificationToken" WHERE token = $1', 'json')
        return [row.metadata, json.loads(raw[0]['text'])]
        """,
        document=document,
    )
    assert stored == [document, document]


@TRIES
@given(strings=st.lists(STRINGS, max_size=5), text=STRINGS)
def test_strings_and_lists_of_them(client, strings, text):
    stored = client.run(
        """
        data = {'key_alias': values['text'], 'models': values['strings']}
        where = {'token': 'text'}
        await keys.upsert(where=where, data={'create': {**where, **data}, 'update': data})
        row = await keys.find_first(where={'key_alias': values['text']})
        raw = await db.query_raw(
            'SELECT key_alias, models FROM "LiteLLM_VerificationToken" WHERE key_alias = $1', values['text'])
        return [row.key_alias, row.models, raw[0]['key_alias'], raw[0]['models']]
        """,
        text=text,
        strings=strings,
    )
    assert stored == [text, strings, text, strings]


@TRIES
@given(integer=st.integers(-(2**63), 2**63 - 1), number=st.floats(-1e300, 1e300))
def test_numbers(client, integer, number):
    stored = client.run(
        """
        data = {'tpm_limit': values['integer'], 'spend': values['number']}
        where = {'token': 'number'}
        await keys.upsert(where=where, data={'create': {**where, **data}, 'update': data})
        row = await keys.find_first(where={'tpm_limit': values['integer']})
        raw = await db.query_raw('SELECT tpm_limit, spend FROM "LiteLLM_VerificationToken" WHERE token = $1', 'number')
        return [row.tpm_limit, row.spend, raw[0]['tpm_limit'], raw[0]['spend']]
        """,
        integer=integer,
        number=number,
    )
    # Prisma's engine, the native one too, carries a Float as a decimal of 16 digits.
    close = pytest.approx(number, rel=1e-15, abs=1e-300)
    assert stored == [integer, close, integer, close]


@TRIES
@given(time=st.datetimes(timezones=st.timezones()).filter(lambda t: 1 < t.year < 9999))
def test_times(client, time):
    stored = client.run(
        """
        time = datetime.fromisoformat(values['time'])
        where = {'token': 'time'}
        await keys.upsert(where=where, data={'create': {**where, 'expires': time}, 'update': {'expires': time}})
        row = await keys.find_unique(where=where)
        milliseconds = time.astimezone(utc).replace(microsecond=time.microsecond // 1000 * 1000)
        return [row.expires.isoformat(), milliseconds.isoformat()]
        """,
        time=time.isoformat(),
    )
    assert stored[0] == stored[1]


def test_a_document_of_megabytes(client):
    size = client.run("""
        text = '{"a": "b\\\\"' * 400000
        create = {'token': 'big', 'metadata': Json({'t': text})}
        await keys.upsert(where={'token': 'big'}, data={'create': create, 'update': {}})
        row = await keys.find_unique(where={'token': 'big'})
        raw = await db.query_raw('SELECT metadata FROM "LiteLLM_VerificationToken" WHERE token = $1', 'big')
        return len(text) if row.metadata['t'] == text and raw[0]['metadata']['t'] == text else 0
    """)
    assert size == 4_000_000
