# SPDX-License-Identifier: GPL-3.0-or-later
"""When a key stops working: as its entry says, whatever broke in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import aside, sha256, written
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from recorded import Recorded

NOW = datetime.now(UTC)
VALUE, EARLIER = "sk-the-present-one", "sk-the-one-before"
LATER, PAST, LONG_PAST = (written(NOW + timedelta(days=days)) for days in (20, -20, -300))


class Told(Recorded):
    """One that keeps what it is told."""

    def __init__(self, answers):
        super().__init__(answers)
        self.told = []

    def post(self, path, body):
        self.told.append((path, body))


def _key(value, alias, expires=None, **mark):
    return {
        "token": sha256(value),
        "key_alias": alias,
        "models": ["no-default-models"],
        "allowed_routes": ["llm_api_routes"],
        "object_permission": {"mcp_servers": ["mcp-lan-no-server"]},
        "metadata": {"mcp_lan": {"owner": "mcp_lan.litellm", "policy": {}, **mark}},
        "created_at": written(NOW - timedelta(days=10)),
        "expires": expires,
    }


def _planned(entry, *keys):
    gateway = Told({"/key/list": {"keys": list(keys)}, "/key/info": {"info": {"spend": 0.0}}})
    engine = Reconciler(gateway, version="1.77.3", values={"k": VALUE}, minted={"k": sha256(VALUE)})
    (step,) = engine.plan({"key": [{"name": "k", **entry}]})
    return engine, step


@pytest.mark.parametrize(
    ("entry", "expires", "mark", "changes"),
    [
        ({"duration": "30d"}, LATER, {"duration": "30d"}, []),
        ({"duration": "30d"}, PAST, {"duration": "30d"}, []),
        ({"duration": "30d"}, None, {"duration": "30d"}, ["duration"]),  # minted, and then the run broke
        ({"duration": "60d"}, LATER, {"duration": "30d"}, ["duration"]),
        ({"expires": LATER}, LATER, {}, []),
        ({"expires": LATER}, None, {}, ["expires"]),
        ({"expires": LATER}, PAST, {}, ["expires"]),
        ({"expires": PAST}, LATER, {}, ["expires"]),
        ({"expires": LONG_PAST}, PAST, {}, []),  # it was past when it was set, which is then the time
    ],
)
def test_what_a_key_lacks_of_its_end_is_a_difference(entry, expires, mark, changes):
    _engine, step = _planned(entry, _key(VALUE, "k", expires, **mark))
    assert step.changes == changes and not step.error


def test_a_lifetime_that_was_not_set_is_set_and_one_that_had_begun_goes_on():
    for earlier, least, most in (([], 30, 30), ([_key(EARLIER, aside("k", sha256(EARLIER)), LATER)], 19.9, 20)):
        minted = {"generation": 2, "minted": written(NOW), "duration": "30d", "carried": {sha256(EARLIER)[:8]: 0.0}}
        engine, step = _planned({"duration": "30d"}, _key(VALUE, "k", **minted), *earlier)
        engine._write(step)
        path, body = engine.client.told[0]
        assert (path, body["key"]) == ("/key/update", sha256(VALUE))
        seconds = int(body["duration"].removesuffix("d")) * 86400 if body["duration"].endswith("d") else None
        seconds = seconds or int(body["duration"].removesuffix("s"))
        assert least * 86400 <= seconds <= most * 86400


def test_what_an_earlier_value_has_spent_since_the_list_is_counted_before_it_goes():
    earlier = {**_key(EARLIER, aside("k", sha256(EARLIER))), "spend": 1.0}
    engine, step = _planned({}, _key(VALUE, "k", generation=2, minted=written(NOW), revokes=True), earlier)
    engine.client.answers["/key/info"] = {"info": {"spend": 3.0}}
    engine._write(step)
    (_path, body), *_more = engine.client.told
    assert body["spend"] == 6.0 and body["metadata"]["mcp_lan"]["carried"] == {sha256(EARLIER)[:8]: 3.0}


def test_a_key_of_this_name_that_was_made_by_hand_gets_a_successor():
    by_hand = {**_key("sk-of-somebody", "k"), "metadata": {}}
    engine, step = _planned({}, by_hand)
    assert "value" in step.changes
    engine._write(step)
    assert "/key/generate" in [path for path, _body in engine.client.told]
