# SPDX-License-Identifier: GPL-3.0-or-later
"""Every route of the list, in each of its spellings, answers a client's key: none is there that leads nowhere."""

from __future__ import annotations

import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from filtered import GOOD
from guarded_gateway import MODEL_NAME, MODEL_URL, SERVERS, STAND_IN_MODEL, run_script
from spellings import spellings
from stand_in_model import digest

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
# Model: what LiteLLM knows it as. It counts by itself for a model of hosted_vllm/, and asks OpenAI for one of openai/.
MODELS = {
    "route_chat": "openai/gpt-4o",
    "route_count": "hosted_vllm/counted",
    "route_embed": "openai/text-embedding-3-small",
    "route_moderate": "openai/omni-moderation-latest",
    "route_rank": "cohere/rerank-english-v3.0",
    "route_paint": "openai/gpt-image-1",
    "route_speak": "openai/tts-1",
    "route_listen": "openai/whisper-1",
}
# Body: the model that is asked for it, and a word that stands in the answer of who did what was asked alone.
ASKED = {
    "chat": ("route_chat", '"choices"'),
    "completions": ("route_chat", '"choices"'),
    "responses": ("route_chat", '"output"'),
    "messages": ("route_chat", '"content"'),
    "count_tokens": ("route_count", '"input_tokens"'),
    "generate_content": ("route_chat", '"candidates"'),
    "count_tokens_google": ("route_count", '"totalTokens"'),
    "embeddings": ("route_embed", '"embedding"'),
    "moderations": ("route_moderate", '"flagged"'),
    "rerank": ("route_rank", '"relevance_score"'),
    "image_generation": ("route_paint", '"b64_json"'),
    "image_edit": ("route_paint", '"b64_json"'),
    "speech": ("route_speak", digest(b"x")),
    "transcription": ("route_listen", '"text"'),
    "jsonrpc": ("", '"serverInfo"'),
}
# The same for what has no body, by how path and method are told apart.
WITHOUT_BODY = {
    ("GET", "models"): '"route_chat"',
    ("GET", "NAME"): '"route_chat"',
    ("GET", "RESPONSE"): '"output"',
    ("DELETE", "RESPONSE"): '"deleted":true',
    ("POST", "cancel"): '"output"',
    ("GET", "input_items"): '"has_more"',
    ("GET", "liveliness"): "alive",
    ("GET", "liveness"): "alive",
}


def sample(pattern: str) -> str:
    """What stands in the path for a name or an id."""
    kinds = {"responses/": "RESPONSE", "models": "NAME", "/mcp": "alpha"}
    return next((name for part, name in kinds.items() if part in pattern), "none")


CASES = [
    pytest.param(method, path, body, id=f"{method} {path}")
    for route in request_rules.load()["routes"]
    for path in spellings(route["path"], sample(route["path"]))
    for method, body in route["methods"].items()
    if method != "OPTIONS"  # which the request filter answers by itself
]


@pytest.fixture(scope="module")
def models(gateway, docker_api, images, network):
    container = run_script(docker_api, MODEL_NAME, images["MCP_LAN_TEST_LITELLM_IMAGE"], STAND_IN_MODEL, network)
    for name, known in MODELS.items():
        base = MODEL_URL.removesuffix("/v1") if known.startswith("cohere/") else MODEL_URL
        parameters = {"model": known, "api_base": base, "api_key": "none"}
        gateway.admin(
            "POST", "/model/new", {"model_name": name, "litellm_params": parameters, "model_info": {"id": name}}
        )
    yield
    for name in MODELS:
        gateway.admin("POST", "/model/delete", {"id": name})
    container.remove(force=True)


@pytest.fixture(scope="module")
def headers(gateway, models):
    """Those of a client that may use the models and the servers."""
    key = gateway.key({"mcp_lan": {"policy": {server: ["*"] for server in SERVERS}}}, models=list(MODELS))
    return {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}


def sent(body: str | None) -> dict:
    """How a request with this body is given to requests."""
    if body is None:
        return {}
    model = ASKED[body][0]
    if body == "jsonrpc":
        return {"json": INITIALIZE}
    if body in GOOD:
        return {"json": GOOD[body] | ({"model": model} if "model" in GOOD[body] else {})}
    file = "image" if body == "image_edit" else "file"
    return {"data": {"model": model, **({"prompt": "x"} if file == "image" else {})}, "files": {file: ("a.wav", b"x")}}


@pytest.mark.parametrize(("method", "path", "body"), CASES)
def test_a_listed_route_answers_a_clients_key(gateway, headers, method, path, body):
    """With success, and with what was asked for: not with a route that is not there or not for this key."""

    def ask(method, path, **more):
        return requests.request(method, gateway.url + path, headers=headers, timeout=60, stream=True, **more)

    if path.startswith("/mcp") and method != "POST":
        check_session(gateway, headers, method, ask, path)
        return
    word = ASKED[body][1] if body else WITHOUT_BODY[method, path.rpartition("/")[2]]
    if "RESPONSE" in path:
        path = path.replace("RESPONSE", ask("POST", "/v1/responses", **sent("responses")).json()["id"])
    answer = ask(method, path.replace("NAME", ASKED[body][0] if body else "route_chat"), **sent(body))
    text = answer.text
    assert answer.status_code == 200 and word in text.replace('": ', '":'), text


def check_session(gateway, headers, method, ask, path) -> None:
    """The stream of a session and its end. LiteLLM 1.77.3 has none that could end, which MCP has a status for."""
    session = ask("POST", path, json=INITIALIZE).headers.get("mcp-session-id")
    assert bool(session) != gateway.version.startswith("1.77.3")
    headers = headers | ({"mcp-session-id": session} if session else {})
    with requests.request(method, gateway.url + path, headers=headers, timeout=60, stream=True) as answer:
        if method == "GET":
            assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
        elif session:
            assert answer.status_code == 200, answer.text
        else:
            assert answer.status_code == 405 and "Session termination not supported" in answer.text
