# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway under load with figures, retention and backups: nothing fails, and no container's memory goes on growing.

MCP_LAN_TEST_MINUTES says for how long; memory can be told to be flat after some 20 minutes.
"""

from __future__ import annotations

import os
import shutil
import statistics
import threading
import time

import pytest
import requests
from guarded_gateway import free_port
from observed_site import Observed
from site_deployment import PREFIX

pytestmark = pytest.mark.slow

NAME = f"steady-{PREFIX}"
MINUTES = float(os.environ.get("MCP_LAN_TEST_MINUTES", "5"))
TURN = 300  # seconds between two backups, and between two times that something is there to delete
CHAT = {"model": "mock", "messages": [{"role": "user", "content": "Hello"}]}
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "filesystem-read_text_file", "arguments": {"path": "/data/welcome.txt"}},
}
OLD = """
CREATE TEMPORARY TABLE one AS SELECT * FROM "LiteLLM_SpendLogs" LIMIT 1;
INSERT INTO "LiteLLM_SpendLogs" SELECT (jsonb_populate_record(one, jsonb_build_object('request_id', 'old-' || n,
  'startTime', now() AT TIME ZONE 'UTC' - make_interval(days => 100)))).* FROM one, generate_series(1, 5000) AS n;
"""


class Asking(threading.Thread):
    """Asks for one thing after another with a key, as a client does: how many were answered, and what was not."""

    def __init__(self, site: Observed, path: str, body: dict, expected: str):
        super().__init__()
        self.url, self.body, self.expected = site.api_url + path, body, expected
        self.headers = {
            "Authorization": f"Bearer {site.store.get('keys', 'codex')}",
            "Accept": "application/json, text/event-stream",
        }
        self.stopped, self.answered, self.failed = threading.Event(), 0, []

    def run(self):
        with requests.Session() as session:
            while not self.stopped.wait(0.2):
                try:
                    said = session.post(self.url, json=self.body, headers=self.headers, timeout=60)
                    if said.ok and self.expected in said.text:
                        self.answered += 1
                    else:
                        self.failed.append(f"{said.status_code} {said.text[:200]}")
                except requests.RequestException as error:
                    self.failed.append(str(error))


def memory(site: Observed) -> dict[str, float]:
    """MiB of each container's own, without what the system keeps of files."""
    found = {}
    for name in site.containers():
        stats = site.engine.containers.get(name).stats(stream=False, one_shot=True)["memory_stats"]
        found[name] = (stats["usage"] - stats["stats"]["inactive_file"] - stats["stats"]["active_file"]) / 2**20
    return found


def medians(seen: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """Of each container, that of its memory in the second quarter of the time and in the last."""
    quarter = max(1, len(seen) // 4)
    parts = seen[quarter : 2 * quarter], seen[-quarter:]
    return {name: tuple(statistics.median(one[name] for one in part) for part in parts) for name in seen[0]}


@pytest.fixture
def deployed():
    site = Observed(NAME, free_port())
    run = site.run(timeout=1200)
    assert run.status == 0, run.output[-3000:]
    yield site
    site.remove()
    shutil.rmtree(site.output)


def test_nothing_fails_and_memory_stays(deployed):
    clients = [
        Asking(deployed, "/v1/chat/completions", CHAT, "choices"),
        Asking(deployed, "/mcp/", CALL, "Welcome"),
    ]
    for each in clients:
        each.start()
    seen: list[dict[str, float]] = []
    end, turn, backups = time.monotonic() + MINUTES * 60, time.monotonic() + 20, 0
    try:
        while time.monotonic() < end:
            time.sleep(10)
            seen.append(memory(deployed))
            if time.monotonic() > turn:
                turn += TURN
                deployed.sql(OLD)
                # It looks once an hour, and as it starts.
                deployed.engine.containers.get(f"{NAME}-litellm-retention").restart()
                done = deployed.run(playbook="backup")
                assert done.status == 0, done.error
                backups += 1
    finally:
        for each in clients:
            each.stopped.set()
        for each in clients:
            each.join()
    failed = [one for each in clients for one in each.failed]
    answered = sum(each.answered for each in clients)
    print(f"{MINUTES:g} minutes, {backups} backups, {answered} answers, {len(failed)} failed")
    for name, (early, late) in medians(seen).items():
        print(f"{name:34} {early:7.1f} MiB in the second quarter, {late:7.1f} in the last")
    assert not failed, failed[:5]
    assert deployed.sql("""SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE request_id LIKE 'old-%'""") == "0"
    assert deployed.value("mcp_lan_gateway_up") == 1
    # PostgreSQL's buffers fill once to their size (shared_buffers), as the tables become larger.
    more = {f"{NAME}-postgresql": 128}
    grown = {
        name: (early, late) for name, (early, late) in medians(seen).items() if late > 1.1 * early + more.get(name, 5)
    }
    assert MINUTES < 20 or not grown
