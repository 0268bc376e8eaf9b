# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP client, against a real server on the loopback address that misbehaves as it is told."""

from __future__ import annotations

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import tls
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import client as http
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate

MASTER_KEY = "sk-" + "m" * 20


@pytest.fixture
def server():
    """A server that answers with what is put into its list, then with 200 and an empty object."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            self.server.seen.append((self.command, self.path, self.headers.get("Authorization")))
            status, body = self.server.answers.pop(0) if self.server.answers else (200, {})
            if status is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _answer

        def log_message(self, *arguments):
            pass

    instance = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    instance.daemon_threads = True
    instance.answers, instance.seen = [], []
    threading.Thread(target=instance.serve_forever, daemon=True).start()
    yield instance
    instance.shutdown()
    instance.server_close()


@pytest.fixture
def client(server, monkeypatch):
    monkeypatch.setattr(http.time, "sleep", lambda seconds: None)
    return http.Client(f"http://127.0.0.1:{server.server_port}/", MASTER_KEY, timeout=5, retries=3)


@pytest.mark.parametrize("trouble", [429, 502, 503, 504, None])
def test_passing_trouble_is_tried_again(client, server, trouble):
    server.answers = [(trouble, {})] * 2 + [(200, {"fine": True})]
    assert client.post("/key/generate", {"a": 1}) == {"fine": True}
    assert len(server.seen) == 3


def test_it_gives_up_with_a_sentence(client, server):
    server.answers = [(503, {"error": {"message": "starting"}})] * 9
    with pytest.raises(http.ApiError, match="was answered 503: starting"):
        client.get("/key/list")
    assert len(server.seen) == 4


def test_a_refusal_is_not_tried_again(client, server):
    server.answers = [(400, {"error": {"message": "no such team", "code": "400"}})]
    with pytest.raises(http.ApiError, match="answered 400: no such team") as caught:
        client.post("/team/update", {})
    assert caught.value.status == 400
    assert len(server.seen) == 1


def test_keys_are_taken_out_of_what_the_gateway_says(client, server):
    key = "sk-" + "Z" * 30
    server.answers = [(400, {"detail": {"error": f"expired key {key} for {MASTER_KEY}"}})]
    with pytest.raises(http.ApiError) as caught:
        client.get("/x")
    assert key not in str(caught.value) and MASTER_KEY not in str(caught.value)
    assert "expired key sk-..." in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((401, {}), "refuses the master key"),
        ((200, b"<html>a router's page</html>"), "not a LiteLLM gateway"),
        ((404, {"detail": "Not Found"}), "not a LiteLLM gateway"),
        ((200, {"hello": "world"}), "not a LiteLLM gateway"),
    ],
)
def test_what_is_wrong_is_said(client, server, answer, sentence):
    server.answers = [answer]
    with pytest.raises(http.ApiError, match=sentence):
        http.readiness(client)


def test_the_version_of_newer_gateways_is_behind_the_master_key(client, server):
    server.answers = [(200, {"status": "healthy"}), (200, {"status": "healthy", "litellm_version": "1.108.7"})]
    assert http.readiness(client)["litellm_version"] == "1.108.7"
    assert server.seen[1][1] == "/health/readiness/details"


def test_nothing_answers(monkeypatch):
    monkeypatch.setattr(http.time, "sleep", lambda seconds: None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(http.ApiError, match="connection refused"):
        http.Client(f"http://127.0.0.1:{port}", MASTER_KEY).get("/")


def test_an_address_without_a_scheme():
    with pytest.raises(http.ApiError, match="must begin with http"):
        http.Client("linuxserver.lan:4000", MASTER_KEY)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"timeout": 0}, "timeout is 0: write a number of seconds above 0."),
        ({"retries": -1}, "retries is -1: write 0 or more."),
        ({"connections": 0}, "workers is 0: write 1 or more."),
        ({"ca_path": "/nowhere.pem"}, "ca_path: /nowhere.pem cannot be used"),
    ],
)
def test_options_with_which_nothing_can_be_asked(options, sentence):
    with pytest.raises((ApiError, UserError), match=re.escape(sentence)) as caught:
        http.Client("https://127.0.0.1:9", MASTER_KEY, **options)
    assert caught.value.code == "options_invalid"


def test_a_netrc_file_does_not_replace_the_master_key(client, server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client.get("/")
    assert server.seen[0][2] == f"Bearer {MASTER_KEY}"


def test_pages_are_followed(client, server):
    server.answers = [(200, {"keys": [1, 2], "total_pages": 2}), (200, {"keys": [3], "total_pages": 2})]
    assert client.pages("/key/list", "keys", "page", "size") == [1, 2, 3]
    assert [path for _method, path, _key in server.seen] == ["/key/list?page=1&size=100", "/key/list?page=2&size=100"]


def test_pages_are_asked_for_at_the_same_time_and_stay_in_order(client, monkeypatch):
    third = threading.Event()

    def get(_path, page, **_params):
        if page == 3:
            third.set()
        elif page == 2:
            assert third.wait(5), "the third page waits for the second"
        return {"keys": [page], "total_pages": 3}

    monkeypatch.setattr(client, "get", get)
    assert client.pages("/key/list", "keys", "page", "size") == [1, 2, 3]


@pytest.mark.parametrize("problem", tls.PROBLEMS)
def test_a_certificate_that_is_not_accepted(tmp_path, problem):
    served, trusted, sentence = tls.PROBLEMS[problem]
    authority = certificate.new_authority(tls.NAMES, tls.NOW)
    with tls.serving(tmp_path, authority, **served) as url:
        client = http.Client(url, MASTER_KEY, retries=0, ca_certificates=authority.public if trusted else "")
        with pytest.raises(ApiError, match=sentence) as error:
            client.get("/key/list")
    assert str(error.value).startswith(f"The certificate of {url.removeprefix('https://')} ")


def test_the_deployments_own_authority_is_trusted_besides_the_others(tmp_path):
    authority = certificate.new_authority(tls.NAMES, tls.NOW)
    (tmp_path / "ca.pem").write_text(authority.public)
    with tls.serving(tmp_path, authority) as url:
        for trust in ({"ca_certificates": authority.public}, {"ca_path": str(tmp_path / "ca.pem")}):
            assert http.Client(url, MASTER_KEY, retries=0, **trust).get("/key/list") == {"keys": []}
