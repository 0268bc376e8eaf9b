# SPDX-License-Identifier: GPL-3.0-or-later
"""What the database answers for the page of what it cost, small, with names that a client has made up."""

from __future__ import annotations

from decimal import Decimal

EVIL = "</script><script>document.title='evil'</script><img src=x onerror=\"document.title='evil'\">"


def counted(name: str, spend: str = "0", requests: int = 1, **more) -> dict:
    numbers = dict.fromkeys(("failed", "refused", "prompt_tokens", "completion_tokens"), 0)
    return {"name": name, "requests": requests, "spend": Decimal(spend), **numbers, **more}


def took(name: str, *given, **more) -> dict:
    return counted(name, *given, median_seconds=0.5, p95_seconds=1.25, **more)


def found(names=("ann", "ben")) -> dict:
    days = [counted(name, "0.5", 2, day="2026-11-02") for name in names]
    total = took("", "1.005", 4)
    return {
        "total": {name: value for name, value in total.items() if name != "name"},
        "key": [took(name, "0.5", 2) for name in names],
        "model": [took("sonnet", "1", 3), took(EVIL)],
        "tool": [took(f"files {EVIL}", server="files", tool=EVIL)],
        "key_days": days,
        "model_days": [counted(EVIL, day="2026-11-03")],
        "tool_days": [],
        "refusals": [{"key": "ann", "reason": "no such model", "asked": EVIL, "requests": 3}],
        "budgets": [
            {"kind": "key", "name": name, "spend": Decimal(spend), "max_budget": limit, "period": "30d", "resets": None}
            for name, spend, limit in (
                ("ann", "1", Decimal(4)),
                ("ben", "5", Decimal(5)),
                ("none", "1", None),
                ("no limit", "1", Decimal(2**31 - 1)),
            )
        ],
    }
