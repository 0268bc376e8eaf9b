# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy as the role runs it: what is listed is reached from LiteLLM's network, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import scenario
import yaml
from guarded_gateway import PREFIX, STAND_IN_MODEL, run_script
from services import remove
from transports import isolated
from tree import OUTPUT

HERE = Path(__file__).parent
NAME = f"{PREFIX}egress"
FOLDER = OUTPUT / NAME
IMAGES = ["MCP_LAN_TEST_LITELLM_IMAGE", "MCP_LAN_TEST_NEWEST_LITELLM_IMAGE"]
PROXY = f"http://{NAME}-proxy:8888"


def deploy(show, *allowed: str) -> scenario.Step:
    """A play with the role alone."""
    variables = {
        "egress_proxy_allowed": list(allowed),
        "egress_proxy_network": f"{NAME}-net",
        "egress_proxy_out_network": f"{NAME}-out-net",
        "egress_proxy_container_name": f"{NAME}-proxy",
        "egress_proxy_config_dir": str(FOLDER / "etc/egress-proxy"),
        "container_service_project": NAME,
        "container_service_project_dir": str(FOLDER / "etc"),
        "egress_proxy_image_source": "build",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables}
    play["roles"] = ["mcp_lan.litellm.egress_proxy"]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    with show():
        step = scenario.stream("ansible-playbook", "-i", "localhost,", str(FOLDER / "play.yml"))
    assert step.ok, step.tail
    return step


@pytest.fixture(scope="module")
def places(docker_api, images, show):
    """The proxy between LiteLLM's network and one that has a route out, on which are a model and another server."""
    image = images["MCP_LAN_TEST_LITELLM_IMAGE"]
    remove(docker_api, NAME)
    docker_api.networks.create(f"{NAME}-net", internal=True)
    deploy(show, f"{NAME}-places:8000", f"{NAME}-model:8000")
    run_script(docker_api, f"{NAME}-places", image, HERE / "places.py", f"{NAME}-out-net")
    run_script(docker_api, f"{NAME}-model", image, STAND_IN_MODEL, f"{NAME}-out-net")
    yield f"http://{NAME}-places"
    remove(docker_api, NAME)
    shutil.rmtree(FOLDER)


@pytest.fixture(
    scope="module",
    params=[pytest.param(IMAGES[0]), pytest.param(IMAGES[1], marks=pytest.mark.slow)],
    ids=["old", "newest"],
)
def ask(request, docker_api, images, places):
    """Runs ask.py in LiteLLM's image and network, with the environment that the role gives it."""
    container = docker_api.containers.run(
        images[request.param],
        ["-c", "import time; time.sleep(3600)"],
        name=f"{NAME}-client-{IMAGES.index(request.param)}",
        entrypoint="python3",
        network=f"{NAME}-net",
        healthcheck={"test": ["NONE"]},
        environment={"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, "AIOHTTP_TRUST_ENV": "True"},
        volumes={str(HERE / "ask.py"): {"bind": "/srv/ask.py", "mode": "ro"}},
        detach=True,
    )

    def asked(how: str, url: str):
        status, output = container.exec_run(["python3", "/srv/ask.py", how, url], demux=True)
        assert status == 0, output
        return json.loads(output[0].decode().splitlines()[-1])

    yield asked
    container.remove(force=True)


def test_what_is_listed_is_reached_by_the_proxy_alone(ask, places):
    assert ask("get", f"{places}:8000/") == [200, "port 8000"]
    assert ask("tunnel", f"{places}:8000/") == "port 8000"
    assert ask("directly", f"{places}:8000/") == "URLError"


# Both processes of a run have to call the tests alike.
UNLISTED = {
    "port": f"http://{NAME}-places:8001",
    "proxy": f"http://{NAME}-proxy:8888",
    "itself": "http://127.0.0.1:8000",
}


@pytest.mark.parametrize("host", UNLISTED.values(), ids=UNLISTED)
def test_what_is_not_listed_is_refused_with_a_sentence(ask, host):
    status, text = ask("get", f"{host}/")
    assert status == 403 and "add HOST:PORT to litellm_gateway_egress_extra" in text
    assert "403" in ask("tunnel", f"{host}/")


def test_an_event_of_a_stream_is_there_when_it_is_sent(ask, places):
    first, last = ask("stream", f"{places}:8000/stream")
    assert last - first > 2


def test_litellm_reaches_a_listed_model_by_each_transport(ask):
    assert all(ok for ok, _said in ask("models", f"http://{NAME}-model:8000/v1").values())
    refused = ask("models", f"http://{NAME}-model:8001/v1")
    assert not any(ok for ok, _said in refused.values()), refused


def test_the_proxy_is_isolated(docker_api, places):
    container = docker_api.containers.get(f"{NAME}-proxy")
    assert not isolated(container)
    assert sorted(container.attrs["NetworkSettings"]["Networks"]) == [f"{NAME}-net", f"{NAME}-out-net"]


@pytest.mark.slow
def test_another_list_is_another_way_out_and_the_same_changes_nothing(ask, places, show):
    deploy(show, f"{NAME}-places:8001", f"{NAME}-model:8000")
    assert [ask("get", f"{places}:{port}/")[0] for port in (8000, 8001)] == [403, 200]
    again = deploy(show, f"{NAME}-places:8001", f"{NAME}-model:8000")
    assert "changed=0" in again.tail
    deploy(show, f"{NAME}-places:8000", f"{NAME}-model:8000")
