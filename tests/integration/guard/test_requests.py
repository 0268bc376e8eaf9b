# SPDX-License-Identifier: GPL-3.0-or-later
"""The request filter in a real gateway: what is listed works, in each protocol; what is not never gets to LiteLLM."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from guarded_gateway import CONFIG, GATEWAYS, GUARD, wait_until_ready

MODELS = """
model_list:
  - model_name: "answers:8b"
    litellm_params: {model: openai/answers, api_key: none, mock_response: yes it is}
  - model_name: counted
    litellm_params: {model: hosted_vllm/counted, api_key: none, mock_response: yes it is}
  - model_name: other
    litellm_params: {model: openai/other, api_key: none, mock_response: the other one}
"""
MESSAGES = [{"role": "user", "content": "is it?"}]
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "is it?"}]}]}
# Path, body, and the header that the protocol's clients send their key in.
ASKED = {
    "chat": ("/v1/chat/completions", {"messages": MESSAGES}, "authorization"),
    "chat, streamed": ("/v1/chat/completions", {"messages": MESSAGES, "stream": True}, "authorization"),
    "messages": ("/v1/messages", {"messages": MESSAGES, "max_tokens": 9}, "x-api-key"),
    "count_tokens": ("/v1/messages/count_tokens", {"messages": MESSAGES}, "x-api-key"),
    "gemini": ("/v1beta/models/MODEL:generateContent", CONTENTS, "x-goog-api-key"),
    "gemini, streamed": ("/v1beta/models/MODEL:streamGenerateContent", CONTENTS, "x-goog-api-key"),
    "responses": ("/v1/responses", {"input": "is it?"}, "authorization"),
}
# LiteLLM 1.108.7 asks OpenAI to count for a model of openai/, and counts by itself for this one.
COUNTED = "counted"
# As Ollama names models: it stands in paths as well.
ANSWERS = "answers:8b"
MINE = [ANSWERS, COUNTED]
# Words that only stand there when LiteLLM itself has said them.
TELLING = ("x-litellm-model-api-base", "x-litellm-version", "x-litellm-key-spend", "x-litellm-response-cost")


@pytest.fixture(scope="module", params=GATEWAYS)
def serving(request, images, start_gateway):
    made = start_gateway(images[request.param], GUARD, CONFIG + MODELS, {"MCP_LAN_TEST_VALUE": "of no meaning"})
    wait_until_ready(made.url, made.container)
    return made


@pytest.fixture(scope="module")
def key(serving):
    return serving.key(models=MINE)


def ask(gateway, what, key, model=None, **more):
    model = model or (COUNTED if what == "count_tokens" else ANSWERS)
    path, body, header = ASKED[what]
    named = {} if "MODEL" in path else {"model": model}
    headers = {header: f"Bearer {key}" if header == "authorization" else key}
    url = gateway.url + path.replace("MODEL", model)
    return requests.post(url, json={**named, **body, **more}, headers=headers, timeout=60)


def rows(gateway, key):
    """The first row of the spend log that a key has, and how many it has."""
    day = timedelta(days=1)
    asked = {"start_date": datetime.now(UTC) - day, "end_date": datetime.now(UTC) + day}
    when = "&".join(f"{name}={value:%Y-%m-%d+%H:%M:%S}" for name, value in asked.items())
    hashed = hashlib.sha256(key.encode()).hexdigest()
    found = gateway.admin("GET", f"/spend/logs/ui?api_key={hashed}&page=1&page_size=1&{when}")
    return next(iter(found["data"]), None), found["total"]


def test_what_is_let_through_is_in_the_spend_log(serving):
    keys = {what: serving.key(models=MINE) for what in ASKED if what != "count_tokens"}
    passed = {what for what, key in keys.items() if ask(serving, what, key).status_code == 200}
    assert passed == set(keys)
    deadline = time.monotonic() + 60
    while unseen := [what for what in passed if rows(serving, keys[what])[1] != 1]:
        assert time.monotonic() < deadline, unseen
        time.sleep(1)


def test_of_the_model_its_prices_alone_are_kept_with_each_row(serving):
    """All that LiteLLM knows of a model is 8 of the 10 KB of its row otherwise."""
    key = serving.key(models=MINE)
    assert ask(serving, "chat", key).status_code == 200
    deadline = time.monotonic() + 60
    while not (row := rows(serving, key)[0]):
        assert time.monotonic() < deadline
        time.sleep(1)
    kept = json.loads(row["metadata"]) if isinstance(row["metadata"], str) else row["metadata"]
    known = kept["model_map_information"]
    assert known["model_map_key"] and known["model_map_value"]["input_cost_per_token"] is not None
    assert all("cost" in name for name in known["model_map_value"])
    assert len(json.dumps(kept)) < 3500


@pytest.mark.parametrize("what", ASKED)
def test_what_is_listed_works(serving, key, what):
    answer = ask(serving, what, key)
    assert answer.status_code == 200, answer.text
    assert "is" in answer.text if "count" not in what else answer.json()["input_tokens"] > 0
    assert not [name for name in answer.headers if name.lower() in TELLING]


# LiteLLM 1.77.3 counts by itself, whatever the model.
@pytest.mark.parametrize("what", [what for what in ASKED if what != "count_tokens"])
def test_a_model_of_others_is_refused_wherever_it_is_named(serving, key, what):
    answer = ask(serving, what, key, "other")
    assert 400 <= answer.status_code < 500 and "the other one" not in answer.text, answer.text


@pytest.mark.parametrize("what", ASKED)
def test_what_is_not_listed_is_refused_before_anybody_is_asked_for_a_key(serving, key, what):
    begin = datetime.now(UTC)
    for who in (key, "sk-no-such-key", ""):
        answer = ask(serving, what, who, mcp_lan_nothing=1)
        assert answer.status_code == 400 and "'mcp_lan_nothing' is not on the list" in answer.text, answer.text
    assert "mcp_lan_nothing" not in serving.container.logs(since=begin).decode()


@pytest.mark.parametrize("what", ASKED)
def test_an_expired_key_is_401(serving, what):
    expired = serving.key(duration="1s", models=MINE)
    time.sleep(2)
    answer = ask(serving, what, expired)
    assert answer.status_code == 401 and expired not in answer.text
    assert "This key has expired" in answer.text


def test_a_response_is_there_for_the_keys_of_its_model_alone(serving, key):
    made = ask(serving, "responses", key).json()["id"]
    other = serving.key(models=["other"])
    for who, own in ((key, True), (other, False), ("sk-no-such-key", False)):
        answer = requests.get(
            f"{serving.url}/v1/responses/{made}", headers={"Authorization": f"Bearer {who}"}, timeout=60
        )
        assert ("no such response" in answer.text) == (not own), answer.text
    answer = ask(serving, "responses", other, "other", previous_response_id=made)
    assert answer.status_code == 404 and "no such response" in answer.text
    assert ask(serving, "responses", key, previous_response_id="resp_of_somebody").status_code == 404


def test_no_log_repeats_a_key_however_it_was_sent(serving):
    begin = datetime.now(UTC)
    sent = []
    for number, header in enumerate(
        ("Authorization", "x-api-key", "x-litellm-api-key", "x-goog-api-key", "api-key", "x-mcp-alpha-authorization")
    ):
        for form in ("{}", "Bearer {}", "bearer {}", "Token {}", '"{}"', "Basic {}"):
            sent.append(f"sent-{number}-{len(sent)}-of-no-use")
            for path, body in (("/v1/chat/completions", {"model": ANSWERS, "messages": MESSAGES}), ("/mcp/", {})):
                headers = {header: form.format(sent[-1])}
                answer = requests.post(serving.url + path, json=body, headers=headers, timeout=60)
                assert answer.status_code >= 400 and sent[-1] not in answer.text, answer.text
    time.sleep(2)
    said = serving.container.logs(since=begin).decode()
    assert not [one for one in sent if one in said]


def test_a_request_names_no_value_of_the_environment(serving):
    script = (
        "from mcp_lan_filter.current import Current, current\n"
        "from mcp_lan_filter.references import ReferenceRefused\n"
        "from litellm.secret_managers.main import get_secret, get_secret_str\n"
        "assert get_secret('os.environ/MCP_LAN_TEST_VALUE') == 'of no meaning'\n"
        "current.set(Current())\n"
        "for name in ('os.environ/MCP_LAN_TEST_VALUE', 'DATABASE_URL', 'LITELLM_SALT_KEY'):\n"
        "    for ask in (get_secret, get_secret_str):\n"
        "        try:\n"
        "            raise SystemExit(f'{name} was given out: {ask(name)}')\n"
        "        except ReferenceRefused:\n"
        "            pass\n"
        "print('held')\n"
    )
    code, said = serving.container.exec_run(
        ["python3", "-c", script], environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    )
    assert code == 0 and said.decode().strip().endswith("held"), said.decode()


def test_administration_is_for_the_master_key(serving, key):
    for path in ("/key/list", "/openapi.json", "/routes", "/test", "/health/readiness", "/mcp-rest/tools/list"):
        for who in (key, "sk-no-such-key", None):
            headers = {"Authorization": f"Bearer {who}"} if who else {}
            assert requests.get(serving.url + path, headers=headers, timeout=30).status_code == 404, path
    assert serving.admin("GET", "/health/readiness")["status"]


@pytest.mark.parametrize("image", GATEWAYS)
def test_without_its_guard_a_gateway_serves_nobody(start_gateway, images, image):
    """As where settings in LiteLLM's database have replaced its callbacks."""
    made = start_gateway(images[image], GUARD, CONFIG.replace("callbacks: [mcp_lan_guard.guard]", "drop_params: true"))
    wait_until_ready(made.url, made.container)
    for what in ASKED:
        assert ask(made, what, made.master_key).status_code == 503, what
    listed = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Authorization": f"Bearer {made.master_key}"}
    assert requests.post(made.url + "/mcp/", json=listed, headers=headers, timeout=30).status_code == 503
