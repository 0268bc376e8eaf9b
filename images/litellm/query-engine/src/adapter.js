// Prisma's own PostgreSQL adapter, with what it does otherwise than the native engine put right.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { PrismaPg } = require('@prisma/adapter-pg');
const { parse: parseArray } = require('postgres-array');

// Built-in types, by OID, that the adapter refuses and the native engine reads as text: "char", name, tid, xid, cid, unknown,
// macaddr, interval, reg*, void, pg_lsn, tsvector, xid8. LiteLLM asks the catalogue for names.
const READ_AS_TEXT = new Set([18, 19, 24, 27, 28, 29, 705, 774, 829, 1186, 2202, 2203, 2204, 2205, 2206, 2278, 3220, 3614,
  3734, 3769, 4089, 4096, 4191, 5069]);
const READ_AS_TEXT_ARRAY = new Set([1002, 1003, 1187, 2210, 2211]);
const TEXT = 25;
const TEXT_ARRAY = 1009;

function asText(value) {
  if (value === null || typeof value === 'string') return value;
  return value.toPostgres?.() ?? String(value); // an interval is an object here
}

function asTextArray(value) {
  if (value === null) return null;
  return (Array.isArray(value) ? value : parseArray(value)).map(asText);
}

function correct(queryable) {
  const performIO = queryable.performIO.bind(queryable);
  queryable.performIO = async (query) => {
    const result = await performIO(query);
    (result.fields ?? []).forEach((field, column) => {
      const isArray = READ_AS_TEXT_ARRAY.has(field.dataTypeID);
      if (!isArray && !READ_AS_TEXT.has(field.dataTypeID)) return;
      field.dataTypeID = isArray ? TEXT_ARRAY : TEXT;
      const convert = isArray ? asTextArray : asText;
      for (const row of result.rows) row[column] = convert(row[column]);
    });
    return result;
  };
  return queryable;
}

/** The adapter over a pg.Pool. */
class Adapter extends PrismaPg {
  constructor(pool, schema) { super(pool, { schema }); }

  async connect() {
    const adapter = correct(await super.connect());
    const startTransaction = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolationLevel) => correct(await startTransaction(isolationLevel));
    return adapter;
  }
}

module.exports = { Adapter };
