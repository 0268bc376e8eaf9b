# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model server offers, or in one sentence why it does not answer: name, port, TLS, credential, path, model.

It is asked for what it has, which no provider bills. It needs Python's standard library alone: it also runs inside the
gateway's container, as a text by standard input.
"""

from __future__ import annotations

import concurrent.futures
import difflib
import http.client
import json
import os
import re
import socket
import ssl
import sys
from urllib.parse import quote, urlsplit

AT_ONCE = 8
# Bytes; a list of thousands of models is far below.
MOST = 4194304
SHOWN = 5
OPENAI, OLLAMA, ANTHROPIC, GEMINI, AZURE, OPENROUTER, ANY = (
    *("openai", "ollama", "anthropic", "gemini", "azure", "openrouter", "any"),
)
# Below the API's address: where its models are listed, or where the one is that is asked for.
PATHS = {
    OPENAI: "/models",
    OLLAMA: "/api/tags",
    ANTHROPIC: "/v1/models/{model}",
    GEMINI: "/models/{model}",
    AZURE: "/openai/models?api-version=2024-10-21",
    OPENROUTER: "/key",
    ANY: "",
}
# Each API's own header for its key. https://docs.claude.com/en/api/models, https://ai.google.dev/api/models,
# https://learn.microsoft.com/azure/ai-services/openai/reference, https://openrouter.ai/docs/api-reference
KEY_HEADERS = {ANTHROPIC: "x-api-key", GEMINI: "x-goog-api-key", AZURE: "api-key"}
# Those that answer for one model, so that 404 is about its name.
OF_ONE = (ANTHROPIC, GEMINI)
# What OpenSSL says, in words. In this order, as some of what it says holds a word of another.
TLS = (
    (r"certificate has expired", "the certificate of {where} has expired: have it renewed there"),
    (r"not yet valid", "the certificate of {where} is not valid yet as the gateway's clock goes: set the clock right"),
    (
        r"(hostname|ip address) mismatch|not valid for|doesn't match",
        "the certificate of {where} is for other names than this one: write a name that it has",
    ),
    (
        r"unable to get (local )?issuer|self[- ]signed|unknown ca|unable to verify",
        "the certificate of {where} is of an authority that LiteLLM does not trust: give the server one that it does, "
        "or ask it by http:// where the network between is yours",
    ),
    (
        r"wrong.version|record layer|unknown protocol|packet length",
        "{where} speaks plain HTTP and the address begins with https://: write http://",
    ),
)
WANTS_TLS = re.compile(r"(?i)plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server")


class Failure(Exception):
    """Why there is no answer: kind (a word for programs) and a sentence for people."""

    def __init__(self, kind, sentence):
        super().__init__(sentence)
        self.kind = kind


def trusted(verify):
    """Whom LiteLLM trusts: what SSL_CERT_FILE names, else the authorities of its package certifi."""
    if not verify:
        return ssl._create_unverified_context()
    if not os.environ.get("SSL_CERT_FILE"):
        try:
            import certifi

            return ssl.create_default_context(cafile=certifi.where())
        except ImportError:
            pass
    return ssl.create_default_context()


def connected(host, port, timeout):
    """A connection to the first address of a name that takes one."""
    where = f"{host}:{port}"
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        sentence = f"the name '{host}' does not resolve there: correct the host in api_base, or see to the host's DNS"
        raise Failure("name", sentence) from None
    try:
        return socket.create_connection((host, port), timeout)
    except TimeoutError:
        raise Failure(
            "port",
            f"{where} takes no connection within {timeout:g} s: see that the machine is on, and its firewall",
        ) from None
    except OSError as error:
        if host == "localhost" or host.startswith("127.") or host == "::1":
            sentence = f"nothing listens on {where}, which is LiteLLM's own container: write the server's address"
            raise Failure("port", f"{sentence} in the network") from None
        sentence = f"nothing can be reached at {where} ({error.strerror or error}): start the server, have it listen on"
        raise Failure("port", f"{sentence} an address of the network, or correct the port in api_base") from None


def encrypted(raw, host, where, verify):
    """The connection with TLS."""
    try:
        return trusted(verify).wrap_socket(raw, server_hostname=host)
    except (OSError, ValueError) as error:
        for pattern, sentence in TLS:
            if re.search(pattern, str(error), re.IGNORECASE):
                raise Failure("tls", sentence.format(where=where)) from None
        raise Failure("tls", f"TLS with {where} does not come about ({str(error)[:200]})") from None


def fetched(url, headers, timeout, verify=True):
    """Status and text of a GET, by a connection of its own so that each step has its reason."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    where = f"{parts.hostname}:{port}"
    raw = connected(parts.hostname, port, timeout)
    try:
        raw.settimeout(timeout)
        raw = encrypted(raw, parts.hostname, where, verify) if secure else raw
        connection = http.client.HTTPConnection(parts.hostname, port, timeout=timeout)
        connection.sock = raw
        path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        connection.request("GET", path, headers=dict(headers, accept="application/json"))
        answer = connection.getresponse()
        text = answer.read(MOST).decode("utf-8", "replace")
    except TimeoutError:
        raise Failure("slow", f"{where} takes the connection and says nothing within {timeout:g} s") from None
    except (http.client.HTTPException, OSError) as error:
        if not secure and isinstance(error, (http.client.BadStatusLine, ConnectionError)):
            raise Failure(
                "tls", f"{where} does not answer in HTTP: write https:// if it speaks TLS, or correct the port"
            ) from None
        raise Failure("answer", f"{where} breaks off ({str(error)[:200] or type(error).__name__})") from None
    finally:
        raw.close()
    if not secure and answer.status == 400 and WANTS_TLS.search(text):
        raise Failure("tls", f"{where} speaks HTTPS and the address begins with http://: write https://")
    return answer.status, text


def offered(api, text):
    """The names of the models that an answer lists, sorted; nothing where it is no such list."""
    try:
        data = json.loads(text)
    except ValueError:
        return None
    listed = data.get("models" if api == OLLAMA else "data") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        return None
    names = [one.get("name" if api == OLLAMA else "id") for one in listed if isinstance(one, dict)]
    return sorted({name for name in names if isinstance(name, str) and name})


def has(api, names, model):
    """Whether a list names the model; Ollama's word for the newest of several may be left out."""
    return model in names or (api == OLLAMA and model + ":latest" in names)


def refused(status, text, shown):
    """Whether a server's answer is about the credential, as a sentence."""
    # Google answers 400 to a key that it does not know.
    if status not in (401, 403) and not (status == 400 and "API_KEY_INVALID" in text):
        return None
    what = "does not take the key that it is shown: correct api_key" if shown else "wants a key: set api_key"
    return f"it {what} (HTTP {status})"


def asked(endpoint, timeout):
    """The models that are offered; Failure where the model that is meant does not answer there."""
    api, model = endpoint.get("api") or OPENAI, endpoint.get("model") or ""
    base = endpoint["url"].rstrip("/")
    url = base + PATHS[api].format(model=quote(model, safe=""))
    headers = dict(endpoint.get("headers") or {})
    key = endpoint.get("key")
    if key and api != ANY:
        name = KEY_HEADERS.get(api, "authorization")
        headers[name] = key if name != "authorization" else "Bearer " + key
    if api == ANTHROPIC:
        headers["anthropic-version"] = "2023-06-01"
    status, text = fetched(url, headers, timeout, endpoint.get("verify", True))
    if api == ANY:
        return []
    wrong = refused(status, text, bool(key))
    if wrong:
        raise Failure("credential", wrong)
    if status == 404 and api in OF_ONE:
        raise Failure("model", f"it has no model '{model}': correct the model's name")
    if api in (OPENAI, OLLAMA):
        names = offered(api, text) if status == 200 else None
        if names is None:
            more = ", usually ending in /v1" if api == OPENAI else ", without a path"
            raise Failure(
                "path",
                f"{url} lists no models (HTTP {status}): correct api_base to where the API is{more}",
            )
        if model and not has(api, names, model):
            raise Failure("model", f"it has no model '{model}': {_hint(model, names)}")
        return names
    if status >= 400:
        raise Failure("answer", f"it answers HTTP {status}")
    return []


def _hint(model, names):
    near = difflib.get_close_matches(model, names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"it has {', '.join(names[:SHOWN]) or 'none'}{more}"


def probe(endpoint, timeout):
    """{name, ok, offered} of one; kind and problem where it does not answer."""
    found = {"name": endpoint.get("name") or endpoint["url"], "ok": True, "offered": []}
    try:
        found["offered"] = asked(endpoint, timeout)
    except Failure as failure:
        found.update(ok=False, kind=failure.kind, problem=str(failure))
    except ValueError as error:
        found.update(ok=False, kind="address", problem=f"{endpoint['url']} leads nowhere: {error}")
    return found


def run(endpoints, timeout):
    """The answers, in the order of the endpoints, which are asked side by side."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: probe(one, timeout), endpoints))


def main():
    """Inside a container: endpoints and timeout as JSON, the program's one argument; the answers on standard output."""
    request = json.loads(sys.argv[1])
    json.dump(run(request["endpoints"], request["timeout"]), sys.stdout)
