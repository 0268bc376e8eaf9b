// Errors that come out of the WebAssembly engine differently from the native one's, put into its codes and words:
// LiteLLM looks for both.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

/** What the driver threw behind P2036, where the engine knows only a number. The registry never forgets by itself. */
function driverError(registry, id, fallback) {
  const message = registry.consumeError(id)?.error?.message ?? fallback;
  delete registry.registeredErrors?.[id];
  return String(message);
}

function poolTimeout({ max, connectionTimeoutMillis }) {
  return 'Timed out fetching a new connection from the connection pool. More info: http://pris.ly/d/connection-pool '
    + `(Current connection pool timeout: ${connectionTimeoutMillis / 1000}, connection limit: ${max})`;
}

function correctError(entry, registry, poolOptions) {
  const known = entry.user_facing_error ?? {};
  const become = (errorCode, message) => {
    entry.error = message;
    Object.assign(known, { error_code: errorCode, message, meta: {} });
  };
  if (known.error_code === 'P2036') {
    const cause = driverError(registry, known.meta?.id, known.message);
    if (/timeout exceeded when trying to connect/.test(cause)) become('P2024', poolTimeout(poolOptions));
    else if (/Connection terminated|connection error|not queryable/i.test(cause)) become('P1017', 'Server has closed the connection.');
    else entry.error = known.message = cause;
  } else if (known.error_code === 'P2010') {
    const address = /Database not reachable: ([^\s`]+)/.exec(known.message)?.[1]; // a raw query keeps no other trace of it
    if (address) {
      become('P1001', `Can't reach database server at \`${address}\`\n\n`
        + `Please make sure your database server is running at \`${address}\`.`);
    }
  }
}

/** An answer's text with its errors corrected; one without errors is returned as it is. */
function correctErrors(text, registry, poolOptions) {
  if (!text.includes('"errors":[{')) return text;
  const answer = JSON.parse(text);
  for (const entry of answer.errors ?? []) correctError(entry, registry, poolOptions);
  return JSON.stringify(answer);
}

/** The answer for an exception: the engine throws its own errors as JSON text. */
function failure(error) {
  const message = String(error?.message ?? error);
  let known = {};
  try {
    known = JSON.parse(message);
  } catch {
    // the message of some other exception
  }
  const text = known.message ?? message;
  const detail = { is_panic: Boolean(known.is_panic), message: text };
  if (known.error_code) Object.assign(detail, { error_code: known.error_code, meta: known.meta ?? {} });
  return { errors: [{ error: text, user_facing_error: detail }] };
}

module.exports = { correctErrors, failure };
