# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers that the tests of LiteLLM's image use: made for them alone, removed after them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import docker
import docker.errors
import pytest
from waiting import until

HERE = Path(__file__).parent
HARDENED = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": "mode=1777"},
}


def image_from(variable: str) -> str:
    """The image to test; a test that has none fails, because a skipped one would look like a good one."""
    reference = os.environ.get(variable)
    if not reference:
        pytest.fail(f"{variable} names no image: set it to the reference of the built image.", pytrace=False)
    try:
        docker.from_env().images.get(reference)
    except docker.errors.ImageNotFound:
        pytest.fail(f"{variable}={reference}, but the engine has no such image: build it first.", pytrace=False)
    return reference


class Playground:
    """A network of its own and what was started in it."""

    def __init__(self) -> None:
        self.docker = docker.from_env(timeout=120)
        self.name = f"{os.environ.get('MCP_LAN_TEST_PREFIX', 'mcp-lan-test')}-{secrets.token_hex(4)}"
        self.network = self.docker.networks.create(self.name)
        self.containers: list[Any] = []

    def start(self, image: str, name: str, files: dict[str, tuple[bytes, int, int]] | None = None, **options: Any):
        """Starts a container that others reach under `name`; files: {path: (content, owner's uid, mode)}."""
        options["networking_config"] = {self.name: self.docker.api.create_endpoint_config(aliases=[name])}
        container = self.docker.containers.create(
            image, name=f"{self.name}-{name}", detach=True, network=self.name, **options
        )
        self.containers.append(container)
        for path, (content, uid, mode) in (files or {}).items():
            container.put_archive("/", _archive(path, content, uid, mode))
        container.start()
        return container

    def told(self, image: str, command: list[str], **options: Any) -> str:
        """What a Python of the image prints, without a network."""
        container = self.docker.containers.create(
            image,
            entrypoint=["python", *command],
            # Without it, LiteLLM looks for a list of prices on the internet first, which is not there.
            environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True", **options.pop("environment", {})},
            network_mode="none",
            name=f"{self.name}-told-{secrets.token_hex(3)}",
            **options,
        )
        self.containers.append(container)
        container.start()
        status = container.wait(timeout=300)["StatusCode"]
        assert status == 0, container.logs().decode()
        return container.logs(stderr=False).decode()

    def remove(self) -> None:
        for container in reversed(self.containers):
            with contextlib.suppress(docker.errors.NotFound):
                container.remove(force=True, v=True)
        self.network.remove()


def _archive(path: str, content: bytes, uid: int, mode: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.uid, entry.gid, entry.mode = len(content), uid, uid, mode
        tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


class Postgres:
    """A real server; `url()` is for containers of the same network."""

    def __init__(
        self, playground: Playground, image: str, name: str = "db", password: str = "", **options: Any
    ) -> None:
        self.name = name
        self.password = password or secrets.token_urlsafe(16)
        environment = {"POSTGRES_PASSWORD": self.password, "POSTGRES_DB": "litellm"}
        self.container = playground.start(image, name, environment=environment, **options)

    def url(
        self, database: str = "litellm", user: str = "postgres", password: str | None = None, query: str = ""
    ) -> str:
        return f"postgresql://{user}:{password or self.password}@{self.name}:5432/{database}{query}"

    def sql(self, statement: str, database: str = "litellm") -> str:
        status, output = self.container.exec_run(
            [
                "psql",
                "-X",
                "-At",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-d",
                database,
                "-c",
                statement,
            ],
            environment={"PGPASSWORD": self.password},
        )
        text = output.decode().strip()
        assert status == 0, text
        return text

    def wait(self) -> None:
        def answers():
            try:
                return self.sql("SELECT 1") == "1"
            except (AssertionError, docker.errors.APIError):
                return False

        until(answers, what="PostgreSQL")


class Client:
    """prisma-client-py in a container of LiteLLM's image."""

    def __init__(
        self, playground: Playground, image: str, url: str, name: str = "client", files: dict | None = None
    ) -> None:
        writable = {**HARDENED, "read_only": False}  # only so that the files can be put in
        self.container = playground.start(
            image,
            name,
            entrypoint=["sleep", "infinity"],
            environment={"DATABASE_URL": url},
            healthcheck={"test": ["NONE"]},
            init=True,
            files={"/srv/inside.py": ((HERE / "inside.py").read_bytes(), 0, 0o644), **(files or {})},
            **writable,
        )
        self.process = subprocess.Popen(
            ["docker", "exec", "-i", self.container.id, "python3", "/srv/inside.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def attempt(self, code: str, **values: Any) -> dict:
        """What the code returned, {"value": ...}, or raised, {"error", "code", "message"}."""
        self.process.stdin.write(json.dumps({"code": code, "values": values}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the client's process ended"
        return json.loads(line)

    def run(self, code: str, **values: Any) -> Any:
        answer = self.attempt(code, **values)
        assert "value" in answer, answer
        return answer["value"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)


def migrate(playground: Playground, image: str, url: str, **environment: str) -> tuple[int, str]:
    """The image's own preparation of the database, without the proxy: (status, stderr)."""
    container = playground.docker.containers.create(
        image,
        entrypoint=["node", "/opt/litellm/migrate/main.js", "/opt/litellm/migrations"],
        environment={"DATABASE_URL": url, **environment},
        network=playground.name,
        **HARDENED,
    )
    playground.containers.append(container)
    container.start()
    status = container.wait(timeout=120)["StatusCode"]
    return status, container.logs(stdout=True, stderr=True).decode()
