# SPDX-License-Identifier: GPL-3.0-or-later
"""Each link between client and gateway that can be broken, and its sentence; real gateways are in molecule/services."""

from __future__ import annotations

import http.server
import json
import secrets
import socket
import threading
import time

import pytest
import tls
from ansible_collections.mcp_lan.litellm.plugins.module_utils.diagnose import ConnectivityCheck
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate

KEY = "sk-" + secrets.token_urlsafe(24)


@pytest.fixture
def answering():
    """Starts what answers as a front door might: {path: (status, content type, body)}."""
    started = []

    def start(answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get("content-length") or 0))
                status, kind, body = answers.get(self.path, (404, "application/json", "{}"))
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = answer

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


ALIVE = {"/health/liveliness": (200, "application/json", '"alive"')}


def rpc(result):
    return (
        200,
        "text/event-stream",
        "event: message\ndata: " + json.dumps({"jsonrpc": "2.0", "id": 1, **result}) + "\n\n",
    )


def last(url, key=KEY, **more):
    """The link that the walk ends with; none takes long, and none repeats the key."""
    began = time.monotonic()
    found = ConnectivityCheck(url, key, timeout=2, **more).run()
    assert time.monotonic() - began < 15
    assert KEY not in json.dumps(found)
    assert all(link["ok"] for link in found[:-1])
    return found[-1]


def test_a_name_that_does_not_resolve():
    link = last("http://nobody.invalid:4000/mcp/")
    assert (link["link"], link["ok"]) == ("name", False)
    assert "'nobody.invalid' does not resolve on this machine" in link["says"] and "DNS" in link["says"]


@pytest.mark.parametrize("url", ["linuxserver.lan:4000/mcp/", "", "mcp"])
def test_what_is_no_url(url):
    assert "write it like http://linuxserver.lan:4000/mcp/" in last(url)["says"]


def test_nothing_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        link = last(f"http://127.0.0.1:{taken.getsockname()[1]}/mcp/")
    assert link["link"] == "port"
    assert "nothing listens on 127.0.0.1:" in link["says"] and "front_door_bind" in link["says"]


def test_something_that_is_mute():
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        link = last(f"http://127.0.0.1:{mute.getsockname()[1]}/mcp/")
    assert link["link"] == "front_door" and "does not answer within 2 s" in link["says"]


@pytest.mark.parametrize("problem", tls.PROBLEMS)
def test_a_certificate_that_is_not_accepted(tmp_path, problem):
    served, trusted, sentence = tls.PROBLEMS[problem]
    authority = certificate.new_authority(tls.NAMES, tls.NOW)
    (tmp_path / "ca.pem").write_text(authority.public)
    with tls.serving(tmp_path, authority, **served) as url:
        said = last(url + "/mcp/", ca_path=str(tmp_path / "ca.pem") if trusted else None)
    assert (
        said["link"] == "front_door" and f"the certificate of {url.removeprefix('https://')} {sentence}" in said["says"]
    )


def test_a_certificate_of_an_authority_that_is_trusted(tmp_path):
    authority = certificate.new_authority(tls.NAMES, tls.NOW)
    (tmp_path / "ca.pem").write_text(authority.public)
    with tls.serving(tmp_path, authority) as url:
        walked = ConnectivityCheck(url + "/mcp/", ca_path=str(tmp_path / "ca.pem")).run(["front_door"])
    assert [one["ok"] for one in walked] == [True], walked


@pytest.mark.parametrize(
    "said",
    [
        '{"error": {"message": "This port speaks HTTPS alone: write https:// instead of http://."}}',
        "<center>The plain HTTP request was sent to HTTPS port</center>",
        "Client sent an HTTP request to an HTTPS server.",
    ],
    ids=["front-door", "nginx", "go"],
)
def test_plain_http_to_https(answering, said):
    url = answering({"/health/liveliness": (400, "text/plain", said)})
    where = url.removeprefix("http://")
    assert last(url + "/mcp/")["says"] == f"{where} speaks HTTPS and the URL begins with http://: write https://"


def test_https_to_plain_http(answering):
    link = last(answering(ALIVE).replace("http:", "https:") + "/mcp/")
    assert link["link"] == "front_door" and link["says"].endswith("write http://")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(421, "add it to front_door_hosts"), (502, "LiteLLM behind it does not"), (404, "that is no LiteLLM")],
)
def test_a_front_door_that_refuses(answering, status, sentence):
    link = last(answering({"/health/liveliness": (status, "application/json", "{}")}) + "/mcp/")
    assert link["link"] == "front_door" and sentence in link["says"]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/mcp/tools", "is no catalogue: a GET below /mcp opens the stream"),
        ("/mcp/tools/list", "only pings"),
        ("/mcp/sse", "set the client's transport to http"),
        ("/sse", "set the client's transport to http"),
        ("/", "the gateway's MCP endpoint is /mcp/"),
        ("/v1/mcp/server", "the gateway's MCP endpoint is /mcp/"),
    ],
)
def test_a_url_that_is_not_the_endpoint(answering, path, sentence):
    top = answering({**ALIVE, "/mcp/tools": (200, "text/event-stream", ": ping\n\n")})
    link = last(top + path)
    assert link["link"] == "front_door" and sentence in link["says"]
    assert f"{top}/mcp/" in link["says"]


def test_a_server_of_such_a_name_is_one(answering):
    top = answering({**ALIVE, "/mcp/tools": rpc({"result": {"tools": [{"name": "tools-x"}]}})})
    assert last(top + "/mcp/tools", servers=["tools"])["link"] == "call"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "the variable that its file names is empty"),
        ("${MCP_LAN_KEY}", "the client sends '${MCP_LAN_KEY}' itself"),
        ("$MCP_LAN_KEY", "does not put the variable's value in"),
        ("{env:MCP_LAN_KEY}", "does not put the variable's value in"),
        ("%MCP_LAN_KEY%", "does not put the variable's value in"),
        ("hello", "does not begin with sk-"),
    ],
)
def test_a_key_that_is_none(answering, key, sentence):
    link = last(answering(ALIVE) + "/mcp/", key=key)
    assert link["link"] == "key" and sentence in link["says"]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_key_that_is_not_accepted(answering, status):
    body = json.dumps({"error": {"message": f"Authentication Error: {KEY} is expired"}})
    link = last(answering({**ALIVE, "/mcp/": (status, "application/json", body)}) + "/mcp")
    assert link["link"] == "key" and "does not accept the key" in link["says"]


@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        (401, "This key has expired; ask", "give its entry a later expires"),
        (401, "This key is blocked; ask", "take blocked out of its entry"),
        (429, "This key has used up its budget; ask", "raise budget.max"),
        (422, "Budget has been exceeded! Current cost: 5.0, Max budget: 0.5", "raise budget.max"),
        (
            429,
            "The team of this key has reached its limit of requests per minute (1); try",
            "raise limits where they are",
        ),
    ],
)
def test_a_key_that_may_nothing_just_now(answering, status, message, sentence):
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": message}})
    link = last(answering({**ALIVE, "/mcp/": (status, "application/json", body)}) + "/mcp/")
    assert link["link"] == "key" and sentence in link["says"] and message in link["says"]


def test_a_server_without_tools(answering):
    link = last(
        answering({**ALIVE, "/mcp/": rpc({"result": {"tools": [{"name": "time-now"}]}})}) + "/mcp/", servers=["git"]
    )
    assert link["link"] == "tools" and "lists 1 tools to this key and none of them is git's" in link["says"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("mcp_lan_guard: not in the scope of this key", "add it to mcp of the key"),
        ("Tool 'x' not found", "no tool of that name"),
        ("Connection closed", "does not answer in time"),
        ("Error: Rate limit exceeded for api_key: x. Limit type: requests", "the key is over its rate"),
        ("no such table", "the server itself says so"),
    ],
)
def test_a_call_that_fails(answering, text, advice):
    failed = {"tools": [], "isError": True, "content": [{"type": "text", "text": text}]}
    link = last(answering({**ALIVE, "/mcp/": rpc({"result": failed})}) + "/mcp/", calls=[{"tool": "time-now"}])
    assert link["link"] == "call" and text in link["says"] and advice in link["says"]


def test_a_whole_chain(answering):
    answer = {"tools": [], "content": [{"type": "text", "text": "noon"}]}
    top = answering({**ALIVE, "/mcp/": rpc({"result": answer})})
    link = last(top + "/mcp/", calls=[{"tool": "time-now", "expect": "noon"}])
    assert link == {"link": "call", "ok": True, "says": "1 called"}
    link = last(top + "/mcp/", calls=[{"tool": "time-now", "expect": "midnight"}])
    assert not link["ok"] and "without 'midnight'" in link["says"]
