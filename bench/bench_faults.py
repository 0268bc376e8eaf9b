# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: a rotation is broken at every edge of its state machine; the next run ends where an undisturbed one does.

An edge is a request to the gateway, or a write of the store. Faults: `kill -9`, an answer that is lost after the
request was done, a connection that is reset before it, and a 500; what is broken tries nothing again. "Same end": the
gateway has one value of the key, the store's, with its team, its budget and all that was spent, and one more run
changes nothing. "Keys lost" counts values that the store gives, or that clients still have, and that do not work;
"orphans" values that are alive or work although their time is over; "budgets" those that began again.
Delivery and proof write neither at the gateway nor in the store: a run that breaks there has broken before EXPIRE.
MCP_LAN_BENCH_VERSIONS names the versions, separated by spaces; MCP_LAN_BENCH_RUNS the number of runs on each.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gateway as gateways
from tree import TOP

sys.path.insert(0, str(TOP / ".collections"))
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from fault_proxy import FaultProxy
from rotating import RETRIES, Runs

RUNS = int(os.environ.get("MCP_LAN_BENCH_RUNS", "200"))
FAULTS = {"killed": "kill -9", "lost": "answer lost", "reset": "reset", "500": "500"}
STEPS = ("GENERATE", "CREATE", "PROMOTE", "EXPIRE", "DELETE")
COUNTED = ("same end", "keys lost", "orphans", "budgets")
# What a run that mints writes into the store, and the step that each write belongs to.
WRITES = ("GENERATE", "PROMOTE", "PROMOTE")
NAME = "claude-code"
OVERLAP = timedelta(hours=1)
SPENT = 0.03125
ENTRIES = {
    "team": [{"name": "data"}],
    "key": [{"name": NAME, "team": "data", "budget": {"max": 500.0, "per": "30d"}, "rotate": {"overlap": "1h"}}],
}
CARRIED = ("team_id", "max_budget", "budget_duration", "budget_reset_at", "models", "allowed_routes")


@dataclass(frozen=True)
class Edge:
    """Where a run breaks: what it is for, and the number of the request, or of the store's write."""

    run: str
    fault: str
    number: int
    step: str
    write: bool = False


class Dying(FileStore):
    """A store whose process is killed before one of its writes."""

    writes_left = 0

    def put(self, kind: str, name: str, value: str) -> None:
        self._live_on()
        super().put(kind, name, value)

    def remove(self, kind: str, name: str) -> bool:
        self._live_on()
        return super().remove(kind, name)

    def _live_on(self) -> None:
        if self.writes_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.writes_left -= 1


class Bench:
    def __init__(self, gateway: gateways.Gateway, folder: Path, proxy: FaultProxy):
        self.version = gateway.version
        self.direct, self.proxy = gateway.url, proxy
        self.runs = Runs(gateway.url, gateway.master_key, FileStore(str(folder)), ENTRIES)
        self.runs.apply()
        self.taken = {step: Counter() for step in STEPS}

    def value(self) -> str:
        return self.runs.store.get("keys", NAME)

    def alive(self) -> list[dict]:
        """All keys of the gateway, which has none but this one's."""
        return self.runs.client().pages("/key/list", "keys", "page", "size", return_full_object="true")

    def spend(self, token: str, more: float) -> None:
        client = self.runs.client()
        spent = client.get("/key/info", key=token)["info"]["spend"]
        client.post("/key/update", {"key": token, "spend": spent + more})

    # One rotation.

    def rotation(self, revoked: bool):
        """The runs of which it is made, and what each is asked for; the clock moves in between."""
        self.runs.now = datetime.now(UTC)
        old = sha256(self.value())
        self.spend(old, SPENT)
        if revoked:
            yield "revoked", {"forced": [NAME], "revoke": True}
            return
        yield "rotated", {"forced": [NAME]}
        self.spend(old, SPENT)  # by those who still have it
        yield "expiring", {"verified": self.runs.present(NAME)}
        self.runs.now = datetime.now(UTC) + OVERLAP + timedelta(minutes=3)
        yield "removed", {}

    def edges(self) -> list[Edge]:
        """All of them, of undisturbed rotations that pass the proxy."""
        found = []
        for revoked in (False, True):
            for run, how in self.rotation(revoked):
                self.before = self.value()
                steps: list[str] = []
                self.broken(how, lambda *_request, run=run, steps=steps: steps.append(self.step(run)))
                found += [Edge(run, fault, at, step) for at, step in enumerate(steps) for fault in FAULTS]
                if run in ("rotated", "revoked"):
                    found += [Edge(run, "killed", at, step, True) for at, step in enumerate(WRITES)]
        return found

    def step(self, run: str) -> str:
        """What comes next, of what has passed the proxy and what the store has."""
        sent = [path for _method, path in self.proxy.seen[:-1]]
        if run in ("expiring", "removed"):
            return {"expiring": "EXPIRE", "removed": "DELETE"}[run]
        if self.runs.store.names("successors"):
            return "PROMOTE" if "/key/generate" in sent else "CREATE"
        return "GENERATE" if self.value() == self.before else "DELETE"

    # Breaking one of its runs.

    def broken(self, how: dict, fault, act=None) -> None:
        """A run through the proxy, which retries nothing."""
        self.proxy.reset(fault)
        self.runs.url, self.runs.retries = self.proxy.url, 0
        try:
            with contextlib.suppress(ApiError):
                (act or self.runs.apply)(**how)
        finally:
            self.runs.url, self.runs.retries = self.direct, RETRIES

    def breaks(self, how: dict, edge: Edge) -> bool:
        """Whether the run came to the edge at which it is to break."""
        if edge.write:
            self.broken(how, None, lambda **how: self.child(how, edge.number))
            return self.died
        act = (lambda **how: self.child(how)) if edge.fault == "killed" else None
        self.broken(how, lambda at, _method, _path: edge.fault if at == edge.number else None, act)
        return len(self.proxy.seen) > edge.number and (act is None or self.died)

    def child(self, how: dict, writes: int | None = None) -> None:
        """A run in a process of its own, which is killed by the proxy, or before so many writes of the store."""
        kept = self.runs.store
        if writes is not None:
            self.runs.store = Dying(str(kept.path))
            self.runs.store.writes_left = writes
        started = threading.Event()
        run = multiprocessing.get_context("fork").Process(target=self.runs.apply, kwargs=how)
        self.proxy.kill = lambda: started.wait() and run.kill()
        run.start()
        started.set()
        run.join()
        self.runs.store = kept
        self.died = run.exitcode == -signal.SIGKILL

    def take(self, edge: Edge) -> None:
        """One rotation, broken at this edge and then repeated, and what it came to."""
        self.before, held = self.value(), {self.value()}
        current = next(one for one in self.alive() if one["token"] == sha256(self.before))
        spent = current["spend"] + SPENT * (1 if edge.run == "revoked" else 2)
        problems = Counter()
        for run, how in self.rotation(edge.run == "revoked"):
            if run == edge.run:
                if not self.breaks(how, edge):
                    raise SystemExit(f"bench: {edge} was not reached")
                held |= {self.value(), self.runs.store.get("successors", NAME) or self.value()}
                needed = {self.value()} | ({self.before} if run in ("rotated", "expiring") else set())
                problems["keys lost"] += sum(not self.runs.works(value) for value in needed)
            said = self.runs.apply(**how)[NAME]
            problems["failed"] += said not in ("changed", "unchanged")
            held.add(self.value())
        problems["keys lost"] += not self.runs.works(self.value())
        left = self.alive()
        orphans = [one["token"] for one in left if one["token"] != sha256(self.value())]
        problems["orphans"] += len(orphans) + sum(self.runs.works(value) for value in held - {self.value()})
        present = next((one for one in left if one["token"] == sha256(self.value())), {})
        problems["budgets"] += present.get("spend") != spent
        problems["failed"] += any(present.get(name) != current[name] for name in CARRIED)
        problems["failed"] += present.get("key_alias") != NAME or bool(self.runs.store.names("successors"))
        problems["failed"] += self.runs.apply() != {NAME: "unchanged"}
        if problems.total():
            print(f"bench: after {edge}: {dict(problems)}; there is {present}", flush=True)
        if orphans:
            self.runs.client().post("/key/delete", {"keys": orphans})
        count = self.taken[edge.step]
        count.update({edge.fault: 1, "same end": int(not problems.total())})
        count.update({name: problems[name] for name in COUNTED[1:]})

    def rows(self) -> list[str]:
        edges = self.edges()
        for number in range(RUNS):
            self.take(edges[number * len(edges) // RUNS])
        found = []
        for step in STEPS:
            runs = [self.taken[step][fault] for fault in FAULTS]
            cells = [*runs, *(self.taken[step][name] for name in COUNTED)]
            found.append(f"| {self.version} | {step} | {' | '.join(map(str, cells))} |")
        return found


def table() -> str:
    versions = gateways.versions()
    references = gateways.images(versions)
    rows = [
        f"| LiteLLM | before | {' | '.join([*FAULTS.values(), *COUNTED])} |",
        f"| --- | --- | {' | '.join(['---'] * (len(FAULTS) + len(COUNTED)))} |",
    ]
    for version in versions:
        with gateways.gateway(version, references) as running, tempfile.TemporaryDirectory() as folder:
            proxy = FaultProxy(running.url)
            rows += Bench(running, Path(folder), proxy).rows()
            proxy.shutdown()
            proxy.server_close()
    return "\n".join(rows)
