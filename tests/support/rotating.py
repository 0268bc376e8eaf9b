# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that rotate keys at a real gateway, with a store and a clock of their own, as often and as fast as is needed.

They are what the actions do, without the start of Ansible.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import requests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import client as http
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.state import Desired, Done, make_true
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore

RETRIES = 4


class Runs:
    """Runs of the same entries against one gateway."""

    def __init__(self, url: str, master_key: str, store: FileStore, entries: dict[str, list[dict]]):
        self.url, self.master_key = url, master_key
        self.store = store
        self.entries = entries
        self.now = datetime.now(UTC)
        self.retries = RETRIES  # none while a run is to be broken
        self.result: Done | None = None  # of the last run

    def client(self) -> http.Client:
        return http.Client(self.url, self.master_key, retries=self.retries, connections=2)

    def apply(self, verified=None, forced=(), revoke: bool = False) -> dict[str, str]:
        """One run; what it did by key, or the sentence of what failed. verified: the keys' generations by name."""
        client = self.client()
        desired = Desired(
            entries=self.entries,
            workers=1,
            forced=forced,
            revoke=revoke,
            verified_generations=verified or {},
            now=lambda: self.now,
        )
        try:
            self.result = make_true(self.store, client, desired)
        finally:
            client.close()
        keys = [one for one in self.result.steps if one.kind == "key"]
        return {one.name: one.sentence() if one.error else one.action for one in keys}

    def generations(self, name: str) -> list[dict]:
        """The key's raw objects at the gateway, the oldest first."""
        found = self.client().pages("/key/list", "keys", "page", "size", return_full_object="true")
        named = [one for one in found if (one["key_alias"] or "").split(".replaced-")[0] == name]
        return sorted(named, key=lambda one: one["metadata"]["mcp_lan"]["generation"])

    def present(self, name: str) -> dict[str, int]:
        """The generation that clients are given, as a run says what was verified."""
        return {name: self.generations(name)[-1]["metadata"]["mcp_lan"]["generation"]}

    def works(self, value: str) -> bool:
        """Whether clients may use it; what is put off because of a rate limit is not an answer yet."""
        while True:
            asked = requests.get(f"{self.url}/v1/models", headers={"Authorization": f"Bearer {value}"}, timeout=30)
            if asked.status_code != 429:
                return asked.status_code == 200
            time.sleep(0.25)
