# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes API server with its controllers, on loopback, built of Debian's source; there is no node.

No package brings these programs. Debian 12's source package is the newest that has all of them: 1.20.2, which knows
neither policy/v1 nor autoscaling/v2, and PodSecurityPolicy in the place of Pod Security. Built with Debian's Go in
minutes, once: what was made is kept in tests/output.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import kubernetes
import requests
import tree
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SUITE = "bookworm"
PACKAGES = ("etcd-server", "golang-1.19-go", "golang-1.19-src")
PROGRAMS = ("kube-apiserver", "kube-controller-manager")
KEPT = tree.OUTPUT / "kubernetes-server"
# Where what is generated comes from; the source package has the other generated files.
OPENAPI_OF = (
    "api",
    "apiextensions-apiserver",
    "apimachinery",
    "apiserver",
    "client-go",
    "cloud-provider",
    "component-base",
)
OPENAPI_OF += ("kube-aggregator", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubelet", "metrics")


def run(*command: str, cwd: Path, **environment: str) -> str:
    """What a command printed; one that fails is an AssertionError with the end of what it said."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr)[-3000:]
    assert done.returncode == 0, f"the API server cannot be had here; {' '.join(command[:3])} said: {said}"
    return done.stdout


def programs() -> Path:
    """The folder with etcd, kube-apiserver and kube-controller-manager."""
    made = KEPT / "bin"
    if not all((made / name).exists() for name in ("etcd", *PROGRAMS)):
        shutil.rmtree(KEPT, ignore_errors=True)
        work = KEPT / "work"
        (work / "lists/partial").mkdir(parents=True)
        _fetch(work)
        _build(work, made)
        shutil.rmtree(work)
    return made


def _fetch(work: Path) -> None:
    """From the mirror that the machine's own apt uses."""
    mirrors = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", cwd=work).split()
    assert mirrors, "the API server cannot be had here: apt has no lists of packages (apt-get update)"
    signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    lines = [f"{kind} {signed} {mirrors[0]} {SUITE} main\n" for kind in ("deb", "deb-src")]
    (work / "sources.list").write_text("".join(lines))
    options = {
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work,
        "APT::Sandbox::User": "root",
    }
    apt = ("apt-get", *(part for name, value in options.items() for part in ("-o", f"{name}={value}")))
    run(*apt, "update", cwd=work)
    run(*apt, "download", *PACKAGES, cwd=work)
    run(*apt, "source", "--download-only", "kubernetes", cwd=work)
    for package in work.glob("*.deb"):
        run("dpkg", "-x", str(package), "root", cwd=work)
    (description,) = work.glob("*.dsc")
    run("dpkg-source", "--no-check", "-x", description.name, "source", cwd=work)


def _build(work: Path, made: Path) -> None:
    go = work / "root/usr/lib/go-1.19"
    for link in ("api", "misc", "src", "test"):
        (go / link).unlink(missing_ok=True)
    shutil.copytree(work / "root/usr/share/go-1.19", go, dirs_exist_ok=True, symlinks=True, ignore=_beside(go))
    place = work / "go/src/k8s.io/kubernetes"
    place.parent.mkdir(parents=True)
    (work / "source").rename(place)
    environment = {
        "GOROOT": str(go),
        "GOPATH": str(work / "go"),
        "GOCACHE": str(work / "cache"),
        "GO111MODULE": "off",
        "CGO_ENABLED": "0",
    }

    def build(package: str, name: str) -> Path:
        run(str(go / "bin/go"), "build", "-o", str(made / name), package, cwd=place, **environment)
        return made / name

    generator = build("./vendor/k8s.io/kube-openapi/cmd/openapi-gen", "openapi-gen")
    arguments = [
        "--input-dirs",
        ",".join(_described(place)),
        "--output-package",
        "k8s.io/kubernetes/pkg/generated/openapi",
    ]
    arguments += ["--output-file-base", "zz_generated.openapi", "--report-filename", str(work / "report")]
    arguments += ["--go-header-file", "vendor/k8s.io/code-generator/hack/boilerplate.go.txt"]
    run(str(generator), *arguments, cwd=place, **environment)
    generator.unlink()
    for name in PROGRAMS:
        build(f"./cmd/{name}", name)
    shutil.copy2(work / "root/usr/bin/etcd", made / "etcd")


def _beside(there: Path) -> Callable[[str, list[str]], list[str]]:
    """Go's package has a link into the other one's folder, whose end is not copied over itself."""
    own = set(os.listdir(there / "pkg"))
    return lambda folder, names: [name for name in names if Path(folder).name == "pkg" and name in own]


def _described(place: Path) -> list[str]:
    """The packages that the API's description is made of."""
    folders = [place / name for name in ("cmd", "pkg", "plugin")]
    folders += [place / "staging/src/k8s.io" / name for name in OPENAPI_OF]
    found = {
        file.parent.relative_to(place)
        for folder in folders
        for file in folder.rglob("*.go")
        if "+k8s:openapi-gen=" in file.read_text(encoding="utf-8")
    }
    return sorted(f"k8s.io/kubernetes/{str(path).replace('staging/src/', 'vendor/')}" for path in found)


@dataclass(frozen=True)
class Server:
    """A server that answers: its kubeconfig, and a client of it."""

    kubeconfig: Path
    client: kubernetes.dynamic.DynamicClient

    def has(self, manifest: dict) -> bool:
        """Whether it knows this kind."""
        found = self.client.resources.search(api_version=manifest["apiVersion"], kind=manifest["kind"])
        return bool(found)


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """One that admits pods by PodSecurityPolicy."""
    place = programs()
    ports = dict(zip(("etcd", "peers", "api", "controllers"), _free_ports(4), strict=True))
    etcd = f"http://127.0.0.1:{ports['etcd']}"
    url, certificate = f"https://127.0.0.1:{ports['api']}", folder / "certificates/apiserver.crt"
    token = secrets.token_urlsafe(24)
    _write(folder / "tokens.csv", f"{token},admin,1,system:masters\n")
    key = rsa.generate_private_key(65537, 2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL)
    _write(folder / "accounts.key", key.private_bytes(*form, serialization.NoEncryption()).decode())
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "clusters": [{"name": "tests", "cluster": {"server": url, "certificate-authority": str(certificate)}}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "admin"}}],
    }
    kubeconfig = folder / "kubeconfig"
    _write(kubeconfig, yaml.safe_dump(config))
    with ExitStack() as running:
        running.enter_context(
            _running(
                folder,
                place / "etcd",
                *("--data-dir", str(folder / "etcd"), "--unsafe-no-fsync"),
                *("--listen-client-urls", etcd, "--advertise-client-urls", etcd),
                *("--listen-peer-urls", f"http://127.0.0.1:{ports['peers']}"),
            )
        )
        running.enter_context(
            _running(
                folder,
                place / "kube-apiserver",
                *("--etcd-servers", etcd, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1"),
                *("--secure-port", str(ports["api"]), "--cert-dir", str(folder / "certificates")),
                *("--token-auth-file", str(folder / "tokens.csv"), "--authorization-mode", "RBAC"),
                *("--service-cluster-ip-range", "10.96.0.0/16", "--endpoint-reconciler-type", "none"),
                *("--service-account-issuer", "https://kubernetes.default"),
                *("--service-account-key-file", str(folder / "accounts.key")),
                *("--service-account-signing-key-file", str(folder / "accounts.key")),
                *("--enable-admission-plugins", "PodSecurityPolicy"),
            )
        )
        _wait(url, token, certificate)
        running.enter_context(
            _running(
                folder,
                place / "kube-controller-manager",
                *("--kubeconfig", str(kubeconfig), "--bind-address", "127.0.0.1", "--leader-elect=false"),
                *("--secure-port", str(ports["controllers"]), "--port", "0", "--controllers", "*,-nodeipam"),
                *("--service-account-private-key-file", str(folder / "accounts.key")),
            )
        )
        asked = kubernetes.config.new_client_from_config(str(kubeconfig))
        yield Server(kubeconfig, kubernetes.dynamic.DynamicClient(asked))


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def _running(folder: Path, program: Path, *arguments: str) -> Iterator[None]:
    log = folder / f"{program.name}.log"
    log.touch(mode=0o600)
    with log.open("w") as output:
        process = subprocess.Popen([str(program), *arguments], cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def _wait(url: str, token: str, certificate: Path) -> None:
    """Until it listens, and has all that it comes with."""
    last: object = "it has no certificate"
    for _ in range(240):
        if certificate.exists():
            try:
                headers = {"Authorization": f"Bearer {token}"}
                last = requests.get(f"{url}/readyz", headers=headers, verify=str(certificate), timeout=5).status_code
            except requests.RequestException as error:
                last = error
            if last == 200:
                return
        time.sleep(0.25)
    raise AssertionError(f"the API server is not ready: {last}")
