# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends written-down calls and does nothing else: what the gateway itself costs. Run as bare_calls.py FILE.

The file holds url, master_key, workers, and batches of [method, path, body]. Batches follow each other; the calls of
one are shared by so many threads, each with one kept-alive connection.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit


def send(connection: http.client.HTTPConnection, headers: dict, calls: Iterator[list], refused: list[str]) -> None:
    for method, path, body in calls:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300 and method != "GET":  # what needs a licence is refused to the engine as well
            refused.append(f"{method} {path} was answered {answer.status}")


def main(plan: dict) -> None:
    address = urlsplit(plan["url"])
    headers = {"Authorization": f"Bearer {plan['master_key']}", "Content-Type": "application/json"}
    connections = [http.client.HTTPConnection(address.hostname, address.port) for _ in range(plan["workers"])]
    refused: list[str] = []
    for batch in plan["batches"]:
        calls = iter(batch)  # taking the next one of a list iterator is safe among threads
        sharing = connections[: len(batch)]
        threads = [threading.Thread(target=send, args=(each, headers, calls, refused)) for each in sharing]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    if refused:
        raise SystemExit(refused[0])


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
