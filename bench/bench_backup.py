# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup: a gateway with a million rows in its spend log, dumped, restored beside itself and put in its own place.

The rows are copies of one that a chat has made, each of another key, time and price. Seconds are of what the modules
backup and backup_restore do: the dump with its counts and checksum; its trial, in a database that goes away again; its
restore into another database with the counts; and the exchange, for which the gateway is away. Dump and trial rest most
of the time, the restore does not. One chat after another is asked for, of LiteLLM's mock answers, from 20 s before the
backup until 20 s after it and on during the restore; the ratios are those of the medians, during the dump, the trial or
the restore, and beside none. MCP_LAN_BENCH_VERSIONS names the versions, separated by spaces;
MCP_LAN_BENCH_ROWS the number of rows.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

import gateway as gateways
import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import FILLING, TRIAL, Server
from spend_rows import copies

ROWS = int(os.environ.get("MCP_LAN_BENCH_ROWS", "1000000"))
TABLE = 'public."LiteLLM_SpendLogs"'
MODEL = """
model_list:
  - model_name: mock
    litellm_params: {model: openai/mock, api_key: none, mock_response: yes}
"""


class Client(threading.Thread):
    """Asks for one chat after another until it is stopped: how long each took, and how many failed."""

    def __init__(self, running: gateways.Gateway, key: str) -> None:
        super().__init__()
        self.url = running.url + "/v1/chat/completions"
        self.headers = {"Authorization": f"Bearer {key}"}
        self.stopped = threading.Event()
        self.seconds: list[tuple[float, float]] = []
        self.failed = 0

    def run(self) -> None:
        body = {"model": "mock", "messages": [{"role": "user", "content": "Hello"}]}
        with requests.Session() as session:
            while not self.stopped.is_set():
                began = time.monotonic()
                try:
                    answer = session.post(self.url, json=body, headers=self.headers, timeout=30)
                    self.failed += not answer.ok
                except requests.RequestException:
                    self.failed += 1
                self.seconds.append((began, time.monotonic() - began))
                time.sleep(0.1)

    def median(self, *spans: tuple[float, float]) -> float:
        return statistics.median(took for at, took in self.seconds if any(a <= at < b for a, b in spans))


def row(running: gateways.Gateway, folder: Path) -> str:
    server = Server(running.database.container.name, "postgres")
    key = running.admin("/key/generate", {})["key"]
    answer = requests.post(
        f"{running.url}/v1/chat/completions",
        json={"model": "mock", "messages": [{"role": "user", "content": "Hello"}]},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    answer.raise_for_status()
    while not server.counts("litellm")[TABLE]:
        time.sleep(1)
    server.sql("litellm", copies(ROWS, "2026-01-01", 90))
    server.sql("litellm", 'VACUUM ANALYZE "LiteLLM_SpendLogs";')

    client = Client(running, key)
    client.start()
    time.sleep(20)
    began = time.monotonic()
    said = server.dump("litellm", folder / "litellm.dump")
    backups.digest(folder / "litellm.dump")
    dumped = time.monotonic()
    server.restored("litellm" + TRIAL, said, folder / "litellm.dump", paced=True)
    tried = time.monotonic()
    server.remove("litellm" + TRIAL)
    time.sleep(20)
    after = time.monotonic()
    server.restored("litellm" + FILLING, said, folder / "litellm.dump")
    filled = time.monotonic()
    client.stopped.set()
    client.join()
    swapping = time.monotonic()
    server.swap(["litellm"])
    swapped = time.monotonic()
    if client.failed:
        print(f"bench: {client.failed} chats failed")
    beside = client.median((began - 20, began), (after - 20, after))
    during, trial, restoring = (
        client.median(span) / beside for span in ((began, dumped), (dumped, tried), (after, filled))
    )
    size = (folder / "litellm.dump").stat().st_size / 1e6
    cells = [
        f"{said['rows'][TABLE]:,}",
        f"{size:.0f} MB",
        f"{dumped - began:.1f}",
        f"{tried - dumped:.1f}",
        f"{filled - after:.1f}",
        f"{swapped - swapping:.1f}",
        f"{beside * 1000:.0f} ms",
        f"{during:.2f}",
        f"{trial:.2f}",
        f"{restoring:.2f}",
        client.failed,
    ]
    return f"| {running.version} | {' | '.join(map(str, cells))} |"


def table() -> str:
    versions = gateways.versions()
    references = gateways.images(versions)
    rows = [
        "| LiteLLM | rows | dump | backup, s | trial, s | restore, s | exchange, s | chat beside none | during dump | "
        "during trial | during restore | failed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for version in versions:
        with (
            gateways.gateway(version, references, more_config=MODEL) as running,
            tempfile.TemporaryDirectory() as folder,
        ):
            rows.append(row(running, Path(folder)))
    return "\n".join(rows)
