# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS at the front door of a deployed site: switched on, renewed, diagnosed and switched off again."""

from __future__ import annotations

import datetime
import socket
import ssl

import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def https(site):
    """What the inventory says for it."""
    assert site.run().status == 0
    return {"front_door_tls_enabled": True, "litellm_api_url": f"https://127.0.0.1:{site.port}"}


def _shown(site) -> str:
    """The certificate that a client of the front door is shown, whoever vouches for it."""
    context = ssl._create_unverified_context()
    with context.wrap_socket(socket.create_connection(("127.0.0.1", site.port), 5)) as connection:
        return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True))


def _kept(site, what: str) -> certificate.Pair:
    return certificate.kept(site.store.get("secrets", f"front_door_{what}"))


def test_an_address_that_stays_plain_is_refused_before_anything_is_changed(site, https):
    before = site.footprint()
    run = site.run(front_door_tls_enabled=True)
    assert run.status != 0 and (
        f"litellm_api_url is http://127.0.0.1:{site.port}, and with front_door_tls_enabled=true that port speaks HTTPS "
        "alone: write https:// there. Nothing has been changed."
    ) in " ".join(run.error.split()), run.error
    assert site.footprint() == before


def test_it_is_switched_on_and_all_that_asks_the_gateway_follows(site, https, tmp_path):
    run = site.run("--diff", **https)
    assert run.status == 0, run.error
    for what in ("tls", "ca"):
        assert _kept(site, what).text().splitlines()[1] not in run.output
    again = site.run(**https)
    assert again.status == 0 and again.changed == [], again.changed
    file = site.output / "etc/front-door/tls.pem"
    assert (file.stat().st_mode & 0o777, file.stat().st_uid) == (0o600, 10005)
    assert _shown(site) == _kept(site, "tls").public

    ca = tmp_path / "ca.pem"
    ca.write_text(site.store.get("records", "ca_certificates"))
    plain = requests.get(f"http://127.0.0.1:{site.port}/health/liveliness", timeout=10)
    assert plain.status_code == 400 and "This port speaks HTTPS alone" in plain.text
    assert requests.get(f"https://127.0.0.1:{site.port}/health/liveliness", verify=ca, timeout=10).status_code == 200
    # As a controller does that is another machine, whose administration goes by the clients' address as well.
    proof = site.run(
        playbook="verify", **https, litellm_admin_url=https["litellm_api_url"], front_door_admin_networks=["0.0.0.0/0"]
    )
    assert proof.status != 0 and "This route is for the control host alone" in proof.error


def test_what_is_due_is_renewed_and_the_container_goes_on(site, https):
    now = datetime.datetime.now(datetime.UTC)
    names = sorted(_kept(site, "tls").names)
    site.store.put("secrets", "front_door_tls", certificate.issue(_kept(site, "ca"), names, 29, now).text().strip())
    before, footprint = _shown(site), site.footprint()
    checked = site.run("--check", "--tags", "front_door", **https)
    assert checked.status == 0 and checked.changed and site.footprint() == footprint, checked.error
    containers = site.containers()
    run = site.run("--tags", "front_door", **https)
    assert run.status == 0 and site.containers() == containers, run.error
    assert _shown(site) == _kept(site, "tls").public != before
    assert not _kept(site, "tls").ends_within(89, now)


def test_one_that_is_given_is_taken_and_one_that_cannot_be_changes_nothing(site, https, tmp_path):
    pair = certificate.issue(_kept(site, "ca"), ["127.0.0.1", "localhost"], 5, datetime.datetime.now(datetime.UTC))
    (tmp_path / "fullchain.pem").write_text(pair.public)
    (tmp_path / "privkey.pem").write_text(_kept(site, "ca").text())
    given = {
        "front_door_tls_certificate": str(tmp_path / "fullchain.pem"),
        "front_door_tls_private_key": str(tmp_path / "privkey.pem"),
        "front_door_tls_remote_src": True,
    }
    before, shown = site.footprint(), _shown(site)
    run = site.run(**https, **given)
    assert "privkey.pem is not the key of the certificate in" in run.message, run.error
    assert site.footprint() == before and _shown(site) == shown
    (tmp_path / "privkey.pem").write_text(pair.text())
    given["front_door_tls_ca_certificate"] = str(tmp_path / "ca.pem")
    (tmp_path / "ca.pem").write_text(_kept(site, "ca").public)
    run = site.run("--tags", "front_door", **https, **given)
    assert run.status == 0 and _shown(site) == pair.public, run.error


def test_it_is_diagnosed_and_switched_off_again(site, https):
    assert site.run("--tags", "front_door", **https).status == 0
    run = site.run(playbook="diagnose", **https)
    assert run.status == 0, run.error
    run = site.run(playbook="diagnose", **https, diagnose_url=f"http://127.0.0.1:{site.port}/mcp/")
    assert f"127.0.0.1:{site.port} speaks HTTPS and the URL begins with http://: write https://" in run.message
    run = site.run(playbook="diagnose", **https, diagnose_url=f"https://127.0.0.1:{site.port - 10}/mcp/")
    assert f"127.0.0.1:{site.port - 10} speaks plain HTTP and the URL begins with https://" in run.message

    run = site.run()
    assert run.status == 0, run.error
    assert not (site.output / "etc/front-door/tls.pem").exists()
    assert site.store.get("records", "ca_certificates") is None and _kept(site, "ca")
    assert requests.get(f"{site.api_url}/health/liveliness", timeout=10).status_code == 200
    assert site.run().changed == []
