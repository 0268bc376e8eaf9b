# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request may say, tried at the gateway without a key, with a wrong one and with the right one.

Everything that is sent is harmless by itself, also where nothing would hold it: a field, a header and a parameter that
mean nothing to anybody, an empty body for a route that is closed, a Host name that is merely unknown.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_wire
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify.proof_wire import Request

UNLISTED = "mcp_lan_verification"
NOT_LISTED = "is not on the list of what this gateway lets through"
# How the three protocols of models and MCP are asked, with a model that nobody has.
BODIES = {
    "/v1/chat/completions": {"model": UNLISTED, "messages": [{"role": "user", "content": "x"}]},
    "/v1/messages": {"model": UNLISTED, "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]},
    f"/v1beta/models/{UNLISTED}:generateContent": {"contents": [{"role": "user", "parts": [{"text": "x"}]}]},
    "/mcp/": {"jsonrpc": "2.0", "id": 1, "method": "ping"},
}
# What is closed to clients, with what is known of these routes; docs/requests.md says which lock holds each.
CLOSED = (
    ("POST", "/config/update", "CVE-2026-35029"),
    ("POST", "/user/update", "CVE-2026-47101"),
    ("POST", "/key/update", "CVE-2026-47102"),
    ("POST", "/mcp-rest/test/tools/list", "CVE-2026-42271"),
    ("POST", "/v1/mcp/server", "CVE-2026-30623"),
    ("GET", "/openapi.json", "how the gateway is built"),
    ("GET", "/health/readiness", "how the gateway is built"),
)
REFUSED = (400, 401, 403, 404, 405, 421)


class Attempt(NamedTuple):
    """One request: what it is about, how it is asked, and how it has to be answered."""

    name: str
    what: str
    ask: Request
    says: str = ""
    """What the answer has to say; without it any refusal will do."""
    status: int | None = None
    listed: bool = False
    """Whether it is on the list, so that it has to be let through to LiteLLM's own checks."""


def attempts(key, silent_url, front_door):
    """All of them; silent_url: an address where nobody may ever ask."""
    found = []
    for who, value in (("no key", None), ("a wrong key", "sk-" + secrets.token_urlsafe(24)), ("a key", key)):
        found += [_with(who, value, attempt) for attempt in _unlisted(silent_url)]
        found += [_with(who, value, attempt) for attempt in _closed()]
        if value != key:
            found.append(
                Attempt(who, f"{who} at /mcp/", proof_wire.rpc(value, "tools/list"), '"jsonrpc"', 401),
            )
    found.append(
        Attempt(
            "listed field",
            "a field that is listed, with a key",
            _chat(key, user=UNLISTED, metadata={"a": "b"}),
            listed=True,
        )
    )
    if front_door:
        host = {"Host": "unknown.invalid"}
        found.append(
            Attempt(
                "host name", "a Host name that is unknown", Request("GET", "/v1/models", key, None, host), status=421
            )
        )
    return found


def _with(who, value, attempt):
    return attempt._replace(what=f"{attempt.what}, with {who}", ask=attempt.ask._replace(key=value))


def _chat(key, **fields):
    path = "/v1/chat/completions"
    return Request("POST", path, key, {**BODIES[path], **fields})


def _unlisted(silent_url):
    for path, body in BODIES.items():
        accept = {"Accept": "application/json, text/event-stream"}
        fields = {**body, UNLISTED: silent_url}
        yield Attempt(
            "unlisted field",
            f"a field of no meaning at {path}",
            Request("POST", path, None, fields, accept),
            NOT_LISTED,
        )
        query = f"{path}?{UNLISTED}=1"
        yield Attempt(
            "unlisted parameter", f"a parameter of no meaning at {path}", Request("POST", query, None, body), NOT_LISTED
        )
    header = {"x-litellm-" + UNLISTED.replace("_", "-"): "1"}
    yield Attempt("unlisted header", "a header of no meaning", _chat(None)._replace(headers=header), NOT_LISTED)
    yield Attempt(
        "content type",
        "a content type that is not JSON",
        _chat(None)._replace(headers={"Content-Type": "text/plain"}),
        "content type",
        400,
    )


def _closed():
    for method, path, about in CLOSED:
        yield Attempt(about, f"{method} {path}", Request(method, path, None, {} if method == "POST" else None))


def judge(attempt, answer):
    """How one request ended: {name, what, status, ok}, and the sentence if that is not how it should have."""
    problem = None
    if answer.status == 0:
        problem = f"{attempt.what}: could not be tried: {answer.text[:200]}"
    elif attempt.listed:
        if NOT_LISTED in answer.text or answer.status >= 500:
            problem = f"{attempt.what}: is refused (HTTP {answer.status}): {answer.text[:200]}"
    elif answer.status not in ((attempt.status,) if attempt.status else REFUSED) or attempt.says not in answer.text:
        problem = f"{attempt.what}: is not refused as it should be (HTTP {answer.status}): {answer.text[:200]}"
    if attempt.ask.key and attempt.ask.key in answer.text:
        problem = f"{attempt.what}: the answer repeats the key"
    row = {"name": attempt.name, "what": attempt.what, "status": answer.status, "ok": problem is None}
    return row, problem


@contextlib.contextmanager
def _nobody_asks(api_url):
    """The address of a listener of our own that must stay silent, and a function that says whether it did."""
    target = urlsplit(api_url)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect((socket.gethostbyname(target.hostname), target.port or 80))
        address = way.getsockname()[0]
    with socket.create_server((address, 0)) as listener:
        listener.setblocking(False)

        def was_asked():
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield f"http://{address}:{listener.getsockname()[1]}/", was_asked


def attempt_all(api_url, key, front_door):
    """Try them all; the rows and the sentences. key: a valid one. front_door: whether nginx is before LiteLLM."""
    rows, problems = [], []
    with _nobody_asks(api_url) as (silent_url, was_asked):
        tried = attempts(key, silent_url, front_door)
        answers = proof_wire.send(api_url, [one.ask for one in tried])
        if was_asked():
            problems.append("a request that named an address of this host made the gateway ask there")
    for attempt, answer in zip(tried, answers, strict=True):
        row, problem = judge(attempt, answer)
        rows.append(row)
        problems += [problem] if problem else []
    return rows, problems
