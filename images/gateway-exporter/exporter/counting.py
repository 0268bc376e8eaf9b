# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters that are made of a table which is too large to be read again, and whose rows come late. Pure.

A row of the spend log has the time at which its request began, and is written when the request has ended. So the last
hour and a bit of the table (``late``) is open: it is summed up anew each time. What is older cannot change any more. It
is added to the closed sums once, and those are kept in a file: after a restart the counters go on where they were, and
what was called meanwhile is counted as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

Labels = tuple[str, ...]
Sums = dict[Labels, list[float]]

# How much is closed at once: more of the table is then read twice at most.
STEP = timedelta(minutes=5)
# How many series there may be. Names of models that do not exist come from outside.
MOST = 2000
OTHERS = "(others)"


class Counter:
    """The sums of all rows since the exporter ran first; ``read(since, until)`` sums up a part of the table."""

    def __init__(self, path: Path, late: timedelta, hold: timedelta):
        self.path, self.late, self.hold = path, late, hold
        self.closed: Sums = {}
        self.closed_until: datetime | None = None
        self.total: Sums = {}
        # When a series was seen first; none for those of the first look, which were shown before the restart.
        self._born: dict[Labels, datetime | None] = {}
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            self.closed_until = datetime.fromisoformat(kept["closed_until"])
            self.closed = {tuple(labels): values for labels, values in kept["closed"]}
            self._born = dict.fromkeys(self.closed)

    def update(self, now: datetime, read: Callable[[datetime, datetime | None], Mapping[Labels, list[float]]]) -> None:
        """Sum up what is open; what cannot change any more is closed first. Both reads see the same rows."""
        edge = now - self.late
        first = not self.total
        until = self.closed_until or edge
        closed = self.closed
        if edge - until >= STEP:
            closed, until = self._added(closed, read(until, edge), None if first else now), edge
        self.total = self._added(closed, read(until, None), None if first else now)
        if until != self.closed_until:
            self._keep(closed, until)

    def shown(self, now: datetime) -> Iterator[tuple[Labels, list[float]]]:
        """The counters. A new one is 0 until Prometheus has seen it: what it begins with would be no increase."""
        for labels, values in self.total.items():
            born = self._born[labels]
            yield labels, values if born is None or now - born >= self.hold else [0.0] * len(values)

    def _added(self, sums: Sums, more: Mapping[Labels, list[float]], born: datetime | None) -> Sums:
        """Both together. Series beyond ``MOST`` are one for each status."""
        total = {labels: list(values) for labels, values in sums.items()}
        for labels in sorted(more):
            name = labels
            if name not in self._born and len(self._born) >= MOST:
                name = (*[OTHERS] * (len(labels) - 1), labels[-1])
            self._born.setdefault(name, born)
            before = total.get(name, [0.0] * len(more[labels]))
            total[name] = [one + other for one, other in zip(before, more[labels], strict=True)]
        return total

    def _keep(self, closed: Sums, until: datetime) -> None:
        text = json.dumps(
            {"closed_until": until.isoformat(), "closed": [[list(key), sums] for key, sums in closed.items()]}
        )
        new = self.path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.path)
        self.closed, self.closed_until = closed, until
