// Waits until the database lets LiteLLM's role in, and says in one sentence what it waits for or why it never will.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { connectionSettings, parseUrl } = require('../query-engine/src/connection.js');
const { Client } = require('../query-engine/src/packages.js');

const RETRY_MS = 1000;
const REMIND_MS = 30000;

/** The sentence for an error that only a person can mend, or undefined. */
function refusal(error, { host, port, user, database }) {
  const at = `the database at ${host}:${port}`;
  switch (error.code) {
    case '28P01':
    case '28000':
      return `${at} refuses the login of ${user}: ${error.message}. Check the password in DATABASE_URL and the server's pg_hba.conf.`;
    case '3D000':
      return `${at} has no database ${database}: create it or correct DATABASE_URL.`;
    case '42501':
      return `${at} does not let ${user} connect to ${database}: grant CONNECT on the database to the role.`;
    default:
  }
  if (/does not support SSL/.test(error.message)) return `${at} does not speak TLS, which sslmode in DATABASE_URL asks for.`;
  if (/certificate|altnames|ERR_TLS|_CERT|ISSUER/i.test(`${error.code} ${error.message}`)) {
    return `${at} shows a certificate that is not trusted: ${error.message}. Check sslcert and sslaccept in DATABASE_URL.`;
  }
  if (/SASL|password must be a string/.test(error.message)) return `${at} wants a password for ${user}: DATABASE_URL has none.`;
  return undefined;
}

/** A connected client; `say` gets the sentences of the wait. */
async function connectWhenReady(url, say) {
  const where = parseUrl(url).config;
  let reminded = 0;
  for (;;) {
    let client;
    try {
      const { config } = await connectionSettings(url);
      client = new Client({ ...config, connectionTimeoutMillis: 5000 });
      client.on('error', () => {}); // a connection that dies makes the next query fail, which is where it is told
      await client.connect();
      return client;
    } catch (error) {
      client?.end().catch(() => {});
      const sentence = refusal(error, where);
      if (sentence) throw new Error(sentence);
      if (Date.now() - reminded >= REMIND_MS) {
        say(`waiting for the database at ${where.host}:${where.port}: ${error.message || error.code}`);
        reminded = Date.now();
      }
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }
}

module.exports = { connectWhenReady, refusal };
