# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand bodies, written as anybody might: each goes on as it is listed, or is refused with a sentence."""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import random
import tracemalloc

from filtered import GOOD, RULES
from mcp_lan_filter import bodies
from mcp_lan_filter.refusal import Refusal

JUDGE = bodies.Judge(RULES)
MANY = 10_000
TEXTS = ["", "x", "os", "ä", "\ud83d", "\x00", "type", "model", "9" * 400, "a" * 2_000]


def anything(chance, depth=0):
    """A value of JSON, or of what Python takes for it."""
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind < 6:
        number = chance.choice([0, -1, 1.5, 10**30, float("inf"), float("nan")])
        return [None, True, number, chance.choice(TEXTS), "function", chance.random()][kind]
    if kind == 6:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice([*TEXTS, "name", "text"]): anything(chance, depth + 1) for _ in range(chance.randrange(4))}


def spelled(chance, value):
    """Its bytes, written as somebody might."""
    raw = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 1]))
    how = chance.randrange(8)
    if how == 0 and value:
        raw = raw[:-1] + "," + raw[1:]  # each name twice
    if how == 1:
        raw = raw[: chance.randrange(len(raw) + 1)]
    encoding = {2: "utf-16", 3: "latin-1", 4: "utf-8-sig"}.get(how, "utf-8")
    return raw.encode(encoding, errors="replace" if encoding != "utf-8" else "surrogatepass")


def generated(number, seed):
    """Kind and bytes of so many bodies; half of their values are ones that the list wants there."""
    chance = random.Random(seed)
    kinds = sorted(set(GOOD) - {"jsonrpc"})
    for each in range(number):
        body = kinds[each % len(kinds)]
        fields = RULES["bodies"][body]["fields"]
        names = chance.sample([*fields, "mcp_lan_nothing", "Model", "model "], chance.randrange(4))
        value = {"model": "m"} if fields.get("model") == "text" else {}
        value |= {name: anything(chance) if chance.random() < 0.5 else GOOD[body].get(name, "x") for name in names}
        yield body, spelled(chance, value)


def test_generated_bodies_go_on_as_listed_or_are_refused_with_a_sentence():
    outcomes = {"passed": 0, "refused": 0}
    for body, raw in generated(MANY, 20261128):
        try:
            kept, read = JUDGE.body(body, raw)
        except Refusal as refusal:
            outcomes["refused"] += 1
            assert refusal.status == 400 and str(refusal).endswith(".") and len(str(refusal)) < 400
        else:
            outcomes["passed"] += 1
            assert kept.decode() and json.loads(kept) is not None and set(read) <= set(RULES["bodies"][body]["fields"])
    assert min(outcomes.values()) > MANY / 10, outcomes


def test_nothing_is_kept_of_a_body_that_was_judged():
    def judged(seed):
        for body, raw in generated(MANY // 10, seed):
            with contextlib.suppress(Refusal):
                JUDGE.body(body, raw)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        sizes = [judged(seed) for seed in range(6)]
    finally:
        tracemalloc.stop()
    # What is kept grows in every round; what other threads of the process hold comes and goes.
    assert min(after - before for before, after in itertools.pairwise(sizes)) < 20_000, sizes
