// The parser and the translation to the JSON protocol.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { parseGraphQL } = require('../src/graphql.js');
const { datasource, parseSchema } = require('../src/schema.js');
const { Translator } = require('../src/translate.js');

const SCHEMA = `
datasource client {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}
model User {
  id      String @id // the key
  big     BigInt?
  data    Json   @default("{}")
  posts   Post[]
  @@unique([id, big])
}
model Post {
  id     String @id
  meta   Json?
  author User   @relation(fields: [id], references: [id])
}
model UserData {
  id String @id
}
`;
const translate = (text) => {
  const { action, json } = new Translator(parseSchema(SCHEMA)).translate(text);
  return { action, query: JSON.parse(json), json };
};

test('the schema: fields with their types, comments and attributes left out', () => {
  const models = parseSchema(SCHEMA);
  assert.deepEqual([...models.keys()], ['User', 'Post', 'UserData']);
  assert.deepEqual([...models.get('User')], [['id', 'String'], ['big', 'BigInt'], ['data', 'Json'], ['posts', 'Post']]);
});

test('the datasource: from the environment or written out', () => {
  assert.deepEqual(datasource(SCHEMA, { DATABASE_URL: 'u' }), { name: 'client', url: 'u', variable: 'DATABASE_URL' });
  assert.equal(datasource('datasource db {\n url = "x"\n}', {}).url, 'x');
  assert.throws(() => datasource('model A {\n}', {}), /no datasource/);
});

test('a query as prisma-client-py writes it', () => {
  const root = parseGraphQL('query {\n  result: findUniqueUser\n  (\n    where: {\n id: "a",\n }\n  )\n  {\n    id\n    posts(take: 1) {\n id\n }\n }\n}');
  assert.equal(root.name, 'findUniqueUser');
  assert.deepEqual(root.selection.map(({ name }) => name), ['id', 'posts']);
});

test('strings stay as they were written, whatever is in them', () => {
  for (const text of ['', '"', '\\', '\\"', '{}()[]:#', '\n\t\u2028', '😀', '\\u0041', '$type', 'x'.repeat(3e6) + '"\\'.repeat(1e5)]) {
    const { query } = translate(`query { result: findManyUser(where: {id: ${JSON.stringify(text)}}) { id } }`);
    assert.equal(query.query.arguments.where.id, text);
  }
});

test('no number is rounded', () => {
  const { json } = translate('query { result: findManyUser(where: {big: 9223372036854775807, AND: [{big: -0.10}, {big: 1e400}]}) { id } }');
  assert.match(json, /"big":9223372036854775807,"AND":\[\{"big":-0\.10\},\{"big":1e400\}\]/);
});

test('the longest operation and the right model', () => {
  const name = (operation) => {
    const { action, query } = translate(`query { result: ${operation} { id } }`);
    assert.equal(action, query.action);
    return [action, query.modelName];
  };
  assert.deepEqual(name('createManyUser'), ['createMany', 'User']);
  assert.deepEqual(name('createManyAndReturnUser'), ['createManyAndReturn', 'User']);
  assert.deepEqual(name('findUniqueUserData'), ['findUnique', 'UserData']);
  assert.deepEqual(name('findFirstUserOrThrow'), ['findFirstOrThrow', 'User']);
  assert.throws(() => name('findUniqueNobody'), /findUniqueNobody is not known/);
});

test('enum members become strings, true, false and null do not', () => {
  const { query } = translate('query { result: findManyUser(orderBy: [{id: asc}], distinct: [id], skipDuplicates: true, cursor: null) { id } }');
  assert.deepEqual(query.query.arguments, { orderBy: [{ id: 'asc' }], distinct: ['id'], skipDuplicates: true, cursor: null });
});

test('JSON is tagged in data, also below relations', () => {
  const json = (value) => ({ $type: 'Json', value });
  const { query } = translate(`mutation { result: createOneUser(data: {data: "{\\"data\\": 1}", posts: {create: [{id: "p", meta: "[1]"}],
    upsert: [{where: {id: "q"}, create: {meta: "2"}, update: {meta: "3"}}]}}) { id } }`);
  assert.deepEqual(query.query.arguments.data, {
    data: json('{"data": 1}'),
    posts: { create: [{ id: 'p', meta: json('[1]') }], upsert: [{ where: { id: 'q' }, create: { meta: json('2') }, update: { meta: json('3') } }] },
  });
});

test('JSON is tagged in filters, but not their paths and texts', () => {
  const { query } = translate(`query { result: findManyUser(where: {NOT: [{data: {path: ["a"], equals: "1", string_contains: "x"}}],
    posts: {some: {meta: {not: "DbNull"}}}}) { id } }`);
  assert.deepEqual(query.query.arguments.where, {
    NOT: [{ data: { path: ['a'], equals: { $type: 'Json', value: '1' }, string_contains: 'x' } }],
    posts: { some: { meta: { not: { $type: 'Enum', value: 'DbNull' } } } },
  });
});

test('raw queries name no model and keep their parameters as a string', () => {
  const { query } = translate('query { result: queryRaw(query: "SELECT $1", parameters: "[1]") }');
  assert.deepEqual(query, { action: 'queryRaw', query: { arguments: { query: 'SELECT $1', parameters: '[1]' }, selection: {} } });
});

test('what is not GraphQL is refused with a place', () => {
  assert.throws(() => parseGraphQL('query { a(b: ?) }'), /unexpected character at offset 13/);
  assert.throws(() => parseGraphQL('query { a(b: 1'), /found the end of the query/);
  assert.throws(() => parseGraphQL('query { a b }'), /expected one root field, found 2/);
  assert.throws(() => parseGraphQL('query { a(b: "x }'), /unterminated string at offset 13/);
});
