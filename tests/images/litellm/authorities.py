# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside the image: whom a client of httpx trusts there, and how many it reads first, as JSON in the last line."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import json
import os
import ssl
import subprocess
import threading
import warnings
from pathlib import Path

import certifi
import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OWN = Path("/tmp/own")


def known(*paths: Path | str) -> set[bytes]:
    """The fingerprints of the certificates in these files."""
    found = [one for path in paths for one in x509.load_pem_x509_certificates(Path(path).read_bytes())]
    return {one.fingerprint(hashes.SHA256()) for one in found}


def authority_and_server() -> ssl.SSLContext:
    """An authority of its own in OWN, and what a server with its certificate serves by."""
    now, name = datetime.datetime.now(datetime.UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "own")])
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    OWN.mkdir()
    private, public = Path("/tmp/key.pem"), OWN / "own.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*form))
    subprocess.run(["openssl", "rehash", str(OWN)], check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context


def asked(url: str) -> str:
    """What a new client gets there."""
    try:
        return str(httpx.get(url, timeout=10).status_code)
    except httpx.ConnectError as error:
        return str(error)


def read() -> int:
    """How many authorities a new client has read before it asks anybody."""
    return httpx.create_ssl_context().cert_store_stats()["x509"]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    place = Path(os.environ["SSL_CERT_DIR"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    server.socket = authority_and_server().wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://127.0.0.1:{server.server_port}/"
    found = {
        "same": known(certifi.where()) == known(*place.glob("*.pem")),
        "linked": len(list(place.glob("*.[0-9]"))) == len(list(place.glob("*.pem"))),
        "stranger": asked(url),
        "read": read(),
    }
    os.environ["SSL_CERT_DIR"] = str(OWN)
    found["own"] = asked(url)
    del os.environ["SSL_CERT_DIR"]
    found["read of the bundle"] = read()
    print(json.dumps(found))
