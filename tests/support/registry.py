# SPDX-License-Identifier: GPL-3.0-or-later
"""A real container registry, Debian's docker-registry, on the engine's own bridge, where plain HTTP is not excused."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import secrets
import socket
import socketserver
import ssl
import subprocess
import tarfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import docker
from debian_packages import Unpacked

PROGRAM = Unpacked("registry", "docker-registry")
# Where the engine looks for the authority of a registry.
CERTIFICATES = Path("/etc/docker/certs.d")
INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class Relay(socketserver.ThreadingTCPServer):
    """What the engine connects to: it hands on to the registry, and breaks off where a test says so."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], folder: Path) -> None:
        self.behind = json.loads((folder / "config.yml").read_text())["http"]["addr"].split(":")
        self.cut_after: int | None = None
        super().__init__(address, _Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _Handler(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        host, port = self.server.behind
        with suppress(OSError), socket.create_connection((host, int(port)), 5) as behind:
            behind.settimeout(None)
            threading.Thread(target=_copy, args=(self.request, behind, lambda: None), daemon=True).start()
            _copy(behind, self.request, lambda: self.server.cut_after)


def _copy(source: socket.socket, target: socket.socket, most: Callable[[], int | None]) -> None:
    sent = 0
    with suppress(OSError):
        while data := source.recv(16384):
            target.sendall(data)
            sent += len(data)
            if most() is not None and sent > most():
                break
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@dataclass
class Registry:
    """Where it is, who may log in, and what the clients of the engine know of that."""

    address: str
    folder: Path
    user: str = "puller"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    process: subprocess.Popen | None = None
    relay: Relay | None = None

    @property
    def trust(self) -> Path:
        return CERTIFICATES / self.address

    @property
    def client_config(self) -> Path:
        """A folder for DOCKER_CONFIG, with the login."""
        return self.folder / "logged-in"

    def start(self) -> None:
        program = PROGRAM.top / "usr/bin/docker-registry"
        with (self.folder / "registry.log").open("a") as log:
            self.process = subprocess.Popen(
                [str(program), "serve", str(self.folder / "config.yml")],
                stdout=log,
                stderr=log,
            )
        host, port = self.address.split(":")
        self.relay = Relay((host, int(port)), self.folder)
        context = ssl._create_unverified_context()
        for _ in range(100):
            try:
                with socket.create_connection((host, int(port)), 2) as plain, context.wrap_socket(plain):
                    return
            except OSError:
                assert self.process.poll() is None, (self.folder / "registry.log").read_text()[-2000:]
                time.sleep(0.1)
        raise AssertionError("the registry does not listen")

    def stop(self) -> None:
        if self.relay:
            self.relay.shutdown()
            self.relay.server_close()
            self.relay = None
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def trusted(self, yes: bool = True) -> None:
        """Whether the engine takes the registry's certificate."""
        authority = self.trust / "ca.crt"
        if yes:
            self.trust.mkdir(parents=True, exist_ok=True)
            authority.write_bytes((self.folder / "cert.pem").read_bytes())
        else:
            authority.unlink(missing_ok=True)
            if self.trust.is_dir():
                self.trust.rmdir()

    def push(self, source: str, name: str) -> str:
        """An image of the engine's, there: its digest."""
        api = docker.from_env()
        reference, tag = f"{self.address}/{name}".rsplit(":", 1)
        api.images.get(source).tag(reference, tag)
        login = {"username": self.user, "password": self.password}
        for line in api.images.push(reference, tag, stream=True, decode=True, auth_config=login):
            assert "error" not in line, line
        api.images.remove(f"{reference}:{tag}")
        return self.digest(name)

    def digest(self, name: str) -> str:
        repository, tag = name.rsplit(":", 1)
        return self.ask("GET", f"/v2/{repository}/manifests/{tag}", accept=MANIFEST)[1]

    def index(self, name: str, *digests: str) -> str:
        """An index of images for other processors and this one, under a tag: its digest."""
        repository, tag = name.rsplit(":", 1)
        machine = docker.from_env().version()["Arch"]
        manifests = []
        for digest, architecture in zip(digests, (machine, "s390x"), strict=False):
            text, _ = self.ask("GET", f"/v2/{repository}/manifests/{digest}", accept=MANIFEST)
            platform = {"architecture": architecture, "os": "linux"}
            manifests.append({"mediaType": MANIFEST, "size": len(text), "digest": digest, "platform": platform})
        body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()
        self.ask("PUT", f"/v2/{repository}/manifests/{tag}", body=body, content_type=INDEX)
        return "sha256:" + hashlib.sha256(body).hexdigest()

    def ask(
        self, method: str, path: str, *, accept="", body: bytes | None = None, content_type=""
    ) -> tuple[bytes, str]:
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Accept": accept, "Content-Type": content_type}
        request = urllib.request.Request(f"https://{self.address}{path}", data=body, method=method, headers=headers)
        with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=20) as answer:
            return answer.read(), answer.headers.get("Docker-Content-Digest", "")

    def blobs(self) -> list[Path]:
        """The files of what it has, the largest first."""
        found = (self.folder / "data").rglob("data")
        return sorted(found, key=lambda path: -path.stat().st_size)


@contextmanager
def registry(folder: Path) -> Iterator[Registry]:
    """One with TLS and a login, which the engine trusts."""
    PROGRAM.install()
    api = docker.from_env()
    subnet = api.networks.get("bridge").attrs["IPAM"]["Config"][0]
    # Engines differ in whether they name it: by default it is the first address.
    host = subnet.get("Gateway") or str(next(ipaddress.ip_network(subnet["Subnet"]).hosts()))
    with socket.socket() as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
        made = Registry(f"{host}:{port}", folder)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=registry", "-addext",
         f"subjectAltName=IP:{host}", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    script = 'print "$ARGV[0]:", crypt($ARGV[1], q($2b$05$) . "a" x 22), "\\n"'
    entry = subprocess.run(["perl", "-e", script, made.user, made.password], check=True, capture_output=True).stdout
    (folder / "htpasswd").write_bytes(entry)
    settings = {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {
            "addr": f"127.0.0.1:{port}",
            "secret": secrets.token_hex(16),
            "tls": {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")},
        },
        "auth": {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}},
    }
    (folder / "config.yml").write_text(json.dumps(settings))
    login = base64.b64encode(f"{made.user}:{made.password}".encode()).decode()
    made.client_config.mkdir(mode=0o700)
    (made.client_config / "config.json").write_text(json.dumps({"auths": {made.address: {"auth": login}}}))
    try:
        made.start()
        made.trusted()
        yield made
    finally:
        made.stop()
        made.trusted(False)
        for image in api.images.list():
            for reference in [*image.tags, *(image.attrs.get("RepoDigests") or [])]:
                if reference.startswith(f"{made.address}/"):
                    with suppress(docker.errors.ImageNotFound):  # the last tag takes the digests along
                        api.images.remove(reference, force=True)


def small_image(folder: Path, reference: str, size: int = 1) -> None:
    """An image of one file, of so many bytes that cannot be made smaller."""
    (folder / "file").write_bytes(secrets.token_bytes(size))
    with tarfile.open(folder / "root.tar", "w") as archive:
        archive.add(folder / "file", "file")
    repository, tag = reference.rsplit(":", 1)
    docker.from_env().api.import_image_from_file(str(folder / "root.tar"), repository=repository, tag=tag)
