# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests: what it costs that a body is read and held to the list before LiteLLM sees it.

The filter's own time is that of its process, and of the one that reads large bodies, around an application that does
nothing. Held up is the most processor time for which nobody else was served while it read. The share is of the
processor time that a container of LiteLLM needs for a chat with such a body, which it hands on to a model server of the
tests: two gateways, with and without the filter, take turns in the same run. MCP_LAN_BENCH_VERSIONS names the versions,
separated by spaces.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import docker
import gateway as gateways
import guarded_gateway
import requests

sys.path.insert(0, str(guarded_gateway.GUARD))
from mcp_lan_filter.application import RequestFilter
from mcp_lan_filter.worker import Worker

MODEL = "answers"


def config(server: str) -> str:
    return f"""
model_list:
  - model_name: {MODEL}
    litellm_params: {{model: openai/{MODEL}, api_key: none, api_base: "http://{server}:8000/v1"}}
"""


@contextlib.contextmanager
def serving(kind: str, version: str, references: dict[str, str]) -> Iterator[gateways.Gateway]:
    """A gateway with its model server; kind: with or without the filter."""
    prefix = f"{gateways.PREFIX}{kind}-"
    server = f"{prefix}model"
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(
            gateways.gateway(version, references, prefix, guard=kind == "with", more_config=config(server))
        )
        model = guarded_gateway.run_script(
            docker.from_env(), server, references[version], guarded_gateway.STAND_IN_MODEL, made.network
        )
        stack.callback(model.remove, force=True)
        yield made


BODIES = {
    "10 KB": (2000, [{"role": "user", "content": "x" * 250}] * 35),
    "5 MB, long texts": (60, [{"role": "user", "content": "y" * 500_000}] * 10),
    "5 MB, many messages": (60, [{"role": "user", "content": "z" * 20}] * 95_000),
}
TURNS = 3


def body(name: str) -> bytes:
    return json.dumps({"model": MODEL, "messages": BODIES[name][1]}).encode()


def cpu(worker: Worker) -> float:
    """Seconds of processor time so far, of this process and of the worker's."""
    own = time.process_time()
    if worker.process is None:
        return own
    told = Path(f"/proc/{worker.process.pid}/stat").read_text().rpartition(")")[2].split()
    return own + (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def scope(raw: bytes) -> dict:
    path = "/v1/chat/completions"
    head = {"content-type": "application/json", "content-length": str(len(raw)), "authorization": "Bearer sk-none"}
    headers = [(name.encode(), value.encode()) for name, value in head.items()]
    asked = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    return {**asked, "headers": headers, "client": ("127.0.0.1", 1)}


async def filtered(name: str, rules: Path) -> tuple[float, float]:
    """Milliseconds of processor time a body, and for how many of it nobody else was served."""
    times, raw = BODIES[name][0], body(name)

    async def receive():
        return {"type": "http.request", "body": raw}

    async def nothing(_scope, receive, _send):
        await receive()

    async def send(_message):
        raise SystemExit(f"bench: refused: {_message}")

    async def watch():
        longest = 0.0
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                begin = time.thread_time()
                await asyncio.sleep(0)
                longest = max(longest, time.thread_time() - begin)
        return longest

    worker = Worker(rules)
    gateway = SimpleNamespace(
        is_guarded=lambda: True,
        is_front_door=lambda _secret: False,
        is_master_key=lambda _key: True,
    )
    layer = RequestFilter(nothing, json.loads(rules.read_text()), worker, gateway)
    asked = scope(raw)
    await layer(asked, receive, send)
    watching = asyncio.create_task(watch())
    for _ in range(times // 10 + 1):
        await layer(asked, receive, send)
        await asyncio.sleep(0)
    watching.cancel()
    held_up = await watching
    begin = cpu(worker)
    for _ in range(times):
        await layer(asked, receive, send)
    spent = cpu(worker) - begin
    await worker.stop()
    return spent / times * 1000, held_up * 1000


def used(container) -> float:
    """Milliseconds of processor time of a container so far."""
    return container.stats(stream=False)["cpu_stats"]["cpu_usage"]["total_usage"] / 1e6


def whole(name: str, made: gateways.Gateway) -> float:
    """Milliseconds of the container's processor time for one chat."""
    api, raw, times = docker.from_env(), body(name), 40 if name == "10 KB" else 4
    headers = {"Authorization": f"Bearer {made.master_key}", "Content-Type": "application/json"}
    container = api.containers.get(made.name)
    before, began = used(container), time.monotonic()
    for _ in range(times):
        answer = requests.post(made.url + "/v1/chat/completions", data=raw, headers=headers, timeout=120)
        answer.raise_for_status()
    spent, took = used(container) - before, time.monotonic() - began
    # What it needs when nobody asks.
    before = used(container)
    time.sleep(3)
    return (spent - (used(container) - before) / 3 * took) / times


def rows(version: str, references: dict[str, str]) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        pair = [stack.enter_context(serving(kind, version, references)) for kind in ("without", "with")]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        guarded_gateway.configure(folder, "", version, guarded_gateway.GUARD)
        for name in BODIES:
            own, held_up = asyncio.run(filtered(name, folder / "requests.json"))
            taken = [[whole(name, made) for made in pair] for _ in range(TURNS)]
            without, with_it = (statistics.median(column) for column in zip(*taken, strict=True))
            yield (
                f"| {version} | {name} | {own:.3g} ms | {held_up:.1f} ms | {without:.0f} ms | {with_it:.0f} ms "
                f"| {own / with_it * 100:.1f} % |"
            )


def table() -> str:
    head = [
        "| LiteLLM | body | the filter's own | others held up | whole request without | with the filter | share |",
        "| --- " * 7 + "|",
    ]
    versions = gateways.versions()
    references = gateways.images(versions)
    return "\n".join([*head, *(row for version in versions for row in rows(version, references))])
