# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that make LiteLLM anew while clients ask: each answered request has its row in the audit.

MCP_LAN_TEST_RESTARTS says how many such runs there are.
"""

from __future__ import annotations

import os
import threading
import time

import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server

pytestmark = pytest.mark.slow

RESTARTS = int(os.environ.get("MCP_LAN_TEST_RESTARTS", "3"))


class Asking(threading.Thread):
    """Asks for one chat after another; what was answered, by its id."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__()
        self.url, self.headers = f"{url}/v1/chat/completions", {"Authorization": f"Bearer {key}"}
        self.stopped = threading.Event()
        self.answered: list[str] = []
        self.refused = 0

    def run(self) -> None:
        body = {"model": "mock", "messages": [{"role": "user", "content": "Hello"}]}
        while not self.stopped.is_set():
            try:
                answer = requests.post(self.url, json=body, headers=self.headers, timeout=30)
                if answer.ok:
                    self.answered.append(answer.json()["id"])
                else:
                    self.refused += 1
            except requests.RequestException:
                self.refused += 1
            time.sleep(0.05)


def test_each_answered_request_has_its_row(site):
    first = site.run()
    assert first.status == 0, first.output[-3000:]
    clients = [Asking(site.api_url, site.store.get("keys", "codex")) for _ in range(2)]
    for each in clients:
        each.start()
    try:
        for turn in range(RESTARTS):
            time.sleep(5)
            before = len(clients[0].answered)
            variables = {"litellm_gateway_environment": {"TURN": str(turn)}}
            done = site.run("--tags", "litellm_gateway,front_door", **variables)
            assert done.status == 0 and done.changed, done.output[-3000:]
            assert len(clients[0].answered) > before
    finally:
        for each in clients:
            each.stopped.set()
        for each in clients:
            each.join()
    time.sleep(10)
    answered = {one for each in clients for one in each.answered}
    server = Server(f"{site.prefix}-postgresql", "postgres")
    written = set(server.sql("litellm", 'SELECT request_id FROM "LiteLLM_SpendLogs";').splitlines())
    refused = sum(each.refused for each in clients)
    print(f"{RESTARTS} runs, {len(answered)} chats answered, {refused} not, {len(answered - written)} without a row")
    assert len(answered) > 50 * RESTARTS
    assert not answered - written
