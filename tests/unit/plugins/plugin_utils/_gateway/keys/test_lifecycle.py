# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a key, with a run cut off at every point of it, in every order of a few runs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys import lifecycle
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.lifecycle import (
    Generation,
    Life,
    LifecycleAction,
)
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = lifecycle.terms_of({"after": "30d", "overlap": "1d", "wait": "10d"})
DAY = timedelta(days=1)


class World:
    """A gateway, a store and a client; a run takes the steps, and may be cut off before any of them."""

    def __init__(self):
        self.now = START
        self.made = 1
        self.life = Life("v1", None, {"v1": Generation("v1", START)})
        self.client = "v1"
        self.cut_off = False  # the last run
        self.given_up = False  # on a client that was off for too long
        self.revoking = False  # what the gateway says of the newest generation

    def run(self, cut: int | None = None, deliver=True, forced=False, revoked=False) -> int:
        """Returns how many steps it took, deliveries too."""
        taken, self.cut_off = 0, True
        for verified in (False, True):  # the engine, then the clients and the proof, then the engine again
            again = True
            while again:
                # Only one step is believed at a time: a real run takes several, but may die after each.
                todo = lifecycle.next_actions(
                    self.life, TERMS, self.now, forced and not verified, verified and deliver, revoked
                )
                again = bool(todo)
                if todo:
                    if taken == cut:
                        return taken
                    # A run that revokes says so at the gateway with what it mints, or with what it finds minted.
                    self.revoking = revoked or (self.revoking and todo[0][0] is not LifecycleAction.CREATE)
                    self._take(*todo[0])
                    taken += 1
                    forced = False
                    self.check(revoked)
            if not verified and deliver and self.client != self.life.current:
                if taken == cut:
                    return taken
                self.client, self.given_up = self.life.current, False
                taken += 1
        self.cut_off = False
        return taken

    def _take(self, step, which):
        life, alive = self.life, dict(self.life.alive)
        if step is LifecycleAction.GENERATE:
            self.made += 1
            self.life = replace(life, pending=f"v{self.made}")
        elif step is LifecycleAction.CREATE:
            alive[life.pending] = Generation(life.pending, self.now)
            self.life = replace(life, alive=alive)
        elif step is LifecycleAction.PROMOTE:
            self.life = replace(life, current=life.pending, pending=None, revoking=self.revoking)
        elif step is LifecycleAction.EXPIRE:
            self.given_up |= which == self.client
            assert which != self.client or self.waited()
            alive[which] = replace(alive[which], expiring=True, expires=self.now + TERMS.overlap)
            self.life = replace(life, alive=alive)
        else:
            del alive[which]
            self.life = replace(life, alive=alive)

    def check(self, revoked):
        assert self.works(self.life.current), "what the store gives is always alive"
        if not revoked:
            assert self.works(self.client) or self.given_up, "a client never holds a dead key"
            assert sum(not one.expiring for one in self.life.earlier()) <= 1, "one rotation at a time"

    def works(self, value):
        there = self.life.alive.get(value)
        return there is not None and (there.expires is None or there.expires > self.now)

    def waited(self):
        return self.now - self.life.alive[self.life.current].minted >= TERMS.wait

    def state(self):
        """Without the names of values, which count the attempts."""
        return (
            self.life.pending,
            self.client == self.life.current,
            sorted((one.minted, one.expiring, one.expires) for one in self.life.alive.values()),
        )


def test_nothing_is_done_until_it_is_due():
    world = World()
    for day in range(30):
        world.now = START + day * DAY
        assert world.run() == 0
    world.now = START + 30 * DAY
    assert world.run() == 5  # generate, create, promote, deliver, expire
    assert world.run() == 0
    world.now += 1.1 * DAY
    assert world.run() == 1  # delete
    assert world.run() == 0
    assert set(world.life.alive) == {world.life.current} == {"v2"}


@pytest.mark.parametrize("revoked", [False, True])
@pytest.mark.parametrize("forced", [False, True])
def test_a_run_that_dies_anywhere_is_finished_by_the_next(forced, revoked):
    undisturbed = World()
    undisturbed.now += 30 * DAY
    steps = undisturbed.run(forced=forced, revoked=revoked)
    assert steps == 5
    for cuts in itertools.product(range(steps), repeat=3):
        world = World()
        world.now += 30 * DAY
        for cut in cuts:
            world.run(cut, forced=forced, revoked=revoked)
            if not world.cut_off:
                break
        world.run(revoked=revoked)
        assert world.state() == undisturbed.state(), f"cut off after {cuts}"
        assert world.run(revoked=revoked) == 0


def test_a_revocation_that_dies_is_finished_and_not_begun_again():
    for cut in (2, 3):  # before the store takes the successor, and before the earlier value is removed
        world = World()
        world.run(cut, forced=True, revoked=True)
        world.run(forced=True, revoked=True)
        assert world.made == 2 and set(world.life.alive) == {"v2"}
        world.run(forced=True, revoked=True)
        assert set(world.life.alive) == {"v3"}, "when it is over, it may be asked for again"
    world = World()
    world.run(deliver=False, forced=True)
    world.run(forced=True, revoked=True)
    assert set(world.life.alive) == {"v3"}, "a rotation that waits for its clients is no revocation"


def test_a_client_that_is_off_keeps_its_key_until_the_wait_is_over():
    world = World()
    world.now += 30 * DAY
    world.run(deliver=False)
    for _day in range(9):
        world.now += DAY
        assert world.run(deliver=False) == 0
        assert world.works(world.client)
    world.now += DAY
    assert world.run(deliver=False) == 1
    assert world.works(world.client), "from then on it has the overlap"
    world.now += 1.1 * DAY
    assert world.run(deliver=False) == 1
    assert not world.works(world.client)


@given(
    st.lists(
        st.tuples(st.floats(0, 40), st.none() | st.integers(0, 6), st.booleans(), st.booleans()),
        max_size=12,
    )
)
def test_whatever_happens_in_whatever_order_it_ends_well(history):
    world = World()
    for days, cut, deliver, forced in history:
        world.now += days * DAY
        world.run(cut, deliver, forced)
    world.run()
    world.now += 1.1 * DAY
    world.run()
    assert world.client == world.life.current
    assert world.life.pending is None
    assert all(one.expiring or one.hash == world.life.current for one in world.life.alive.values())


def test_nothing_is_taken_away_while_the_current_one_is_not_at_the_gateway():
    life = Life("gone", None, {"v1": Generation("v1", START)})
    for verified, revoked in itertools.product([False, True], repeat=2):
        assert lifecycle.next_actions(life, TERMS, START + 400 * DAY, False, verified, revoked) == []


def test_what_has_just_expired_by_another_clock_is_left():
    life = Life("v2", None, {"v2": Generation("v2", START), "v1": Generation("v1", START, True, START)})
    assert lifecycle.next_actions(life, TERMS, START + timedelta(seconds=80)) == []
    assert lifecycle.next_actions(life, TERMS, START + timedelta(seconds=100)) == [(LifecycleAction.DELETE, "v1")]


@pytest.mark.parametrize(
    ("rotate", "default", "after", "overlap"),
    [
        (None, None, None, DAY),
        ({}, {"after": "7d", "overlap": "1h"}, 7 * DAY, timedelta(hours=1)),
        ({"after": "3d", "overlap": None}, {"after": "7d", "overlap": "1h"}, 3 * DAY, timedelta(hours=1)),
    ],
)
def test_what_an_entry_leaves_out_is_the_default(rotate, default, after, overlap):
    terms = lifecycle.terms_of(rotate, default)
    assert (terms.after, terms.overlap) == (after, overlap)


@pytest.mark.parametrize(
    ("rotate", "sentence"),
    [
        ({"after": "soon"}, "rotate.after: 'soon' is not a span of time"),
        ({"overlap": "0h"}, "rotate.overlap: '0h' cannot be used, no time passes in it"),
        ({"after": "24h"}, "rotate.after \\(24h\\) must be longer than rotate.overlap \\(24h\\)"),
    ],
)
def test_spans_that_cannot_be_are_refused(rotate, sentence):
    with pytest.raises(UserError, match=sentence):
        lifecycle.terms_of(rotate)


@pytest.mark.parametrize(
    ("spent", "carried", "more"), [(1.0, None, 1.0), (1.5, 1.0, 0.5), (1.0, 1.0, 0.0), (0.25, 1.0, 0.25)]
)
def test_what_was_spent_is_carried_over_once(spent, carried, more):
    assert lifecycle.carried_over(spent, carried) == more


def test_keys_are_picked_by_name_and_team():
    keys = [{"name": "a", "team": "t"}, {"name": "b"}, {"name": "c", "hash": "x"}, {"name": "d", "state": "absent"}]
    assert lifecycle.pick(["*"], keys) == ["a", "b"]
    assert lifecycle.pick(["b"], keys, ["t"]) == ["a", "b"]
    with pytest.raises(UserError, match="'c' is not a key that can be rotated: there are a, b"):
        lifecycle.pick(["c"], keys)
    with pytest.raises(UserError, match="no key that can be rotated is of the team 'u'"):
        lifecycle.pick([], keys, ["u"])
