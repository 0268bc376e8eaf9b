// The engine's JSON protocol results to the shape that the native program's GraphQL answers have, on the text.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { elements, stringEnd } = require('./text.js');

const DATA_KEY = /^\{"data":\{"\w+":/;
const TAG = /\{"\$type":"(\w+)","value":/g;
const ARRAY_SUFFIX = '-array';

/** {"$type":T,"value":V} -> V; a BigInt's digits without quotes, as the native program writes them.
 *  Inside a JSON string every quote is escaped, so TAG can only match structure. */
function untag(text) {
  let out = '';
  let done = 0;
  TAG.lastIndex = 0;
  for (let tag = TAG.exec(text); tag; tag = TAG.exec(text)) {
    const start = TAG.lastIndex;
    const end = text[start] === '"' ? stringEnd(text, start) : text.indexOf('}', start);
    const bare = tag[1] === 'BigInt' && text[start] === '"';
    out += text.slice(done, tag.index) + (bare ? text.slice(start + 1, end - 1) : text.slice(start, end));
    done = end + 1; // behind the tag's closing brace
    TAG.lastIndex = done;
  }
  return out + text.slice(done);
}

function cell(type, value) {
  if (value === 'null') return '{"prisma__type":"null","prisma__value":null}';
  if (!type.endsWith(ARRAY_SUFFIX)) return `{"prisma__type":"${type}","prisma__value":${value}}`;
  const inner = type.slice(0, -ARRAY_SUFFIX.length);
  return `{"prisma__type":"array","prisma__value":[${elements(value).map((item) => cell(inner, item)).join()}]}`;
}

/** {"data":{"queryRaw":{"columns","types","rows"}}} -> [{column: {prisma__type, prisma__value}}] */
function rawRows(text) {
  const rowsKey = ',"rows":';
  const at = text.indexOf(`${rowsKey}[`);
  const { columns, types } = JSON.parse(`${text.slice(text.indexOf('{"columns"'), at)}}`);
  const keys = columns.map((column) => JSON.stringify(column));
  const rows = elements(text.slice(at + rowsKey.length, -'}}}'.length));
  const row = (cells) => `{${elements(cells).map((value, i) => `${keys[i]}:${cell(types[i], value)}`).join()}}`;
  return `[${rows.map(row).join()}]`;
}

/** Errors have the same shape in both protocols; a result's key is always `result`. */
function graphqlResult(action, text) {
  if (!DATA_KEY.test(text)) return text;
  if (action === 'queryRaw') return `{"data":{"result":${rawRows(text)}}}`;
  return untag(text).replace(DATA_KEY, '{"data":{"result":');
}

/** {"batchResult":[...]} of a batch of these actions */
function graphqlBatch(actions, text) {
  const results = elements(text.slice(text.indexOf('['), text.lastIndexOf(']') + 1));
  return `{"batchResult":[${results.map((result, i) => graphqlResult(actions[i], result)).join()}],"errors":[]}`;
}

module.exports = { graphqlBatch, graphqlResult, rawRows, untag };
