# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe against real MCP servers of every transport, and the sentence for every usual mistake."""

from __future__ import annotations

import http.server
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe

SERVER = str(pathlib.Path(__file__).parent / "servers" / "demo.py")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def start(transport, kind="usual"):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, SERVER, transport, str(port), kind], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(200):
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
    }
    yield {name: url for name, (process, url) in started.items()}
    for process, _url in started.values():
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def refusing():
    """What answers 401 to everything, as a server that wants a credential."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            self.send_response(401)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = answer

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def one(**endpoint):
    return probe.run([{"timeout": 5, **endpoint}])[0]


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


def test_nothing_listens():
    answer = one(url=f"http://127.0.0.1:{free_port()}/mcp")
    assert answer["kind"] == "connect", answer
    assert "if it only speaks stdio" in answer["error"]


def test_a_name_that_does_not_resolve():
    answer = one(url="http://no-such-host.invalid:8000/mcp")
    assert answer["kind"] == "name", answer
    assert "'no-such-host.invalid' does not resolve" in answer["error"]


def test_a_server_that_wants_a_credential(refusing):
    answer = one(url=refusing + "/mcp")
    assert answer["kind"] == "auth", answer
    assert "HTTP 401" in answer["error"]


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
        begin = time.monotonic()
        answer = one(url=url + "/mcp", calls=ADD, timeout=2)
        assert time.monotonic() - begin < 20
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
        begin = time.monotonic()
        (call,) = one(transport=transport, url=url + path, calls=ADD, timeout=3)["calls"]
        assert time.monotonic() - begin < 15
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
    begin = time.monotonic()
    answer = one(transport="stdio", command=sys.executable, args=args)
    assert time.monotonic() - begin < 15
    assert answer["kind"] == "ends", answer
    assert words in answer["error"] and "correct args" in answer["error"]


def test_it_runs_by_itself_from_standard_input(servers):
    text = probe.program([{"url": servers["http"] + "/mcp"}])
    answer = subprocess.run([sys.executable, "-"], input=text, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(answer.stdout)[0]["tools"] == ["add"]
