# When a key is replaced by a successor, and what comes next in its life. Pure: no network, no store, no clock.
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine of a key's life; docs/rotation.md draws it.

A key is a name with generations. One of them is what the store gives to clients (current); one may wait in the store to
be sent (pending); those that the gateway has beside the current one are earlier ones. Each step below may be the last
one of a run that is killed: what the next run does is worked out of what is true then, never of what was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.durations import in_seconds

# Clocks of two machines differ; what has expired by less than this is not taken for dead yet.
TOLERANCE = timedelta(seconds=90)
DEFAULTS = {"overlap": "24h", "wait": "30d"}
_TERMS = ("after", "overlap", "wait")


class LifecycleAction(Enum):
    """What can happen to a key, in the order in which it happens."""

    GENERATE = "generate"  # a value, into the store, where nobody reads it yet
    CREATE = "create"  # it is sent: the gateway knows it under the key's name, the one before under another
    PROMOTE = "promote"  # the store gives it to clients from now on
    EXPIRE = "expire"  # an earlier one expires by itself at the gateway, after the overlap
    DELETE = "delete"  # an earlier one, expired or revoked, goes; what it has spent is carried over before


@dataclass(frozen=True)
class Terms:
    """When to rotate, and how long an earlier generation lives on."""

    after: timedelta | None  # None: only when it is asked for
    overlap: timedelta
    wait: timedelta


@dataclass(frozen=True)
class Generation:
    """One value of the key, as the gateway knows it."""

    hash: str
    minted: datetime
    expiring: bool = False
    expires: datetime | None = None


@dataclass(frozen=True)
class Life:
    """All that is true of one key; hashes stand for values."""

    current: str | None
    pending: str | None
    alive: Mapping[str, Generation]
    revoking: bool = False  # the current one was minted so that no earlier one lives on

    def earlier(self) -> list[Generation]:
        """What the gateway has besides the current generation and the one that comes."""
        return [one for one in self.alive.values() if one.hash not in (self.current, self.pending)]


def terms_of(rotate: Mapping[str, Any] | None, default: Mapping[str, Any] | None = None) -> Terms:
    """What an entry says about rotation, with what it leaves out; UserError is one sentence for a person."""
    if rotate is not None and not isinstance(rotate, Mapping):
        sentence = "rotate: it is a dictionary, such as {after: 30d, overlap: 24h}."
        raise UserError(sentence, "time_invalid")
    whole: dict[str, Any] = dict(DEFAULTS)
    for given in (default or {}, rotate or {}):
        unknown = sorted(str(name) for name in given if name not in _TERMS)
        if unknown:
            raise UserError(f"rotate: {unknown[0]!r} is none of {', '.join(_TERMS)}.", "time_invalid")
        whole |= {name: value for name, value in given.items() if value not in (None, "")}
    spans = {name: _span(name, text) for name, text in whole.items()}
    after = spans.get("after")
    if after is not None and after <= spans["overlap"]:
        raise UserError(
            f"rotate.after ({whole['after']}) must be longer than rotate.overlap ({whole['overlap']}): an earlier "
            "value has to be gone before the next one comes.",
            "time_invalid",
        )
    return Terms(after, spans["overlap"], spans["wait"])


def next_actions(
    life: Life, terms: Terms, now: datetime, forced: bool = False, verified: bool = False, revoked: bool = False
) -> list[tuple[LifecycleAction, str | None]]:
    """What is to be done now, in this order, each with the hash of the generation that it is about.

    forced: a successor is wanted although none is due. verified: every client has been delivered the current value, and
    it was seen to work. revoked: what is forced waits for no notice, because the earlier ones are to go at once.
    """
    todo: list[tuple[LifecycleAction, str | None]] = []
    if life.pending is None and (due(life, terms, now) or (forced and not _unfinished(life, revoked))):
        todo += [(LifecycleAction.GENERATE, None), (LifecycleAction.CREATE, None), (LifecycleAction.PROMOTE, None)]
    elif life.pending is not None:
        if life.pending not in life.alive:
            todo.append((LifecycleAction.CREATE, life.pending))
        todo.append((LifecycleAction.PROMOTE, life.pending))
    # While a successor is on its way, the one before it is what clients have.
    return todo or _retirements(life, terms, now, verified)


def due(life: Life, terms: Terms, now: datetime) -> bool:
    """Whether the current generation is old enough; one rotation has to be over before the next begins."""
    there = life.alive.get(life.current or "")
    if there is None or terms.after is None or _unfinished(life):
        return False
    return now - there.minted >= terms.after


def _unfinished(life: Life, revoked: bool = False) -> bool:
    """Whether an earlier generation still waits for its notice, or to be revoked.

    A revocation waits for no notice, but one that has begun is finished and not begun again.
    """
    return any(life.revoking or not (one.expiring or revoked) for one in life.earlier())


def _retirements(life: Life, terms: Terms, now: datetime, verified: bool) -> list[tuple[LifecycleAction, str | None]]:
    there = life.alive.get(life.current or "")
    if there is None:
        return []  # what clients have is not at the gateway: nothing else may be taken away
    waited = now - there.minted >= terms.wait
    todo: list[tuple[LifecycleAction, str | None]] = []
    for one in sorted(life.earlier(), key=lambda each: (each.minted, each.hash)):
        if life.revoking or (one.expires is not None and now - one.expires > TOLERANCE):
            todo.append((LifecycleAction.DELETE, one.hash))
        elif not one.expiring and (verified or waited):
            todo.append((LifecycleAction.EXPIRE, one.hash))
    return todo


def carried_over(spent: float, carried: float | None) -> float:
    """What an earlier generation has spent since it was last counted; less than before, and its budget began again."""
    already = carried or 0.0
    more = spent - already if spent >= already else spent
    return more if more > 1e-9 else 0.0


def pick(names: Iterable[str], keys: Iterable[Mapping[str, Any]], teams: Iterable[str] = ()) -> list[str]:
    """The keys that a person means by names (C(*) is all) and teams; UserError for what there is not."""
    own = {key["name"]: key for key in keys if key.get("state", "present") == "present" and not key.get("hash")}
    wanted_names, wanted_teams = set(names), set(teams)
    unknown = sorted(wanted_names - set(own) - {"*"})
    if unknown:
        raise UserError(
            f"{unknown[0]!r} is not a key that can be rotated: there are {', '.join(sorted(own)) or 'none'}.",
            "key_unknown",
        )
    there = {key.get("team") for key in own.values()}
    without = sorted(wanted_teams - there)
    if without:
        raise UserError(f"no key that can be rotated is of the team {without[0]!r}.", "key_unknown")
    return [
        name
        for name, key in own.items()
        if "*" in wanted_names or name in wanted_names or key.get("team") in wanted_teams
    ]


def _span(name: str, text: Any) -> timedelta:
    try:
        return timedelta(seconds=in_seconds(text))
    except UserError as error:
        raise UserError(f"rotate.{name}: {error}", error.code) from None
