// Prisma's connection URL, read as the native engine reads it, as settings for the `pg` package.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** {config, schema, sslmode, ssl}: everything that can be known without asking the server. */
function parseUrl(rawUrl) {
  let url;
  try {
    url = new URL(rawUrl);
  } catch {
    throw new Error('the database URL is not a URL: special characters in its password have to be percent-encoded');
  }
  if (!/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Error(`the database URL has to begin with postgresql://, not ${url.protocol}//`);
  }
  const q = url.searchParams;
  const milliseconds = (name, fallback) => Number(q.get(name) ?? fallback) * 1000;
  const config = {
    host: q.get('host') || decodeURIComponent(url.hostname.replace(/^\[|\]$/g, '')) || 'localhost',
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username) || 'postgres',
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
    max: Number(q.get('connection_limit') ?? os.cpus().length * 2 + 1),
    connectionTimeoutMillis: milliseconds('pool_timeout', 10),
    idleTimeoutMillis: 0,
    keepAlive: true,
    application_name: q.get('application_name') || 'prisma-query-engine',
    // The adapter drops the offset of a timestamptz instead of applying it: right only when the session is in UTC.
    options: `${q.get('options') || ''} -c TimeZone=UTC`.trim(),
  };
  if (q.has('socket_timeout')) config.query_timeout = milliseconds('socket_timeout', 0);
  return { config, schema: q.get('schema') || undefined, ...tlsSettings(q) };
}

/** sslmode disable | prefer (default) | require as in Prisma, and libpq's verify-ca and verify-full. */
function tlsSettings(q) {
  const sslmode = q.get('sslmode') || 'prefer';
  if (!['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'].includes(sslmode)) {
    throw new Error(`sslmode=${sslmode} in the database URL is not known: use disable, prefer, require, verify-ca or verify-full`);
  }
  const verifies = sslmode.startsWith('verify') || q.get('sslaccept') === 'strict';
  const ssl = { rejectUnauthorized: verifies };
  const read = (parameter) => {
    try {
      return fs.readFileSync(q.get(parameter));
    } catch (e) {
      throw new Error(`${parameter} in the database URL cannot be read: ${e.message}`);
    }
  };
  // Prisma calls the authority's certificate sslcert, libpq calls it sslrootcert.
  const ca = ['sslrootcert', 'sslcert'].find((name) => q.get(name));
  if (ca) ssl.ca = read(ca);
  if (q.get('sslidentity')) Object.assign(ssl, { pfx: read('sslidentity'), passphrase: q.get('sslpassword') || '' });
  if (sslmode === 'verify-ca') ssl.checkServerIdentity = () => undefined;
  return { sslmode, ssl };
}

/** Asks the server whether it speaks TLS, which `pg` cannot do by itself (sslmode=prefer). */
function offersTls({ host, port, connectionTimeoutMillis }) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
    socket.setTimeout(connectionTimeoutMillis, () => socket.destroy(new Error('timeout expired')));
    socket.once('connect', () => socket.write(SSL_REQUEST));
    socket.once('data', (answer) => { socket.destroy(); resolve(answer.toString('latin1', 0, 1) === 'S'); });
    socket.once('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })));
  });
}

/** {config, schema} with TLS settled, for pg.Pool and pg.Client. */
async function connectionSettings(rawUrl) {
  const { config, schema, sslmode, ssl } = parseUrl(rawUrl);
  const optional = sslmode === 'prefer' || sslmode === 'allow';
  if (sslmode !== 'disable' && (!optional || await offersTls(config))) config.ssl = ssl;
  return { config, schema };
}

module.exports = { connectionSettings, parseUrl };
