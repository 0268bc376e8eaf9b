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
CONTENT_TYPE = "The content type of this request has to be"
NOT_PLAIN = "Write the path plainly"
# How the front door and the filter refuse what would have to be let through.
CLOSED_HERE = ("The form of this request", "There is nothing here", "This method is not allowed here")
CHAT = "/v1/chat/completions"
MCP = "/mcp/"
GEMINI = f"/v1beta/models/{UNLISTED}:generateContent"
# How the three protocols of models and MCP are asked, with a model that nobody has.
BODIES = {
    CHAT: {"model": UNLISTED, "messages": [{"role": "user", "content": "x"}]},
    "/v1/messages": {"model": UNLISTED, "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]},
    GEMINI: {"contents": [{"role": "user", "parts": [{"text": "x"}]}]},
    MCP: {"jsonrpc": "2.0", "id": 1, "method": "ping"},
}
# A route whose body is a form.
UPLOAD = "/v1/audio/transcriptions"
FORM = {"Content-Type": f"multipart/form-data; boundary={UNLISTED}"}
ACCEPT = {"Accept": "application/json, text/event-stream"}
# Of each protocol what is listed beside the least that it takes: (path, fields, headers).
LISTED = (
    (CHAT, {"user": UNLISTED, "metadata": {"a": "b"}}, {}),
    ("/v1/messages?beta=true", {"metadata": {"user_id": UNLISTED}}, {"anthropic-version": "2023-06-01"}),
    (GEMINI, {"generationConfig": {"temperature": 0}}, {}),
    (MCP, {"params": {}}, ACCEPT),
)
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
    admin: bool = False
    """Whether it is asked where the gateway is administered."""


def attempts(key, silent_url, front_door, admin):
    """All of them. key: a valid one, or None for none; silent_url: an address where nobody may ever ask; admin: whether
    the gateway is administered elsewhere than where its clients ask.
    """
    nobody = {"no key": None, "a wrong key": "sk-" + secrets.token_urlsafe(24)}
    everybody = [*_unlisted(silent_url), *_closed(), *(_administration(silent_url) if admin else ())]
    found = [
        _with(who, value, attempt)
        for who, value in {**nobody, **({"a key": key} if key else {})}.items()
        for attempt in everybody
    ]
    for who, value in nobody.items():
        found.append(Attempt(who, f"{who} at {MCP}", proof_wire.rpc(value, "tools/list"), '"jsonrpc"', 401))
        found.append(Attempt(who, f"{who} at {CHAT}", _post(CHAT)._replace(key=value), '"error"', 401))
    found += _listed(key) if key else []
    if front_door:
        ask = Request("GET", "/v1/models", key, None, {"Host": "unknown.invalid"})
        found.append(Attempt("host name", "a Host name that is unknown", ask, status=421))
    return found


def _with(who, value, attempt):
    return attempt._replace(what=f"{attempt.what}, with {who}", ask=attempt.ask._replace(key=value))


def _post(path, fields=None, headers=None, query=""):
    """A request of nobody's that is listed, with more."""
    return Request("POST", path + query, None, {**BODIES[path], **(fields or {})}, headers or {})


def _form(**fields):
    """A form with a file of one byte."""
    parts = [f'form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    parts.append('form-data; name="file"; filename="x.wav"\r\nContent-Type: audio/wav\r\n\r\nx')
    body = "".join(f"--{UNLISTED}\r\nContent-Disposition: {part}\r\n" for part in parts)
    return f"{body}--{UNLISTED}--\r\n".encode()


def _unlisted(silent_url):
    named = {UNLISTED: silent_url}
    for path in BODIES:
        for name, what, ask in (
            ("unlisted field", "a field", _post(path, named, ACCEPT)),
            ("unlisted parameter", "a parameter", _post(path, query=f"?{UNLISTED}=1")),
            ("unlisted header", "a header", _post(path, None, {"x-litellm-" + UNLISTED.replace("_", "-"): "1"})),
        ):
            yield Attempt(name, f"{what} of no meaning at {path}", ask, NOT_LISTED, 400)
    form = Request("POST", UPLOAD, None, _form(model=UNLISTED, **named), FORM)
    yield Attempt("unlisted field", f"a field of no meaning at {UPLOAD}", form, NOT_LISTED, 400)
    for what, ask in (
        (f"a text at {CHAT}", _post(CHAT, None, {"Content-Type": "text/plain"})),
        (f"a form at {CHAT}", form._replace(path=CHAT, body=_form(model=UNLISTED))),
        (f"JSON at {UPLOAD}", Request("POST", UPLOAD, None, {"model": UNLISTED})),
    ):
        yield Attempt("content type", what, ask, CONTENT_TYPE, 400)
    # A letter as its number.
    path = Request("GET", "/v1/%6Dodels")
    yield Attempt("path", "a path that is not written plainly", path, NOT_PLAIN, 400)


def _closed():
    for method, path, about in CLOSED:
        yield Attempt(about, f"{method} {path}", Request(method, path, None, {} if method == "POST" else None))


def _administration(silent_url):
    """The same gateway by its other way in; and there, what LiteLLM itself tells to anybody."""
    field = _post(CHAT, {UNLISTED: silent_url})
    where = "where the gateway is administered"
    yield Attempt("unlisted field", f"a field of no meaning {where}", field, NOT_LISTED, 400, admin=True)
    for method, path, about in CLOSED:
        if method == "GET":
            yield Attempt(about, f"{method} {path} {where}", Request(method, path), admin=True)


def _listed(key):
    for path, fields, headers in LISTED:
        ask = _post(path.partition("?")[0], fields, headers)._replace(path=path, key=key)
        yield Attempt("listed field", f"what is listed at {path}, with a key", ask, listed=True)
    ask = Request("POST", UPLOAD, key, _form(model=UNLISTED, language="en"), FORM)
    yield Attempt("listed field", f"what is listed at {UPLOAD}, with a key", ask, listed=True)


def judge(attempt, answer):
    """How one request ended: {name, what, status, ok}, and the sentence if that is not how it should have."""
    problem = None
    if answer.status == 0:
        problem = f"{attempt.what}: could not be tried: {answer.text[:200]}"
    elif attempt.listed:
        if not _let_through(answer):
            problem = f"{attempt.what}: is refused (HTTP {answer.status}): {answer.text[:200]}"
    elif answer.status not in ((attempt.status,) if attempt.status else REFUSED) or attempt.says not in answer.text:
        problem = f"{attempt.what}: is not refused as it should be (HTTP {answer.status}): {answer.text[:200]}"
    if attempt.ask.key and attempt.ask.key in answer.text:
        problem = f"{attempt.what}: the answer repeats the key"
    row = {"name": attempt.name, "what": attempt.what, "status": answer.status, "ok": problem is None}
    return row, problem


def _let_through(answer):
    """Whether LiteLLM itself has answered: of the key, or of a model that it does not have, which is 500 for forms."""
    if any(refusal in answer.text for refusal in (NOT_LISTED, CONTENT_TYPE, NOT_PLAIN, *CLOSED_HERE)):
        return False
    return answer.status < 500 or UNLISTED in answer.text


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


def attempt_all(api_url, key, front_door, admin_url=None):
    """Try them all; the rows and the sentences. key: a valid one, or None for none. front_door: whether nginx is before
    LiteLLM. admin_url: where the gateway is administered, if that is elsewhere.
    """
    rows, problems = [], []
    urls = {False: api_url.rstrip("/"), True: (admin_url or api_url).rstrip("/")}
    with _nobody_asks(api_url) as (silent_url, was_asked):
        tried = attempts(key, silent_url, front_door, urls[True] != urls[False])
        for admin, url in urls.items():
            asked = [attempt for attempt in tried if attempt.admin == admin]
            for attempt, answer in zip(asked, proof_wire.send(url, [one.ask for one in asked]), strict=True):
                row, problem = judge(attempt, answer)
                rows.append(row)
                problems += [problem] if problem else []
        if was_asked():
            problems.insert(0, "a request that named an address of this host made the gateway ask there")
    return rows, problems
