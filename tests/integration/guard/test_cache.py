# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Valkey behind a real gateway: what is kept, for whom, what it costs, and what goes on while it is stopped."""

from __future__ import annotations

import hashlib
import secrets
import time

import pytest
import requests
import scenario
import yaml
from guarded_gateway import CONFIG, GATEWAYS, GUARD, PREFIX, run, run_script, wait_until_ready

NAME = f"{PREFIX}slow-model"
SECONDS = 2
# A model that takes its time; a number in each answer tells one from another.
MODEL = f"""
import itertools, json, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Model(BaseHTTPRequestHandler):
    numbers = itertools.count(1)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep({SECONDS})
        message = {{"role": "assistant", "content": f"answer {{next(self.numbers)}}"}}
        choice = {{"index": 0, "message": message, "finish_reason": "stop"}}
        usage = {{"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
        kind = {{"id": "x", "object": "chat.completion", "created": 1, "model": "m"}}
        said = {{**kind, "choices": [choice], "usage": usage}}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass

ThreadingHTTPServer(("", 8000), Model).serve_forever()
"""
MODELS = f"""
model_list:
  - model_name: slow
    litellm_params:
      model: openai/slow
      api_base: http://{NAME}:8000/v1
      api_key: none
      input_cost_per_token: 0.01
      output_cost_per_token: 0.01
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def valkey(docker_api, network, tmp_path_factory, images, show):
    """A Valkey that keeps what it is given, and its password."""
    with show():
        step, made = scenario.make_images({"image": {"name": "valkey"}})
    assert step.ok, step.tail
    password = secrets.token_urlsafe(24)
    folder = tmp_path_factory.mktemp("valkey")
    settings = ["bind *", f"requirepass {password}", 'save ""', "dir /tmp"]
    (folder / "valkey.conf").write_text("\n".join(settings) + "\n")
    folder.chmod(0o755)
    volumes = {str(folder): {"bind": "/etc/valkey", "mode": "ro"}}
    container = run(docker_api, f"{PREFIX}valkey", made["image"], None, network, volumes=volumes, read_only=True)
    yield container, password
    container.remove(force=True)


@pytest.fixture(scope="module")
def model(docker_api, network, images, tmp_path_factory):
    script = tmp_path_factory.mktemp("model") / "slow_model.py"
    script.write_text(MODEL)
    script.parent.chmod(0o755)
    container = run_script(docker_api, NAME, images["MCP_LAN_TEST_LITELLM_IMAGE"], script, network)
    yield
    container.remove(force=True)


@pytest.fixture(scope="module", params=GATEWAYS)
def cached(request, images, start_gateway, valkey, model):
    """A gateway as the role litellm_gateway tells it of the cache."""
    container, password = valkey
    container.start()
    settings = yaml.safe_load(CONFIG + MODELS)
    settings["litellm_settings"] |= {
        "cache": True,
        "cache_params": {
            "type": "redis",
            "mode": "default_off",
            "host": container.name,
            "port": "6379",
            "ttl": 600,
            "password": "os.environ/VALKEY_PASSWORD",
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
            "supported_call_types": ["completion", "acompletion"],
        },
    }
    environment = {"VALKEY_PASSWORD": password}
    made = start_gateway(images[request.param], GUARD, yaml.safe_dump(settings), environment)
    wait_until_ready(made.url, made.container)
    return made


def key(gateway, **cache) -> str:
    mark = {"policy": {}, **({"cache": cache} if cache else {})}
    return gateway.key({"mcp_lan": mark}, models=["slow"], rpm_limit=50)


def ask(gateway, value: str, text: str):
    """Status, what was said, and how long it took."""
    begun = time.monotonic()
    body = {"model": "slow", "messages": [{"role": "user", "content": text}]}
    headers = {"Authorization": f"Bearer {value}"}
    answer = requests.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=60)
    said = answer.json()["choices"][0]["message"]["content"] if answer.ok else answer.text
    return answer.status_code, said, time.monotonic() - begun


def spent(gateway, value: str) -> float:
    hashed = hashlib.sha256(value.encode()).hexdigest()
    return gateway.admin("GET", f"/key/info?key={hashed}")["info"]["spend"]


def test_a_second_answer_is_quick_and_free_and_of_the_same_key(cached):
    text = secrets.token_hex(8)
    one, other, plain = key(cached, ttl=600), key(cached, ttl=600), key(cached)
    _status, first, took = ask(cached, one, text)
    time.sleep(1)
    again = min((ask(cached, one, text) for _time in range(3)), key=lambda asked: asked[2])
    assert again[:2] == (200, first) and again[2] < took / 5, (took, again)
    assert ask(cached, other, text)[1] != first, "one key's answer was given to another"
    assert ask(cached, plain, text)[1] != ask(cached, plain, text)[1], "an answer was kept that was not to be"
    deadline = time.monotonic() + 60
    while (spending := [round(spent(cached, value), 4) for value in (one, other, plain)]) != [0.02, 0.02, 0.04]:
        assert time.monotonic() < deadline, spending
        time.sleep(2)


def test_keys_share_answers_where_both_say_so(cached):
    text = secrets.token_hex(8)
    one, other = key(cached, ttl=600, shared=True), key(cached, ttl=600, shared=True)
    first = ask(cached, one, text)[1]
    time.sleep(1)
    assert ask(cached, other, text)[1] == first
    assert ask(cached, key(cached, ttl=600), text)[1] != first


def test_requests_and_limits_go_on_while_it_is_stopped(cached, valkey):
    container, _password = valkey
    text = secrets.token_hex(8)
    value, limited = key(cached, ttl=600), cached.key({"mcp_lan": {"policy": {}}}, models=["slow"], rpm_limit=2)
    container.stop(timeout=1)
    try:
        assert [ask(cached, value, f"{text} {number}")[0] for number in range(3)] == [200] * 3
        assert [ask(cached, limited, text)[0] for _time in range(3)] == [200, 200, 429]
    finally:
        container.start()
    deadline = time.monotonic() + 60
    while ask(cached, value, text)[1] != ask(cached, value, text)[1]:
        assert time.monotonic() < deadline, "nothing is kept any more"
        time.sleep(1)
