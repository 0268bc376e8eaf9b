# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys are rotated by real runs of Ansible: what is due and nothing else, and by one of two runs at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import moment, sha256, written
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore


@pytest.fixture
def rotating(play, own, tmp_path):
    """Runs of an inventory with two keys, of which one is due a day later; gives the result of the one task."""
    keys = [{"name": f"{own}{name}", "rotate": {"after": after}} for name, after in (("a", "30d"), ("b", "31d"))]

    def run(**options):
        return play([{"name": "State", "mcp_lan.litellm.gateway_state": {"keys": keys}}], **options)["State"]

    run.names = [one["name"] for one in keys]
    run.store = FileStore(str(tmp_path / "store"))
    run()
    return run


@pytest.fixture
def generations(client, rotating):
    """The keys' raw objects at the gateway, by the key's name."""

    def look() -> dict[str, list[dict]]:
        found = client.pages("/key/list", "keys", "page", "size", return_full_object="true")
        named = {name: [] for name in rotating.names}
        for one in found:
            named.get((one["key_alias"] or "").split(".replaced-")[0], []).append(one)
        return named

    return look


@pytest.fixture
def days_pass(client, generations):
    """All values become older by so much, which is what a moved clock would find."""

    def age(days: int) -> None:
        for one in (one for several in generations().values() for one in several):
            mark = one["metadata"]["mcp_lan"]
            mark["minted"] = written(moment(mark["minted"]) - timedelta(days=days))
            client.post("/key/update", {"key": one["token"], "metadata": one["metadata"]})

    return age


def test_what_is_due_is_rotated_and_nothing_else_is_written(rotating, days_pass, proxy):
    def rotated() -> list[str]:
        before = {name: rotating.store.get("keys", name) for name in rotating.names}
        proxy.reset()
        result = rotating(api_url=proxy.url)
        found = [name for name in rotating.names if rotating.store.get("keys", name) != before[name]]
        assert result["changed"] is bool(found)
        assert any(method != "GET" for method, _path in proxy.seen) is bool(found), proxy.seen
        return found

    first, second = rotating.names
    for days, due in ((29, []), (1, [first]), (0, []), (1, [second]), (0, [])):
        days_pass(days)
        assert rotated() == due


def test_of_two_runs_at_once_one_waits_and_no_key_is_doubled(rotating, generations, days_pass):
    before = {name: rotating.store.get("keys", name) for name in rotating.names}
    days_pass(31)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _number: rotating(fails=True), range(2)))
    # The second one finds what the first one did; if that took longer than it waits, it says so.
    done = [one for one in results if "Another run holds the store" not in one.get("msg", "")]
    assert not [one["msg"] for one in done if one.get("failed")]
    assert [one["changed"] for one in done].count(True) == 1
    for name, current in generations().items():
        value = rotating.store.get("keys", name)
        assert {one["token"] for one in current} == {sha256(before[name]), sha256(value)} and len(current) == 2
        assert [one["metadata"]["mcp_lan"]["generation"] for one in current if one["key_alias"] == name] == [2]
    assert rotating.store.names("successors") == []
    assert rotating()["changed"] is False
