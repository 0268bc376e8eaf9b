# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that name the hosts they ask, as the site makes them, reach those by proxies of their own, and no others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_services import mcp_services
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from docker.errors import NotFound
from guarded_gateway import PREFIX, run_script
from services import address, deploy, gateway_headers, remove
from transports import isolated, networks_with_a_way_out
from tree import OUTPUT, TOP
from waiting import until

HERE = Path(__file__).parent
NAME = f"{PREFIX}way"
FOLDER = OUTPUT / NAME
PLACES = f"{NAME}-places"
URL = f"http://{PLACES}:8000"
# Programs that ask over HTTP, each with its own library: their entry, a call, and what is then asked.
PROGRAMS = {
    "api": (
        {"openapi": {"document": str(TOP / "molecule/services/liveliness.json"), "base_url": URL}},
        ("liveliness", {}),
        "GET /status.json ",
    ),
    "fetch": (
        {"args": ["--allow-private-ips", "--ignore-robots-txt"]},
        ("fetch", {"url": f"{URL}/page"}),
        "GET /page ",
    ),
    "grafana": ({"environment": {"GRAFANA_URL": URL}}, ("list_datasources", {}), "GET /api/datasources"),
    "prometheus": ({"environment": {"PROMETHEUS_URL": URL}}, ("execute_query", {"query": "up"}), "GET /api/v1/query?"),
}


def entry(service: str, name: str = "", internet=(f"{PLACES}:8000",), **more) -> dict:
    named = {"name": name or service, "container_name": f"{NAME}-{name or service}"}
    return {**named, "internet": internet, **PROGRAMS[service][0], **more}


def play(show, *entries: dict):
    """The site's own tasks for these services."""
    names = {"image_source": "build", "mcp_lan_store": str(FOLDER / "store"), "mcp_services": list(entries)}
    names |= {"mcp_service_config_dir": str(FOLDER / "etc"), "mcp_service_out_network": f"{NAME}-all-net"}
    return deploy(FOLDER, names, show)


@pytest.fixture(scope="module")
def engine_api(docker_api, images):
    remove(docker_api, NAME)
    yield docker_api
    remove(docker_api, NAME)
    shutil.rmtree(FOLDER)


@pytest.fixture(scope="module")
def places(engine_api, images):
    """A server outside; it joins the network with the way out of each service."""
    network = engine_api.networks.create(f"{NAME}-places-net")
    return run_script(engine_api, PLACES, images["MCP_LAN_TEST_LITELLM_IMAGE"], HERE / "places.py", network.name)


def left(engine_api, name: str) -> set[str]:
    """What there is of the service's way out."""
    found = {one.name for one in engine_api.networks.list(filters={"name": f"{NAME}-{name}-egress"})}
    found |= {one.name for one in engine_api.containers.list(all=True, filters={"name": f"^/{NAME}-{name}-egress"})}
    return found | {str(path.name) for path in (FOLDER / "etc").glob(f"{name}-egress*")}


@pytest.fixture(
    scope="module",
    params=["api", *(pytest.param(name, marks=pytest.mark.slow) for name in PROGRAMS if name != "api")],
)
def service(request, engine_api, places, show):
    """One service's container, with a place on the way out of its proxy."""
    play(show, entry(request.param))
    engine_api.networks.get(f"{NAME}-{request.param}-egress-out-net").connect(places)
    yield request.param, engine_api.containers.get(f"{NAME}-{request.param}")
    play(show, entry(request.param, state="absent"))
    assert not left(engine_api, request.param)
    with pytest.raises(NotFound):
        engine_api.networks.get(f"{NAME}-{request.param}-net")


def inside(container, how: str, url: str):
    """What a program in the service's container gets: ask.py."""
    text = (HERE / "ask.py").read_text(encoding="utf-8")
    status, output = container.exec_run(["python3", "-c", text, how, url], demux=True)
    assert status == 0, output
    return json.loads(output[0].decode().splitlines()[-1])


def call(name: str, container) -> dict:
    """The service's tool, called as the gateway calls it, from its network."""
    tool, arguments = PROGRAMS[name][1]
    (made,) = mcp_services([entry(name)])
    url = made["registration"]["url"].replace(container.name, address(container, f"{container.name}-net"))
    endpoint = {"transport": "http", "url": url, "timeout": 60, "calls": [{"tool": tool, "arguments": arguments}]}
    endpoint["headers"] = gateway_headers(FOLDER / "store", container.name)
    (answer,) = probe.run([endpoint])
    assert answer["ok"], answer
    return answer["calls"][0]


def test_a_service_reaches_what_it_names(service, places):
    name, container = service
    said = call(name, container)
    until(lambda: PROGRAMS[name][2] in places.logs().decode(), what=str(said))
    assert inside(container, "get", f"{URL}/") == [200, "port 8000"]
    assert inside(container, "tunnel", f"{URL}/") == "port 8000"


def test_a_service_reaches_nothing_else(service, places):
    name, container = service
    status, text = inside(container, "get", f"http://{PLACES}:8001/")
    assert status == 403 and f"add HOST:PORT to internet of the MCP service {name}" in text
    assert "403" in inside(container, "tunnel", f"http://{PLACES}:8001/")
    places.reload()
    for network in places.attrs["NetworkSettings"]["Networks"]:
        assert inside(container, "directly", f"http://{address(places, network)}:8000/") == "URLError"
    assert not networks_with_a_way_out(container)


def test_the_proxy_is_the_services_alone(service, engine_api):
    """The gateway is on the service's network, and the proxy is not."""
    _name, container = service
    proxy = engine_api.containers.get(f"{container.name}-egress")
    assert not isolated(proxy)
    assert set(proxy.attrs["NetworkSettings"]["Networks"]) == {f"{proxy.name}-net", f"{proxy.name}-out-net"}
    assert set(container.attrs["NetworkSettings"]["Networks"]) == {f"{container.name}-net", f"{proxy.name}-net"}
    assert networks_with_a_way_out(proxy) == [f"{proxy.name}-out-net"]


@pytest.mark.slow
def test_a_list_changes_and_goes_with_its_proxy(engine_api, places, show):
    def made(internet) -> str:
        return play(show, entry("api", "other", internet)).tail

    made([f"{PLACES}:8000"])
    assert "changed=0" in made([f"{PLACES}:8000"])
    assert len(left(engine_api, "other")) == 4
    engine_api.networks.get(f"{NAME}-other-egress-out-net").connect(places)
    made([f"{PLACES}:8001"])
    container = engine_api.containers.get(f"{NAME}-other")
    assert [inside(container, "get", f"http://{PLACES}:{port}/")[0] for port in (8000, 8001)] == [403, 200]
    made(True)
    assert not left(engine_api, "other")
    container = engine_api.containers.get(f"{NAME}-other")
    assert networks_with_a_way_out(container) == [f"{NAME}-all-net"]
    assert "HTTP_PROXY" not in str(container.attrs["Config"]["Env"])


@pytest.mark.slow
def test_every_host_is_warned_of_before_anything_is_changed(engine_api, show):
    names = {"mcp_filesystem_enabled": False, "mcp_postgresql_enabled": False}
    names |= {"front_door_enabled": False, "litellm_gateway_port": 0}
    names["mcp_services"] = [entry("api", "all", True), entry("api", "some"), entry("api", "none", False)]
    said = deploy(FOLDER, names, show, "preflight", playbook="validate").output
    assert "WARNING: internet: true gives the MCP service all a route to every host" in " ".join(said.split())
    assert said.count("WARNING: internet") == 1
