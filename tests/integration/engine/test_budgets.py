# SPDX-License-Identifier: GPL-3.0-or-later
"""When a budget starts anew, as the gateway itself says: in the time that the entry means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.module_utils.engine import Engine

KINDS = ("key", "team", "user")
FORMS = {"2w": 14, "10 Days": 10, "48h": 2}  # in days


@pytest.fixture
def run(client, own):
    """Apply entries of all kinds that start anew; gives each step's action by its kind."""

    def run(*entries: dict) -> dict[str, str]:
        values = {entry["name"]: f"sk-{entry['name']}" for entry in entries}
        engine = Engine(client, owner=own, values=values)
        steps = engine.plan(checked({f"{kind}s": list(entries) for kind in KINDS}))
        engine.apply(steps)
        assert not [step.error for step in steps if step.error]
        return {f"{step.kind} {step.name}": step.action for step in steps}

    return run


def _resets(client, name: str) -> dict[str, datetime]:
    engine = Engine(client)
    found = {kind: engine.look(kind)[name].raw["budget_reset_at"] for kind in KINDS}
    return {kind: datetime.fromisoformat(said.replace("Z", "+00:00")) for kind, said in found.items()}


def test_a_period_is_as_long_as_it_is_written(run, client, own):
    entries = [{"name": f"{own}p{number}", "budget": {"max": 10, "per": per}} for number, per in enumerate(FORMS)]
    assert set(run(*entries).values()) == {"created"}
    for entry, days in zip(entries, FORMS.values(), strict=True):
        for kind, at in _resets(client, entry["name"]).items():
            assert timedelta(days=days - 1) < at - datetime.now(UTC) <= timedelta(days=days), (kind, entry)
    assert set(run(*entries).values()) == {"unchanged"}
