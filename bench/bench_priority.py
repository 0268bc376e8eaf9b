# SPDX-License-Identifier: GPL-3.0-or-later
"""Priority: how long urgent and usual chats take at a model that has less room than it is asked for.

The model serves four chats at once, each for half a second, and twenty clients ask it one chat after another for a
minute: two with an urgent key, two of a team that has a reserved place, and sixteen usual ones. "None": they reach the
model as they come, and it serves them in that order. "Queue": litellm_gateway_queues of four places, with priority 0
for the urgent key and a quarter reserved for the team. Seconds are medians and the longest; "least" is what the usual
client got that got the least. MCP_LAN_BENCH_VERSIONS names the versions, separated by spaces.
"""

from __future__ import annotations

import statistics
import threading
import time

import docker
import gateway as gateways
import guarded_gateway
import requests

PLACES, SECONDS, LASTS = 4, 0.5, 60
CLIENTS = {"urgent": 2, "team": 2, "usual": 16}
QUEUE = {
    "models": ["busy"],
    "parallel": PLACES,
    "keys": {"urgent": {"priority": 0}},
    "teams": {"team": {"reserved": 0.25}},
}
MODEL = guarded_gateway.ROOT / "tests/support/slow_model.py"


def chat(made: gateways.Gateway, key: str, session: requests.Session) -> bool:
    body = {"model": "busy", "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"Authorization": f"Bearer {key}"}
    return session.post(f"{made.url}/v1/chat/completions", json=body, headers=headers, timeout=300).ok


def row(made: gateways.Gateway, reference: str, name: str) -> str:
    server = guarded_gateway.run_script(
        docker.from_env(), f"{gateways.PREFIX}busy", reference, MODEL, made.network, str(SECONDS), str(PLACES)
    )
    try:
        parameters = {"model": "hosted_vllm/slow", "api_base": f"http://{server.name}:8000/v1"}
        made.admin("/model/new", {"model_name": "busy", "litellm_params": parameters})
        team = made.admin("/team/new", {"team_alias": "team"})["team_id"]
        keys = {one: made.admin("/key/generate", {"key_alias": one})["key"] for one in ("urgent", "usual")}
        keys["team"] = made.admin("/key/generate", {"team_id": team})["key"]
        while not chat(made, keys["usual"], requests.Session()):
            time.sleep(1)
        took, failed = asked(made, keys)
    finally:
        server.remove(force=True)
    cells = [f"{statistics.median(took[one]):.2f}" for one in CLIENTS]
    usual = [each for one in took["usual by client"] for each in one]
    least = min(len(one) for one in took["usual by client"])
    ratio = statistics.median(took["urgent"]) / statistics.median(took["usual"])
    total = sum(len(took[one]) for one in CLIENTS)
    cells = [made.version, name, total, failed, *cells, f"{ratio:.2f}", f"{max(usual):.1f}", least]
    return f"| {' | '.join(map(str, cells))} |"


def asked(made: gateways.Gateway, keys: dict[str, str]) -> tuple[dict[str, list], int]:
    """How long each chat took, by the sort of its client, and how many failed."""
    took: dict[str, list] = {**{one: [] for one in CLIENTS}, "usual by client": []}
    failed, end = [], time.monotonic() + LASTS

    def client(sort: str) -> None:
        own = []
        with requests.Session() as session:
            while time.monotonic() < end:
                began = time.monotonic()
                if not chat(made, keys[sort], session):
                    failed.append(began)
                own.append(time.monotonic() - began)
        took[sort] += own
        if sort == "usual":
            took["usual by client"].append(own)

    threads = [threading.Thread(target=client, args=(sort,)) for sort, number in CLIENTS.items() for _ in range(number)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return took, len(failed)


def table() -> str:
    """The Markdown table."""
    versions = gateways.versions()
    references = gateways.images(versions)
    rows = [
        "| LiteLLM | queue | chats | failed | urgent, s | team, s | usual, s | urgent/usual | longest, s | least |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for version in versions:
        for name, queues in {"none": [], "queue": [QUEUE]}.items():
            with gateways.gateway(version, references, queues=queues) as made:
                rows.append(row(made, references[version], name))
    return "\n".join(rows)
