// What has to be known of a Prisma schema: which fields are Json, which are relations, and where the database is.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const MODEL = /^[ \t]*(?:model|view|type)\s+(\w+)\s*\{([\s\S]*?)^[ \t]*\}/gm;
const FIELD = /^\s*(\w+)\s+(\w+)/;

/** Map: model name -> Map: field name -> type name */
function parseSchema(text) {
  const models = new Map();
  for (const [, name, body] of text.matchAll(MODEL)) {
    const fields = new Map();
    for (const line of body.split('\n')) {
      const field = FIELD.exec(line.replace(/\/\/.*$/, ''));
      if (field) fields.set(field[1], field[2]);
    }
    models.set(name, fields);
  }
  return models;
}

/** {name, url, variable}: the schema's datasource; `variable` is the environment variable that its URL comes from */
function datasource(text, env) {
  const block = /^[ \t]*datasource\s+(\w+)\s*\{([\s\S]*?)^[ \t]*\}/m.exec(text);
  if (!block) throw new Error('the schema has no datasource');
  const url = /^\s*url\s*=\s*(?:env\(\s*"([^"]+)"\s*\)|"([^"]*)")/m.exec(block[2]);
  const variable = url?.[1];
  return { name: block[1], url: variable ? env[variable] : url?.[2], variable };
}

module.exports = { datasource, parseSchema };
