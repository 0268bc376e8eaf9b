# SPDX-License-Identifier: GPL-3.0-or-later
"""A credential whose writing and the gateway's own reading of its database crossed: the list shows what was before."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import reconciler as engines

WANTED = {"name": "a", "values": {"api_key": "second"}, "info": {}}


class Crossing:
    """What LiteLLM keeps in its database, and a list that was read before a write and set after it.

    The real one does this when a write falls between two lines of its own, which no request can bring about.
    """

    def __init__(self, there, reads_again_after):
        self.database = dict(there)
        self.shown = dict(there)
        self.crossed = reads_again_after
        self.created = 0

    def get(self, path, **_):
        assert path == "/credentials"
        if not self.crossed:
            self.shown = dict(self.database)
        self.crossed = max(0, self.crossed - 1)
        return {"credentials": list(self.shown.values())}

    def post(self, path, body):
        assert path == "/credentials"
        if body["credential_name"] in self.database:
            raise ApiError("Unique constraint failed on the fields: (`credential_name`)", status=500)
        self.database[body["credential_name"]] = body
        self.created += 1

    def delete(self, path):
        self.database.pop(path.rpartition("/")[2])


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(engines, "PAUSES", (0, 0, 0))


def run(client, wanted):
    engine = engines.Reconciler(client=client, version="1.77.3", workers=1)
    steps = engine.plan({"credential": [wanted]})
    engine.apply(steps)
    return steps[0]


@pytest.mark.parametrize("crossed", [1, 2, 3])
def test_a_change_that_the_list_does_not_show_yet_is_no_failure(crossed):
    client = Crossing({}, 0)
    assert run(client, {**WANTED, "values": {"api_key": "first"}}).action == "created"
    client.crossed = crossed
    step = run(client, WANTED)
    assert (step.action, step.error) == ("changed", None)
    assert client.database["a"]["credential_values"] == {"api_key": "second"}


@pytest.mark.parametrize("crossed", [1, 2, 3])
def test_a_credential_that_the_list_does_not_show_yet_is_made_once(crossed):
    client = Crossing({}, crossed)
    step = run(client, WANTED)
    assert (step.action, step.error, client.created) == ("created", None, 1)


def test_one_that_is_never_shown_is_a_failure():
    step = run(Crossing({}, 99), WANTED)
    assert step.action == "failed"
