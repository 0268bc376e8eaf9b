// What nginx does with the gateway's own errors. The happy path never comes here, but for one comparison a chunk.
// SPDX-License-Identifier: GPL-3.0-or-later

const REFUSED = 'This key is wrong, expired or blocked; ask whoever runs the gateway for a new one.';
const FAILED = 'The gateway failed to answer; its log says why.';

function rpc_error(r, status, code, message) {
    r.headersOut['Content-Type'] = 'application/json';
    r.return(status, JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: code, message: message } }));
}

function unauthorized(r) {
    rpc_error(r, 401, -32001, REFUSED);
}

// LiteLLM 1.77.3 answers a key that it does not accept with 500 and an empty reason. Whether it was that, a ping with
// the same key tells: same route, same checks, and no MCP server is asked. A gateway without its database fails too.
async function mcp_failed(r) {
    const ping = await r.subrequest('/_front_door/ping', { method: 'POST' });
    if (ping.status < 400) {
        rpc_error(r, 500, -32603, FAILED);
        return;
    }
    const ready = await r.subrequest('/_front_door/ready', { method: 'GET' });
    if (ready.status === 200) {
        unauthorized(r);
    } else {
        rpc_error(r, 503, -32603, 'The gateway is not ready; its database may be gone.');
    }
}

// Errors may repeat the key (expired ones do) or its hash (which some versions take for the key).
const LIMIT = 262144;
let kept = '';

function secrets(r) {
    const found = [];
    ['Authorization', 'x-litellm-api-key', 'x-api-key', 'api-key', 'x-goog-api-key'].forEach((name) => {
        const value = r.headersIn[name];
        if (value) {
            found.push(value.replace(/^\s*\S+\s+/, ''), value);
        }
    });
    if (r.args.key) {
        found.push(String(r.args.key));
    }
    return found.filter((value) => value.length > 7);
}

// Only what clients are answered in is given another shape; the administration reads LiteLLM's own words.
function reshaped(r) {
    return r.variables.route === 'clients' && r.variables.shape !== 'jsonrpc';
}

function error_headers(r) {
    if (r.status >= 400) {
        delete r.headersOut['Content-Length'];
        delete r.headersOut['WWW-Authenticate'];
        if (reshaped(r)) {
            r.headersOut['Content-Type'] = 'application/json';
        }
    }
}

// LiteLLM's own words for a key that it does not accept; those of a provider that refused the gateway's key, and those
// about what a good key may not do, are other ones.
function refused(status, error, message) {
    if (error.type === 'expired_key' || error.type === 'token_not_found_in_db') {
        return true;
    }
    return status === 401 && /^Authentication Error/.test(message) && !/not allowed|access|Only proxy admin/.test(message);
}

// The sentence of an error, wherever LiteLLM has put it.
function sentence(found, text) {
    const said = [found.message, found.detail, found.error, found.msg].find((value) => value);
    if (typeof said === 'string') {
        return said;
    }
    return said === undefined ? text : sentence(Array.isArray(said) ? said[0] : said, text);
}

function shape(r, text) {
    let body = {};
    try {
        body = JSON.parse(text) || {};
    } catch (e) {
        // Text, or nothing.
    }
    const error = body.error && typeof body.error === 'object' ? body.error : {};
    let message = sentence(body, text.trim()) || FAILED;
    if (refused(r.status, error, message)) {
        message = REFUSED;
    } else if (message === 'Internal Server Error') {
        message = FAILED;
    }
    if (r.variables.shape === 'anthropic') {
        return { type: 'error', error: { type: r.variables.anthropic_type, message: message } };
    }
    if (r.variables.shape === 'google') {
        return { error: { code: r.status, message: message, status: r.variables.google_status } };
    }
    return { error: Object.assign({ type: null, param: null, code: String(r.status) }, error, { message: message }) };
}

function error_body(r, data, flags) {
    if (r.status < 400) {
        r.sendBuffer(data, flags);
        r.done();
        return;
    }
    if (kept.length < LIMIT) {
        kept += data;
    }
    if (flags.last) {
        let text = secrets(r).reduce((body, secret) => body.split(secret).join('[removed]'), kept);
        text = text.replace(/\b[0-9a-f]{64}\b/g, '[removed]');
        if (reshaped(r) && r.method !== 'HEAD') {
            text = JSON.stringify(shape(r, text));
        }
        r.sendBuffer(text, flags);
    }
}

export default { unauthorized, mcp_failed, error_headers, error_body };
