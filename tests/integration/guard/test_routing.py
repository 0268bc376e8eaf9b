# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers of one name: each gets its share, and when one dies nobody is without an answer (docs/models.md)."""

from __future__ import annotations

import contextlib
import math
import secrets
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import yaml
from guarded_gateway import CONFIG, GATEWAYS, GUARD, PREFIX, wait_until_ready
from mortal_model import Server

CHATS, UNLIKELY = 400, 0.001
COOLDOWN, TIMEOUT = 5, 6
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=GATEWAYS)
def routed(request, images, start_gateway):
    """With the settings of docs/models.md, and shorter times."""
    settings = {"num_retries": 2, "allowed_fails": 3, "cooldown_time": COOLDOWN, "timeout": TIMEOUT}
    config = CONFIG + yaml.safe_dump(
        {"router_settings": {**settings, "fallbacks": [{"alone": ["other"]}, {"pair": ["other"]}]}}
    )
    made = start_gateway(images[request.param], GUARD, config)
    wait_until_ready(made.url, made.container)
    return made


@pytest.fixture
def servers(routed, network, images):
    """Two, and what makes deployments of them."""
    with contextlib.ExitStack() as stack:
        made = []
        for number in (1, 2):
            made.append(Server(network, images["MCP_LAN_TEST_LITELLM_IMAGE"], f"{PREFIX}routed-{number}", 0.02))
            stack.callback(made[-1].remove)

        def deploy(name: str, server: Server, **more) -> None:
            said = {"model_name": name, "litellm_params": server.parameters(**more)}
            identity = routed.admin("POST", "/model/new", said)["model_id"]
            stack.callback(routed.admin, "POST", "/model/delete", {"id": identity})

        yield made, deploy


def chat(gateway, name: str) -> int:
    body = {"model": name, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"Authorization": f"Bearer {gateway.master_key}"}
    try:
        return requests.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=60).status_code
    except requests.RequestException:
        return 0


def until_it_answers(gateway, name: str) -> None:
    deadline = time.monotonic() + 60
    while chat(gateway, name) != 200:
        assert time.monotonic() < deadline
        time.sleep(1)


def test_each_has_its_share(routed, servers):
    (one, two), deploy = servers
    name = f"shared-{secrets.token_hex(3)}"
    deploy(name, one, weight=3)
    deploy(name, two, weight=1)
    until_it_answers(routed, name)
    before = one.seen(), two.seen()
    with ThreadPoolExecutor(4) as pool:
        assert {each.result() for each in [pool.submit(chat, routed, name) for _ in range(CHATS)]} == {200}
    first, second = one.seen() - before[0], two.seen() - before[1]
    asked = first + second
    apart = (first - asked * 0.75) ** 2 / (asked * 0.75) + (second - asked * 0.25) ** 2 / (asked * 0.25)
    assert math.erfc(math.sqrt(apart / 2)) > UNLIKELY, (first, second)


@pytest.mark.parametrize("how", ["refused", "gone"])
@pytest.mark.parametrize("name", ["pair", "alone"])
def test_one_that_dies_leaves_nobody_without_an_answer(routed, servers, name, how):
    (one, two), deploy = servers
    deploy("other", one)
    if name == "pair":
        deploy(name, one)
    deploy(name, two)
    until_it_answers(routed, name)
    until_it_answers(routed, "other")
    took: list[tuple[float, float]] = []
    failed: list[int] = []
    ends = threading.Event()

    def client():
        while not ends.is_set():
            began = time.monotonic()
            if (status := chat(routed, name)) != 200:
                failed.append(status)
            took.append((began, time.monotonic() - began))

    threads = [threading.Thread(target=client) for _ in range(4)]
    for each in threads:
        each.start()
    time.sleep(3)
    dies = time.monotonic()
    two.die(how)
    time.sleep(3 * COOLDOWN)
    ends.set()
    for each in threads:
        each.join()
    assert not failed, failed
    # One that is alone is asked anew for each request, with pauses, before its fallback is; one whose address is gone
    # holds a request for the time-out, which is longer here than the cooldown.
    if (name, how) == ("pair", "refused"):
        before = statistics.median(length for began, length in took if began + length < dies)
        after = [length for began, length in took if began > dies + COOLDOWN]
        assert statistics.median(after) < 3 * before + 0.5, (before, statistics.median(after))
