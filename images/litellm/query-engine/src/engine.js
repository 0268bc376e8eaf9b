// Prisma's query engine: its WebAssembly build from @prisma/client, on a pool of PostgreSQL connections.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { bindAdapter } = require('@prisma/driver-adapter-utils');
const { Pool } = require('pg');

const { Adapter } = require('./adapter.js');
const { connectionSettings } = require('./connection.js');
const { correctErrors } = require('./errors.js');
const { graphqlBatch, graphqlResult } = require('./results.js');
const { parseSchema } = require('./schema.js');
const { Translator } = require('./translate.js');

const RUNTIME = '@prisma/client/runtime/query_engine_bg.postgresql';
const NO_TRACING = '{}';
const TRANSACTION_DEFAULTS = { max_wait: 2000, timeout: 5000 };

class Engine {
  /** source: as datasource() returns it */
  constructor(datamodel, source) {
    this.datamodel = datamodel;
    this.source = source;
    this.translator = new Translator(parseSchema(datamodel));
    this.requests = 0;
    this.ready = null;
  }

  /** Resolves once queries can be answered; after a failure the next call tries again. */
  start() {
    this.ready ??= this.load().catch((error) => {
      this.ready = null;
      throw error;
    });
    return this.ready;
  }

  async load() {
    this.pool ??= await this.openPool();
    await this.pool.query('SELECT 1'); // not ready before the database is
    this.adapter = bindAdapter(await new Adapter(this.pool, this.schema).connect());
    const runtime = this.instantiate();
    this.engine = new runtime.QueryEngine({
      datamodel: this.datamodel,
      logLevel: 'error',
      logQueries: false,
      enableTracing: false,
      datasourceOverrides: {},
      env: {},
      ignoreEnvVarErrors: true,
      configDir: '.',
      engineProtocol: 'json',
    }, () => {}, this.adapter);
    await this.engine.connect(NO_TRACING, this.requestId());
  }

  async openPool() {
    const { url, variable } = this.source;
    if (!url) throw new Error(`error: Environment variable not found: ${variable}.`);
    const { config, schema } = await connectionSettings(url);
    this.schema = schema;
    const pool = new Pool(config);
    pool.on('error', (error) => console.error(`query-engine: an idle connection was lost: ${error.message}`));
    return pool;
  }

  /** wasm-bindgen keeps an instance's state in its JavaScript module: a fresh engine needs a fresh copy of it. */
  instantiate() {
    delete require.cache[require.resolve(`${RUNTIME}.js`)];
    const runtime = require(`${RUNTIME}.js`);
    this.wasm ??= new WebAssembly.Module(Buffer.from(require(`${RUNTIME}.wasm-base64.js`).wasm, 'base64'));
    const instance = new WebAssembly.Instance(this.wasm, { './query_engine_bg.js': runtime });
    runtime.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
    return runtime;
  }

  requestId() {
    this.requests += 1;
    return String(this.requests);
  }

  async call(method, ...args) {
    await this.start();
    try {
      return await this.engine[method](...args, this.requestId());
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) { // a panic leaves the instance unusable
        console.error(`query-engine: panic: ${error.message}`);
        this.ready = null;
      }
      throw error;
    }
  }

  /** The answer's text to the body of a POST: {query} or {batch: [{query}], transaction}. */
  async query(body, transactionId) {
    const text = body.batch ? await this.batch(body, transactionId) : await this.single(body, transactionId);
    return correctErrors(text, this.adapter.errorRegistry, this.pool.options);
  }

  async single({ query }, transactionId) {
    const { action, json } = this.translator.translate(query);
    return graphqlResult(action, await this.call('query', json, NO_TRACING, transactionId));
  }

  async batch({ batch, transaction }, transactionId) {
    const parts = batch.map(({ query }) => this.translator.translate(query));
    const head = transaction ? '"transaction":{"isolationLevel":null},' : '';
    const text = await this.call('query', `{${head}"batch":[${parts.map(({ json }) => json).join()}]}`, NO_TRACING, transactionId);
    if (!text.startsWith('{"batchResult":[')) return text; // an error of the whole batch
    return graphqlBatch(parts.map(({ action }) => action), text);
  }

  startTransaction(options) {
    return this.call('startTransaction', JSON.stringify({ ...TRANSACTION_DEFAULTS, ...options }), NO_TRACING);
  }

  commitTransaction(id) { return this.call('commitTransaction', id, NO_TRACING); }

  rollbackTransaction(id) { return this.call('rollbackTransaction', id, NO_TRACING); }

  metrics() {
    const gauge = (key, value) => ({ key, labels: {}, value, description: '' });
    return {
      counters: [gauge('prisma_client_queries_total', this.requests)],
      gauges: [
        gauge('prisma_pool_connections_open', this.pool?.totalCount ?? 0),
        gauge('prisma_pool_connections_idle', this.pool?.idleCount ?? 0),
        gauge('prisma_client_queries_wait', this.pool?.waitingCount ?? 0),
      ],
      histograms: [],
    };
  }
}

module.exports = { Engine };
