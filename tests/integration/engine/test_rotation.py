# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys are rotated at a real gateway: what the successor carries, what becomes of the one before, and when."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import client as http
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys import key_values
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from rotating import RETRIES, Runs

OVERLAP = timedelta(hours=1)
ROTATE = {"after": "30d", "overlap": "1h", "wait": "10d"}
DAY = timedelta(days=1)
# After an answer that was lost nobody knows whether the request was done: that one is tried always, at the notice.
BREAKS = [
    pytest.param(fault, phase, marks=() if (fault, phase) == ("lost", 1) else pytest.mark.slow)
    for fault in ("lost", "500", "reset")
    for phase in range(3)
]
PARTS = 10  # moments of a run at which it is killed


@pytest.fixture
def runs(gateway, master_key, tmp_path, own):
    entries = {
        "team": [{"name": f"{own}t"}],
        "key": [
            {"name": f"{own}a", "team": f"{own}t", "budget": {"max": 5.0}, "rotate": ROTATE},
            {"name": f"{own}b", "rotate": {**ROTATE, "after": "31d"}},
            {"name": f"{own}c"},
        ],
    }
    made = Runs(gateway.admin_url, master_key, FileStore(str(tmp_path / "store")), entries)
    made.apply()
    return made


def _set_spend(runs, token, spend):
    runs.client().post("/key/update", {"key": token, "spend": spend})


def test_exactly_what_is_due_is_rotated(runs, own):
    names = [f"{own}{each}" for each in "abc"]
    assert set(runs.apply().values()) == {"unchanged"}
    runs.now += 30 * DAY
    assert runs.apply() == dict(zip(names, ["changed", "unchanged", "unchanged"], strict=True))
    assert set(runs.apply().values()) == {"unchanged"}
    runs.now += DAY
    assert runs.apply() == dict(zip(names, ["unchanged", "changed", "unchanged"], strict=True))
    assert [len(runs.generations(name)) for name in names] == [2, 2, 1]
    assert runs.store.names("successors") == []


def test_the_successor_carries_everything_and_the_one_before_dies_by_itself(runs, own):
    name = f"{own}a"
    before = runs.store.get("keys", name)
    _set_spend(runs, sha256(before), 2.0)
    runs.apply(forced=[name])
    (rotated,) = [one for one in runs.result.steps if one.name == name]
    assert (rotated.before, rotated.after) == ({"generation": 1}, {"generation": 2})
    after = runs.store.get("keys", name)
    assert after != before and runs.works(before) and runs.works(after)
    old, new = runs.generations(name)
    assert (old["token"], new["token"]) == (sha256(before), sha256(after))
    assert new["key_alias"] == name and old["key_alias"].startswith(f"{name}.replaced-")
    assert (new["spend"], new["max_budget"], new["team_id"]) == (2.0, 5.0, old["team_id"])
    for same in ("models", "allowed_routes", "object_permission"):
        left, right = ({**one[same]} if isinstance(one[same], dict) else one[same] for one in (old, new))
        if isinstance(left, dict):
            left, right = ({each: one[each] for each in one if "servers" in each} for one in (left, right))
        assert left == right
    assert [one["metadata"]["mcp_lan"]["generation"] for one in (old, new)] == [1, 2]

    # What the old one spends in the overlap counts for the new one, once.
    _set_spend(runs, old["token"], 2.5)
    _set_spend(runs, new["token"], 3.0)
    assert runs.apply()[name] == "changed"
    assert runs.apply()[name] == "unchanged"
    assert runs.generations(name)[1]["spend"] == 3.5

    # An entry that is narrowed holds for both.
    runs.entries["key"][0]["budget"] = {"max": 4.0}
    assert runs.apply()[name] == "changed"
    assert [one["max_budget"] for one in runs.generations(name)] == [4.0, 4.0]
    assert runs.apply()[name] == "unchanged"

    assert runs.apply(verified={name: 1})[name] == "unchanged", "that is not the one which clients are given"
    noticed = [datetime.now(UTC)]
    assert runs.apply(verified={name: 2})[name] == "changed"
    noticed.append(datetime.now(UTC))
    assert set(runs.apply(verified={name: 2}).values()) == {"unchanged"}
    expires = datetime.fromisoformat(runs.generations(name)[0]["expires"].replace("Z", "+00:00"))
    begin, end = (one + OVERLAP for one in noticed)
    margin = timedelta(seconds=5)  # it is kept in whole seconds, by another clock
    assert begin - margin < expires.replace(tzinfo=UTC) < end + margin
    assert runs.works(before) and runs.works(after)

    _set_spend(runs, old["token"], 2.75)
    runs.now = _when_it_is_over()
    assert runs.apply()[name] == "changed"
    (left,) = runs.generations(name)
    assert left["token"] == new["token"] and left["spend"] == 3.75
    assert not runs.works(before) and runs.works(after)
    assert set(runs.apply().values()) == {"unchanged"}


def test_what_was_spent_counts_once_although_two_earlier_values_live_on(runs, own):
    name = f"{own}a"
    _set_spend(runs, sha256(runs.store.get("keys", name)), 2.0)
    for _time in range(2):
        runs.apply(forced=[name])
        runs.apply(verified=runs.present(name))
    assert [one["spend"] for one in runs.generations(name)] == [2.0, 2.0, 2.0]
    assert runs.apply()[name] == "unchanged"

    first, second, _third = runs.generations(name)
    _set_spend(runs, first["token"], 2.25)
    _set_spend(runs, second["token"], 2.5)
    assert runs.apply()[name] == "changed"
    assert runs.apply()[name] == "unchanged"
    assert runs.generations(name)[2]["spend"] == 2.75


def test_the_gateway_lets_it_expire_although_no_run_comes_again(runs, own):
    name = f"{own}a"
    runs.entries["key"][0]["rotate"] = {"overlap": "2s"}
    before = runs.store.get("keys", name)
    runs.apply(forced=[name])
    runs.apply(verified=runs.present(name))
    end = time.monotonic() + 90  # 1.77.3 keeps a key's record for a minute after an update by its hash
    while runs.works(before) and time.monotonic() < end:
        time.sleep(1)
    assert not runs.works(before)
    assert runs.works(runs.store.get("keys", name))


def test_revoked_is_dead_at_once(runs, own):
    name = f"{own}a"
    before = runs.store.get("keys", name)
    assert runs.works(before)
    runs.apply(forced=[name], revoke=True)
    assert not runs.works(before) and runs.works(runs.store.get("keys", name))
    assert len(runs.generations(name)) == 1


def test_a_key_whose_value_is_lost_is_rotated(runs, own):
    name = f"{own}a"
    before = runs.store.get("keys", name)
    runs.store.remove("keys", name)
    assert runs.apply()[name] == "changed"
    assert runs.works(before) and runs.works(runs.store.get("keys", name))
    assert runs.result.said == [
        f"the store had no value of key '{name}' any more: it gets a new one, and the one that clients have works "
        "until they have it."
    ]
    # The same run can schedule the one before to expire, so that the next one has nothing to do.
    assert [one["name"] for one in runs.result.rotations] == [name]
    assert runs.apply(verified=runs.present(name))[name] == "changed"
    assert set(runs.apply().values()) == {"unchanged"} and runs.result.said == []
    runs.apply(forced=[name], revoke=True)
    assert not runs.works(before)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_value_that_was_revoked_by_hand_never_comes_back(runs, own, replaced):
    name = f"{own}a"
    before = runs.store.get("keys", name)
    runs.client().post("/key/delete", {"keys": [sha256(before)]})
    if replaced:  # by one of the same name, as LiteLLM's "regenerate" does
        runs.client().post("/key/generate", {"key_alias": name})
    assert runs.apply()[name] == ("changed" if replaced else "created")
    after = runs.store.get("keys", name)
    assert after != before and runs.works(after) and not runs.works(before)
    assert len(runs.result.said) == 1 and f"key '{name}' was revoked at the gateway by hand" in runs.result.said[0]
    assert set(runs.apply().values()) == {"unchanged"} and runs.result.said == []
    assert len(runs.generations(name)) == 1


@pytest.mark.parametrize("rotated", [False, True])
def test_a_revoked_value_that_a_backup_brings_back_ends_again(runs, own, rotated):
    """What a database from before has: the value under the key's name, and none that came after it."""
    name, key = f"{own}a", runs.entries["key"][0]
    before = runs.store.get("keys", name)
    (row,) = runs.generations(name)
    runs.apply(forced=[name], revoke=True)
    if rotated:
        runs.apply(forced=[name])
    _bring_back(runs, name, before, row)
    assert runs.works(before)

    assert runs.apply()[name] == "changed"
    after = runs.store.get("keys", name)
    assert not runs.works(before) and runs.works(after) and len(runs.generations(name)) == 1
    assert runs.result.said == [
        f"the gateway had a value of key '{name}' that was revoked, as it has after a backup from before was restored: "
        "it ends, and the key gets a new one."
    ]
    assert set(runs.apply().values()) == {"unchanged"} and runs.result.said == []

    runs.entries["key"][0] = {"name": name, "state": "absent"}
    assert runs.apply()[name] == "removed"
    del runs.entries["key"][0]
    _bring_back(runs, name, after, row)
    assert runs.apply()[name] == "removed" and not runs.works(after)
    assert runs.result.said[0].endswith("after a backup from before was restored: it ends.")
    runs.entries["key"].append(key)
    assert runs.apply()[name] == "created" and runs.result.said == []


def test_a_value_that_was_only_replaced_lives_on_where_a_backup_brings_it_back(runs, own):
    name = f"{own}a"
    before = runs.store.get("keys", name)
    (row,) = runs.generations(name)
    runs.apply(forced=[name])
    _bring_back(runs, name, before, row)
    assert runs.apply()[name] == "changed"
    assert runs.works(before) and runs.works(runs.store.get("keys", name))


def _bring_back(runs, name, value, row):
    """Have the key as it was, and nothing of it that came later."""
    if later := [one["token"] for one in runs.generations(name)]:
        runs.client().post("/key/delete", {"keys": later})
    kept = ("key_alias", "team_id", "models", "allowed_routes", "max_budget", "metadata")
    runs.client().post("/key/generate", {"key": value, **{each: row[each] for each in kept}})


def test_a_value_that_was_made_and_never_sent_is_sent(runs, own):
    """As after a run that was killed between the two."""
    name = f"{own}d"
    runs.entries["key"].append({"name": name})
    key_values.make(runs.store, "keys", key_values.stored(runs.store, runs.entries["key"]))
    made = runs.store.get("keys", name)
    assert runs.apply()[name] == "created" and runs.store.get("keys", name) == made and runs.works(made)
    assert runs.result.said == []


def test_purging_leaves_the_earlier_values_of_what_is_declared(runs, own):
    runs.apply(forced=[f"{own}a"])
    values = key_values.stored(runs.store, runs.entries["key"])
    steps = Reconciler(runs.client(), values=values).plan(runs.entries, purge=["key"])
    assert not [step.name for step in steps if step.action == "removed" and step.name.startswith(own)]


def test_with_a_key_go_its_earlier_values(runs, own):
    name = f"{own}a"
    before = runs.store.get("keys", name)
    runs.apply(forced=[name])
    runs.entries["key"][0] = {"name": name, "state": "absent"}
    assert runs.apply()[name] == "removed"
    assert runs.generations(name) == [] and not runs.works(before)


def _when_it_is_over() -> datetime:
    """A time at which what is scheduled to expire by now has expired for sure."""
    return datetime.now(UTC) + OVERLAP + timedelta(minutes=3)


def _rotated_although(runs, name, phase, broken):
    """One rotation, a phase of which is first tried by broken(how); it must end as an undisturbed one does."""
    phases = [{"forced": [name]}, {}, {}]
    spend = runs.generations(name)[-1]["spend"]
    _set_spend(runs, sha256(runs.store.get("keys", name)), spend + 0.03125)
    before = runs.store.get("keys", name)
    runs.now = datetime.now(UTC)
    for number, how in enumerate(phases):
        if number == 1:
            how = {"verified": runs.present(name)}
        if number == 2:
            runs.now = _when_it_is_over()
        if number == phase:
            broken(how)
            assert runs.works(runs.store.get("keys", name)), "what the store gives to clients works"
            assert phase == 2 or runs.works(before), "and so does what they have"
        state = runs.apply(**how)[name]
        assert state in ("changed", "unchanged"), state
    assert runs.apply()[name] == "unchanged"
    (left,) = runs.generations(name)
    assert left["token"] == sha256(runs.store.get("keys", name)) != sha256(before)
    assert left["spend"] == spend + 0.03125, "no budget began again, and nothing was counted twice"
    assert runs.store.names("successors") == []


@pytest.mark.parametrize(("fault", "phase"), BREAKS)
def test_a_rotation_may_break_at_any_request(fault, phase, runs, own, proxy):
    name = f"{own}a"
    del runs.entries["key"][1:]
    runs.apply()

    def broken(how):
        direct, runs.url, runs.retries = runs.url, proxy.url, 0
        proxy.reset(lambda at, method, path: fault if at == number else None)
        with contextlib.suppress(http.ApiError):
            runs.apply(**how)
        runs.url, runs.retries = direct, RETRIES

    number = 0
    while number == 0 or len(proxy.seen) > number - 1:  # until nothing was left to break
        _rotated_although(runs, name, phase, broken)
        number += 1
    assert number > 7


def test_a_revocation_that_breaks_is_finished_and_not_begun_again(runs, own, proxy):
    name = f"{own}a"
    del runs.entries["key"][1:]
    runs.apply()
    direct, finished = runs.url, []
    for number in range(2, 60, 4):  # the benchmark "faults" takes them all
        before = runs.store.get("keys", name)
        (was,) = runs.present(name).values()
        runs.url, runs.retries = proxy.url, 0
        proxy.reset(lambda at, method, path, number=number: "lost" if at == number else None)
        with contextlib.suppress(http.ApiError):
            runs.apply(forced=[name], revoke=True)
        runs.url, runs.retries = direct, RETRIES
        if len(proxy.seen) <= number:
            break
        assert runs.works(runs.store.get("keys", name)), "what the store gives to clients works"
        left = len(runs.generations(name)) > 1
        begun = left or runs.store.names("successors")
        state = runs.apply(forced=[name], revoke=True)[name]
        assert state in ("changed", "unchanged"), state
        (now,) = runs.present(name).values()
        if begun or not any(path == "/key/generate" for _method, path in proxy.seen):
            finished.append(left)
            assert now == was + 1, f"broken at {proxy.seen[number]}"
        assert not runs.works(before) and runs.works(runs.store.get("keys", name))
        assert len(runs.generations(name)) == 1
    assert any(finished), "one was broken when the successor was minted, and the value before still there"
    # A run that is told nothing finishes it as well.
    runs.url, runs.retries = proxy.url, 0
    proxy.reset(lambda at, method, path: "reset" if path == "/key/delete" else None)
    runs.apply(forced=[name], revoke=True)
    runs.url, runs.retries = direct, RETRIES
    assert len(runs.generations(name)) == 2
    assert runs.apply()[name] == "changed" and len(runs.generations(name)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("phase", range(3))
def test_a_run_may_be_killed_at_any_moment(phase, runs, own):
    name = f"{own}a"
    del runs.entries["key"][1:]
    runs.apply()
    began = time.monotonic()
    runs.apply(forced=[name])
    runs.apply(verified=runs.present(name))
    whole = (time.monotonic() - began) / 2

    def broken(how, part):
        run = multiprocessing.get_context("fork").Process(target=runs.apply, kwargs=how)
        run.start()
        run.join(whole * part / PARTS)
        run.kill()
        run.join()

    for part in range(1, PARTS + 1):
        _rotated_although(runs, name, phase, lambda how, part=part: broken(how, part))
