// Reads the native engine's command line and environment, and starts the engine behind its HTTP interface.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const fs = require('node:fs');

const { Engine } = require('./engine.js');
const { serve } = require('./http.js');
const { datasource } = require('./schema.js');

function option(args, ...names) {
  const at = args.findIndex((arg) => names.includes(arg));
  return at >= 0 ? args[at + 1] : undefined;
}

function readDatamodel(env) {
  if (env.PRISMA_DML_PATH) return fs.readFileSync(env.PRISMA_DML_PATH, 'utf8');
  return Buffer.from(env.PRISMA_DML || '', 'base64').toString('utf8');
}

function main(args, env) {
  const datamodel = readDatamodel(env);
  const source = datasource(datamodel, env);
  for (const { name, url } of JSON.parse(env.OVERWRITE_DATASOURCES || '[]')) {
    if (name === source.name && url) source.url = url;
  }
  const engine = new Engine(datamodel, source);
  const port = Number(option(args, '-p', '--port') || env.PORT || 4466);
  serve(engine, option(args, '-H', '--host') || '127.0.0.1', port);
  engine.start().catch((error) => console.error(`query-engine: ${error.message}`));
}

module.exports = { main };
