# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking all of it away: it is said first what that is, the data stays until told otherwise, and can be had back."""

from __future__ import annotations

import docker
import pytest

pytestmark = pytest.mark.slow


def test_all_goes_and_the_data_stays(site):
    first = site.run()
    assert first.status == 0, first.output[-3000:]
    network = f"{site.prefix}-litellm-net"
    values = {name: site.store.get("keys", name) for name in site.store.names("keys")}
    before = site.footprint()

    expected = site.run("--check", playbook="remove")
    assert expected.status == 0, expected.output[-3000:]
    assert site.footprint() == before
    for name in (*site.containers(), network, f"{site.output}/etc/litellm"):
        assert name in expected.output

    api = docker.from_env()
    image = api.containers.get(f"{site.prefix}-front-door").image.id
    beside = api.containers.run(
        image, ["1000"], entrypoint=["sleep"], name="mcp-lan-test-beside", network=network, detach=True
    )
    try:
        removed = site.run(playbook="remove")
        assert removed.status == 0, removed.output[-3000:]
        beside.reload()
        assert beside.status == "running" and network in beside.attrs["NetworkSettings"]["Networks"]
    finally:
        beside.remove(force=True)
    left = site.footprint()
    assert (left["containers"], left["networks"], left["volumes"]) == ({}, [network], before["volumes"])
    assert [path for path in left["files"] if path.startswith("etc/")] == ["etc/compose.yaml"], left["files"].keys()
    assert {name: site.store.get("keys", name) for name in values} == values
    for said in (
        f"networks that stay: {network}",
        f"volumes that stay: {site.prefix}-postgresql-data",
        "The store of keys and secrets stays",
    ):
        assert said in removed.output, removed.output[-3000:]

    assert network in site.run(playbook="remove").output  # now that nothing else is on it
    assert site.footprint()["networks"] == []
    again = site.run(playbook="remove")
    assert again.status == 0 and again.changed == [], again.output[-3000:]

    back = site.run()
    assert back.status == 0, back.output[-3000:]
    assert {name: site.store.get("keys", name) for name in values} == values and site.unknown_keys() == []


def test_the_data_and_the_store_go_when_told(site):
    removed = site.run("-e", "remove_data=true", "-e", "remove_store=true", playbook="remove")
    assert removed.status == 0, removed.output[-3000:]
    left = site.footprint()
    assert (left["containers"], left["networks"], left["volumes"]) == ({}, [], [])
    assert not [path for path in left["files"] if path.startswith(("etc/", "store"))], left["files"].keys()
