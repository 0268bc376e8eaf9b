// The connection URL and its TLS.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');

const { connectionSettings, parseUrl } = require('../src/connection.js');

test('the parts of the URL, percent-encoded or not', () => {
  const { config, schema } = parseUrl('postgres://us%40er:p%3Aa%2Fss@host:6543/da%20ta?schema=s&connection_limit=7&pool_timeout=3&socket_timeout=4');
  assert.deepEqual([config.user, config.password, config.host, config.port, config.database], ['us@er', 'p:a/ss', 'host', 6543, 'da ta']);
  assert.deepEqual([config.max, config.connectionTimeoutMillis, config.query_timeout, schema], [7, 3000, 4000, 's']);
});

test('defaults, IPv6 and sockets', () => {
  const { config, schema, sslmode } = parseUrl('postgresql://[::1]/d');
  assert.deepEqual([config.host, config.port, schema, sslmode], ['::1', 5432, undefined, 'prefer']);
  assert.equal(config.options, '-c TimeZone=UTC');
  assert.equal(parseUrl('postgresql://u@localhost/d?host=/run/pg').config.host, '/run/pg');
});

test('a wrong URL is told without its password', () => {
  for (const url of ['postgresql://u:sec#ret@h/d', 'sec ret']) assert.throws(() => parseUrl(url), (e) => !e.message.includes('sec'));
  assert.throws(() => parseUrl('mysql://h/d'), /has to begin with postgresql:\/\//);
  assert.throws(() => parseUrl('postgresql://h/d?sslmode=maybe'), /sslmode=maybe/);
  assert.throws(() => parseUrl('postgresql://h/d?sslmode=require&sslcert=/nowhere'), /sslcert .* cannot be read/);
});

test('what is verified', () => {
  const file = path.join(os.tmpdir(), `authority-${process.pid}.pem`);
  fs.writeFileSync(file, 'PEM');
  const ssl = (query) => parseUrl(`postgresql://h/d?${query}`).ssl;
  assert.equal(ssl('sslmode=require').rejectUnauthorized, false);
  assert.equal(ssl('sslmode=require&sslaccept=strict').rejectUnauthorized, true);
  assert.equal(ssl(`sslmode=verify-full&sslrootcert=${file}`).ca.toString(), 'PEM');
  assert.equal(ssl('sslmode=verify-full').checkServerIdentity, undefined);
  assert.equal(ssl('sslmode=verify-ca').checkServerIdentity(), undefined);
  fs.unlinkSync(file);
});

async function serverThat(answer, use) {
  const server = net.createServer((socket) => socket.once('data', () => socket.end(answer)));
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    return await use(server.address().port);
  } finally {
    server.close();
  }
}

test('prefer asks the server', async () => {
  const ssl = (answer) => serverThat(answer, async (port) => (await connectionSettings(`postgresql://127.0.0.1:${port}/d`)).config.ssl);
  assert.equal((await ssl('S')).rejectUnauthorized, false);
  assert.equal(await ssl('N'), undefined);
  await assert.rejects(ssl(''), /the connection was closed/);
});
