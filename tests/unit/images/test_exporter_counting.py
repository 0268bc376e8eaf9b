# SPDX-License-Identifier: GPL-3.0-or-later
"""The exporter's counters go up by what was called: each row once, late ones and those of a restart as well."""

from __future__ import annotations

import importlib.util
from datetime import datetime, timedelta

import pytest
import tree
from hypothesis import given, settings
from hypothesis import strategies as st

_file = tree.TOP / "images" / "gateway-exporter" / "exporter" / "counting.py"
_spec = importlib.util.spec_from_file_location("exporter_counting", _file)
counting = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(counting)

BEGIN = datetime(2026, 1, 1)
LATE, HOLD = timedelta(minutes=70), timedelta(seconds=20)


class Table:
    """Rows as the spend log has them: when a call began, and what it was."""

    def __init__(self):
        self.rows: list[tuple[datetime, tuple[str, ...]]] = []

    def read(self, since, until):
        sums = {}
        for begun, labels in self.rows:
            if begun >= since and (until is None or begun < until):
                sums.setdefault(labels, [0.0])[0] += 1
        return sums


@pytest.fixture
def made(tmp_path):
    return lambda: counting.Counter(tmp_path / "calls.json", LATE, HOLD)


def value(counter, now, labels=("ann", "success")):
    return dict(counter.shown(now)).get(labels, [None])[0]


def test_a_new_series_is_0_until_prometheus_has_seen_it(made):
    table, counter = Table(), made()
    table.rows.append((BEGIN, ("ben", "success")))
    counter.update(BEGIN, table.read)
    assert value(counter, BEGIN, ("ben", "success")) == 1, "what is there at the first look does not begin"
    table.rows.append((BEGIN, ("ann", "success")))
    counter.update(BEGIN + timedelta(seconds=15), table.read)
    assert value(counter, BEGIN + timedelta(seconds=16)) == 0
    assert value(counter, BEGIN + timedelta(seconds=36)) == 1


def test_a_row_that_comes_an_hour_late_is_counted(made):
    table, counter = Table(), made()
    for minute in range(0, 200, 5):
        now = BEGIN + timedelta(minutes=minute)
        table.rows.append((now, ("ann", "success")))
        if minute == 130:
            table.rows.append((now - timedelta(minutes=60), ("ann", "success")))
        counter.update(now, table.read)
    assert value(counter, now + HOLD) == 41
    assert counter.closed[("ann", "success")][0] > 20, "most of it is not read again"


def test_a_restart_loses_nothing_and_counts_nothing_twice(made):
    table, counter = Table(), made()
    for minute in range(0, 300, 7):
        now = BEGIN + timedelta(minutes=minute)
        table.rows.append((now, ("ann", "success")))
        if minute % 3 == 0:
            counter = made()
        if minute < 100 or minute > 180:  # stopped in between
            counter.update(now, table.read)
    assert value(counter, now) == 43


def test_names_from_outside_do_not_make_series_without_end(made, monkeypatch):
    monkeypatch.setattr(counting, "MOST", 3)
    table, counter = Table(), made()
    for number in range(6):
        table.rows.append((BEGIN, (f"model-{number}", "failure")))
    counter.update(BEGIN, table.read)
    shown = dict(counter.shown(BEGIN))
    assert len(shown) == 4 and shown[(counting.OTHERS, "failure")] == [3.0]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 79), st.integers(0, 69), st.sampled_from("abc")), min_size=1, max_size=40),
    st.sets(st.integers(0, 79)),
)
def test_never_down_and_all_of_it_whatever_is_late(tmp_path_factory, rows, restarts):
    path = tmp_path_factory.mktemp("calls") / "calls.json"
    table, counter = Table(), counting.Counter(path, LATE, HOLD)
    before = {}
    for turn in range(80):
        now = BEGIN + timedelta(minutes=turn * 5)
        come = [(late, name) for at, late, name in rows if at == turn]
        table.rows += [(now - timedelta(minutes=late), (name, "success")) for late, name in come]
        if turn in restarts:
            counter = counting.Counter(path, LATE, HOLD)
        counter.update(now, table.read)
        seen = {labels: sums[0] for labels, sums in counter.total.items()}
        assert all(seen[labels] >= number for labels, number in before.items())
        before = seen
    assert sum(before.values()) == len(rows)
