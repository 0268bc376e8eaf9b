# SPDX-License-Identifier: GPL-3.0-or-later
"""Places for copies of backups: a real sshd with sftp, and a server that speaks S3, both on loopback; and restic.

The programs are out of Debian's packages, without a service on the host; the server, moto, is of PyPI, in an
environment of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import tree

PLACE = tree.TOP / ".cache/copies"
PACKAGES = ("restic", "openssh-server", "openssh-sftp-server", "openssh-client")
MOTO = "moto[s3,server]==5.2.5"


def install() -> None:
    """Have the programs."""
    if (PLACE / "usr/bin/restic").is_file():
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    fetch = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *PACKAGES]
    if subprocess.run(fetch, cwd=PLACE, capture_output=True, check=False).returncode:
        subprocess.run(["apt-get", "-q", "update"], check=True, capture_output=True, timeout=300)
        subprocess.run(fetch, cwd=PLACE, check=True, capture_output=True, timeout=300)
    for package in sorted(PLACE.glob("*.deb"), key=lambda path: path.name.startswith("restic")):
        subprocess.run(["dpkg", "-x", str(package), str(PLACE)], check=True)
        package.unlink()


def environment() -> dict[str, str]:
    """One in which restic is found."""
    return {**os.environ, "PATH": f"{PLACE}/usr/bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _listens(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing listens: {log.read_text()[-2000:]}")


@dataclass
class Host:
    """Another host, by SSH."""

    folder: Path
    port: int
    known_hosts: str
    key: str = field(repr=False)

    def repository(self, name: str, port: int | None = None) -> str:
        return f"sftp://root@127.0.0.1:{port or self.port}/{self.folder / name}"


def ssh_key(path: Path) -> tuple[str, str]:
    """A new one: private and public."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path.read_text(), " ".join(path.with_suffix(".pub").read_text().split()[:2])


@contextmanager
def ssh_host(folder: Path) -> Iterator[Host]:
    install()
    port = _free_port()
    _, public = ssh_key(folder / "host_key")
    key, _ = ssh_key(folder / "key")
    Path("/run/sshd").mkdir(exist_ok=True)  # where it separates its privileges
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host_key",
        "PidFile": "none",
        "AuthorizedKeysFile": folder / "key.pub",
        "StrictModes": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "UsePAM": "no",
        "PermitRootLogin": "prohibit-password",
        "Subsystem": "sftp internal-sftp",
    }
    (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    log = folder / "sshd.log"
    command = [str(PLACE / "usr/sbin/sshd"), "-D", "-e", "-f", str(folder / "sshd_config")]
    with log.open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _listens(port, server, log)
        yield Host(folder, port, f"[127.0.0.1]:{port} {public}", key)
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The address of one that wants no particular credentials."""
    install()
    program = PLACE / "moto/bin/moto_server"
    if not program.is_file():
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(PLACE / "moto")], check=True)
        subprocess.run(
            [uv, "pip", "install", "-q", "--python", str(PLACE / "moto/bin/python"), MOTO], check=True, timeout=300
        )
    port = _free_port()
    log = folder / "s3.log"
    with log.open("w") as output:
        server = subprocess.Popen([str(program), "-H", "127.0.0.1", "-p", str(port)], stdout=output, stderr=output)
    try:
        _listens(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
