# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key's generations, as the gateway holds them: each is a key of LiteLLM's, and the current one has the plain name.

The ownership mark says which generation a key is (generation, minted), until when an earlier one lives (ends), what
the current one has taken over from each earlier one's spending (carried), and whether it was minted so that no earlier
one lives on (revokes). An alias is unique, so that an earlier generation is known by another, which begins with the
key's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.lifecycle import Generation, Life
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    Context,
    RemoteObject,
    by_id,
    mark_in,
)

_REPLACED = ".replaced-"
_FOREVER = timedelta(days=365 * 20)
KEPT = ("generation", "minted", "ends", "carried", "revokes")
"""What of a mark belongs to the generation and not to the entry."""


def aside(name: str, token: str) -> str:
    """The alias of a generation that gives the key's name to its successor."""
    return f"{name}{_REPLACED}{token[:8]}"


def former_name(alias: str) -> str:
    """The key of which this alias is an earlier generation; empty for any other alias."""
    former, taken, _token = alias.rpartition(_REPLACED)
    return former if taken else ""


def by_former_name(found: Mapping[str, RemoteObject]) -> dict[str, list[RemoteObject]]:
    """The keys that were set aside, by the name that was taken from them."""
    named: dict[str, list[RemoteObject]] = {}
    for name, one in found.items():
        if former := former_name(name):
            named.setdefault(former, []).append(one)
    return named


def sha256(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def mark_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    return mark_in(raw.get("metadata")) or {}


def state_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a person, and the action plugins, may want to know of a generation."""
    mark = mark_of(raw)
    return {
        "generation": mark.get("generation", 1),
        "minted": mark.get("minted") or str(raw.get("created_at") or ""),
        "ends": mark.get("ends", ""),
        "revokes": bool(mark.get("revokes")),
        "earlier_of": former_name(raw.get("key_alias") or ""),
    }


def rotations(ctx: Context) -> list[dict[str, Any]]:
    """The wanted keys that have earlier generations, and how far these are by now.

    When one was last used is a request for each: it is not asked of those that this run itself sets aside.
    """
    if not ctx.derived("key", by_former_name):
        return []
    found = ctx.kinds["key"].read(ctx)
    earlier = ctx.derived("key", by_former_name)
    names = [name for name in ctx.desired.get("key", {}) if name in found and name in earlier]
    asked = [one.id for name in names if name not in ctx.pending for one in earlier[name]]
    with ThreadPoolExecutor(ctx.client.connections) as pool:
        used = dict(zip(asked, pool.map(lambda token: last_used(ctx, token), asked), strict=True))
    return [
        {
            "name": name,
            **{each: found[name].state[each] for each in ("generation", "minted", "revokes")},
            "earlier": [
                {**{each: one.state[each] for each in ("generation", "minted", "ends")}, "used": used.get(one.id, "")}
                for one in earlier[name]
            ],
        }
        for name in names
    ]


def withdrawn(ctx: Context) -> list[str]:
    """The keys whose value in the store the gateway had and has no more: somebody has revoked it there, by hand.

    Not so at a gateway that has begun anew, where nothing of ours is left: there what clients have is to work again.
    """
    known = ctx.derived("key", by_id)
    gone = [
        name
        for name, value in ctx.values.items()
        if value and ctx.minted.get(name) == (token := sha256(value)) and token not in known
    ]
    return gone if gone and not _begun_anew(ctx) else []


def _begun_anew(ctx: Context) -> bool:
    if any(one.owned for found in ctx.found.values() for one in found.values()):
        return False
    now = datetime.now(UTC)
    span = {"start_date": now - timedelta(days=365), "end_date": now + timedelta(days=1)}
    days = {name: f"{day:%Y-%m-%d %H:%M:%S}" for name, day in span.items()}
    return not ctx.client.get("/spend/logs/ui", page=1, page_size=1, **days)["total"]


def generation_of(state: Mapping[str, Any]) -> Generation:
    """A generation as lifecycle.next_actions takes it, from a key's observed state."""
    expires = state.get("expires")
    return Generation(
        state["hash"],
        moment(state["minted"]) if state["minted"] else datetime.fromtimestamp(0, UTC),
        bool(state["ends"]),
        moment(expires) if expires else None,
    )


def life_of(current: str, states: list[Mapping[str, Any]], given: bool = True) -> Life:
    """The life of a key of which no successor waits in the store; given: clients are given the current one by now."""
    revoking = given and any(one.get("revokes") for one in states if one["hash"] == current)
    return Life(current, None, {one["hash"]: generation_of(one) for one in states}, revoking)


def listed_spend(one: RemoteObject) -> float:
    """What a generation had spent when the keys were listed, at the beginning of a run."""
    return float(one.raw.get("spend") or 0.0)


def spent(ctx: Context, token: str) -> float:
    """What a generation has spent by now."""
    return float(ctx.client.get("/key/info", key=token)["info"].get("spend") or 0.0)


def last_used(ctx: Context, token: str) -> str:
    """When a generation's last row came into the spend log; LiteLLM 1.77.3 keeps no such time itself."""
    now = datetime.now(UTC)
    rows = ctx.client.get(
        "/spend/logs/ui",
        api_key=token,
        start_date=f"{now - timedelta(days=90):%Y-%m-%d %H:%M:%S}",
        end_date=f"{now + timedelta(days=1):%Y-%m-%d %H:%M:%S}",
        page=1,
        page_size=1,
    )["data"]
    return written(moment(str(rows[0]["startTime"]))) if rows else ""


def moment(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UserError(f"{text!r} is not an ISO 8601 time such as 2027-01-31T00:00:00Z.", "time_invalid") from None
    try:
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except OverflowError:
        return when.replace(tzinfo=UTC)  # at the ends of all that there is, a few hours are none


def written(when: datetime) -> str:
    """A time as it is kept: UTC, whole seconds."""
    return when.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def expires_at(text: str | None) -> str:
    """A time in one way of writing; one that is further away than anybody plans stands for never."""
    if not text:
        return ""
    when = moment(text).astimezone(UTC)
    if when - datetime.now(UTC) > _FOREVER:
        return ""
    return written(when)


def duration_until(expires: str) -> str:
    """What makes a key expire at that time; no time at all is one that nobody lives to see."""
    if not expires:
        return f"{365 * 100}d"
    return f"{max(1, int((moment(expires) - datetime.now(UTC)).total_seconds()))}s"
