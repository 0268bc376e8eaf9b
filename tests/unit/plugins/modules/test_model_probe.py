# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a model does not answer: real servers of this machine, each with one thing wrong, and what an engine is asked."""

from __future__ import annotations

import datetime
import http.server
import json
import socket
import subprocess
import sys
import threading

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import model_servers
from ansible_collections.mcp_lan.litellm.plugins.modules import model_probe
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate
from tls import NAMES, NOW, serving

KEY = "the-right-key"
LISTS = {
    "/v1/models": {"data": [{"id": "qwen3"}, {"id": "bge-m3"}]},
    "/api/tags": {"models": [{"name": "llama3.2:latest"}, {"name": "phi4:14b"}]},
    "/anthropic/v1/models/claude-sonnet-4-5": {"id": "claude-sonnet-4-5"},
    "/gemini/models/gemini-2.5-flash": {"name": "models/gemini-2.5-flash"},
    "/openai/models?api-version=2024-10-21": {"data": []},
    "/router/key": {"data": {}},
}
SENT = ("Authorization", "x-api-key", "x-goog-api-key", "api-key")


@pytest.fixture(scope="module")
def server():
    """One with the paths of each API, that wants a key below /closed."""

    class Models(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            shown = next((self.headers[name].removeprefix("Bearer ") for name in SENT if self.headers[name]), "")
            closed, path = self.path.startswith("/closed"), self.path.removeprefix("/closed")
            if path == "/mute":
                self.rfile.read(1)
            body = json.dumps(LISTS.get(path, {"error": "no such path"})).encode()
            status = 200 if path in LISTS else 404
            if closed and shown != KEY:
                status = 400 if path.startswith("/gemini") else 401
                body = b'{"error": {"details": [{"reason": "API_KEY_INVALID"}]}}'
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Models) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def found(url, timeout=2, **endpoint):
    return model_servers.probe({"name": "m", "url": url, **endpoint}, timeout)


@pytest.mark.parametrize(
    ("path", "api", "model", "offered"),
    [
        ("/v1", "openai", "qwen3", ["bge-m3", "qwen3"]),
        ("/v1/", "openai", "", ["bge-m3", "qwen3"]),
        ("", "ollama", "llama3.2", ["llama3.2:latest", "phi4:14b"]),
        ("", "ollama", "phi4:14b", ["llama3.2:latest", "phi4:14b"]),
        ("/anthropic", "anthropic", "claude-sonnet-4-5", []),
        ("/gemini", "gemini", "gemini-2.5-flash", []),
        ("", "azure", "", []),
        ("/router", "openrouter", "", []),
    ],
)
def test_one_that_answers(server, path, api, model, offered):
    assert found(server + path, api=api, model=model) == {"name": "m", "ok": True, "offered": offered}
    assert found(f"{server}/closed{path}", api=api, model=model, key=KEY)["ok"]
    for key, says in (("a-wrong-key", "does not take the key that it is shown"), (None, "wants a key: set api_key")):
        refused = found(f"{server}/closed{path}", api=api, model=model, key=key)
        assert refused["kind"] == "credential" and says in refused["problem"] and "wrong-key" not in str(refused)


def test_what_is_not_known_is_only_reached(server):
    assert found(server, api="any", key=KEY)["ok"]


@pytest.mark.parametrize(
    ("path", "api", "model", "kind", "says"),
    [
        ("/v1", "openai", "qwen2", "model", "it has no model 'qwen2': did you mean 'qwen3'?"),
        ("/v1", "openai", "gpt-oss", "model", "it has bge-m3, qwen3"),
        ("", "ollama", "phi4", "model", "it has no model 'phi4'"),
        ("/anthropic", "anthropic", "claude-5", "model", "it has no model 'claude-5'"),
        ("", "openai", "qwen3", "path", "lists no models (HTTP 404): correct api_base to where the API is, usually"),
        ("/v1", "ollama", "qwen3", "path", "without a path"),
        ("/nothing", "azure", "", "answer", "HTTP 404"),
    ],
)
def test_what_is_not_there(server, path, api, model, kind, says):
    one = found(server + path, api=api, model=model)
    assert (one["kind"], one["ok"]) == (kind, False) and says in one["problem"]


def test_names_and_ports():
    assert "the name 'nothing.invalid' does not resolve" in found("http://nothing.invalid/v1")["problem"]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        own = found(f"http://127.0.0.1:{port}/v1")
        assert own["kind"] == "port" and "LiteLLM's own container" in own["problem"]
        # One that listens and is never accepted.
        closed.listen(0)
        mute = found(f"http://127.0.0.1:{port}/v1", timeout=0.3)
        assert mute["kind"] == "slow" and "says nothing within 0.3 s" in mute["problem"]
    address = socket.gethostbyname(socket.gethostname())
    if not address.startswith("127."):
        elsewhere = found(f"http://{address}:9/v1")
        assert elsewhere["kind"] == "port" and "start the server" in elsewhere["problem"]
    assert found("http://[broken/v1")["kind"] == "address"


def test_tls(server, tmp_path, monkeypatch):
    plain = found(server.replace("http://", "https://") + "/v1")
    assert plain["kind"] == "tls" and "speaks plain HTTP and the address begins with https://" in plain["problem"]
    authority = certificate.new_authority([*NAMES, "other.lan"], NOW)
    with serving(tmp_path, authority) as address:
        unknown = found(address)
        assert unknown["kind"] == "tls" and "an authority that LiteLLM does not trust" in unknown["problem"]
        other_way = found(address.replace("https://", "http://"))
        assert other_way["kind"] == "tls" and "write https://" in other_way["problem"]
        assert found(address, verify=False)["kind"] == "path"  # it has keys, and no models
        (tmp_path / "authority.pem").write_text(authority.public)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert found(address)["kind"] == "path"
    with serving(tmp_path, authority, names=["other.lan"]) as address:
        assert "is for other names than this one" in found(address)["problem"]
    with serving(tmp_path, authority, began=NOW - datetime.timedelta(days=3)) as address:
        assert "has expired" in found(address)["problem"]


class Module:
    """An engine with LiteLLM's container, and what it was told to run."""

    def __init__(self, environment=(), containers=("litellm",)) -> None:
        self.params = {"container": "litellm", "timeout": 2, "docker_cli": "docker"}
        self.environment, self.containers, self.ran = list(environment), containers, []

    def run_command(self, command, data=None, binary_data=True):
        if "inspect" in command:
            known = {"{{json .Config.Env}}": self.environment, "{{json .Image}}": "sha256:1"}
            return (0, json.dumps(known.get(command[4], True)), "") if command[-1] in self.containers else (1, "", "")
        self.ran.append(command)
        done = subprocess.run([sys.executable, "-"], input=data, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def fail_json(self, msg):
        raise AssertionError(msg)


def test_it_asks_from_where_litellm_asks(server):
    endpoints = [{"name": "m", "url": server + "/v1", "model": "qwen3", "key": 'it\'s \\ a "key"'}]
    alone = Module()
    assert model_probe._in_container(alone, endpoints)[0]["ok"]
    assert alone.ran == [["docker", "exec", "-i", "litellm", "python3", "-"]]
    proxied = Module(["HTTP_PROXY=http://egress-proxy:8888", "SSL_CERT_FILE=/x", "A=b"], ("litellm", "egress-proxy"))
    assert model_probe._in_container(proxied, endpoints)[0]["ok"]
    ran = " ".join(proxied.ran[0])
    assert "--network container:egress-proxy" in ran and ran.endswith("--entrypoint python3 sha256:1 -")
    assert "SSL_CERT_FILE=/x" in ran and "A=b" not in ran and "key" not in ran
    elsewhere = Module(["HTTP_PROXY=http://proxy.lan:8888"])
    model_probe._in_container(elsewhere, endpoints)
    assert elsewhere.ran[0][1] == "exec"
    with pytest.raises(AssertionError, match="there is no container 'litellm' to ask from"):
        model_probe._in_container(Module(containers=()), endpoints)
