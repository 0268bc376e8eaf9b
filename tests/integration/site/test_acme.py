# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door's certificate from a real ACME server: asked for, renewed without a run, refused, and gone again."""

from __future__ import annotations

import base64
import datetime
import json
import secrets
import socket
import ssl
import time

import docker
import pytest
import requests
import scenario
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate
from tree import TOP

pytestmark = pytest.mark.slow
VALID, HTTP_PORT, API_PORT = 360, 14978, 14976
"""Seconds for which a certificate is issued, and ports of the host."""
ZONE = "home.example.com"
NAMED = """options {{ listen-on {{ {address}; }}; listen-on-v6 {{ none; }}; recursion no; directory "/tmp"; }};
key "acme" {{ algorithm hmac-sha256; secret "{secret}"; }};
zone "localhost" {{ type primary; file "/etc/acme-server/localhost.zone"; }};
zone "{zone}" {{ type primary; file "/tmp/zone"; allow-update {{ key "acme"; }}; }};
"""
RECORDS = """$TTL 1
@ IN SOA ns.{zone}. root.{zone}. 1 60 60 60 1
@ IN NS ns.{zone}.
ns.{zone}. IN A {address}
@ IN A 127.0.0.1
gateway IN A 127.0.0.1
"""


class Acme:
    """An ACME server and the name server that it asks, at the address of the engine's own bridge."""

    def __init__(self, image: str, folder, prefix: str):
        self.engine, self.folder, self.name = docker.from_env(), folder, f"{prefix}-acme-server"
        (config,) = self.engine.networks.get("bridge").attrs["IPAM"]["Config"]
        self.address = config.get("Gateway") or config["Subnet"].rpartition(".")[0] + ".1"
        self.directory = f"https://{self.address}:{API_PORT}/dir"
        self.tsig = base64.b64encode(secrets.token_bytes(32)).decode()
        names, now = (self.address, "localhost"), datetime.datetime.now(datetime.UTC)
        self.authority = certificate.new_authority(names, now)
        pair = certificate.issue(self.authority, names, 30, now).text()
        pebble = {
            "listenAddress": f"{self.address}:{API_PORT}",
            "managementListenAddress": f"127.0.0.1:{API_PORT + 1}",
            "certificate": "/etc/acme-server/server.pem",
            "privateKey": "/etc/acme-server/server.pem",
            "httpPort": HTTP_PORT,
            "certificateValidityPeriod": VALID,
        }
        zones = {name: RECORDS.format(zone=name, address=self.address) for name in ("localhost", ZONE)}
        for name, text in {
            "server.pem": pair,
            "pebble.json": json.dumps({"pebble": pebble}),
            "named.conf": NAMED.format(address=self.address, secret=self.tsig, zone=ZONE),
            "localhost.zone": zones["localhost"],
            "home.zone": zones[ZONE],
        }.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.container = self.engine.containers.run(
            image,
            name=self.name,
            network_mode="host",
            volumes={str(folder): {"bind": "/etc/acme-server", "mode": "ro"}},
            environment={"DNS_SERVER": f"{self.address}:53", "PEBBLE_VA_NOSLEEP": "1"},
            detach=True,
        )
        # What it signs with is another one each time.
        self.ca = folder / "ca.pem"
        self.ca.write_text(self.authority.public + self._root(), encoding="utf-8")

    def _root(self) -> str:
        deadline = time.monotonic() + 30
        while True:
            try:
                # Of the tests' own server, on the loopback address.
                answer = requests.get(f"https://127.0.0.1:{API_PORT + 1}/roots/0", verify=False, timeout=5)
                return answer.text
            except requests.ConnectionError:
                assert time.monotonic() < deadline, self.container.logs(tail=20).decode()
                time.sleep(0.5)


@pytest.fixture(scope="module")
def acme(site, show, tmp_path_factory):
    with show():
        step, made = scenario.make_images(
            {"acme": {"name": "acme-server", "context": str(TOP / "tests/integration/site/acme_server")}}
        )
    assert step.ok, step.tail
    server = Acme(made["acme"], tmp_path_factory.mktemp("acme"), site.prefix)
    yield server
    server.container.remove(force=True)


@pytest.fixture(scope="module")
def given(site, acme):
    """What the inventory says for it."""
    return {
        "front_door_tls_enabled": True,
        "litellm_api_url": f"https://localhost:{site.port}",
        "acme_enabled": True,
        "acme_terms_agreed": True,
        "acme_email": "ann@example.com",
        "acme_directory": acme.directory,
        "acme_ca_certificate": str(acme.ca),
        "acme_domains": ["localhost"],
        "acme_http_bind": "127.0.0.1",
        "acme_http_port": HTTP_PORT,
        "acme_container_name": f"{site.prefix}-acme",
        "acme_network": f"{site.prefix}-acme-net",
        "acme_volume": f"{site.prefix}-acme",
        "acme_config_dir": str(site.output / "etc/acme"),
    }


def _shown(site, ca, name: str = "localhost") -> dict:
    """The certificate that a client is shown who trusts these authorities alone."""
    context = ssl.create_default_context(cafile=str(ca))
    with context.wrap_socket(socket.create_connection(("127.0.0.1", site.port), 5), server_hostname=name) as connection:
        return connection.getpeercert()


def _ask(site) -> tuple[int, str]:
    status, output = site.engine.containers.get(f"{site.prefix}-acme").exec_run(["/usr/local/bin/entrypoint.sh", "ask"])
    return status, output.decode().strip()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"acme_terms_agreed": False}, "set acme_terms_agreed=true"),
        ({"front_door_tls_enabled": False}, "set front_door_tls_enabled=true"),
        ({"acme_domains": ["192.0.2.7"]}, "acme_domains is 192.0.2.7: write the names"),
        ({"acme_domains": ["*.home.example.com"]}, "names with a star do with acme_challenge=dns-01 alone"),
        (
            {"acme_domains": ["gateway.home.example.com"]},
            "localhost is what litellm_api_url or",
        ),
        ({"acme_email": ""}, "acme_email is empty"),
        ({"acme_challenge": "dns-01"}, "acme_dns_provider is empty"),
        ({"acme_ca_certificate": "/nowhere/ca.pem"}, "/nowhere/ca.pem cannot be read"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_changed(site, given, wrong, words):
    before = site.footprint()
    run = site.run(playbook="validate", **given | wrong)
    assert run.status != 0 and words in " ".join(run.error.split()), run.error
    assert site.footprint() == before


def test_one_that_is_refused_leaves_the_front_door_as_it_was(site, given):
    assert site.run().status == 0
    run = site.run(**given | {"acme_domains": ["localhost", f"nobody.{ZONE}"]})
    assert run.status != 0 and "issued no certificate for localhost, nobody.home.example.com" in run.message, run.error
    assert "It has to reach port 80 of each of these names" in run.message
    assert requests.get(f"{site.api_url}/health/liveliness", timeout=10).status_code == 200


def test_it_is_issued_and_all_that_asks_the_gateway_follows(site, given, acme):
    run = site.run(**given)
    assert run.status == 0, run.error
    assert _shown(site, acme.ca)["subjectAltName"] == (("DNS", "localhost"),)
    assert site.store.get("secrets", "front_door_tls") is None
    assert not (site.output / "etc/front-door/tls.pem").exists()
    again = site.run(**given)
    assert again.status == 0 and again.changed == [], again.changed


def test_it_is_renewed_without_a_run_and_the_container_goes_on(site, given, acme):
    before, containers = _shown(site, acme.ca), site.containers()
    assert _ask(site) == (0, "nothing")
    due = ssl.cert_time_to_seconds(before["notAfter"]) - VALID / 3 + 2
    time.sleep(max(0, due - time.time()))
    assert _ask(site) == (0, "renewed")
    deadline = time.monotonic() + 15
    while _shown(site, acme.ca)["serialNumber"] == before["serialNumber"]:
        assert time.monotonic() < deadline
        time.sleep(1)
    assert site.containers() == containers


def test_a_record_of_the_zone_is_an_answer_as_well(site, given, acme):
    zone = {
        # lego asks the host's own resolver where a zone's name servers are.
        "container_service_extra_hosts": {f"ns.{ZONE}": acme.address},
        "acme_challenge": "dns-01",
        "acme_domains": [f"*.{ZONE}"],
        "acme_dns_provider": "rfc2136",
        "acme_dns_resolvers": [f"{acme.address}:53"],
        "acme_dns_environment": {
            "RFC2136_NAMESERVER": f"{acme.address}:53",
            "RFC2136_TSIG_ALGORITHM": "hmac-sha256.",
            "RFC2136_TSIG_KEY": "acme",
            "RFC2136_TSIG_SECRET": acme.tsig,
        },
    }
    run = site.run("--tags", "acme", "--diff", **given | zone)
    assert run.status == 0 and acme.tsig not in run.output, run.error
    deadline = time.monotonic() + 15
    while True:
        try:
            assert _shown(site, acme.ca, f"gateway.{ZONE}")
            break
        except ssl.SSLCertVerificationError:
            assert time.monotonic() < deadline
            time.sleep(1)


def test_it_is_switched_off_again(site, given):
    run = site.run(**given | {"acme_state": "absent", "front_door_tls_enabled": False, "litellm_api_url": site.api_url})
    assert run.status == 0, run.error
    assert f"{site.prefix}-acme" not in site.containers()
    assert site.store.get("records", "ca_certificates") is None
    assert requests.get(f"{site.api_url}/health/liveliness", timeout=10).status_code == 200
