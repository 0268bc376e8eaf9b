# SPDX-License-Identifier: GPL-3.0-or-later
"""What the database says, by the functions of roles/observability/files/functions.sql: it may call nothing else."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

from . import first_line, say
from .counting import Counter

# As functions.sql counts them.
BOUNDS = ("0.1", "0.5", "1", "2.5", "5", "10", "30", "60", "120", "300", "+Inf")
# What stands for no limit where LiteLLM cannot take one away.
NO_LIMIT = 2**31 - 1
# A look at the database takes at most this part of the time.
SHARE = 0.1


def now() -> datetime:
    """LiteLLM writes times of UTC without saying so."""
    return datetime.now(UTC).replace(tzinfo=None)


class Database:
    """Looks every few seconds; what is asked for in between is what was seen last."""

    def __init__(self, settings: dict, data: Path):
        self.every = settings["every_seconds"]
        self.rotation = settings["rotation_seconds"]
        self.counter = Counter(
            data / "calls.json",
            timedelta(seconds=settings["late_seconds"]),
            timedelta(seconds=settings["scrape_seconds"] * 1.5),
        )
        self.up, self.looked, self.seconds = 0, 0.0, 0.0
        self.keys, self.budgets, self.tables = [], [], []
        self._lock = threading.Lock()
        self._connection = None
        self._trouble = ""

    def run(self) -> None:
        """For ever."""
        while True:
            began = time.monotonic()
            self.look()
            self.seconds = time.monotonic() - began
            time.sleep(max(self.every - self.seconds, self.seconds / SHARE, 0))

    def look(self) -> None:
        try:
            if self._connection is None:
                # Where it is and as whom is in libpq's own variables.
                self._connection = psycopg.connect(connect_timeout=5, application_name="gateway-exporter")
                self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                self._connection.read_only = True
            with self._connection.transaction(), self._connection.cursor() as cursor:
                cursor.execute("SELECT * FROM mcp_lan_observability.keys()")
                keys = cursor.fetchall()
                cursor.execute("SELECT * FROM mcp_lan_observability.budgets()")
                budgets = cursor.fetchall()
                cursor.execute("SELECT * FROM mcp_lan_observability.tables()")
                tables = cursor.fetchall()
                with self._lock:
                    self.counter.update(now(), lambda since, until: self._calls(cursor, since, until))
            self.keys, self.budgets, self.tables, self.up, self.looked = keys, budgets, tables, 1, time.time()
            self._tell("")
        except (psycopg.Error, OSError) as error:
            self.up = 0
            self._tell(f"the database cannot be asked: {first_line(error)}")
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _tell(self, trouble: str) -> None:
        """Once for as long as it lasts."""
        if trouble != self._trouble:
            say(trouble or "the database can be asked again", "WARNING" if trouble else "INFO")
        self._trouble = trouble

    @staticmethod
    def _calls(cursor, since: datetime, until: datetime | None) -> dict:
        cursor.execute("SELECT * FROM mcp_lan_observability.calls(%s, %s)", (since, until))
        return {tuple(row[:5]): [float(each) for each in (*row[5:10], *row[10])] for row in cursor.fetchall()}

    def collect(self):
        yield GaugeMetricFamily("mcp_lan_database_up", "Whether the gateway's database could be asked.", value=self.up)
        yield GaugeMetricFamily(
            "mcp_lan_database_look_seconds", "How long the last look at it took.", value=self.seconds
        )
        yield GaugeMetricFamily(
            "mcp_lan_database_looked_timestamp_seconds", "When it was asked last.", value=self.looked
        )
        with self._lock:
            shown = list(self.counter.shown(now()))
        yield from self._models(shown)
        yield from self._tools(shown)
        # As they were seen last: a key is overdue all the same while the database is away.
        yield from self._of_keys()
        yield from self._of_budgets()
        size = GaugeMetricFamily("mcp_lan_table_bytes", "A table with its indexes, on the disk.", labels=["table"])
        rows = GaugeMetricFamily("mcp_lan_table_rows", "Its rows, as PostgreSQL estimates them.", labels=["table"])
        for table, number, taken in self.tables:
            size.add_metric([table], taken)
            rows.add_metric([table], number)
        yield from (size, rows)

    @staticmethod
    def _models(shown):
        calls = CounterMetricFamily("mcp_lan_requests", "Requests to models.", labels=["key", "model", "status"])
        spend = CounterMetricFamily("mcp_lan_spend_dollars", "What they cost.", labels=["key", "model"])
        tokens = CounterMetricFamily("mcp_lan_tokens", "Their tokens.", labels=["key", "model", "type"])
        took = {}
        for (key, model, server, tool, status), values in shown:
            if server or tool:
                continue
            number, cost, prompt, completion, seconds, *buckets = values
            calls.add_metric([key, model, status], number)
            if status == "success":
                spend.add_metric([key, model], cost)
                tokens.add_metric([key, model, "prompt"], prompt)
                tokens.add_metric([key, model, "completion"], completion)
                before = took.get(model, [0.0] * (1 + len(BOUNDS)))
                took[model] = [one + other for one, other in zip(before, [seconds, *buckets], strict=True)]
        yield from (calls, spend, tokens)
        yield histogram("mcp_lan_request_seconds", "From a request's begin to its end.", "model", took)

    @staticmethod
    def _tools(shown):
        calls = CounterMetricFamily("mcp_lan_mcp_calls", "Calls of tools.", labels=["key", "server", "tool", "status"])
        spend = CounterMetricFamily("mcp_lan_mcp_spend_dollars", "What they cost.", labels=["key", "server", "tool"])
        took = {}
        for (key, _model, server, tool, status), values in shown:
            if not (server or tool):
                continue
            number, cost, _prompt, _completion, seconds, *buckets = values
            calls.add_metric([key, server, tool, status], number)
            if status == "success":
                spend.add_metric([key, server, tool], cost)
                before = took.get(server, [0.0] * (1 + len(BOUNDS)))
                took[server] = [one + other for one, other in zip(before, [seconds, *buckets], strict=True)]
        yield from (calls, spend)
        yield histogram("mcp_lan_mcp_call_seconds", "From a call's begin to its end.", "server", took)

    def _of_keys(self):
        names = {
            "minted": ("mcp_lan_key_minted_timestamp_seconds", "When the key's present value was made."),
            "due": (
                "mcp_lan_key_rotation_due_timestamp_seconds",
                "When it is to be replaced, where the inventory says.",
            ),
            "expires": ("mcp_lan_key_expires_timestamp_seconds", "When it expires."),
        }
        made = {name: GaugeMetricFamily(*said, labels=["key"]) for name, said in names.items()}
        for key, minted, expires in self.keys:
            after = self.rotation.get(key)
            due = minted + after if minted is not None and after is not None else None
            values = {"minted": minted, "due": due, "expires": expires}
            for name, value in values.items():
                if value is not None:
                    made[name].add_metric([key], float(value))
        yield from made.values()

    def _of_budgets(self):
        says = {
            "spend": "What it has spent in the budget's period.",
            "budget": "What it may spend in it.",
            "soft_budget": "From which spending on that is told.",
        }
        made = {
            (kind, name): GaugeMetricFamily(f"mcp_lan_{kind}_{name}_dollars", said, labels=[kind])
            for kind in ("key", "team", "user")
            for name, said in says.items()
        }
        for kind, holder, *values in self.budgets:
            for name, value in zip(says, values, strict=True):
                if value is not None and value < NO_LIMIT:
                    made[kind, name].add_metric([holder], float(value))
        yield from made.values()


def histogram(name: str, says: str, label: str, took: dict) -> HistogramMetricFamily:
    made = HistogramMetricFamily(name, says, labels=[label])
    for value, (seconds, *buckets) in took.items():
        made.add_metric([value], buckets=list(zip(BOUNDS, buckets, strict=True)), sum_value=seconds)
    return made
