# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever breaks at any request, the next run ends where an undisturbed one does, and nothing is doubled."""

from __future__ import annotations

import contextlib
import multiprocessing

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import client as http
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import new_secret

# After an answer that was lost nobody knows whether the request was done: that one is tried always.
FAULTS = ["lost", *(pytest.param(one, marks=pytest.mark.slow) for one in ("500", "reset", "killed"))]


def _entries(own: str, big: bool) -> dict[str, list[dict]]:
    """Two states; from one to the other everything is changed, one thing made and one removed."""
    budget = {"max": 2.0 if big else 1.0}
    url = "http://two.invalid/mcp" if big else "http://one.invalid/mcp"
    states = ("present", "absent") if big else ("absent", "present")
    return {
        "mcp_server": [{"name": f"{own}s", "url": url}],
        "team": [{"name": f"{own}t", "budget": budget, "mcp": {f"{own}s": ["*"]}}],
        "key": [
            {"name": f"{own}k", "team": f"{own}t", "mcp": {f"{own}s": ["a", "b"] if big else ["a"]}, "budget": budget},
            {"name": f"{own}here", "state": states[0]},
            {"name": f"{own}gone", "state": states[1]},
        ],
    }


class Runs:
    def __init__(self, proxy, own, master_key):
        self.proxy = proxy
        self.own = own
        self.master_key = master_key
        self.values = {f"{own}{name}": new_secret("sk-") for name in ("k", "here", "gone")}

    def run(self, big: bool) -> list:
        client = http.Client(self.proxy.url, self.master_key, retries=0, connections=1)
        try:
            engine = Reconciler(client, workers=1, values=self.values)
            steps = engine.plan(_entries(self.own, big))
            engine.apply(steps)
            return steps
        finally:
            client.close()

    def broken(self, fault: str, at: int, run) -> None:
        """Run with this fault at one request; "killed" ends a process of its own when the gateway has got it."""
        self.proxy.reset(lambda number, method, path: fault if number == at else None)
        if fault == "killed":
            process = multiprocessing.get_context("fork").Process(target=run, daemon=True)
            self.proxy.kill = process.kill
            process.start()
            process.join(120)
            assert process.exitcode == (-9 if len(self.proxy.seen) > at else 0)
        else:
            with contextlib.suppress(http.ApiError):  # it may break where nothing has been planned yet
                run()
        self.proxy.reset()

    def keys(self) -> dict[str, list[str]]:
        """The tokens of this test's keys by name: one each, or something was doubled."""
        client = http.Client(self.proxy.url, self.master_key)
        found: dict[str, list[str]] = {}
        for one in client.pages("/key/list", "keys", "page", "size", return_full_object="true"):
            if (one.get("key_alias") or "").startswith(self.own):
                found.setdefault(one["key_alias"], []).append(one["token"])
        return found


@pytest.mark.parametrize("fault", FAULTS)
def test_any_request_may_break(fault, own, proxy, master_key):
    runs = Runs(proxy, own, master_key)
    runs.run(big=False)
    proxy.reset()
    runs.run(big=True)
    requests = len(proxy.seen)
    runs.run(big=False)
    assert requests > 10

    for broken in range(requests):
        big = broken % 2 == 0
        runs.broken(fault, broken, lambda big=big: runs.run(big))
        steps = runs.run(big)
        assert not [step.sentence() for step in steps if step.error], f"after {fault} at request {broken}"
        assert {step.action for step in runs.run(big)} == {"unchanged"}, f"after {fault} at request {broken}"
        names = [f"{own}k", f"{own}here" if big else f"{own}gone"]
        assert runs.keys() == {name: [sha256(runs.values[name])] for name in names}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_replacement_of_a_key_may_break_anywhere(fault, own, proxy, master_key):
    """At no moment is there no key of the name, and the spending of the old one is carried on."""
    runs = Runs(proxy, own, master_key)
    name = f"{own}k"
    entry = {"key": [{"name": name}]}
    client = http.Client(proxy.url, master_key)
    for broken in range(12):
        for token in [token for tokens in runs.keys().values() for token in tokens]:
            client.post("/key/delete", {"keys": [token]})
        client.post("/key/generate", {"key_alias": name, "spend": 2.5})
        runs.values[name] = new_secret("sk-")

        def attempt():
            engine = Reconciler(http.Client(proxy.url, master_key, retries=0), workers=1, values=runs.values)
            steps = engine.plan(entry)
            engine.apply(steps)
            return steps

        runs.broken(fault, broken, attempt)
        assert len(runs.keys()) >= 1
        assert not [step.error for step in attempt() if step.error]
        assert runs.keys() == {name: [sha256(runs.values[name])]}
        (key,) = client.get("/key/list", return_full_object="true", key_alias=name)["keys"]
        assert key["spend"] == 2.5
