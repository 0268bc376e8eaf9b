# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of three places (QUEUED), one of them a team's, that is asked for more: whose turn it is, and that a place
comes back.
"""

from __future__ import annotations

import statistics
import threading
import time

import pytest
import requests
import services
from guarded_gateway import PREFIX, ROOT, run_script

SECONDS = 0.3
MODEL = ROOT / "tests/support/slow_model.py"
PLACES = 2  # for anybody


@pytest.fixture(scope="module")
def model(gateway, docker_api, network, images):
    """The address at which the model tells what it has seen; as many as ask are served there at once."""
    name = f"{PREFIX}queued"
    container = run_script(docker_api, name, images["MCP_LAN_TEST_LITELLM_IMAGE"], MODEL, network, str(SECONDS))
    parameters = {"model": "hosted_vllm/slow", "api_base": f"http://{name}:8000/v1", "api_key": "none"}
    gateway.admin(
        "POST", "/model/new", {"model_name": "queued", "litellm_params": parameters, "model_info": {"id": "queued"}}
    )
    url = f"http://{services.address(container, network)}:8000"
    deadline = time.monotonic() + 60
    while chat(gateway, gateway.master_key).status_code != 200:
        assert time.monotonic() < deadline, chat(gateway, gateway.master_key).text
        time.sleep(1)
    yield lambda: requests.get(f"{url}/seen", timeout=10).json()
    gateway.admin("POST", "/model/delete", {"id": "queued"})
    container.remove(force=True)


@pytest.fixture(scope="module")
def keys(gateway):
    """A key of each sort."""
    team = gateway.admin("POST", "/team/new", {"team_alias": "queued-house"})["team_id"]
    made = {name: gateway.key(key_alias=f"queued-{name}") for name in ("urgent", "late", "usual")}
    made["housed"] = gateway.key(team_id=team, object_permission={})
    yield made
    gateway.admin("POST", "/key/delete", {"keys": list(made.values())})
    gateway.admin("POST", "/team/delete", {"team_ids": [team]})


def chat(gateway, key, text="Hi", **options):
    body = {"model": "queued", "messages": [{"role": "user", "content": text}], "stream": options.get("stream", False)}
    headers = {"Authorization": f"Bearer {key}"}
    return requests.post(
        f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=options.pop("timeout", 60), **options
    )


class Clients:
    """Some that ask one after another until they are left; how long each answer took, by their name."""

    def __init__(self, gateway, **asks: tuple[str, int]) -> None:
        self.took: dict[str, list[float]] = {name: [] for name in asks}
        self.failed: list[str] = []
        self.ends = threading.Event()
        self.threads = [
            threading.Thread(target=self._ask, args=(gateway, name, key))
            for name, (key, number) in asks.items()
            for _ in range(number)
        ]

    def _ask(self, gateway, name, key):
        while not self.ends.is_set():
            began = time.monotonic()
            answer = chat(gateway, key)
            if answer.status_code != 200:
                self.failed.append(answer.text)
            self.took[name].append(time.monotonic() - began)

    def __enter__(self):
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for one in self.threads:
            one.join()

    def median(self, name):
        return statistics.median(self.took[name])


def test_the_urgent_wait_less_than_half_as_long_and_nobody_for_ever(gateway, model, keys):
    with Clients(gateway, urgent=(keys["urgent"], 1), usual=(keys["usual"], 10)) as asked:
        time.sleep(4)
    assert not asked.failed
    assert asked.median("urgent") < asked.median("usual") / 2, asked.took
    # More urgent ones than there is room for: another key's lets them past for the seconds of its priority alone.
    with Clients(gateway, urgent=(keys["urgent"], 6)) as asked:
        time.sleep(1)
        began = time.monotonic()
        assert chat(gateway, keys["late"]).status_code == 200
        waited = time.monotonic() - began
    assert not asked.failed
    assert 2.5 < waited < 3 + 2 * max(asked.took["urgent"]), (waited, asked.took)
    assert model()["most"] == PLACES


@pytest.mark.slow
def test_a_place_that_is_reserved_for_a_team_is_free_for_it(gateway, model, keys):
    with Clients(gateway, usual=(keys["usual"], 12)) as asked:
        time.sleep(1)
        began = time.monotonic()
        assert chat(gateway, keys["housed"]).status_code == 200
        waited = time.monotonic() - began
    assert waited < asked.median("usual") / 2, (waited, asked.took)
    assert model()["most"] <= PLACES + 1


@pytest.mark.slow
def test_a_stream_has_its_place_until_it_ends(gateway, model, keys):
    streams = [chat(gateway, keys["urgent"], "4 s", stream=True) for _ in range(PLACES)]
    behind = threading.Thread(target=chat, args=(gateway, keys["urgent"], "behind the streams"))
    behind.start()
    read = [next(each.iter_lines()) for each in streams]
    assert all(line.startswith(b"data:") for line in read)
    seen = model()
    assert seen["now"] == PLACES and "behind the streams" not in seen["asked"]
    for each in streams:
        each.close()
    behind.join()
    assert model()["asked"][-1] == "behind the streams"


@pytest.mark.slow
def test_whoever_goes_away_or_fails_leaves_its_place(gateway, model, keys):
    for _ in range(3):
        chat(gateway, keys["urgent"], "left", stream=True).close()
    for _ in range(3):
        assert chat(gateway, keys["urgent"], "fail").status_code == 500
    with Clients(gateway, urgent=(keys["urgent"], 6)):
        time.sleep(1)
        with pytest.raises(requests.Timeout):
            chat(gateway, keys["late"], "never asked for", timeout=0.3)
        time.sleep(4)  # longer than it would have waited
    assert "never asked for" not in model()["asked"]
    began = time.monotonic()
    assert chat(gateway, keys["usual"]).status_code == 200
    assert time.monotonic() - began < SECONDS + 2


def test_a_client_cannot_say_its_priority(gateway, model, keys):
    body = {"model": "queued", "messages": [{"role": "user", "content": "Hi"}], "priority": 0}
    headers = {"Authorization": f"Bearer {keys['usual']}"}
    answer = requests.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=60)
    assert answer.status_code == 400 and "'priority'" in answer.text
