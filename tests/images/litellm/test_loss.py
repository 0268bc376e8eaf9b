# SPDX-License-Identifier: GPL-3.0-or-later
"""The death of the database and its return; TLS to it."""

from __future__ import annotations

import datetime as dt
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from litellm_containers import Client, Postgres, migrate
from waiting import until

FIND = "return await keys.count()"
RAW = "return (await db.query_raw('SELECT 1 AS one'))[0]['one']"


@pytest.fixture(scope="module")
def mortal(playground, litellm_image, postgres_image):
    """A server that may be killed, and a client of it."""
    server = Postgres(playground, postgres_image, name="mortal")
    server.wait()
    status, said = migrate(playground, litellm_image, server.url())
    assert status == 0, said
    client = Client(
        playground, litellm_image, server.url(query="?connection_limit=3&pool_timeout=3"), name="mortal-client"
    )
    yield server, client
    client.close()


@pytest.mark.parametrize(
    "how", ["SIGKILL", pytest.param("SIGINT", marks=pytest.mark.slow), pytest.param("SIGQUIT", marks=pytest.mark.slow)]
)
def test_the_database_dies_and_returns(mortal, how):
    server, client = mortal
    assert client.run(FIND) == 0
    server.container.kill(signal=how)
    server.container.wait(timeout=30)
    lost = client.attempt(FIND)
    assert "error" in lost, lost
    lost_raw = client.attempt(RAW)
    # LiteLLM recognizes a lost database by these words
    assert "Can't reach database server" in lost_raw.get("message", ""), lost_raw
    server.container.start()
    server.wait()
    until(lambda: client.attempt(RAW).get("value") == 1, what="an answer again")
    assert client.run(FIND) == 0


def test_a_session_that_the_server_ends(mortal):
    _, client = mortal
    answer = client.attempt("""
        async with db.tx() as tx:
            await tx.query_raw('SELECT pg_terminate_backend(pg_backend_pid())')
            await tx.litellm_verificationtoken.create(data={'token': 'never'})
    """)
    assert "error" in answer, answer
    assert client.run(FIND) == 0


def test_a_pool_that_is_used_up_says_so(mortal):
    _, client = mortal
    answer = client.attempt("""
        results = await asyncio.gather(*[db.query_raw('SELECT 1 AS one FROM (SELECT pg_sleep(5)) s') for _ in range(6)],
                                       return_exceptions=True)
        return [str(r) for r in results if isinstance(r, Exception)]
    """)
    assert answer["value"], "six queries of 5 s on three connections with a wait of 3 s cannot all succeed"
    assert client.run(RAW) == 1


def test_two_hundred_queries_survive_the_loss_of_idle_connections(mortal):
    server, client = mortal
    client.run("await asyncio.gather(*[db.query_raw('SELECT 1 AS one') for _ in range(20)])")
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'prisma-query-engine'")
    until(lambda: client.attempt(RAW).get("value") == 1, 10, "an answer again")
    assert client.run("return len(await asyncio.gather(*[db.query_raw('SELECT 1 AS one') for _ in range(200)]))") == 200


class Authority:
    """Makes certificates for a server's name."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
        self.certificate = self._sign(
            self.name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None)
        )

    def _sign(self, subject, public_key, *extensions):
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=2))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def server(self, name: str) -> tuple[bytes, bytes]:
        """(certificate, key) as PEM"""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        certificate = self._sign(
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), key.public_key(), names
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM), private


@pytest.fixture(scope="module")
def tls(playground, postgres_image):
    """A server that speaks TLS under the name `secure`, and its authority."""
    authority = Authority()
    certificate, key = authority.server("secure")
    uid = int(
        playground.docker.containers.run(
            postgres_image, entrypoint=["id", "-u", "postgres"], network_mode="none", remove=True
        )
    )
    server = Postgres(
        playground,
        postgres_image,
        name="secure",
        command=[
            "postgres",
            "-c",
            "ssl=on",
            "-c",
            "ssl_cert_file=/etc/server.crt",
            "-c",
            "ssl_key_file=/etc/server.key",
        ],
        files={"/etc/server.crt": (certificate, uid, 0o644), "/etc/server.key": (key, uid, 0o600)},
    )
    server.wait()
    return server, authority


def encrypted(playground, image: str, server: Postgres, query: str, authority: Authority) -> bool:
    """Whether the engine's session is encrypted; fails where it cannot connect."""
    name = f"tls{len(playground.containers)}"
    files = {"/srv/authority.pem": (authority.pem(), 0, 0o644)}
    client = Client(playground, image, server.url(query=query), name=name, files=files)
    try:
        answer = client.attempt(
            "return (await db.query_raw('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'))[0]['ssl']"
        )
        assert "value" in answer, answer
        return answer["value"]
    finally:
        client.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", True),
        pytest.param("?sslmode=disable", False, marks=pytest.mark.slow),
        pytest.param("?sslmode=require", True, marks=pytest.mark.slow),
        pytest.param("?sslmode=require&sslaccept=strict&sslcert=/srv/authority.pem", True, marks=pytest.mark.slow),
        ("?sslmode=verify-full&sslrootcert=/srv/authority.pem", True),
    ],
)
def test_tls_as_the_url_asks(playground, litellm_image, tls, query, expected):
    server, authority = tls
    assert encrypted(playground, litellm_image, server, query, authority) is expected


def test_tls_that_cannot_be_trusted_is_refused_in_one_sentence(playground, litellm_image, tls):
    server, _ = tls
    status, said = migrate(playground, litellm_image, server.url(query="?sslmode=require&sslaccept=strict"))
    assert status == 1
    assert said.count("\n") == 1 and "a certificate that is not trusted" in said, said


def test_tls_that_the_server_does_not_speak_is_refused_in_one_sentence(playground, litellm_image, postgres):
    status, said = migrate(playground, litellm_image, postgres.url(query="?sslmode=require"))
    assert status == 1
    assert said.count("\n") == 1 and "does not speak TLS" in said, said
