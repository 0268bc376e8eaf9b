# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from a client program to an MCP server as a chain of links, and the sentence for the first that is broken.

This is the client's end of it: what its machine, its URL and its key make of the gateway. Needs nothing but Python and
Ansible, because a client's machine need not have anything else.
"""

from __future__ import annotations

import json
import re
import socket
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit

from ansible.module_utils.urls import open_url
from ansible_collections.mcp_lan.litellm.plugins.module_utils.proof_state import (
    BLOCKED,
    EXPIRED,
    HELD,
    LIMITED,
    SPENT,
    held,
    state_of,
)
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import without_keys
from ansible_collections.mcp_lan.litellm.plugins.module_utils.tls_reason import SPEAKS_TLS, speaks_tls, tls_reason

LINKS = ("name", "port", "front_door", "key", "tools", "call")
# What a program writes where it should have put the value of a variable.
_REFERENCE = re.compile(r"\$\{?\w+|\{env:|\$\{\{|%\w+%")
_ENDPOINT = re.compile(r"/mcp(/[A-Za-z0-9_.,]+)?/?")
# Paths that people ask for a catalogue, in vain.
_NO_CATALOGUE = re.compile(r"/mcp/(tools|list|tools/list|tools/call|call|servers|health)/?")
_SESSION = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "mcp_lan.litellm diagnose", "version": "1"},
}


# What to do about a key that is known and may do nothing just now.
_HELD = {
    BLOCKED: "take blocked out of its entry and its team's, and run site.yml",
    EXPIRED: "give its entry a later expires, or take it out, and run site.yml",
    SPENT: "raise budget.max where it is, or wait until the period begins anew",
    LIMITED: "raise limits where they are, or wait",
}


class CheckFailed(Exception):
    """A link that does not hold: one sentence, what is wrong and what to do."""


class ConnectivityCheck:
    """One client's way to the gateway: its URL, its key, and the calls to try."""

    def __init__(self, url, key="", servers=(), calls=(), timeout=10, validate_certs=True, ca_path=None):
        self.url, self._key, self._servers, self._calls = url, key, list(servers), list(calls)
        self._timeout, self._validate_certs, self._ca_path = timeout, validate_certs, ca_path
        self._parts = urlsplit(url)

    def run(self, links=LINKS):
        """The links in their order, up to the first that is broken: {link, ok, says}."""
        walked = []
        for link in links:
            try:
                walked.append({"link": link, "ok": True, "says": getattr(self, link)()})
            except CheckFailed as broken:
                secret = "" if _REFERENCE.match(self._key) else self._key
                walked.append({"link": link, "ok": False, "says": without_keys(str(broken), secret)})
                break
        return walked

    # ---- the links

    def name(self):
        """The name in the URL resolves on this machine."""
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise CheckFailed(f"'{self.url}' is no URL of a gateway: write it like http://linuxserver.lan:4000/mcp/")
        host = self._parts.hostname
        try:
            found = socket.getaddrinfo(host, self._port(), type=socket.SOCK_STREAM)
        except OSError as error:
            raise CheckFailed(
                f"the name '{host}' does not resolve on this machine ({error.strerror or error}): add it to the "
                "network's DNS or to the machine's hosts file, or use the gateway's address in litellm_clients_url"
            ) from None
        return f"{host} is {', '.join(sorted({one[4][0] for one in found}))}"

    def port(self):
        """Something takes connections there."""
        where = f"{self._parts.hostname}:{self._port()}"
        try:
            socket.create_connection((self._parts.hostname, self._port()), self._timeout).close()
        except TimeoutError:
            raise CheckFailed(
                f"{where} does not answer within {self._timeout} s: a firewall drops it, or the address is another "
                "machine's; open the port on the gateway host for this network"
            ) from None
        except OSError as error:
            raise CheckFailed(
                f"nothing listens on {where} as seen from this machine ({error.strerror or error}): see that the "
                "container front-door runs, that front_door_port is that port, and that front_door_bind is not "
                "127.0.0.1 when clients are other machines"
            ) from None
        return f"{where} takes connections"

    def front_door(self):
        """It is the gateway's front door, with LiteLLM behind it; and the URL is the one for MCP."""
        status, text, _kind = self._send("GET", self._at("/health/liveliness"))
        if status == 400 and SPEAKS_TLS.search(text):
            raise CheckFailed(speaks_tls(f"{self._parts.hostname}:{self._port()}"))
        if status == 421:
            raise CheckFailed(
                f"the front door does not answer to the name '{self._parts.hostname}': add it to front_door_hosts"
            )
        if status in (502, 503, 504):
            raise CheckFailed(
                f"the front door answers, and LiteLLM behind it does not (HTTP {status}): see "
                "`docker logs litellm`, and run site.yml"
            )
        if status != 200:
            raise CheckFailed(
                f"{self._at('/health/liveliness')} answers HTTP {status} ({text[:80]}): that is no LiteLLM, so correct "
                "host and port"
            )
        self._endpoint()
        return "LiteLLM is alive behind it"

    def _endpoint(self):
        """The classical confusions about the URL."""
        path, right = self._parts.path, self._at("/mcp/")
        if path.rstrip("/") in ("/sse", "/mcp/sse"):
            raise CheckFailed(
                f"{self.url}: the gateway speaks streamable HTTP to clients, and SSE to none: set the client's "
                f"transport to http and its URL to {right}"
            )
        named = path.strip("/").removeprefix("mcp/")
        if _NO_CATALOGUE.fullmatch(path) and named not in self._servers:
            raise CheckFailed(
                f"{self.url} is no catalogue: a GET below /mcp opens the stream for the server's own messages "
                f"({self._seen()}), which only pings. The tools are the answer to a JSON-RPC POST of tools/list to "
                f"{right}: set that URL"
            )
        if not _ENDPOINT.fullmatch(path):
            raise CheckFailed(f"{self.url}: the gateway's MCP endpoint is /mcp/, so set the URL to {right}")

    def _seen(self):
        """What a GET of the URL gives; LiteLLM 1.106 sends no head before the first ping, after 15 s."""
        try:
            status, _text, kind = self._send(
                "GET", self.url, {"Accept": "text/event-stream", **self._bearer()}, timeout=3
            )
        except CheckFailed:
            return "here: nothing within 3 s"
        return f"here: HTTP {status}, {kind}"

    def key(self):
        """The gateway accepts the key."""
        if not self._key:
            raise CheckFailed(
                "the client has no key: the variable that its file names is empty; run site.yml for this client and "
                "start the program anew from a new log-in"
            )
        if _REFERENCE.match(self._key):
            raise CheckFailed(
                f"the client sends '{self._key}' itself as its key: its program does not put the variable's value in; "
                "let client_configs write its file (key_in: file, where the program cannot read variables)"
            )
        if not self._key.startswith("sk-"):
            raise CheckFailed("the key does not begin with sk-, as all of LiteLLM's do: take it from the key store")
        status, text, _kind = self._rpc("initialize", _SESSION)
        self._refuse_held(state_of(status, text))
        if status in (401, 403) or (status in (400, 500) and re.search(r"(?i)auth|key", text)):
            raise CheckFailed(
                f"the gateway does not accept the key (HTTP {status}: {_said(text)}): it is unknown there; "
                "run site.yml, which makes the key of the store the gateway's, and start the program anew"
            )
        if status != 200:
            raise CheckFailed(
                f"{self.url} answers HTTP {status} to initialize: {_said(text)}; see `docker logs litellm`"
            )
        return "the gateway accepts the key"

    def tools(self):
        """The gateway lists tools of each server to this key."""
        status, text, _kind = self._rpc("tools/list")
        message = _message(text)
        if status != 200 or "result" not in message:
            raise CheckFailed(f"tools/list is answered with HTTP {status}: {_said(text)}; see `docker logs litellm`")
        names = [tool["name"] for tool in message["result"]["tools"]]
        for server in self._servers:
            if not any(name.startswith(f"{server}-") for name in names):
                raise CheckFailed(
                    f"the gateway lists {len(names)} tools to this key and none of them is {server}'s, although it is "
                    "registered and answers: restart LiteLLM's container, which reads its list of servers at its start"
                )
        return f"{len(names)} tools"

    def call(self):
        """One harmless call of each server goes through."""
        for call in self._calls:
            status, text, _kind = self._rpc(
                "tools/call", {"name": call["tool"], "arguments": call.get("arguments") or {}}
            )
            message = _message(text)
            result = message.get("result") or {}
            content = " ".join(part.get("text") or "" for part in result.get("content") or [])
            self._refuse_held(held(content) if status == 200 else state_of(status, text))
            if status != 200 or "result" not in message or result.get("isError"):
                said = content or _said(text)
                raise CheckFailed(f"the call of {call['tool']} fails: {said[:400]}; {_advice(said)}")
            if call.get("expect") and call["expect"] not in content:
                raise CheckFailed(
                    f"the call of {call['tool']} is answered without '{call['expect']}': {content[:200]}; "
                    "see the server's log"
                )
        return f"{len(self._calls)} called"

    @staticmethod
    def _refuse_held(state):
        if state.word in HELD:
            raise CheckFailed(f"the key is {state.word} ({state.says}): {_HELD[state.word]}")

    # ---- how they ask

    def _port(self):
        return self._parts.port or (443 if self._parts.scheme == "https" else 80)

    def _at(self, path):
        return urlunsplit((self._parts.scheme, self._parts.netloc, path, "", ""))

    def _bearer(self):
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def _rpc(self, method, params=None):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}})
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            **self._bearer(),
        }
        path = self._parts.path if self._parts.path.endswith("/") or self._parts.path.count("/") > 1 else "/mcp/"
        return self._send("POST", self._at(path), headers, body)

    def _send(self, method, url, headers=None, body=None, timeout=None):
        """Status, text and type of an answer; status 0 where there is none. Of a stream its beginning is not read."""
        try:
            answer = open_url(
                url,
                method=method,
                headers=headers or {},
                data=body,
                timeout=timeout or self._timeout,
                use_proxy=False,
                validate_certs=self._validate_certs,
                ca_path=self._ca_path,
                follow_redirects="none",
            )
        except HTTPError as error:
            return error.code, error.read().decode(errors="replace"), error.headers.get("content-type", "")
        except URLError as error:
            raise CheckFailed(self._no_http(str(error.reason))) from None
        except (OSError, ValueError) as error:
            raise CheckFailed(self._no_http(str(error))) from None
        with answer:
            kind = answer.headers.get("content-type", "")
            text = "" if method == "GET" and "event-stream" in kind else answer.read().decode(errors="replace")
            return answer.status, text, kind

    def _no_http(self, reason):
        where = f"{self._parts.hostname}:{self._port()}"
        if re.search(r"(?i)ssl|certificate", reason):
            return tls_reason(reason, where)
        if "timed out" in reason.lower():
            return (
                f"{where} takes the connection and does not answer within {self._timeout} s: see `docker logs` of "
                "front-door and of litellm"
            )
        return f"{where} takes the connection and does not speak HTTP ({reason}): correct host and port"


def _message(text):
    """The JSON-RPC message in a body, which is JSON or server-sent events."""
    lines = [line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:")]
    for candidate in (text, *reversed(lines)):
        try:
            message = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(message, dict):
            return message
    return {}


def _said(text):
    """The words of an error, in whichever shape it comes."""
    message = _message(text)
    for name in ("error", "detail", "message"):
        if isinstance(message, dict) and message.get(name):
            message = message[name]
    words = message if isinstance(message, str) else message.get("message") if isinstance(message, dict) else None
    return " ".join(str(words or text).split())[:300] or "nothing"


def _advice(said):
    if re.search(r"(?i)mcp_lan_guard|not allowed", said):
        return "the key's scope does not hold the tool: add it to mcp of the key (and of its team) and run site.yml"
    if re.search(r"(?i)not found|unknown tool", said):
        return "the server has no tool of that name: see its list"
    if re.search(r"(?i)time|connect|closed", said):
        return "the server behind the gateway does not answer in time: see its container's log"
    return "the server itself says so: see its container's log and what its entry in docs/services.md needs"
