// The translation of results, on the text.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { correctErrors, failure } = require('../src/errors.js');
const { graphqlBatch, graphqlResult, untag } = require('../src/results.js');
const { elements, stringEnd } = require('../src/text.js');

test('the end of a string', () => {
  for (const inside of ['', 'a', '\\"', '\\\\', '\\\\\\"', '{}[],']) {
    const text = `["${inside}","b"]`;
    assert.equal(text.slice(1, stringEnd(text, 1)), `"${inside}"`);
  }
  assert.throws(() => stringEnd('"abc', 0), /unterminated/);
});

test('the elements of an array', () => {
  assert.deepEqual(elements('[]'), []);
  assert.deepEqual(elements('[1]'), ['1']);
  assert.deepEqual(elements('[1.0,"a,]",[2,[3]],{"b":[4,5],"c":"}"},null]'), ['1.0', '"a,]"', '[2,[3]]', '{"b":[4,5],"c":"}"}', 'null']);
});

test('tags go, their values stay', () => {
  const text = '{"a":{"$type":"BigInt","value":"9223372036854775807"},"b":[{"$type":"DateTime","value":"2024"}],"c":{"$type":"Json","value":"{\\"$type\\":\\"x\\"}"}}';
  assert.equal(untag(text), '{"a":9223372036854775807,"b":["2024"],"c":"{\\"$type\\":\\"x\\"}"}');
});

test('a text that looks like a tag is left alone', () => {
  const text = JSON.stringify({ a: '{"$type":"BigInt","value":"1"}', b: '{', c: '$type' });
  assert.equal(untag(text), text);
});

test('tags with megabytes in them', () => {
  const inner = JSON.stringify(JSON.stringify('"\\'.repeat(2e6)));
  assert.equal(untag(`{"a":{"$type":"Json","value":${inner}}}`), `{"a":${inner}}`);
});

test('the key of a result is always `result`, errors stay as they are', () => {
  assert.equal(graphqlResult('findUnique', '{"data":{"findUniqueUser":null}}'), '{"data":{"result":null}}');
  assert.equal(graphqlResult('executeRaw', '{"data":{"executeRaw":2}}'), '{"data":{"result":2}}');
  assert.equal(graphqlResult('findUnique', '{"errors":[{"error":"x"}]}'), '{"errors":[{"error":"x"}]}');
});

test('raw rows carry their types, and 1.0 stays 1.0', () => {
  const raw = '{"data":{"queryRaw":{"columns":["f","a\\",\\"rows\\":["],"types":["double","int-array"],"rows":[[1.0,[1,null]],[null,[]]]}}}';
  const answer = graphqlResult('queryRaw', raw);
  assert.match(answer, /"prisma__value":1\.0\}/);
  const none = { prisma__type: 'null', prisma__value: null };
  const name = 'a","rows":[';
  assert.deepEqual(JSON.parse(answer).data.result, [
    { f: { prisma__type: 'double', prisma__value: 1 }, [name]: { prisma__type: 'array', prisma__value: [{ prisma__type: 'int', prisma__value: 1 }, none] } },
    { f: none, [name]: { prisma__type: 'array', prisma__value: [] } },
  ]);
});

test('each answer of a batch by its own action', () => {
  const text = '{"batchResult":[{"data":{"executeRaw":1}},{"data":{"createOneUser":{"id":{"$type":"BigInt","value":"2"}}}}]}';
  assert.equal(graphqlBatch(['executeRaw', 'createOne'], text), '{"batchResult":[{"data":{"result":1}},{"data":{"result":{"id":2}}}],"errors":[]}');
});

const corrected = (known, thrown) => {
  const registry = { registeredErrors: { 7: {} }, consumeError: () => (thrown ? { error: new Error(thrown) } : undefined) };
  const text = JSON.stringify({ errors: [{ error: 'e', user_facing_error: known }] });
  const { error_code: code, message } = JSON.parse(correctErrors(text, registry, { max: 3, connectionTimeoutMillis: 2000 })).errors[0].user_facing_error;
  assert.deepEqual(Object.keys(registry.registeredErrors), known.error_code === 'P2036' ? [] : ['7']);
  return [code, message.split('\n')[0]];
};

test('errors of the driver get the native codes and words', () => {
  const driver = { error_code: 'P2036', message: 'External error', meta: { id: 7 } };
  assert.match(corrected(driver, 'timeout exceeded when trying to connect')[1], /pool timeout: 2, connection limit: 3/);
  assert.deepEqual(corrected(driver, 'Connection terminated unexpectedly'), ['P1017', 'Server has closed the connection.']);
  assert.deepEqual(corrected(driver, 'something else'), ['P2036', 'something else']);
  const raw = { error_code: 'P2010', message: 'Raw query failed. Code: `N/A`. Message: `Database not reachable: db:5432`', meta: {} };
  assert.deepEqual(corrected(raw), ['P1001', "Can't reach database server at `db:5432`"]);
  assert.deepEqual(corrected({ error_code: 'P2002', message: 'Unique' }), ['P2002', 'Unique']);
});

test('an exception becomes an answer, with its code where it has one', () => {
  assert.deepEqual(failure(new Error('plain')).errors[0], { error: 'plain', user_facing_error: { is_panic: false, message: 'plain' } });
  const coded = failure(new Error('{"message":"m","error_code":"P1","meta":{"a":1}}')).errors[0];
  assert.deepEqual(coded.user_facing_error, { is_panic: false, message: 'm', error_code: 'P1', meta: { a: 1 } });
});
