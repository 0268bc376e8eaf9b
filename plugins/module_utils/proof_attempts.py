# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published ways around LiteLLM's authorization, each tried for real with one of the keys, none with an effect.

An attempt is a request, and what its answer looks like if it got through. What is let through would do nothing: an
empty update, a program named "true", a model's answer that is made up in the request itself.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

from ansible_collections.mcp_lan.litellm.plugins.module_utils import proof_wire
from ansible_collections.mcp_lan.litellm.plugins.module_utils.proof_wire import Ask

FORGED = "mcp_lan-forged-answer"
# What the guard and LiteLLM itself hold. The rest is held by the front door, and open where a person has left it out.
HELD_INSIDE = ("PYSEC-2026-4070", "wrong key", "no key")
_STDIO = {"server_name": "mcp_lan_proof", "transport": "stdio", "command": "true", "args": ["x"], "env": {}}


class Attempt(NamedTuple):
    """What is tried, and why it is tried."""

    name: str
    what: str
    ask: Ask
    unauthenticated: bool = False
    """Whether it comes with no valid key, so that 401 with a JSON-RPC body is what the front door makes of it."""


def attempts(key, model):
    """All of them, with one valid key and a model that it may use."""
    wrong = "sk-" + secrets.token_urlsafe(24)
    hashed = hashlib.sha256(key.encode()).hexdigest()
    messages = [{"role": "user", "content": "x"}]
    forged = {"model_list": [{"model_name": model, "litellm_params": {"model": "openai/x", "mock_response": FORGED}}]}
    return [
        Attempt(
            "CVE-2026-35029",
            "POST /config/update with a client's key",
            Ask("POST", "/config/update", key, {"environment_variables": {}}),
        ),
        Attempt(
            "CVE-2026-48710",
            "GET /key/list without a key, the Host header saying that it is another path",
            Ask("GET", "/key/list", None, None, {"Host": "localhost/health/liveliness?x="}),
        ),
        Attempt(
            "CVE-2026-47101",
            "POST /user/update with a client's key, asking to become an administrator",
            Ask("POST", "/user/update", key, {"user_id": "mcp_lan-nobody", "user_role": "proxy_admin"}),
        ),
        Attempt(
            "CVE-2026-47102",
            "POST /key/update with a client's key, for itself, taking its route limits away",
            Ask("POST", "/key/update", key, {"key": "mcp_lan-no-such-key", "allowed_routes": []}),
        ),
        Attempt(
            "CVE-2026-42271",
            "POST /mcp-rest/test/tools/list with a client's key and a program to start",
            Ask("POST", "/mcp-rest/test/tools/list", key, _STDIO),
        ),
        Attempt(
            "CVE-2026-42271, no key",
            "POST /mcp-rest/test/connection without a key and with a program to start",
            Ask("POST", "/mcp-rest/test/connection", None, _STDIO),
        ),
        Attempt(
            "CVE-2026-30623",
            "POST /v1/mcp/server with a client's key and a program to start",
            Ask("POST", "/v1/mcp/server", key, _STDIO),
        ),
        Attempt(
            "PYSEC-2026-4070",
            "a chat with a client's key that brings its own user_config, and with it the address to ask",
            Ask("POST", "/v1/chat/completions", key, {"model": model, "messages": messages, "user_config": forged}),
        ),
        Attempt("GHSA-69x8", "the key's hash as the key, at /v1/models", Ask("GET", "/v1/models", hashed)),
        Attempt("GHSA-69x8, MCP", "the key's hash as the key, at /mcp/", proof_wire.rpc(hashed, "tools/list"), True),
        Attempt("wrong key", "a key that does not exist, at /mcp/", proof_wire.rpc(wrong, "tools/list"), True),
        Attempt("no key", "no key at all, at /mcp/", proof_wire.rpc(None, "tools/list"), True),
    ]


def judge(attempt, answer, front_door):
    """How one attempt ended: {name, what, status, ok}, and the sentence if it was not refused as it should be."""
    problem = None
    if answer.status == 0:
        problem = f"{attempt.name} ({attempt.what}) could not be tried: {answer.text[:200]}"
    elif FORGED in answer.text or (answer.status < 400 and attempt.name != "PYSEC-2026-4070"):
        problem = f"{attempt.name}: {attempt.what} got through (HTTP {answer.status})"
    elif attempt.ask.key and attempt.ask.key in answer.text:
        problem = f"{attempt.name}: the answer to {attempt.what} repeats the key"
    elif front_door and attempt.unauthenticated and not _is_plain_refusal(answer):
        problem = f"{attempt.name}: {attempt.what} is answered HTTP {answer.status}, not 401 with a JSON-RPC error"
    row = {"name": attempt.name, "what": attempt.what, "status": answer.status, "ok": problem is None}
    return row, problem


def _is_plain_refusal(answer):
    message = proof_wire.message_of(answer.text)
    return answer.status == 401 and bool(message) and "error" in message


def attempt_all(api_url, key, model, front_door):
    """Try them all; the rows, the sentences, and the sentences about what is open because there is no front door."""
    tried = attempts(key, model)
    answers = proof_wire.send(api_url, [one.ask for one in tried])
    rows, problems, known = [], [], []
    for attempt, answer in zip(tried, answers, strict=True):
        row, problem = judge(attempt, answer, front_door)
        rows.append(row)
        if problem:
            (problems if front_door or attempt.name in HELD_INSIDE else known).append(problem)
    return rows, problems, known
