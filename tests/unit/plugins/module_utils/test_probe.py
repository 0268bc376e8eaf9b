# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe against real MCP servers of every transport, and the sentence for every usual mistake."""

from __future__ import annotations

import http.server
import json
import os
import pathlib
import secrets
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe

TOKEN = secrets.token_urlsafe(16)
SERVER = str(pathlib.Path(__file__).parent / "servers" / "demo.py")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def start(transport, kind="usual"):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, SERVER, transport, str(port), kind],
        env={**os.environ, "DEMO_TOKEN": TOKEN},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(1200):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"http://127.0.0.1:{port}"
        time.sleep(0.05)
    raise AssertionError("the server did not start")


@pytest.fixture(scope="module")
def servers():
    started = {
        "http": start("http"),
        "sse": start("sse"),
        "empty": start("http", "empty"),
        "closed": start("http", "closed"),
    }
    yield {name: url for name, (process, url) in started.items()}
    for process, _url in started.values():
        process.terminate()
        process.wait(timeout=10)


def one(**endpoint):
    """What the probe answers, which it does within 15 seconds whatever is wrong."""
    began = time.monotonic()
    answer = probe.run([endpoint])[0]
    assert time.monotonic() - began < 15, answer
    return answer


TWICE = {"MCP-Protocol-Version": "2025-06-18"}
ADD = [{"tool": "add", "arguments": {"a": 2, "b": 3}}]


@pytest.mark.parametrize("transport, path", [("http", "/mcp"), ("sse", "/sse")])
def test_a_server_lists_and_is_called(servers, transport, path):
    answer = one(transport=transport, url=servers[transport] + path, calls=ADD)
    assert answer["ok"], answer
    assert answer["tools"] == ["add"]
    assert answer["calls"] == [{"tool": "add", "ok": True, "text": "5"}]


def test_a_stdio_server_lists_and_is_called():
    answer = one(transport="stdio", command=sys.executable, args=[SERVER, "stdio"], calls=ADD, timeout=15)
    assert answer["ok"], answer
    assert answer["calls"][0]["text"] == "5"


def test_a_call_that_the_server_refuses_is_an_answer(servers):
    answer = one(url=servers["http"] + "/mcp", calls=[{"tool": "nothing_like_it"}])
    assert answer["ok"]
    assert not answer["calls"][0]["ok"]
    assert "nothing_like_it" in answer["calls"][0]["text"]


@pytest.mark.parametrize(
    "wrong, right, url",
    [("http", "sse", "/sse"), ("sse", "http", "/mcp"), ("http", "sse", "/mcp"), ("sse", "http", "/sse")],
)
def test_the_wrong_transport_is_told_with_the_right_one(servers, wrong, right, url):
    answer = one(transport=wrong, url=servers[right] + url)
    assert answer["kind"] == "transport", answer
    proper = servers[right] + {"http": "/mcp", "sse": "/sse"}[right]
    told = f"set transport: {right}" if servers[right] + url == proper else f"set transport: {right} and url: {proper}"
    assert answer["error"].endswith(told)


@pytest.mark.parametrize("transport, path", [("http", "/mcp"), ("sse", "/sse")])
def test_the_wrong_path_is_told_with_the_right_one(servers, transport, path):
    answer = one(transport=transport, url=servers[transport] + "/elsewhere")
    assert answer["kind"] == "path", answer
    assert f"set transport: {transport} and url: {servers[transport]}{path}" in answer["error"]


def test_the_version_sent_twice_is_told_apart(servers):
    """Servers of the Python SDK take it; those of the TypeScript SDK refuse it, as the one that is played here."""
    assert one(url=servers["http"] + "/mcp", headers=TWICE)["ok"]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            versions = self.headers.get_all("mcp-protocol-version") or []
            status, answer = 200, {"result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}}
            answer["result"]["serverInfo"] = {"name": "strict", "version": "1"}
            if asked["method"] != "initialize" and len(versions) > 1:
                status, answer = 400, {"error": {"code": -32000, "message": "Unsupported protocol version"}}
            body = json.dumps({"jsonrpc": "2.0", "id": asked.get("id"), **answer}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answer = one(url=f"http://127.0.0.1:{server.server_port}/mcp", headers=TWICE, timeout=3)
    server.shutdown()
    assert answer["kind"] == "version", answer
    assert "sends the protocol's version twice" in answer["error"] and "behind the bridge" in answer["error"]


def test_a_server_that_takes_nothing_more_just_now():
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers["content-length"] or 0))
            self.send_response(429)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = answer

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answer = one(url=f"http://127.0.0.1:{server.server_port}/mcp", timeout=3)
    server.shutdown()
    assert answer["kind"] == "limit" and "HTTP 429" in answer["error"], answer


def test_nothing_listens():
    answer = one(url=f"http://127.0.0.1:{free_port()}/mcp")
    assert answer["kind"] == "connect", answer
    assert "if it only speaks stdio" in answer["error"]


def test_a_name_that_does_not_resolve():
    answer = one(url="http://no-such-host.invalid:8000/mcp")
    assert answer["kind"] == "name", answer
    assert "'no-such-host.invalid' does not resolve" in answer["error"]


def bearer(value):
    return {"Authorization": f"Bearer {value}"}


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (None, "HTTP 401: it wants a credential; set auth_type and its value"),
        ("wrong", "HTTP 401: it does not take the credential that it is shown; correct auth_type, or the value"),
    ],
)
def test_a_server_that_wants_a_credential(servers, shown, sentence):
    answer = one(url=servers["closed"] + "/mcp", headers=bearer(shown) if shown else {})
    assert answer["kind"] == "auth", answer
    assert answer["error"].endswith(sentence)
    assert one(url=servers["closed"] + "/mcp", headers=bearer(TOKEN))["ok"]


def test_a_server_that_wants_the_credential_of_a_user_is_as_it_should_be(servers):
    answer = one(url=servers["closed"] + "/mcp", client_credential=True)
    assert answer["ok"] and answer["tools"] == []
    assert one(url=servers["closed"] + "/elsewhere", headers=bearer(TOKEN), client_credential=True)["kind"] == "path"


@pytest.mark.parametrize("transport", ["http", pytest.param("sse", marks=pytest.mark.slow)])
def test_a_server_that_hangs(transport):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        answer = one(transport=transport, url=f"http://127.0.0.1:{mute.getsockname()[1]}/mcp")
    assert answer["kind"] == "timeout", answer
    assert "no answer within 10 s; check the server's log" in answer["error"]


def test_tls_whose_certificate_nobody_vouches_for(servers, tmp_path):
    names = ("-subj", "/CN=localhost", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate"))
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answer = one(url=f"https://127.0.0.1:{server.server_port}/mcp")
    server.shutdown()
    assert answer["kind"] == "tls" and "check scheme, name and CA" in answer["error"], answer


def test_a_call_with_wrong_arguments_is_an_answer(servers):
    calls = [{"tool": "add", "arguments": {"a": "many"}}]
    (call,) = one(url=servers["http"] + "/mcp", calls=calls)["calls"]
    assert not call["ok"] and "validation error" in call["text"], call


def test_tls_that_is_not_there(servers):
    answer = one(url=servers["http"].replace("http:", "https:") + "/mcp")
    assert answer["kind"] == "tls", answer


def test_a_server_without_tools(servers):
    answer = one(url=servers["empty"] + "/mcp")
    assert answer["kind"] == "no_tools", answer
    assert one(url=servers["empty"] + "/mcp", needs_tools=False)["ok"]


def test_a_command_that_is_not_there():
    answer = one(transport="stdio", command="/nonexistent/server")
    assert answer["kind"] == "command", answer


def test_a_command_that_is_no_mcp_server():
    answer = one(transport="stdio", command="sleep", args=["60"], timeout=2)
    assert answer["kind"] == "session", answer
    assert "within 2 s" in answer["error"]


def test_a_slow_tool_does_not_hang_the_probe():
    process, url = start("http", "slow")
    try:
        answer = one(url=url + "/mcp", calls=ADD, timeout=2)
        assert answer["tools"] == ["add"]
        assert not answer["calls"][0]["ok"]
        assert "Timed out" in answer["calls"][0]["text"]
    finally:
        process.kill()
        process.wait(timeout=10)


@pytest.mark.parametrize("transport, path", [("http", "/mcp"), ("sse", "/sse")])
def test_a_server_that_dies_during_a_call_is_said(transport, path):
    process, url = start(transport, "dies")
    try:
        (call,) = one(transport=transport, url=url + path, calls=ADD, timeout=3)["calls"]
        assert not call["ok"]
        assert "the call of add failed" in call["text"] and "the server died during it" in call["text"]
    finally:
        process.kill()
        process.wait(timeout=10)


def test_a_stdio_server_that_dies_during_a_call_is_said():
    args = [SERVER, "stdio", "0", "dies"]
    (call,) = one(transport="stdio", command=sys.executable, args=args, calls=ADD, timeout=10)["calls"]
    assert not call["ok"] and "the server died during it" in call["text"]


def test_a_slow_tool_is_said():
    args = [SERVER, "stdio", "0", "slow"]
    (call,) = one(transport="stdio", command=sys.executable, args=args, calls=ADD, timeout=4)["calls"]
    assert not call["ok"] and "no answer within 4 s; the tool is slow or hangs" in call["text"]


@pytest.mark.parametrize(
    "args, words",
    [(["/nonexistent/server.py"], "No such file or directory"), ([SERVER], "IndexError"), (["-c", "pass"], "it says")],
)
def test_a_program_that_ends_says_why(args, words):
    answer = one(transport="stdio", command=sys.executable, args=args)
    assert answer["kind"] == "ends", answer
    assert words in answer["error"] and "correct args" in answer["error"]


def test_it_runs_where_this_collection_is_not(servers):
    text = probe.program([{"url": servers["http"] + "/mcp"}])
    answer = subprocess.run(
        [sys.executable, "-I", "-"], input=text, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(answer.stdout)[0]["tools"] == ["add"]
