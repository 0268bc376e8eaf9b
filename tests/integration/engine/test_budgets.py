# SPDX-License-Identifier: GPL-3.0-or-later
"""When a budget starts anew, as the gateway itself says: in the time that the entry means, and not later each run."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler

KINDS = ("key", "team", "user")
FORMS = {"2w": 14, "10 Days": 10, "48h": 2}  # in days


@pytest.fixture
def run(client, own):
    """Apply entries of all kinds that start anew; gives each step's action by its kind."""

    def run(*entries: dict) -> dict[str, str]:
        # Newer versions take none of fewer than 16 characters.
        values = {entry["name"]: f"sk-{entry['name']}-of-a-test" for entry in entries}
        engine = Reconciler(client, owner=own, values=values)
        steps = engine.plan(checked({f"{kind}s": list(entries) for kind in KINDS}))
        engine.apply(steps)
        assert not [step.error for step in steps if step.error]
        return {f"{step.kind} {step.name}": step.action for step in steps}

    return run


def _resets(client, name: str) -> dict[str, datetime]:
    engine = Reconciler(client)
    found = {kind: engine.look(kind)[name].raw["budget_reset_at"] for kind in KINDS}
    return {kind: datetime.fromisoformat(said.replace("Z", "+00:00")) for kind, said in found.items()}


def test_a_period_is_as_long_as_it_is_written(run, client, own):
    entries = [{"name": f"{own}p{number}", "budget": {"max": 10, "per": per}} for number, per in enumerate(FORMS)]
    assert set(run(*entries).values()) == {"created"}
    for entry, days in zip(entries, FORMS.values(), strict=True):
        for kind, at in _resets(client, entry["name"]).items():
            assert timedelta(days=days - 1) < at - datetime.now(UTC) <= timedelta(days=days), (kind, entry)
    assert set(run(*entries).values()) == {"unchanged"}


def test_a_running_period_ends_when_it_would_whatever_else_changes(run, client, own):
    entry = {"name": f"{own}running", "budget": {"max": 10, "per": "90m"}}
    run(entry)
    before = _resets(client, entry["name"])
    time.sleep(61 - time.time() % 60)  # LiteLLM counts such a period from the minute in which it is told of it
    changed = {**entry, "limits": {"rpm": 6}, "metadata": {"note": "changed"}}
    assert set(run(changed).values()) == {"changed"}
    assert _resets(client, entry["name"]) == before
    more = {**changed, "budget": {"max": 11, "per": "90m"}}
    assert set(run(more).values()) == {"changed"}
    assert _resets(client, entry["name"]) == before
    assert set(run({**more, "budget": {"max": 11, "per": "2h"}}).values()) == {"changed"}
    assert all(after != before[kind] for kind, after in _resets(client, entry["name"]).items())
