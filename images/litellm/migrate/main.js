// Makes the database ready before LiteLLM starts: waits for it, then applies what is missing of LiteLLM's migrations.
//   main.js <folder of migrations>
// Without DATABASE_URL there is nothing to do. Every end that is not good is one sentence on stderr and status 1.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { parseUrl } = require('../query-engine/src/connection.js');
const { migrate } = require('./migrations.js');
const { connectWhenReady } = require('./wait.js');

const say = (sentence) => process.stderr.write(`litellm: ${sentence}\n`);

/** DATABASE_URL, or the parts that LiteLLM itself would put together. */
function databaseUrl(env) {
  if (env.DATABASE_URL) return env.DATABASE_URL;
  const { DATABASE_HOST: host, DATABASE_USERNAME: user, DATABASE_PASSWORD: password, DATABASE_NAME: name } = env;
  if (!host || !user || !name) return undefined;
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password || '')}@${host}/${name}`;
}

/** the connection ended or the server is shutting down, as opposed to a statement that is wrong */
function lost(error) {
  return /^(08|57P)/.test(error.code) || /Connection terminated|ECONNRESET|EPIPE|not queryable/.test(`${error.code} ${error.message}`);
}

/** how many migrations were applied; begins again where the database goes away in the middle */
async function migrateWhenReady(url, folder) {
  const schema = parseUrl(url).schema || 'public';
  for (;;) {
    const client = await connectWhenReady(url, say);
    try {
      if (/^(true|1)$/i.test(process.env.DISABLE_SCHEMA_UPDATE || '')) return 0;
      return await migrate(client, folder, schema, say);
    } catch (error) {
      if (!lost(error)) throw new Error(`the database at ${client.host}:${client.port}: ${error.message}`);
      say(`the database went away during the migrations (${error.message}): trying again`);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

async function main(folder) {
  const url = databaseUrl(process.env);
  if (!url) return;
  const count = await migrateWhenReady(url, folder);
  if (count) say(`applied ${count} database migrations`);
}

if (require.main === module) {
  main(process.argv[2]).catch((error) => {
    say(error.message);
    process.exit(1);
  });
}
module.exports = { databaseUrl };
