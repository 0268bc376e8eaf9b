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

from debian_packages import Unpacked

PROGRAMS = Unpacked("copies", "restic", "openssh-server", "openssh-sftp-server", "openssh-client", "libnss-wrapper")
MOTO = "moto[s3,server]==5.2.5"


def environment() -> dict[str, str]:
    """One in which restic is found."""
    return {**os.environ, "PATH": f"{PROGRAMS.top}/usr/bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


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


def with_its_user(folder: Path) -> dict[str, str]:
    """An environment for sshd, whose own user need not be on this machine."""
    users = folder / "passwd"
    users.write_text(Path("/etc/passwd").read_text() + "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n")
    wrapped = {"LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_PASSWD": str(users), "NSS_WRAPPER_GROUP": "/etc/group"}
    return PROGRAMS.environment | wrapped


@contextmanager
def ssh_host(folder: Path) -> Iterator[Host]:
    PROGRAMS.install()
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
    command = [str(PROGRAMS.top / "usr/sbin/sshd"), "-D", "-e", "-f", str(folder / "sshd_config")]
    with log.open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=with_its_user(folder))
    try:
        _listens(port, server, log)
        yield Host(folder, port, f"[127.0.0.1]:{port} {public}", key)
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The address of one that wants no particular credentials."""
    PROGRAMS.install()
    moto = PROGRAMS.top / "moto"
    program = moto / "bin/moto_server"
    if not program.is_file():
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(moto)], check=True)
        subprocess.run(
            [uv, "pip", "install", "-q", "--python", str(moto / "bin/python"), MOTO], check=True, timeout=300
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
