# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway of its own for benchmarks: network, PostgreSQL and LiteLLM with the guard, removed when it is left.

The images are those of a deploy, built where they are missing. MCP_LAN_BENCH_PREFIX begins the names of what is made.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import guarded_gateway
import requests
import scenario
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import MINIMUM, NEWEST_TESTED

COPY_KEY = """
CREATE TEMPORARY TABLE copies (name text, token text);
INSERT INTO copies VALUES ROWS;
INSERT INTO "LiteLLM_ObjectPermissionTable"
SELECT (jsonb_populate_record(permission, jsonb_build_object('object_permission_id', copies.token))).*
FROM "LiteLLM_ObjectPermissionTable" permission, "LiteLLM_VerificationToken" key, copies
WHERE permission.object_permission_id = key.object_permission_id;
INSERT INTO "LiteLLM_VerificationToken"
SELECT (jsonb_populate_record(key, jsonb_build_object(
    'token', copies.token, 'key_alias', copies.name, 'object_permission_id', copies.token))).*
FROM "LiteLLM_VerificationToken" key, copies;
"""
WITHOUT_GUARD = "".join(line for line in guarded_gateway.CONFIG.splitlines(True) if "guard" not in line)
PREFIX = os.environ.get("MCP_LAN_BENCH_PREFIX", "mcp-lan-bench-")


@dataclass
class Gateway:
    url: str
    master_key: str
    version: str
    database: guarded_gateway.Postgres
    network: str
    name: str
    """Its container's, by which it is found on its network."""

    def admin(self, path: str, body: dict) -> dict:
        """What the admin API answers to a POST."""
        headers = {"Authorization": f"Bearer {self.master_key}"}
        answer = requests.post(self.url + path, json=body, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def copy_key(self, values: dict[str, str]) -> None:
        """Copy the one key that is there, its permission too, to these {name: value}."""
        rows = ",".join(f"('{name}', '{hashlib.sha256(value.encode()).hexdigest()}')" for name, value in values.items())
        script = COPY_KEY.replace("ROWS", rows).encode()
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            member = tarfile.TarInfo("copy.sql")
            member.size, member.mode = len(script), 0o644
            tar.addfile(member, io.BytesIO(script))
        self.database.container.put_archive("/tmp", archive.getvalue())
        status, output = self.database.execute("psql", "-v", "ON_ERROR_STOP=1", "-f", "/tmp/copy.sql", "litellm")
        if status:
            raise SystemExit(f"bench: the database refused:\n{output}")


def versions() -> list[str]:
    """Those of MCP_LAN_BENCH_VERSIONS, separated by spaces; otherwise the oldest and the newest that are tested."""
    return os.environ.get("MCP_LAN_BENCH_VERSIONS", f"{MINIMUM} {NEWEST_TESTED}").split()


def images(versions: list[str], more: dict[str, dict] | None = None) -> dict[str, str]:
    """The references of PostgreSQL, the front door, LiteLLM in these versions, and more."""
    desired = {"postgresql": {"name": "postgresql"}, "front-door": {"name": "front-door"}}
    desired.update({version: {"name": "litellm", "version": version} for version in versions})
    desired.update(more or {})
    step, references = scenario.make_images(desired)
    if not step.ok:
        raise SystemExit(f"bench: an image cannot be had:\n{step.tail}")
    return references


@contextlib.contextmanager
def gateway(
    version: str,
    references: dict[str, str],
    prefix: str = PREFIX,
    guard: bool | Path = True,
    volumes: dict | None = None,
    environment: dict[str, str] | None = None,
    more_config: str = "",
    edits: dict[str, tuple[str, str]] | None = None,
    **rules,
) -> Iterator[Gateway]:
    """A gateway of this version with an empty database; volumes, environment and more_config are more of them.

    guard: whether there is one, or the one file that it was in an older tree. edits: in a file beside config.yaml, what
    stands there and what is to stand there. rules: as in plugin_utils/request_rules.py.
    """
    api = docker.from_env()
    password, master_key = secrets.token_urlsafe(24), "sk-" + secrets.token_urlsafe(24)
    with contextlib.ExitStack() as stack:
        network = api.networks.create(prefix + "net")
        stack.callback(network.remove)
        container = guarded_gateway.run(
            api,
            prefix + "postgresql",
            references["postgresql"],
            None,
            network.name,
            environment={"POSTGRES_PASSWORD": password},
        )
        stack.callback(container.remove, force=True, v=True)
        database = guarded_gateway.Postgres(container, password)
        deadline = time.monotonic() + 90
        while database.execute("createdb", "litellm")[0]:
            if time.monotonic() > deadline:
                raise SystemExit(f"bench: PostgreSQL does not start:\n{container.logs(tail=30).decode()}")
            time.sleep(0.5)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        config = (guarded_gateway.CONFIG if guard else WITHOUT_GUARD) + more_config
        filtered = guard is True
        guarded_gateway.configure(folder, config, version, guarded_gateway.GUARD if filtered else None, **rules)
        if isinstance(guard, Path):
            shutil.copy(guard, folder)
        for name, (before, after) in (edits or {}).items():
            text = (folder / name).read_text(encoding="utf-8")
            if before not in text:
                raise SystemExit(f"bench: {name} has no {before!r}")
            (folder / name).write_text(text.replace(before, after), encoding="utf-8")
        port = guarded_gateway.free_port()
        litellm = guarded_gateway.run(
            api,
            prefix + "litellm",
            references[version],
            ["--config", "/etc/litellm/config.yaml", "--host", "0.0.0.0", "--port", "4000"],
            network.name,
            volumes={str(folder): {"bind": "/etc/litellm", "mode": "ro"}, **(volumes or {})},
            read_only=True,
            tmpfs={"/tmp": "mode=1777"},
            ports={"4000/tcp": ("127.0.0.1", port)},
            environment={
                "DATABASE_URL": database.url("litellm"),
                "LITELLM_MASTER_KEY": master_key,
                "LITELLM_SALT_KEY": "sk-" + secrets.token_urlsafe(24),
                "STORE_MODEL_IN_DB": "True",
                **({"PYTHONPATH": "/etc/litellm"} if filtered else {}),
                **(environment or {}),
            },
        )
        stack.callback(litellm.remove, force=True, v=True)
        url = f"http://127.0.0.1:{port}"
        guarded_gateway.wait_until_ready(url, litellm)
        yield Gateway(url, master_key, version, database, network.name, litellm.name)
