# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that rotate keys at a real gateway, with a store and a clock of their own, as often and as fast as is needed.

They are the engine and the action plugin's own steps around it, without the start of Ansible and of a module.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils import client as http
from ansible_collections.mcp_lan.litellm.plugins.module_utils import keeping
from ansible_collections.mcp_lan.litellm.plugins.module_utils.engine import Engine
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.generations import rotations
from ansible_collections.mcp_lan.litellm.plugins.module_utils.run import CHANGING
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import FileStore

RETRIES = 4


class Runs:
    """Runs of the same entries against one gateway."""

    def __init__(self, url: str, master_key: str, store: FileStore, entries: dict[str, list[dict]]):
        self.url, self.master_key = url, master_key
        self.store = store
        self.entries = entries
        self.now = datetime.now(UTC)
        self.retries = RETRIES  # none while a run is to be broken
        self.result: dict = {}  # of the last run, as the module gives it

    def client(self) -> http.Client:
        return http.Client(self.url, self.master_key, retries=self.retries, connections=2)

    def apply(self, proven=None, forced=(), revoke: bool = False) -> dict[str, str]:
        """One run; what it did by key, or the sentence of what failed. proven: the keys' generations by name."""
        client = self.client()
        did: dict[str, str] = {}

        def look():
            return [one.state for one in Engine(client).look("key").values()]

        def module(key_values, key_successors=None, revoked_keys=(), minted_keys=None):
            engine = Engine(
                client,
                workers=1,
                values=key_values,
                successors=key_successors or {},
                proven=proven or {},
                revoked=revoked_keys,
                minted=minted_keys or {},
                now=lambda: self.now,
            )
            steps = engine.plan(self.entries)
            if engine.withdrawn:
                return {"changed": False, "results": [], "rotations": [], "withdrawn": engine.withdrawn}
            engine.apply(steps)
            for one in steps:
                if one.kind == "key" and did.get(one.name) in (None, "unchanged"):
                    did[one.name] = one.sentence() if one.error else one.action
            return {
                "changed": any(one.action in CHANGING for one in steps),
                "failed": any(one.error for one in steps),
                "results": [one.result() for one in steps],
                "rotations": rotations(engine.ctx),
            }

        try:
            self.result = keeping.rotated(
                self.store, self.entries["key"], {}, forced, look, module, self.now, False, revoke
            )
        finally:
            client.close()
        return did

    def generations(self, name: str) -> list[dict]:
        """The key's raw objects at the gateway, the oldest first."""
        found = self.client().pages("/key/list", "keys", "page", "size", return_full_object="true")
        named = [one for one in found if (one["key_alias"] or "").split(".replaced-")[0] == name]
        return sorted(named, key=lambda one: one["metadata"]["mcp_lan"]["generation"])

    def present(self, name: str) -> dict[str, int]:
        """The generation that clients are given, as a run says what was proven."""
        return {name: self.generations(name)[-1]["metadata"]["mcp_lan"]["generation"]}

    def works(self, value: str) -> bool:
        """Whether clients may use it; what is put off because of a rate limit is not an answer yet."""
        while True:
            asked = requests.get(f"{self.url}/v1/models", headers={"Authorization": f"Bearer {value}"}, timeout=30)
            if asked.status_code != 429:
                return asked.status_code == 200
            time.sleep(0.25)
