# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates: what the deployment's own authority issues, and which files are refused with which sentence."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate, trust
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
NAMES = ["linuxserver.lan", "192.0.2.10", "localhost", "127.0.0.1"]


@pytest.fixture(scope="module")
def authority():
    return certificate.new_authority(NAMES, NOW)


def tried(pair, folder, trusted, name="localhost") -> str:
    """What a client that trusts these makes of a server with this pair."""
    (folder / "tls.pem").write_text(pair.text())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "tls.pem")
    ours, theirs = socket.socketpair()

    def serve():
        try:
            server.wrap_socket(ours, server_side=True).close()
        except (ssl.SSLError, OSError):
            ours.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        trust.context(trusted).wrap_socket(theirs, server_hostname=name).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        theirs.close()
        thread.join()
    return "trusted"


@pytest.mark.parametrize("name", NAMES)
def test_who_trusts_the_authority_trusts_what_it_issues_for_its_names(authority, tmp_path, name):
    pair = certificate.issue(authority, NAMES, 90, NOW)
    assert tried(pair, tmp_path, authority.public, name) == "trusted"
    assert pair.names == set(NAMES) and pair.ends - NOW == datetime.timedelta(days=90)


def test_who_has_the_authoritys_key_speaks_for_no_other_host(authority, tmp_path):
    names = ["bank.example"]
    assert not certificate.speaks_for(authority, names)
    pair = certificate.issue(authority, names, 90, NOW)
    assert tried(pair, tmp_path, authority.public, names[0]) == "permitted subtree violation"


@pytest.mark.parametrize(
    ("made", "name", "says"),
    [
        (lambda of: certificate.issue(of, NAMES, 1, NOW - datetime.timedelta(days=2)), "localhost", "has expired"),
        (lambda of: certificate.issue(of, ["localhost"], 90, NOW), "linuxserver.lan", "Hostname mismatch"),
        (
            lambda of: certificate.issue(certificate.new_authority(NAMES, NOW), NAMES, 90, NOW),
            "localhost",
            "unable to get local issuer certificate",
        ),
    ],
    ids=["ended", "name", "stranger"],
)
def test_what_no_client_is_to_believe(authority, tmp_path, made, name, says):
    assert says in tried(made(authority), tmp_path, authority.public, name)


def test_an_authority_that_follows_is_taken_by_who_knows_the_one_before(authority, tmp_path):
    """And what the one before has issued by who knows the one that follows."""
    more = [*NAMES, "second.lan"]
    following = certificate.new_authority(more, NOW, authority)
    assert certificate.speaks_for(following, more) and not certificate.speaks_for(authority, more)
    assert tried(certificate.issue(following, NAMES, 90, NOW), tmp_path, authority.public) == "trusted"
    assert tried(certificate.issue(authority, NAMES, 90, NOW), tmp_path, following.public) == "trusted"


def test_an_authority_for_addresses_alone_speaks_for_no_name(tmp_path):
    addresses = ["192.0.2.10", "2001:db8::1"]
    made = certificate.new_authority(addresses, NOW)
    assert certificate.speaks_for(made, addresses) and not certificate.speaks_for(made, NAMES)
    for name in addresses:
        assert tried(certificate.issue(made, addresses, 90, NOW), tmp_path, made.public, name) == "trusted"
    stranger = certificate.issue(made, ["bank.example"], 90, NOW)
    assert tried(stranger, tmp_path, made.public, "bank.example") == "permitted subtree violation"


def test_what_is_kept_is_read_again_as_it_was(authority):
    pair = certificate.issue(authority, NAMES, 90, NOW)
    again = certificate.kept(pair.text())
    assert again.text() == pair.text() and certificate.issued_by(again, authority)
    assert not certificate.issued_by(again, certificate.new_authority(NAMES, NOW))
    assert certificate.kept(None) is None and certificate.kept("nothing") is None
    assert again.ends_within(91, NOW) and not again.ends_within(89, NOW)


def written(key, password=None) -> bytes:
    sealed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (lambda _pair: b"nothing", "key.pem holds no private key in PEM"),
        (lambda pair: written(pair.key, b"a password"), "key.pem is encrypted, and nginx starts without anybody"),
        (
            lambda _pair: written(ec.generate_private_key(ec.SECP256R1())),
            "key.pem is not the key of the certificate in certificate.pem",
        ),
        (lambda _pair: written(rsa.generate_private_key(65537, 1024)), "key.pem is no key that clients take"),
    ],
    ids=["none", "encrypted", "another", "short"],
)
def test_a_key_that_cannot_be_used_is_refused(authority, key, says):
    pair = certificate.issue(authority, NAMES, 90, NOW)
    with pytest.raises(UserError, match=says) as refused:
        certificate.read(pair.public.encode(), key(pair), "certificate.pem", "key.pem")
    assert refused.value.code == "certificate_invalid" and "\n" not in str(refused.value)


def test_a_file_without_a_certificate_is_refused(authority):
    with pytest.raises(UserError, match="certificate.pem holds no certificate in PEM"):
        certificate.read(b"nothing", written(authority.key), "certificate.pem", "key.pem")
    with pytest.raises(UserError, match="ca.pem holds no certificate in PEM"):
        certificate.authorities(b"nothing", "ca.pem")
    kept = certificate.authorities(authority.text().encode(), "ca.pem")
    assert kept == authority.public, "the private key of a file of authorities is nobody's business"


@pytest.mark.parametrize(
    ("days", "began", "names", "says"),
    [
        (1, -2, NAMES, "x.pem ended on "),
        (1, 2, NAMES, "x.pem is valid from "),
        (90, 0, [*NAMES, "second.lan", "a.b.star.lan"], r"and not for a\.b\.star\.lan, second\.lan, by which"),
    ],
    ids=["ended", "early", "names"],
)
def test_a_certificate_that_no_client_would_take_is_refused(authority, days, began, names, says):
    pair = certificate.issue(authority, [*NAMES, "*.star.lan"], days, NOW + datetime.timedelta(days=began))
    with pytest.raises(UserError, match=says):
        certificate.refuse_unfit(pair, names, "x.pem", NOW)


def test_a_star_stands_for_one_part_of_a_name(authority):
    pair = certificate.issue(authority, ["*.star.lan"], 90, NOW)
    certificate.refuse_unfit(pair, ["one.star.lan"], "x.pem", NOW)
    with pytest.raises(UserError, match="and not for star.lan"):
        certificate.refuse_unfit(pair, ["star.lan"], "x.pem", NOW)


def test_a_file_of_authorities_that_is_none(tmp_path):
    with pytest.raises(UserError, match="ca_path: .* cannot be used"):
        trust.context(ca_path=str(tmp_path / "none.pem"))
