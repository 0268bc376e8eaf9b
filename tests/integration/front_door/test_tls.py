# TLS at the front door: what it speaks, what it refuses, and how it takes another certificate while streams are open.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import json
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import front_door as front_doors
import pytest
import requests
from guarded_gateway import PREFIX, run_script

SENTENCE = "This port speaks HTTPS alone: write https:// instead of http://."


@pytest.fixture(scope="module")
def upstream(docker_api, network, images):
    script = Path(__file__).with_name("streaming.py")
    made = run_script(docker_api, f"{PREFIX}streaming", images["MCP_LAN_TEST_LITELLM_IMAGE"], script, network)
    yield made
    made.remove(force=True)


class Door:
    """A front door with TLS; its files, and what a client of it needs."""

    def __init__(self, url, container, folder, tls):
        self.url, self.container, self.folder, self.tls = url, container, folder, tls

    def get(self, path, **more):
        return requests.get(self.url + path, verify=str(self.tls.ca), timeout=10, allow_redirects=False, **more)

    def connect(self, name="127.0.0.1", **limits):
        """The version of TLS and the certificate that a client of this name gets."""
        context = ssl.create_default_context(cafile=str(self.tls.ca))
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        for what, value in limits.items():
            setattr(context, what, value)
        split = urlsplit(self.url)
        with context.wrap_socket(
            socket.create_connection((split.hostname, split.port), 5), server_hostname=name
        ) as one:
            return one.version(), one.getpeercert(binary_form=True)

    def shows(self, pair, seconds=15):
        """Whether it comes to show this certificate."""
        expected = ssl.PEM_cert_to_DER_cert(pair.public)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.connect()[1] == expected:
                return True
            time.sleep(0.2)
        return False

    def certificate(self):
        """What the role asks: whether nginx has the certificate that is there, and what it says if not."""
        code, said = self.container.exec_run(["/usr/local/bin/entrypoint.sh", "certificate"])
        return code == 0, said.decode()


@pytest.fixture(scope="module")
def door(docker_api, network, images, upstream, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls-door")
    tls = front_doors.Tls(tmp_path_factory.mktemp("authority"))
    image, name = images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"], f"{PREFIX}tls-door"
    url, container = front_doors.start(docker_api, image, name, network, upstream.name, "sk-none", folder, tls=tls)
    yield Door(url, container, folder, tls)
    container.remove(force=True)


class Stream:
    """An open stream of one version of HTTP, read by curl, and when each event came."""

    def __init__(self, door, version):
        command = ["curl", "-sSN", f"--{version}", "--cacert", door.tls.ca, "-w", "%{http_version}", door.url + "/mcp/"]
        self.came = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            if line.strip():
                self.came.append((line.strip(), time.monotonic()))

    def end(self):
        self.process.terminate()
        self.process.wait(5)


def test_it_speaks_current_tls_for_its_own_names_alone(door):
    assert door.connect()[0] == "TLSv1.3"
    assert door.connect("linuxserver.lan", maximum_version=ssl.TLSVersion.TLSv1_2)[0] == "TLSv1.2"
    with pytest.raises(ssl.SSLError, match="(?i)alert protocol version"):
        door.connect(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        door.connect("other.lan")
    with pytest.raises(requests.exceptions.SSLError, match="verify failed"):
        requests.get(door.url + "/health/liveliness", timeout=10)
    answer = door.get("/health/liveliness")
    assert answer.status_code == 200 and answer.json()["X-Forwarded-Proto"] == "https"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/mcp/", ("error", "message")),
        ("/v1/chat/completions", ("error", "message")),
        ("/v1/messages", ("error", "message")),
        ("/v1beta/models/x:generateContent", ("error", "message")),
    ],
)
def test_plain_http_is_refused_with_a_sentence(door, path, where):
    answer = requests.post(door.url.replace("https:", "http:") + path, json={}, timeout=10, allow_redirects=False)
    said = answer.json()
    assert answer.status_code == 400 and "Location" not in answer.headers
    assert said[where[0]][where[1]] == SENTENCE


def test_no_redirect_leads_to_plain_http(door):
    """Clients refuse one from https to http, and some begin without the last slash."""
    answer = door.get("/v1/models")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/v1/models/")
    posted = requests.post(door.url + "/mcp", json={}, verify=str(door.tls.ca), timeout=10, allow_redirects=False)
    assert posted.status_code == 200


def test_the_administration_of_the_host_stays_plain(door):
    assert requests.get(front_doors.address(door.container, 4001) + "/key/list", timeout=10).status_code == 200
    assert door.get("/key/list").status_code == 403


def test_nobody_else_reads_the_private_key(door):
    kept = (door.folder / "tls.pem").stat()
    assert (kept.st_mode & 0o777, kept.st_uid) == (0o600, 10005)
    private = door.tls.pair.text().splitlines()[1]
    assert private not in door.container.logs().decode() and private not in json.dumps(door.container.attrs)


@pytest.fixture
def streams(door):
    made = [Stream(door, version) for version in ("http1.1", "http2")]
    yield made
    for stream in made:
        stream.end()


def test_another_certificate_is_taken_while_streams_go_on(door, streams):
    time.sleep(2)
    for stream in streams:
        assert len(stream.came) > 10, stream.came
        gaps = [later - before for (_, before), (_, later) in itertools.pairwise(stream.came)]
        assert max(gaps) < 0.7, "events are held back"
    assert door.certificate() == (True, "")

    before = door.tls.pair
    door.tls.renew(60)
    door.tls.put(door.folder)
    assert door.shows(door.tls.pair) and door.certificate() == (True, "")
    assert before.public != door.tls.pair.public
    taken_at = time.monotonic()

    door.tls.put(door.folder, door.tls.pair.text().replace("BEGIN CERTIFICATE", "BEGIN NOTHING"))
    assert door.certificate()[0] is False
    time.sleep(6)
    taken, said = door.certificate()
    assert not taken and "tls.pem" in said and "PRIVATE" not in said
    assert door.shows(door.tls.pair, 1), "a file that is broken has taken away the certificate before"
    door.tls.put(door.folder)
    deadline = time.monotonic() + 10
    while not door.certificate()[0] and time.monotonic() < deadline:
        time.sleep(0.2)
    assert door.certificate() == (True, "")

    # Longer than what is under way may take when the front door ends.
    time.sleep(max(0.0, taken_at + 12 - time.monotonic()))
    for stream in streams:
        assert stream.process.poll() is None, stream.came[-3:]
        assert [event for event, _ in stream.came] == [f"data: {number}" for number in range(len(stream.came))]
        assert stream.came[-1][1] > time.monotonic() - 2


def test_http_2_is_spoken(door):
    command = ["curl", "-sS", "--cacert", door.tls.ca, "-o", "/dev/null", "-w", "%{http_version} %{http_code}"]
    done = subprocess.run([*command, door.url + "/health/liveliness"], capture_output=True, text=True, check=False)
    assert done.stdout == "2 200", done
