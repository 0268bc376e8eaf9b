# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proof tries of what a request may say: none of it may be taken for right that is not."""

from __future__ import annotations

import http.server
import socket
import threading
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from ansible_collections.mcp_lan.litellm.plugins.action import gateway_verify
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_requests, proof_wire
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify.proof_wire import Request, Response
from filtered import DOOR, KEY, RULES, Filtered

GUARD, LIST = "a" * 64, "b" * 64


@pytest.mark.parametrize("key", ["sk-x", None])
@pytest.mark.parametrize("admin", [True, False])
def test_every_request_can_fail(key, admin):
    """One that got through, an answer that repeats the key, or none at all is a problem, whichever it is."""
    tried = proof_requests.attempts(key, "http://127.0.0.1:9/", True, admin)
    assert len({attempt.what for attempt in tried}) == len(tried)
    assert any(attempt.admin for attempt in tried) == admin
    for attempt in tried:
        wrong = Response(400, proof_requests.NOT_LISTED) if attempt.listed else Response(200, "{}")
        right = Response(401, "no") if attempt.listed else Response(attempt.status or 400, attempt.says)
        assert proof_requests.judge(attempt, wrong)[1], attempt.what
        assert proof_requests.judge(attempt, Response(0, "away"))[1], attempt.what
        assert proof_requests.judge(attempt, right)[1] is None, attempt.what
        if attempt.status:
            other = next(one for one in proof_requests.REFUSED if one != attempt.status)
            assert proof_requests.judge(attempt, right._replace(status=other))[1], attempt.what
        if attempt.ask.key:
            assert proof_requests.judge(attempt, right._replace(text=right.text + attempt.ask.key))[1], attempt.what


@pytest.mark.parametrize("front_door", [True, False])
def test_a_request_is_tried_in_each_way_by_everybody(front_door):
    """The part without a key where there is none."""
    everybody = proof_requests.attempts("sk-x", "http://127.0.0.1:9/", front_door, True)
    nobody = proof_requests.attempts(None, "http://127.0.0.1:9/", front_door, True)
    for tried, keys in ((everybody, 3), (nobody, 2)):
        of = {name: [one for one in tried if one.name == name] for name in {one.name for one in tried}}
        assert len(of["unlisted field"]) == 6 * keys and len(of["path"]) == keys
        assert len(of["unlisted header"]) == len(of["unlisted parameter"]) == 4 * keys
        assert len(of["content type"]) == 3 * keys
        assert {one.ask.path for one in of["no key"]} == {proof_requests.MCP, proof_requests.CHAT}
        assert ("host name" in of) == front_door
        assert len({one.ask.key for one in of["unlisted field"]}) == keys
        assert len({one.admin for one in of["unlisted field"]}) == 2
    assert {one.ask.path.partition("?")[0] for one in everybody if one.listed} == {
        *proof_requests.BODIES,
        proof_requests.UPLOAD,
    }
    assert not any(one.listed for one in nobody)


@pytest.mark.parametrize("key", [KEY, None])
def test_the_filter_answers_each_as_it_has_to(tmp_path, key):
    """By what is in force inside LiteLLM, which is reached by what is listed alone."""
    filtered = Filtered(RULES, tmp_path / "requests.json")
    filtered.application.status, filtered.application.body = 401, b'{"error": {"message": "no"}}'
    for attempt in proof_requests.attempts(key, "http://127.0.0.1:9/", False, True):
        method, path, who, body, headers = attempt.ask
        if attempt.admin:
            headers = {**headers, "x-mcp-lan-audience": "admin", "x-mcp-lan-door": DOOR}
        content = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        filtered.application.seen.clear()
        answer = filtered.ask(method, path, who, headers=headers, **content)
        assert proof_requests.judge(attempt, Response(answer.status_code, answer.text))[1] is None
        reached = attempt.listed or attempt.name in ("no key", "a wrong key")
        assert bool(filtered.application.seen) == reached, attempt.what


@pytest.mark.parametrize(
    ("status", "text", "through"),
    [
        (200, "{}", True),
        (401, "key not allowed to access model", True),
        # LiteLLM 1.77.3 of a form with a model that it does not have.
        (500, f"400: Invalid model name passed in model={proof_requests.UNLISTED}", True),
        (500, "The gateway failed to answer; its log says why.", False),
        (503, "The gateway is not ready: its guard is not loaded.", False),
        (404, "There is nothing here. MCP is at /mcp/, models are at /v1/.", False),
        (400, "The content type of this request has to be application/json.", False),
        (400, "The form of this request cannot be read", False),
    ],
)
def test_what_is_listed_has_to_reach_litellm(status, text, through):
    (attempt, *_more) = proof_requests._listed("sk-x")
    assert (proof_requests.judge(attempt, Response(status, text))[1] is None) == through


def test_what_is_sent_arrives_as_it_is_meant():
    """A path as it is written, and a form as it is."""
    seen = []

    class Seen(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append((self.path, self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments):
            """Nothing."""

    asks = [
        Request("POST", "/v1/%6Dodels", None, {"a": 1}),
        Request("POST", "/form", None, b"--x", {"Content-Type": "f"}),
    ]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Seen) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answers = proof_wire.send(f"http://127.0.0.1:{server.server_port}", asks)
        server.shutdown()
    assert [answer.status for answer in answers] == [204, 204]
    assert sorted(seen) == [("/form", "f", b"--x"), ("/v1/%6Dodels", "application/json", b'{"a": 1}')]


def test_who_asks_where_nobody_may_is_seen(monkeypatch):
    def send(_url, asks):
        bodies = [ask.body for ask in asks if isinstance(ask.body, dict)]
        named = next(body[proof_requests.UNLISTED] for body in bodies if proof_requests.UNLISTED in body)
        with socket.create_connection(urlsplit(named)[1].split(":"), timeout=5):
            return [Response(0, "")] * len(asks)

    monkeypatch.setattr(proof_requests.proof_wire, "send", send)
    by_both = ("http://127.0.0.1:9", "sk-x", True, "http://127.0.0.1:10/")
    assert "made the gateway ask there" in proof_requests.attempt_all(*by_both)[1][0]
    monkeypatch.setattr(proof_requests.proof_wire, "send", lambda _url, asks: [Response(0, "")] * len(asks))
    assert "made the gateway" not in str(proof_requests.attempt_all(*by_both)[1])


def test_each_is_asked_at_its_own_address(monkeypatch):
    asked = {}

    def send(url, asks):
        asked[url] = [ask.path for ask in asks]
        return [Response(0, "")] * len(asks)

    monkeypatch.setattr(proof_requests.proof_wire, "send", send)
    proof_requests.attempt_all("http://127.0.0.1:9", None, True, "http://127.0.0.1:10/")
    assert set(asked["http://127.0.0.1:10"]) == {proof_requests.CHAT, "/openapi.json", "/health/readiness"}
    whole = sum(map(len, asked.values()))
    asked.clear()
    proof_requests.attempt_all("http://127.0.0.1:9", None, True, "http://127.0.0.1:9/")
    assert len(asked.pop("http://127.0.0.1:9")) < whole and not any(asked.values())


@pytest.mark.parametrize(
    ("shown", "expected", "sentence"),
    [
        (f"mcp_lan_guard sha256:{GUARD} requests:{LIST}", LIST, None),
        (f"mcp_lan_guard sha256:{GUARD} requests:{LIST}", None, None),
        (f"mcp_lan_guard sha256:{GUARD} requests:{GUARD}", LIST, "holds requests to another list than the inventory's"),
        (f"mcp_lan_guard sha256:{LIST} requests:{LIST}", LIST, "runs another guard than this collection's"),
        ("[]", LIST, "the guard is not loaded"),
    ],
)
def test_the_gateway_has_loaded_the_guard_and_the_list(shown, expected, sentence):
    client = SimpleNamespace(get=lambda _path: {"callbacks": [shown]})
    problems = gateway_verify._guard_problem(client, GUARD, expected)
    assert len(problems) == (sentence is not None) and (sentence or "") in str(problems)


def test_an_entry_that_is_to_go_may_name_what_has_gone():
    gone = {"name": "old", "mcp": {"memory": ["*"]}, "state": "absent"}
    given = {"teams": [gone, {"name": "people", "mcp": {"time": ["*"]}}], "organizations": [gone], "toolsets": [gone]}
    keys = [{"name": "laptop", "team": "people", "mcp": {"time": ["now"]}}]
    assert gateway_verify._grants(given, keys, [{"name": "time"}]) == {"laptop": {"time": ["now"]}}


@pytest.mark.parametrize("stored", [{}, {"laptop": "sk-x"}])
def test_requests_are_tried_without_any_key_in_the_store_as_well(monkeypatch, stored):
    """And those that were tried elsewhere are beside them."""
    asked = []

    def attempt_all(*arguments):
        asked.append(arguments)
        return [{"name": "path", "what": "a path", "status": 400, "ok": True}], []

    nothing = {"servers": [], "virtual_keys": [], "problems": [], "requests": 0}
    elsewhere = {"name": "other containers", "what": "LiteLLM's port", "status": 200, "ok": False}
    monkeypatch.setattr(gateway_verify.proof, "prove", lambda **_options: nothing)
    monkeypatch.setattr(gateway_verify, "_models", lambda *_arguments: ([], []))
    monkeypatch.setattr(gateway_verify, "_counted", lambda *_arguments: ("", 0))
    monkeypatch.setattr(gateway_verify.proof_requests, "attempt_all", attempt_all)
    monkeypatch.setattr(gateway_verify, "_guard_problem", lambda _client, _digest, expected: [f"not {expected}"])
    given = {
        **{name: option.get("default") for name, option in gateway_verify.ActionModule.options.items()},
        "mcp_servers": [],
        "keys": [{"name": "laptop"}],
        "api_url": "http://admin",
        "clients_url": "http://clients",
        "guard": True,
        "front_door": True,
        "attempts": [{**elsewhere, "problem": "is not refused"}, {**elsewhere, "ok": True, "problem": None}],
        "request_list": LIST,
    }
    client = SimpleNamespace(get=lambda _path: [])
    found = gateway_verify._tried(client, given, "1.77.3", stored)
    assert asked == [("http://clients", stored.get("laptop"), True, "http://admin")]
    assert [one["ok"] for one in found["attempts"]] == [True, False, True]
    assert not any("problem" in one for one in found["attempts"])
    assert found["problems"] == ["is not refused", f"not {LIST}"]
