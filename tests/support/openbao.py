# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenBao for a test: a server in development mode, in memory, on a free port, with a token of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import hvac
import requests


@dataclass(frozen=True)
class OpenBao:
    """Where it listens and how to log in; a key-value engine of version 2 is mounted at secret/."""

    url: str
    token: str

    def connect(self) -> hvac.Client:
        return hvac.Client(self.url, self.token)


@contextmanager
def openbao(folder: Path) -> Iterator[OpenBao]:
    program = shutil.which("bao", path=str(Path(sys.executable).parent)) or "bao"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    made = OpenBao(f"http://{address}", secrets.token_urlsafe(24))
    log = folder / "openbao.log"
    with log.open("w") as output:
        log.chmod(0o600)
        server = subprocess.Popen(
            [program, "server", "-dev", "-dev-no-store-token", f"-dev-listen-address={address}"],
            env={**os.environ, "BAO_DEV_ROOT_TOKEN_ID": made.token, "HOME": str(folder)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(made, server, log)
        yield made
    finally:
        server.terminate()
        server.wait(10)


def _wait(made: OpenBao, server: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            mounts = requests.get(f"{made.url}/v1/sys/mounts", headers={"X-Vault-Token": made.token}, timeout=5)
            if mounts.ok and "secret/" in mounts.json()["data"]:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise AssertionError(f"OpenBao did not start: {log.read_text()[-2000:]}")
