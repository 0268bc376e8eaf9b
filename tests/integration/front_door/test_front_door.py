# What the front door lets through, what it refuses, and what it makes of the gateway's errors: with real requests.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import http.client
import json
import random
import secrets
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import front_door as front_doors
import pytest
import requests
from guarded_gateway import PREFIX, run_script
from waiting import until

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
CHAT = {"model": "none", "messages": [{"role": "user", "content": "x"}]}
ASKED = {
    "openai": CHAT,
    "anthropic": {**CHAT, "max_tokens": 1},
    "google": {"contents": [{"parts": [{"text": "x"}]}]},
    "jsonrpc": LIST,
}
REFUSED = {
    "wrong": "This key is wrong, or was removed; ask whoever runs the gateway for a new one.",
    "expired": "This key has expired; ask whoever runs the gateway for a new one.",
    "blocked": "This key is blocked; ask whoever runs the gateway to have it unblocked.",
}
# A path that clients use of each protocol, and one beside it where nothing is.
PATHS = {
    "openai": ("/v1/chat/completions", "/nothing"),
    "anthropic": ("/v1/messages", "/v1/messages/nothing"),
    "google": ("/v1beta/models/none:generateContent", "/v1beta/nothing"),
    "jsonrpc": ("/mcp/", "/mcp/1/2/3/4"),
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


def bearer(key):
    return {"Authorization": f"Bearer {key}", **ACCEPT}


def said(protocol, status, text):
    """The sentence of an error that is written as this protocol writes errors."""
    body = json.loads(text)
    error = body["error"]
    if protocol == "anthropic":
        assert body["type"] == "error" and set(error) == {"type", "message"}
        assert error["type"].endswith("_error") or error["type"] == "request_too_large"
    elif protocol == "google":
        assert set(body) == {"error"} and error["code"] == status and error["status"].isupper()
    elif protocol == "jsonrpc":
        assert body["jsonrpc"] == "2.0" and body["id"] is None and error["code"] < -32000
    else:
        assert set(body) == {"error"} and {"message", "type", "code"} <= set(error)
    return error["message"]


def as_sent(url, method, path, headers=None):
    """A request whose path no client library makes plainer."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request(method, path, headers=headers or {})
    response = connection.getresponse()
    return response.status, response.read().decode(errors="replace")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/liveliness", 200),
        ("GET", "/v1/models", 200),
        ("PUT", "/v1/models", 405),
        ("GET", "/health/readiness", 403),
        ("GET", "/key/list", 403),
        ("POST", "/key/generate", 403),
        ("GET", "/v1/mcp/server", 403),
        ("POST", "/config/update", 403),
        ("GET", "/mcp-rest/tools/list", 403),
        ("POST", "/mcp-rest/tools/call", 403),
        ("POST", "/mcp-rest/test/connection", 403),
        ("POST", "/mcp-rest/test/tools/list", 403),
        ("GET", "/", 404),
        ("GET", "/ui/", 404),
        ("GET", "/docs", 404),
        ("POST", "/nothing", 404),
        ("GET", "/mcp/../key/list", 400),
        ("GET", "/mcp/%2e%2e/key/list", 400),
        ("GET", "/mcp/..%2fkey/list", 400),
        ("GET", "//key/list", 400),
        ("GET", "/mcp//../key/list", 400),
        ("GET", "/mcp/.hidden", 400),
        ("GET", "/key/list;x=/mcp/", 400),
    ],
)
def test_routes(gateway, url, method, path, status):
    assert as_sent(url, method, path, bearer(gateway.master_key))[0] == status


def test_mcp_goes_through_with_and_without_the_last_slash(gateway, url):
    for path in ("/mcp/", "/mcp", "/mcp/alpha", "/mcp/alpha/", "/mcp/alpha,beta/"):
        response = requests.post(
            url + path, json=LIST, headers=bearer(gateway.master_key), timeout=30, allow_redirects=False
        )
        assert response.status_code == 200 and "alpha-ping" in response.text


def test_the_administration_is_open_to_the_host_at_its_own_port(gateway, url, admin_url):
    key = bearer(gateway.master_key)
    for path, at_its_port, at_the_clients in (
        ("/key/list", 200, 403),
        ("/health/readiness", 200, 403),
        ("/v1/models", 200, 200),
        ("/mcp-rest/tools/list", 403, 403),
        ("/config/update", 403, 403),
        ("/nothing", 404, 404),
    ):
        assert requests.get(admin_url + path, headers=key, timeout=20).status_code == at_its_port, path
        assert requests.get(url + path, headers=key, timeout=20).status_code == at_the_clients, path
    assert as_sent(admin_url, "GET", "/key/list", {**key, "Host": "evil.example"})[0] == 421


@pytest.mark.parametrize("named", [[], ["0.0.0.0/0"]])
def test_no_other_container_of_the_host_administers(
    start_front_door, network, other_networks, asked_by_a_container, gateway, named
):
    """Neither by a port that is published on the host, which the engine passes on as itself, nor in its network."""
    bridge = other_networks[0].attrs["IPAM"]["Config"][0]["Gateway"]
    _, container = start_front_door(also_on=bridge, front_door_admin_networks=named)
    container.reload()
    (published,) = [one["HostPort"] for one in container.ports["4000/tcp"] if one["HostIp"] == bridge]
    (admin,) = [one["HostPort"] for one in container.ports["4001/tcp"]]
    other = other_networks[0].name
    assert asked_by_a_container(other, f"http://{bridge}:{published}/v1/models") == "200"
    assert asked_by_a_container(other, f"http://{bridge}:{published}/key/list") == "403"
    assert asked_by_a_container(other, f"http://{bridge}:{admin}/key/list") == "refused"
    for port in (4000, 4001):
        assert asked_by_a_container(network, f"http://{container.name}:{port}/v1/models") == "200"
        assert asked_by_a_container(network, f"http://{container.name}:{port}/key/list") == "403"
    # The host by either port: the engine passes both on as itself.
    for port, status in ((4000, 403), (4001, 200)):
        asked = requests.get(
            front_doors.address(container, port) + "/key/list", headers=bearer(gateway.master_key), timeout=20
        )
        assert asked.status_code == status, port


def test_a_named_network_administers_at_the_clients_port(start_front_door, other_networks, asked_by_a_container):
    named = other_networks[1]
    subnet = named.attrs["IPAM"]["Config"][0]["Subnet"]
    for networks, status in (([subnet], "200"), (["192.0.2.20"], "403")):
        _, container = start_front_door(front_door_admin_networks=networks)
        named.connect(container)
        assert asked_by_a_container(named.name, f"http://{container.name}:4000/key/list") == status
        # That port is for the host, whoever gets there.
        assert asked_by_a_container(named.name, f"http://{container.name}:4001/key/list") == "403"
        named.disconnect(container)


def test_without_the_port_of_the_host_nobody_administers(start_front_door, gateway):
    _, container = start_front_door(front_door_admin_from_host=False)
    with pytest.raises(requests.ConnectionError):
        requests.get(front_doors.address(container, 4001) + "/key/list", timeout=20)


@pytest.fixture(scope="module")
def listener(docker_api, network, images):
    """What stands in the gateway's place, and prints what it is asked."""
    script = Path(__file__).with_name("listener.py")
    made = run_script(docker_api, f"{PREFIX}listener", images["MCP_LAN_TEST_LITELLM_IMAGE"], script, network)
    yield made
    made.remove(force=True)


def test_the_gateway_is_told_who_asks(start_front_door, listener):
    """By headers that no client can bring."""
    url, container = start_front_door(upstream=listener.name)
    (secret,) = [one for one in container.attrs["Config"]["Env"] if one.startswith("FRONT_DOOR_SECRET=")]
    admin_url = front_doors.address(container, 4001)
    begin = len(listener.logs().splitlines())
    forged = {"X-MCP-LAN-Audience": "admin", "X-MCP-LAN-Door": "forged", "X-Mcp-Lan-audience": "admin"}
    for asked in (url + "/v1/models", admin_url + "/v1/models", admin_url + "/key/list"):
        assert requests.get(asked, headers=forged, timeout=20).status_code == 200

    def told():
        lines = [json.loads(line) for line in listener.logs().decode().splitlines()[begin:]]
        return [one for one in lines if one["path"] != "/health/liveliness"]

    until(lambda: len(told()) >= 3)
    asked = told()
    assert [(one["path"], one["audience"]) for one in asked] == [
        ("/v1/models", ["clients"]),
        ("/v1/models", ["clients"]),
        ("/key/list", ["admin"]),
    ]
    assert {tuple(one["door"]) for one in asked} == {(secret.partition("=")[2],)}


def test_the_secret_is_read_by_nginx_alone(front_door):
    _, container = front_door
    status, told = container.exec_run(["stat", "-c", "%a %u", "/tmp/front_door_secret.conf"])
    assert (status, told.decode().split()) == (0, ["600", "10005"])
    (secret,) = [one for one in container.attrs["Config"]["Env"] if one.startswith("FRONT_DOOR_SECRET=")]
    assert secret.partition("=")[2].encode() not in container.logs()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "x", "[::2]"])
def test_other_host_names(gateway, url, host):
    status, _ = as_sent(url, "GET", "/v1/models", {**bearer(gateway.master_key), "Host": host})
    assert status in (400, 421)


def unacceptable(gateway):
    expired = gateway.key(duration="1s")
    blocked = gateway.key()
    gateway.admin("POST", "/key/block", {"key": blocked})
    time.sleep(2)
    return {"wrong": "sk-" + secrets.token_urlsafe(24), "expired": expired, "blocked": blocked}


def test_keys_that_are_not_accepted(gateway, url):
    for why, key in unacceptable(gateway).items():
        for path in ("/mcp/", "/mcp", "/mcp/alpha"):
            response = requests.post(url + path, json=LIST, headers=bearer(key), timeout=30, allow_redirects=False)
            assert response.status_code == 401, (why, response.text)
            assert response.json()["jsonrpc"] == "2.0" and response.json()["error"]["code"] == -32001
            assert "WWW-Authenticate" not in response.headers
            assert key not in response.text
        chat = requests.post(url + "/v1/chat/completions", json=CHAT, headers=bearer(key), timeout=30)
        assert chat.status_code == 401 and key not in chat.text and "WWW-Authenticate" not in chat.headers
    nobody = requests.post(url + "/mcp/", json=LIST, headers=ACCEPT, timeout=30)
    assert nobody.status_code == 401 and "WWW-Authenticate" not in nobody.headers


def test_a_refusal_by_the_protocol_is_not_touched(gateway, url):
    """Clients begin with a method that this server does not know, and go on after its 4xx or its JSON-RPC error."""
    for body in ("{", '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","id":1,"method":"server/discover"}'):
        headers = {**bearer(gateway.master_key), "Content-Type": "application/json"}
        straight = requests.post(gateway.url + "/mcp/", data=body, headers=headers, timeout=30)
        through = requests.post(url + "/mcp/", data=body, headers=headers, timeout=30)
        assert (through.status_code, through.text) == (straight.status_code, straight.text)


@pytest.mark.parametrize("protocol", PATHS)
def test_errors_are_written_as_each_protocol_writes_them(gateway, url, protocol):
    path, beside = PATHS[protocol]
    key = bearer(gateway.master_key)
    for method, where, headers, status, sentence in (
        ("PUT", path, key, 405, "This method is not allowed here."),
        ("POST", beside, key, 404, "There is nothing here. MCP is at /mcp/, models are at /v1/."),
        ("POST", path, {**key, "Host": "evil.example"}, 421, "This gateway does not answer to this host name"),
        ("POST", beside + "/%41", key, 400, "Write the path plainly"),
    ):
        answer = as_sent(url, method, where, headers)
        assert answer[0] == status and said(protocol, *answer).startswith(sentence)


@pytest.mark.parametrize("protocol", PATHS)
def test_a_key_that_is_not_accepted_is_said_as_each_protocol_does(gateway, url, protocol):
    for why, key in unacceptable(gateway).items():
        response = requests.post(url + PATHS[protocol][0], json=ASKED[protocol], headers=bearer(key), timeout=30)
        assert response.status_code == 401, (why, response.text)
        assert said(protocol, response.status_code, response.text) == REFUSED[why], why
        assert response.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
def test_what_a_good_key_may_not_do_is_said_in_the_gateways_words(gateway, url, protocol):
    key = gateway.key(models=["another"])
    response = requests.post(url + PATHS[protocol][0], json=ASKED[protocol], headers=bearer(key), timeout=30)
    message = said(protocol, response.status_code, response.text)
    assert 400 <= response.status_code < 500 and "none" in message and message not in REFUSED.values()


def test_the_administration_reads_the_gateways_own_words(gateway, admin_url):
    for key, status in (("sk-" + secrets.token_urlsafe(24), 401), (gateway.master_key, 404)):
        answer = requests.get(admin_url + "/key/info?key=" + "0" * 32, headers=bearer(key), timeout=30)
        assert answer.status_code == status and key not in answer.text, answer.text
        assert not [sentence for sentence in REFUSED.values() if sentence in answer.text]


def test_limits(gateway, start_front_door):
    url, _ = start_front_door(
        front_door_max_body="10k", front_door_max_header="4k", front_door_rate=2, front_door_burst=8
    )
    headers = bearer(gateway.master_key)
    for protocol, (path, _beside) in PATHS.items():
        large = requests.post(url + path, data="x" * 20000, headers=headers, timeout=20)
        assert large.status_code == 413
        assert said(protocol, 413, large.text) == "The request is larger than 10k, the most that this gateway takes."
        time.sleep(0.6)
    assert requests.get(url + "/v1/models", headers={**headers, "X-Long": "x" * 5000}, timeout=20).status_code == 400
    codes = [requests.get(url + "/health/liveliness", timeout=20).status_code for _ in range(30)]
    assert 429 in codes and 200 in codes
    for protocol, (path, _beside) in PATHS.items():
        with ThreadPoolExecutor(30) as pool:  # One after the other they may be slower than the limit.
            answers = list(pool.map(lambda where: requests.post(where, headers=headers, timeout=60), [url + path] * 30))
        limited = next(answer for answer in answers if answer.status_code == 429)
        assert said(protocol, 429, limited.text) == "Too many requests from this address; slow down."


def test_administration_is_not_limited(gateway, start_front_door):
    """A run of the collection asks and writes as fast as the gateway answers; only who administers may do that."""
    _, container = start_front_door(front_door_rate=2, front_door_burst=8)
    url = front_doors.address(container, 4001)
    headers = bearer(gateway.master_key)
    for path, expected in ("/key/list", {200}), ("/health/liveliness", {200, 429}):
        assert {requests.get(url + path, headers=headers, timeout=20).status_code for _ in range(30)} == expected


def opened_after(url, key):
    """Seconds until the idle stream of GET /mcp/ is open; newer versions open it with the first ping only."""
    begin = time.monotonic()
    with requests.get(url + "/mcp/", headers=bearer(key), stream=True, timeout=60) as response:
        assert response.status_code in (200, 400, 405)
        next(response.iter_content(1), b"")
        return time.monotonic() - begin


def test_server_sent_events_are_not_held_back(gateway, url):
    straight = opened_after(gateway.url, gateway.master_key)
    assert opened_after(url, gateway.master_key) < straight + 3


def fuzzed(random):
    """One malformed request."""
    junk = bytes(random.randrange(256) for _ in range(random.randrange(1, 200)))
    word = "".join(random.choice("abc/.%\\;:?#[]{}|^`<>\"' 0") for _ in range(random.randrange(1, 60))).encode()
    path = random.choice([b"/mcp/", b"/v1/models", b"/key/list", b"/mcp-rest/tools/call", b"/" + word, word])
    method = random.choice([b"GET", b"POST", b"PUT", b"TRACE", b"CONNECT", b"get", b"X" * 50, junk[:5]])
    body = random.choice([b"", b"{", b"[" * 500, b'{"jsonrpc":"2.0","id":1,"method":"' + word + b'"}', junk])
    header = random.choice(
        [
            b"X: " + junk,
            b"Content-Length: " + random.choice([b"-1", b"9999999999999999999", b"1, 2", b"x"]),
            b"Transfer-Encoding: " + random.choice([b"chunked", b"x", b"chunked, chunked", b"\x0bchunked"]),
            b"Host: " + word,
            b"Authorization: Bearer " + word,
            b"X-Long: " + b"x" * random.choice([100, 20000, 70000]),
            junk,
        ]
    )
    version = random.choice([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"HTTP/2.0", b""])
    length = b"Content-Length: %d" % len(body)
    fixed = [b"Host: localhost", b"Content-Type: application/json", b"Connection: close"]
    return b"\r\n".join([b" ".join([method, path, version]), *fixed, header, length, b"", body])


def memory(container):
    return container.stats(stream=False)["memory_stats"]["usage"]


@pytest.mark.slow
def test_ten_thousand_malformed_requests(gateway, url, front_door):
    host, port = urlsplit(url).netloc.split(":")
    source = random.Random(20250101)
    counted = {}
    before = None
    for number in range(10000):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.settimeout(20)
            connection.sendall(fuzzed(source))
            connection.shutdown(socket.SHUT_WR)
            try:
                answer = connection.recv(64)
            except ConnectionResetError:
                answer = b""
        status = answer[9:12].decode() if answer.startswith(b"HTTP/1.1 ") else "closed"
        counted[status] = counted.get(status, 0) + 1
        if number == 2000:
            before = memory(front_door[1])
    # 501 and 505 are nginx's own words for an unknown transfer coding and protocol version.
    assert not {status for status in counted if status.startswith("5")} - {"501", "505"}, counted
    assert memory(front_door[1]) < before + 16 * 1024 * 1024
    assert b"exited on signal" not in front_door[1].logs()
    assert requests.get(url + "/health/liveliness", timeout=20).status_code == 200
    ready = requests.get(gateway.url + "/health/readiness", headers=bearer(gateway.master_key), timeout=20)
    assert ready.status_code == 200


def test_a_refusal_to_one_is_no_error_to_the_next(gateway, url, admin_url):
    """1.77.3 refuses this route with a bare 500 and hangs up: its connection must not carry somebody else's call."""
    key = gateway.key()

    def alternate(_number):
        with requests.Session() as session:
            session.headers.update(bearer(key))
            for _ in range(10):
                refused = session.get(admin_url + "/key/list", timeout=60).status_code
                served = session.post(url + "/mcp/", json={**LIST, "method": "ping"}, timeout=60).status_code
                yield refused, served

    with ThreadPoolExecutor(8) as pool:
        answers = [pair for pairs in pool.map(lambda number: list(alternate(number)), range(8)) for pair in pairs]
    assert len(answers) == 80
    assert not [pair for pair in answers if 502 in pair or pair[1] != 200], answers


@pytest.mark.slow
def test_a_gateway_that_is_gone_and_comes_back(gateway, url):
    """Last in this file: it stops the gateway."""
    gateway.container.stop(timeout=5)
    for protocol, (path, _beside) in PATHS.items():
        gone = requests.post(url + path, headers=bearer("sk-x"), timeout=20)
        assert gone.status_code in (502, 504)
        message = said(protocol, gone.status_code, gone.text)
        assert message.startswith("The gateway behind the front door does not answer;")
    gateway.container.start()
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if requests.get(url + "/health/liveliness", timeout=20).status_code == 200:
            break
        time.sleep(1)
    assert requests.get(url + "/health/liveliness", timeout=20).status_code == 200
