// Applies LiteLLM's SQL migrations and records them in _prisma_migrations, as `prisma migrate deploy` does.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const PRISMA_LOCK = 72707369; // Prisma's own advisory lock, so that its command line and this never run together
const LOCK_RETRY_MS = 300;

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY,
  checksum varchar(64) NOT NULL,
  finished_at timestamptz,
  migration_name varchar(255) NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0)`;
const RECORD = `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
  VALUES ($1, $2, $3, $4, now(), 1)`;

/** [{name, sql, checksum}] in the order of the C locale, which is the order of the names' bytes. */
function readMigrations(folder) {
  return fs.readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => {
      const bytes = fs.readFileSync(path.join(folder, name, 'migration.sql'));
      return { name, sql: bytes.toString('utf8'), checksum: crypto.createHash('sha256').update(bytes).digest('hex') };
    });
}

/** PostgreSQL refuses `CREATE INDEX CONCURRENTLY` inside a transaction; LiteLLM keeps such a statement alone in its file. */
function runsAlone(sql) {
  return /\bCONCURRENTLY\b/i.test(sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ''));
}

/** Polls instead of waiting inside PostgreSQL: a waiting statement would hold up another replica's CONCURRENTLY. */
async function lock(client, say) {
  let told = false;
  for (;;) {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [PRISMA_LOCK]);
    if (rows[0].taken) return;
    if (!told) say('waiting for another process that is migrating this database');
    told = true;
    await new Promise((resolve) => { setTimeout(resolve, LOCK_RETRY_MS); });
  }
}

async function apply(client, { name, sql, checksum }) {
  const started = new Date();
  const record = () => client.query(RECORD, [crypto.randomUUID(), checksum, name, started]);
  if (runsAlone(sql)) {
    await client.query(sql);
    await record();
    return;
  }
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await record();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Applies what is missing, one transaction each, and returns how many there were. */
async function migrate(client, folder, schema, say) {
  await client.query("SELECT set_config('search_path', quote_ident($1), false)", [schema]);
  await client.query('SET client_min_messages = warning');
  await lock(client, say);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${client.escapeIdentifier(schema)}`);
  await client.query(CREATE_TABLE);
  const { rows } = await client.query(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL');
  const done = new Set(rows.map((row) => row.migration_name));
  const missing = readMigrations(folder).filter(({ name }) => !done.has(name));
  for (const migration of missing) {
    try {
      await apply(client, migration);
    } catch (error) {
      error.message = `the migration ${migration.name} failed: ${error.message}`;
      throw error;
    }
  }
  return missing.length;
}

module.exports = { migrate, readMigrations, runsAlone };
