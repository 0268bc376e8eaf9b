# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of every type, for the readers of what people write: each ends in a value or in a sentence.

A seed is all that hypothesis draws, so that ten thousand documents are made in seconds.
"""

from __future__ import annotations

import datetime
import random

from hypothesis import HealthCheck
from hypothesis import strategies as st

CHECKS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
SEEDS = st.integers(0, 2**32)
# What YAML makes of things that were meant as texts, what JSON has none of, and a number that Python does not write.
SCALARS = [
    *[
        "",
        " ",
        "a",
        "a\nb",
        "a\0b",
        "\u2028",
        "\ud800",
        "\ufeff",
        "é",
        "A=b",
        "/a:/b",
        "true",
        "5",
        "1.10",
        "-",
        "'",
        "x" * 900,
    ],
    *["a b", "${A}", "%A%", "$(a)", "https://h.lan/mcp", "h.lan:1", "@a/b@1.0.0", "a==1.0", "--a", "--a=b"],
    *[0, -1, 1, 1.1, 65536, 2**64, 16**5000, float("inf"), float("nan"), True, False, None, b"bytes"],
    *[datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3)],
]
KEYS = ["", "a", "a b", "a\nb", "A=B", "name", "é", "\ud800", True, None, 1, 1.5, 16**5000]


class Nonsense:
    """Values made of a seed."""

    def __init__(self, seed: int, scalars: list = SCALARS, keys: list = KEYS) -> None:
        self.random, self.scalars, self.keys = random.Random(seed), scalars, keys

    def one(self, values):
        """One of these."""
        return self.random.choice(values)

    def luck(self, chance: float) -> bool:
        """True as often as the chance says."""
        return self.random.random() < chance

    def anything(self, depth: int = 2):
        """A value of any type."""
        kind = self.random.random() if depth else 1
        if kind < 0.2:
            return [self.anything(depth - 1) for _each in range(self.one([0, 1, 2]))]
        if kind < 0.4:
            return {self.one(self.keys): self.anything(depth - 1) for _each in range(self.one([0, 1, 2]))}
        return self.one(self.scalars)

    def bent(self, value, chance: float = 0.1):
        """The value with something odd here and there in it."""
        if self.luck(chance):
            return self.anything()
        if isinstance(value, dict):
            bent = {name: self.bent(each, chance) for name, each in value.items() if not self.luck(chance / 2)}
            return bent | ({self.one(self.keys): self.anything()} if self.luck(chance / 2) else {})
        if isinstance(value, list):
            return [self.bent(each, chance) for each in value]
        return value
