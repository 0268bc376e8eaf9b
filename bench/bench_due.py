# SPDX-License-Identifier: GPL-3.0-or-later
"""Due: one pass of `gateway_state` over keys that are all due, and the same writes by a script that sends nothing else.

The pass is the whole command: reading, making and storing the values, setting the old keys aside, minting, reading
again, taking. The script has as many threads, each with one kept-alive connection; the difference is what the
collection adds to the gateway's own time. The keys, copies of one in the database, are a month old.
MCP_LAN_BENCH_VERSIONS names the versions, separated by spaces; MCP_LAN_BENCH_DUE the number of keys.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gateway as gateways
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from bench_engine import Bench

KEYS = int(os.environ.get("MCP_LAN_BENCH_DUE", "1000"))
SERVER = {"name": "bench", "url": "http://bench.invalid/mcp"}
ROTATE = {"after": "30d", "overlap": "24h"}


def new_values() -> dict[str, str]:
    return {f"bench-{number:05}": "sk-" + secrets.token_urlsafe(32) for number in range(KEYS)}


def state(names: list[str]) -> dict[str, list[dict]]:
    """The desired state, in the words of gateway_state."""
    like = {"mcp": {"bench": ["*"]}, "budget": {"max": 5.0, "per": "30d"}, "rotate": ROTATE}
    return {"mcp_servers": [SERVER], "keys": [{"name": name, **like} for name in names]}


class Due(Bench):
    """A gateway, and its keys when they are due."""

    def prepare(self, known: dict[str, str]) -> None:
        """These keys and nothing else, minted a month ago."""
        first, *others = known
        self.empty()
        self.sql('DELETE FROM "LiteLLM_ObjectPermissionTable"')
        self.calls(state([first]), known)
        minted = f"{datetime.now(UTC) - timedelta(days=31):%Y-%m-%dT%H:%M:%SZ}"
        self.sql(
            'UPDATE "LiteLLM_VerificationToken" SET metadata = '
            f"jsonb_set(metadata, '{{mcp_lan,minted}}', '\"{minted}\"') WHERE key_alias = '{first}'"
        )
        self.gateway.copy_key({name: known[name] for name in others})

    def sql(self, statement: str) -> None:
        status, output = self.gateway.database.execute("psql", "-v", "ON_ERROR_STOP=1", "-c", statement, "litellm")
        if status:
            raise SystemExit(f"bench: the database refused:\n{output}")

    def row(self) -> str:
        known, pending = new_values(), new_values()
        desired = state(list(known))
        self.prepare(known)
        store = FileStore(str(self.store()))
        for name, value in known.items():
            store.put("keys", name, value)
        whole = self.at_once(desired, store.path, True)
        if store.names("successors") or any(store.get("keys", name) == value for name, value in known.items()):
            raise SystemExit("bench: not all keys were rotated")

        self.prepare(known)
        sent = self.calls(desired, known, pending=pending)
        writes = sorted((one for one in sent if one[0] != "GET"), key=lambda one: one[1], reverse=True)
        if [one[1] for one in writes] != ["/key/update"] * KEYS + ["/key/generate"] * KEYS:
            raise SystemExit("bench: the engine wrote something else than it should")
        self.prepare(known)
        bare = self.bare(writes)
        cells = [KEYS, f"{whole:.1f}", f"{bare:.1f}", f"{whole - bare:.1f}", len(sent), len(writes)]
        return f"| {self.gateway.version} | {' | '.join(map(str, cells))} |"


def table() -> str:
    versions = gateways.versions()
    references = gateways.images(versions)
    rows = [
        "| LiteLLM | keys due | pass, s | its writes alone, s | difference, s | requests | of these writes |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for version in versions:
        with gateways.gateway(version, references) as running, tempfile.TemporaryDirectory() as folder:
            rows.append(Due(running, Path(folder)).row())
    return "\n".join(rows)
