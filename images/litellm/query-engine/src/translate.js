// GraphQL queries to the engine's JSON protocol, the only one that its WebAssembly build speaks.
// They differ in one meaning: GraphQL carries JSON for a Json field as a string, for which the JSON protocol wants a tag.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { parseGraphQL } = require('./graphql.js');

const RAW_ACTIONS = ['queryRaw', 'executeRaw'];
// Longer names before the names that they begin with.
const ACTIONS = ['findUnique', 'findFirst', 'findMany', 'createManyAndReturn', 'createMany', 'createOne',
  'updateManyAndReturn', 'updateMany', 'updateOne', 'upsertOne', 'deleteMany', 'deleteOne', 'aggregate', 'groupBy'];
const OR_THROW = 'OrThrow';

// Keys of a Json field's filter whose value is not itself Json.
const PLAIN_IN_JSON_FILTER = new Set(['path', 'mode', 'string_contains', 'string_starts_with', 'string_ends_with']);
// Keys below a relation's operator whose value is about the related model.
const NESTED_ARGUMENTS = new Set(['where', 'data', 'create', 'update', 'skipDuplicates']);
const JSON_NULLS = new Set(['"JsonNull"', '"DbNull"', '"AnyNull"']);

const list = (items, each) => `[${items.map(each).join()}]`;
const object = (entries, each) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${each(value, key)}`).join()}}`;

function plain(value) {
  if (value.kind === 'list') return list(value.items, plain);
  if (value.kind === 'object') return object(value.entries, plain);
  return value.text;
}

function jsonField(value) {
  if (value.kind === 'list') return list(value.items, jsonField);
  if (value.kind === 'object') {
    return object(value.entries, (inner, key) => (PLAIN_IN_JSON_FILTER.has(key) ? plain(inner) : jsonField(inner)));
  }
  if (value.kind === 'bare') return value.text;
  return `{"$type":"${JSON_NULLS.has(value.text) ? 'Enum' : 'Json'}","value":${value.text}}`;
}

class Translator {
  /** models: as parseSchema returns them */
  constructor(models) { this.models = models; }

  /** {action, json} of a query's text */
  translate(text) {
    const root = parseGraphQL(text);
    const { action, model } = this.operation(root.name);
    const head = model ? `"modelName":${JSON.stringify(model)},` : '';
    return { action, json: `{${head}"action":"${action}","query":${this.field(root, model)}}` };
  }

  /** `findUniqueUserOrThrow` -> {action: 'findUniqueOrThrow', model: 'User'} */
  operation(name) {
    if (RAW_ACTIONS.includes(name)) return { action: name };
    for (const action of ACTIONS) {
      if (!name.startsWith(action)) continue;
      const model = name.slice(action.length);
      if (this.models.has(model)) return { action, model };
      const shorter = model.slice(0, -OR_THROW.length);
      if (model.endsWith(OR_THROW) && this.models.has(shorter)) return { action: action + OR_THROW, model: shorter };
    }
    throw new Error(`the operation ${name} is not known for any model of the schema`);
  }

  field({ args, selection }, model) {
    const selected = (selection ?? []).map((child) => `${JSON.stringify(child.name)}:${this.selected(child, model)}`);
    return `{"arguments":${object(args, (value) => this.about(value, model))},"selection":{${selected.join()}}}`;
  }

  selected(child, model) {
    if (!child.selection && !child.args.length) return 'true';
    const type = this.models.get(model)?.get(child.name);
    return this.field(child, this.models.has(type) ? type : model);
  }

  /** a value whose keys are fields of `model`, or operators around such (AND, OR, set, gt, a compound key, ...) */
  about(value, model) {
    if (!model) return plain(value);
    if (value.kind === 'list') return list(value.items, (item) => this.about(item, model));
    if (value.kind !== 'object') return value.text;
    return object(value.entries, (inner, key) => this.entry(inner, key, model));
  }

  entry(value, key, model) {
    const type = this.models.get(model).get(key);
    if (!type) return this.about(value, model);
    if (type === 'Json') return jsonField(value);
    return this.models.has(type) ? this.relation(value, type) : plain(value);
  }

  /** the value of a relation's field: {connect | create | update | some | is | ...: X}, or the related model's own fields */
  relation(value, model) {
    if (value.kind === 'list') return list(value.items, (item) => this.relation(item, model));
    if (value.kind !== 'object') return value.text;
    const fields = this.models.get(model);
    return object(value.entries, (inner, key) => (fields.has(key) ? this.entry(inner, key, model) : this.nested(inner, model)));
  }

  nested(value, model) {
    if (value.kind === 'list') return list(value.items, (item) => this.nested(item, model));
    const isArguments = value.kind === 'object' && value.entries.length > 0
      && value.entries.every(([key]) => NESTED_ARGUMENTS.has(key));
    if (isArguments) return object(value.entries, (inner) => this.about(inner, model));
    return this.about(value, model);
  }
}

module.exports = { Translator };
