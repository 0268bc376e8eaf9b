# SPDX-License-Identifier: GPL-3.0-or-later
"""Engine: 100 MCP servers and so many keys made, one key changed, and nothing changed, at a gateway of each version.

Seconds are of the whole command; up to 100 keys they are medians of three. "bare calls" is a script that sends the same
calls as `gateway_state`, with as many threads, each over one kept-alive connection. A loop is not taken with 1,000
keys; `uri` cannot see that nothing is to change. The last row is of many keys, put into the
database by SQL as copies of one that the module made. MCP_LAN_BENCH_VERSIONS names the versions, separated by spaces,
MCP_LAN_BENCH_KEYS the numbers of keys, MCP_LAN_BENCH_LOOPS the numbers of keys for which loops are taken.

The second table is of 1,000 keys of which none is to change, beside the tree of 9ee5249, each at a gateway of its own
with what it has made there. They take turns with the bare calls, in random order; seconds are medians of
MCP_LAN_BENCH_TURNS turns, and the ratio is of what is beyond the bare calls. MCP_LAN_BENCH_BEFORE names another older
commit, MCP_LAN_BENCH_BESIDE another number of keys.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from urllib.parse import urlencode

import gateway as gateways
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from older import BEFORE, environment, older
from tree import TOP

SERVERS = 100
WORKERS = 4
KEYS = [int(each) for each in os.environ.get("MCP_LAN_BENCH_KEYS", "10 100 1000").split()]
LOOPS = [int(each) for each in os.environ.get("MCP_LAN_BENCH_LOOPS", "10 100").split()]
MANY = int(os.environ.get("MCP_LAN_BENCH_MANY", "10000"))
BESIDE = int(os.environ.get("MCP_LAN_BENCH_BESIDE", "1000"))
TURNS = int(os.environ.get("MCP_LAN_BENCH_TURNS", "5"))
NOT_TAKEN = "not taken"
HERE = Path(__file__).resolve().parent


def state(keys: int, changed: float = 0.0) -> dict[str, list[dict]]:
    """The desired state, in the words of gateway_state; I(changed) is in the budget of one key."""
    servers = [{"name": f"bench{n:03}", "url": f"http://bench{n:03}.invalid/mcp"} for n in range(SERVERS)]
    listed = [
        {
            "name": f"bench-{n:05}",
            "mcp": {f"bench{n % SERVERS:03}": ["*"], f"bench{(n + 1) % SERVERS:03}": ["one", "two"]},
            "budget": {"max": 5.0 + (changed if n == keys // 2 else 0.0), "per": "30d"},
        }
        for n in range(keys)
    ]
    return {"mcp_servers": servers, "keys": listed}


def values(keys: int) -> dict[str, str]:
    return {one["name"]: "sk-" + secrets.token_urlsafe(32) for one in state(keys)["keys"]}


class Bench:
    """One gateway, and the ways to bring it into a state, by the collection of one tree."""

    def __init__(self, gateway: gateways.Gateway, folder: Path, top: Path = TOP):
        self.gateway = gateway
        self.folder = folder
        self.top = top

    # The ways; each gives its seconds.

    def play(self, tasks: list[dict], store: Path, changed: bool | None = None) -> float:
        book = self.folder / "play.json"
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable, "mcp_lan_store": str(store)},
            "module_defaults": {"group/mcp_lan.litellm.litellm": {"api_url": self.gateway.url}},
            "tasks": tasks,
        }
        book.write_text(json.dumps([play]), encoding="utf-8")
        variables = {"LITELLM_MASTER_KEY": self.gateway.master_key, "LC_ALL": "C.UTF-8"}
        command = ["ansible-playbook", "-i", "localhost,", "-c", "local", str(book)]
        seconds, output = self._timed(command, variables)
        if changed is not None and bool(int(re.search(r"changed=(\d+)", output)[1])) is not changed:
            raise SystemExit(f"bench: the play should {'' if changed else 'not '}have changed something:\n{output}")
        return seconds

    def at_once(self, desired: dict, store: Path, changed: bool) -> float:
        task = {"name": "State", "mcp_lan.litellm.gateway_state": {**desired, "workers": WORKERS}}
        return self.play([task], store, changed)

    def module_loop(self, desired: dict, store: Path, changed: bool) -> float:
        tasks = []
        for kind, listed in (("mcp_server", desired["mcp_servers"]), ("key", desired["keys"])):
            options = {name: f"{{{{ item.{name} }}}}" for name in listed[0]}
            tasks.append({"name": kind, f"mcp_lan.litellm.{kind}": options, "loop": listed})
        return self.play(tasks, store, changed)

    def uri_loop(self, calls: list[list]) -> float:
        tasks = []
        for path in ("/v1/mcp/server", "/key/generate"):
            options = {
                "url": self.gateway.url + path,
                "method": "POST",
                "body_format": "json",
                "body": "{{ item }}",
                "status_code": [200, 201],
                "headers": {"Authorization": "Bearer {{ lookup('env', 'LITELLM_MASTER_KEY') }}"},
            }
            bodies = [body for method, called, body in calls if (method, called) == ("POST", path)]
            tasks.append({"name": path, "ansible.builtin.uri": options, "loop": bodies, "no_log": True})
        return self.play(tasks, self.folder)

    def bare(self, calls: list[list]) -> float:
        """The order of the engine: what it reads one after the other, what it writes several at a time."""
        batches = [list(each) for _, each in groupby(calls, key=lambda call: (call[0], call[1].partition("?")[0]))]
        plan = {"url": self.gateway.url, "master_key": self.gateway.master_key, "workers": WORKERS, "batches": batches}
        file = self.folder / "calls.json"
        file.write_text(json.dumps(plan), encoding="utf-8")
        return self._timed([sys.executable, str(HERE / "bare_calls.py"), str(file)], {})[0]

    def _timed(self, command: list[str], variables: dict[str, str]) -> tuple[float, str]:
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=self.top,
            env={**environment(self.top), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        if done.returncode:
            raise SystemExit(f"bench: {Path(command[0]).name} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return seconds, done.stdout

    # Beside the clock.

    def calls(self, desired: dict, known: dict[str, str], **rotation) -> list[list]:
        """What the engine sends to bring this state about: [method, path, body], in order."""
        from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
        from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
        from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler

        sent: list[list] = []
        lock = threading.Lock()

        class Recording(Client):
            def _call(self, method, path, **arguments):
                query = urlencode(arguments.get("params") or {})
                with lock:
                    sent.append([method, path + ("?" + query if query else ""), arguments.get("json")])
                return super()._call(method, path, **arguments)

        client = Recording(self.gateway.url, self.gateway.master_key, connections=WORKERS)
        try:
            engine = Reconciler(client, workers=WORKERS, values=known, **rotation)
            steps = engine.plan(checked(desired))
            engine.apply(steps)
        finally:
            client.close()
        if failed := [step.sentence() for step in steps if step.error]:
            raise SystemExit(f"bench: {failed[0]}")
        return sent

    def empty(self) -> None:
        """Take away what a way has made."""
        from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client

        client = Client(self.gateway.url, self.gateway.master_key)
        while tokens := client.get("/key/list", size=100)["keys"]:
            client.post("/key/delete", {"keys": tokens})
        for server in client.get("/v1/mcp/server"):
            client.delete(f"/v1/mcp/server/{server['server_id']}")
        client.close()

    def store(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder))

    # The rows.

    def rows(self, keys: int) -> list[str]:
        times = 3 if keys <= 100 else 1
        self.empty()
        made = self.calls(state(keys), known := values(keys))
        changed = self.calls(state(keys, 1.0), known)
        reads = self.calls(state(keys, 1.0), known)
        counts = [len(made), len(changed), len(reads)]
        bare_nothing = statistics.median(self.bare(reads) for _ in range(times))
        bare = self._repeated(times, lambda: self.bare(made))

        create, one, nothing = [], [], []
        for _ in range(times):
            self.empty()
            store = self.store()
            create.append(self.at_once(state(keys), store, True))
            one.append(self.at_once(state(keys, 1.0), store, True))
            nothing.append(self.at_once(state(keys, 1.0), store, False))
        rows = [
            self._row("`gateway_state`", keys, *map(statistics.median, (create, one, nothing)), counts),
            self._row("bare calls", keys, bare, None, bare_nothing, [counts[0], None, counts[2]]),
        ]
        loop = uri = unchanged = None
        if keys in LOOPS:
            self.empty()
            store = self.store()
            loop = self.module_loop(state(keys), store, True)
            unchanged = self.module_loop(state(keys), store, False)
            self.empty()
            uri = self.uri_loop(made)
        rows.append(self._row("`mcp_server` and `key` in a `loop`", keys, loop, None, unchanged, []))
        rows.append(self._row("`ansible.builtin.uri` in a `loop`", keys, uri, None, None, []))
        return rows

    def many(self) -> str:
        """With more keys than a network has, and how much memory that takes."""
        self.empty()
        known = values(1)
        self.calls(state(1), known)
        (name,) = known
        known.update({each: "sk-" + secrets.token_urlsafe(32) for each in values(MANY) if each != name})
        desired = state(MANY)
        for one in desired["keys"]:
            one["mcp"] = state(1)["keys"][0]["mcp"]
            one["budget"] = state(1)["keys"][0]["budget"]
        self.gateway.copy_key({each: value for each, value in known.items() if each != name})
        store = self.store()
        kept = FileStore(str(store))
        for name, value in known.items():
            kept.put("keys", name, value)
        seconds = self.at_once(desired, store, False)
        # The largest process of the run; that of the engine is a child of ansible-playbook.
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        way = f"`gateway_state`, {memory:.0f} MiB at most in one process"
        return self._row(way, MANY, None, None, seconds, [None, None, None])

    def _repeated(self, times: int, way: Callable[[], float]) -> float:
        taken = []
        for _ in range(times):
            self.empty()
            taken.append(way())
        return statistics.median(taken)

    def _row(self, way: str, keys: int | str, *cells: float | list | None) -> str:
        *seconds, requests = cells
        shown = [NOT_TAKEN if each is None else f"{each:.2f}" for each in seconds]
        counted = " / ".join("-" if each is None else str(each) for each in requests) or "-"
        return f"| {self.gateway.version} | {keys} | {way} | {' | '.join(shown)} | {counted} |"


def beside(version: str, references: dict[str, str], folder: Path, top: Path) -> list[str]:
    """Rows of nothing to change: the older tree, this one, and the calls of this one alone."""
    prefixes = {BEFORE: gateways.PREFIX + "older-", "this tree": gateways.PREFIX}
    tops = {BEFORE: top, "this tree": TOP}
    seconds: dict[str, list[float]] = {each: [] for each in (*tops, "bare calls")}
    with contextlib.ExitStack() as stack:
        ways = {}
        for label, prefix in prefixes.items():
            running = stack.enter_context(gateways.gateway(version, references, prefix))
            bench, store = Bench(running, folder, tops[label]), Path(tempfile.mkdtemp(dir=folder))
            bench.at_once(state(BESIDE), store, True)
            ways[label] = lambda bench=bench, store=store: bench.at_once(state(BESIDE), store, False)
        kept = FileStore(str(store))
        reads = bench.calls(state(BESIDE), {name: kept.get("keys", name) for name in values(BESIDE)})
        ways["bare calls"] = lambda: bench.bare(reads)
        for _ in range(TURNS):
            for label in random.sample(list(ways), len(ways)):
                seconds[label].append(ways[label]())
    taken = {label: statistics.median(each) for label, each in seconds.items()}
    beyond = {label: each - taken["bare calls"] for label, each in taken.items()}
    rows = []
    for label, each in taken.items():
        ratio = f"{beyond[label] / beyond[BEFORE]:.2f}" if label == "this tree" else ""
        more = "" if label == "bare calls" else f"{beyond[label]:.2f}"
        rows.append(f"| {version} | {BESIDE} | {label} | {each:.2f} | {more} | {ratio} |")
    return rows


def table() -> str:
    versions = gateways.versions()
    rows = [
        "| LiteLLM | keys | way | create, s | change one, s | change nothing, s | requests of each |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    references = gateways.images(versions)
    for version in versions:
        with gateways.gateway(version, references) as running, tempfile.TemporaryDirectory() as folder:
            bench = Bench(running, Path(folder))
            empty = bench._repeated(3, lambda bench=bench, folder=folder: bench.play([], Path(folder)))
            rows.append(bench._row("an empty play", 0, empty, empty, empty, []))
            for keys in KEYS:
                rows += bench.rows(keys)
            if MANY:
                rows.append(bench.many())
    compared = [
        "| LiteLLM | keys | tree | change nothing, s | beyond the bare calls, s | ratio |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder, older() as top:
        for version in versions:
            compared += beside(version, references, Path(folder), top)
    return "\n".join([*rows, "", *compared])
