# SPDX-License-Identifier: GPL-3.0-or-later
"""A fallback of the gateway's configuration gives a key no model that it may not use, at any route that names one."""

from __future__ import annotations

import secrets
import time

import pytest
import requests
from guarded_gateway import MODEL_URL, STAND_IN_MODEL, run_script

# Nobody listens there.
DEAD = "http://127.0.0.1:9/v1"
ROUTES = {
    "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]}),
    "streamed": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "stream": True}),
    "responses": ("/v1/responses", {"input": "Hi"}),
    "messages": ("/v1/messages", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5}),
    "embeddings": ("/v1/embeddings", {"input": "Hi"}),
    "generate_content": ("/v1beta/models/{model}:generateContent", {"contents": [{"parts": [{"text": "Hi"}]}]}),
}
CHAT = ROUTES["chat"]


@pytest.fixture(scope="module")
def names(gateway, docker_api, network, images):
    """The names of a model that is dead, of one that answers, and of one between them, with fallbacks from each to the
    next, and of one that has a fallback in which parameters stand.
    """
    own = f"fall{secrets.token_hex(3)}-"
    answers = {"model": "hosted_vllm/stand-in", "api_base": MODEL_URL, "api_key": "none"}
    dead = {"model": "hosted_vllm/dead", "api_base": DEAD, "api_key": "none"}
    entries = {"good": answers, "dead": dead, "between": dead, "further": dead, "changed": dead}
    stand_in = run_script(
        docker_api,
        MODEL_URL.split("/")[2].partition(":")[0],
        images["MCP_LAN_TEST_LITELLM_IMAGE"],
        STAND_IN_MODEL,
        network,
    )
    for name, parameters in entries.items():
        body = {"model_name": own + name, "litellm_params": parameters, "model_info": {"id": own + name}}
        gateway.admin("POST", "/model/new", body)
    fallbacks = [
        {f"{own}dead": [f"{own}good"]},
        {f"{own}further": [f"{own}between"]},
        {f"{own}between": [f"{own}good"]},
        {f"{own}changed": [{"model": f"{own}good", "messages": [{"role": "user", "content": "Hi"}]}]},
    ]
    settings = {"fallbacks": fallbacks, "num_retries": 0, "cooldown_time": 0.1}
    gateway.admin("POST", "/config/update", {"router_settings": settings})
    deadline = time.monotonic() + 60
    while ask(gateway, gateway.master_key, f"{own}dead", *CHAT).status_code != 200:
        assert time.monotonic() < deadline, ask(gateway, gateway.master_key, f"{own}dead", *CHAT).text
        time.sleep(1)
    yield {name: own + name for name in entries}
    gateway.admin("POST", "/config/update", {"router_settings": {"fallbacks": []}})
    for name in entries:
        gateway.admin("POST", "/model/delete", {"id": own + name})
    stand_in.remove(force=True)


def ask(gateway, key, model, path, body):
    named = {} if "{model}" in path else {"model": model}
    headers = {"Authorization": f"Bearer {key}"}
    return requests.post(gateway.url + path.format(model=model), json={**named, **body}, headers=headers, timeout=60)


@pytest.mark.parametrize("route", ROUTES)
def test_a_key_without_the_other_model_gets_the_error(gateway, names, route):
    alone = gateway.key(models=[names["dead"]])
    both = gateway.key(models=[names["dead"], names["good"]])
    refused = ask(gateway, alone, names["dead"], *ROUTES[route])
    assert refused.status_code >= 400, refused.text
    answered = ask(gateway, both, names["dead"], *ROUTES[route])
    assert answered.status_code == 200, answered.text


def test_each_step_of_several_is_held(gateway, names):
    without_the_last = gateway.key(models=[names["further"], names["between"]])
    without_the_step = gateway.key(models=[names["further"], names["good"]])
    every = gateway.key(models=[names["further"], names["between"], names["good"]])
    assert ask(gateway, without_the_last, names["further"], *CHAT).status_code >= 400
    assert ask(gateway, without_the_step, names["further"], *CHAT).status_code >= 400
    assert ask(gateway, every, names["further"], *CHAT).status_code == 200


def test_a_fallback_with_parameters_is_held_as_well(gateway, names):
    alone = gateway.key(models=[names["changed"]])
    both = gateway.key(models=[names["changed"], names["good"]])
    assert ask(gateway, alone, names["changed"], *CHAT).status_code >= 400
    assert ask(gateway, both, names["changed"], *CHAT).status_code == 200


def test_the_models_of_a_team_hold_too(gateway, names):
    team = gateway.admin("POST", "/team/new", {"models": [names["dead"]]})["team_id"]
    for models in ([], ["all-team-models"], [names["dead"]]):
        # Newer versions give a key of a team no server that the team has not.
        of_team = gateway.key(team_id=team, models=models, object_permission={})
        assert ask(gateway, of_team, names["dead"], *CHAT).status_code >= 400, models
    gateway.admin("POST", "/team/delete", {"team_ids": [team]})


def test_the_models_of_a_user_hold_too(gateway, names):
    user = gateway.admin("POST", "/user/new", {"models": [names["dead"]], "auto_create_key": False})["user_id"]
    assert ask(gateway, gateway.key(user_id=user), names["dead"], *CHAT).status_code >= 400
    gateway.admin("POST", "/user/delete", {"user_ids": [user]})


def test_a_key_for_any_model_has_every_fallback(gateway, names):
    assert ask(gateway, gateway.key(), names["further"], *CHAT).status_code == 200
