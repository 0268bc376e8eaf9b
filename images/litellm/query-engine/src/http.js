// The native engine's HTTP interface, as far as prisma-client-py uses it.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const http = require('node:http');

const { failure } = require('./errors.js');

const TRANSACTION = /^\/transaction\/([^/]+)\/(commit|rollback)$/;
const TRANSACTION_STATUS = [
  [/not found/i, 404],
  [/Unable to start a transaction in the given time/i, 504],
  [/already closed|no longer valid|expired/i, 422],
];
const PARENT_CHECK_MS = 2000;
const STOP_MS = 3000;

function transactionAnswer(text) {
  const { error_code: code, message } = JSON.parse(text || '{}');
  if (!code) return [200, text || '{}'];
  return [TRANSACTION_STATUS.find(([words]) => words.test(message))?.[1] ?? 500, text];
}

async function route(engine, { method, path, headers, body }) {
  if (method === 'GET' && path === '/status') {
    await engine.start();
    return [200, '{"status":"ok"}'];
  }
  if (method === 'GET' && path === '/metrics') return [200, JSON.stringify(engine.metrics())];
  if (method !== 'POST') return [404, '{}'];
  if (path === '/') return [200, await engine.query(JSON.parse(body), headers['x-transaction-id'])];
  if (path === '/transaction/start') return transactionAnswer(await engine.startTransaction(JSON.parse(body || '{}')));
  const [, id, verb] = TRANSACTION.exec(path) ?? [];
  if (verb === 'commit') return transactionAnswer(await engine.commitTransaction(id));
  if (verb === 'rollback') return transactionAnswer(await engine.rollbackTransaction(id));
  return [404, '{}'];
}

async function answer(engine, request) {
  try {
    return await route(engine, request);
  } catch (error) {
    const message = String(error?.message ?? error);
    console.error(`query-engine: ${request.method} ${request.path}: ${message}`);
    // prisma-client-py asks for the status again until it is good; it takes a query's errors from a good answer
    if (request.path === '/status') return [503, JSON.stringify({ Errors: [message] })];
    return [200, JSON.stringify(failure(error))];
  }
}

function serve(engine, host, port) {
  const server = http.createServer(async (req, res) => {
    const chunks = [];
    try {
      for await (const chunk of req) chunks.push(chunk);
    } catch {
      return; // the client went away in the middle of its request
    }
    const request = {
      method: req.method, path: req.url.split('?')[0], headers: req.headers, body: Buffer.concat(chunks).toString('utf8'),
    };
    const [status, text] = await answer(engine, request);
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(text);
  });
  server.keepAliveTimeout = 0; // the client keeps a pool: an idle connection closed under it would fail its next query
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.listen(port, host);

  const stop = () => { // queries that are under way get their answers
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), STOP_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const parent = process.ppid;
  setInterval(() => { // do not outlive a client that was killed
    if (process.ppid !== parent) process.exit(0);
  }, PARENT_CHECK_MS).unref();
  return server;
}

module.exports = { serve };
