# SPDX-License-Identifier: GPL-3.0-or-later
"""Images pulled from a real registry with TLS and a login, and what a person is told when one cannot be."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import docker
import pytest
import yaml
from plays import run_playbook
from registry import Registry, registry, small_image

NOWHERE = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def made(engine, tmp_path_factory):
    """A registry with two images, thing:1 (3 MB) and thing:2, and an index of both, thing:index."""
    folder = tmp_path_factory.mktemp("registry")
    with registry(folder) as made:
        api = docker.from_env()
        made.digests = {}
        for tag, size in (("1", 3_000_000), ("2", 100)):
            local = f"mcp-lan-test-pulled:{tag}"
            small_image(folder, local, size)
            made.digests[tag] = made.push(local, f"thing:{tag}")
            api.images.remove(local)
        made.digests["index"] = made.index("thing:index", made.digests["1"], made.digests["2"])
        yield made


@pytest.fixture(autouse=True)
def forgotten(made):
    """None of it is on the engine before and after a test."""
    yield
    api = docker.from_env()
    for image in api.images.list():
        if any(one.startswith(made.address) for one in [*image.tags, *(image.attrs.get("RepoDigests") or [])]):
            api.images.remove(image.id, force=True)


@pytest.fixture
def context(tmp_path: Path, images) -> dict:
    """An image that can be built as well."""
    folder = tmp_path / "thing"
    folder.mkdir()
    (folder / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    (folder / "image.yml").write_text("name: thing\nbase: true\nversion: '1'\nversions: {1: {}}\n")
    base = images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"]
    return {"name": "thing", "context": str(folder), "repository": "mcp-lan-test-built/thing", "base": base}


def have(folder: Path, made: Registry, image: dict, *, logged_in: bool = True) -> dict:
    """What the task returned."""
    done = folder / "done.json"
    config = made.client_config if logged_in else folder
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "environment": {"DOCKER_CONFIG": str(config)},
        "tasks": [
            {"mcp_lan.litellm.image": image, "register": "done", "ignore_errors": True},
            {"ansible.builtin.copy": {"content": "{{ done | to_json }}", "dest": str(done), "mode": "0600"}},
        ],
    }
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([play]))
    run_playbook("-i", "localhost,", str(path))
    return json.loads(done.read_text())


@pytest.mark.parametrize("source", ["auto", pytest.param("pull", marks=pytest.mark.slow)])
def test_a_tag(made, context, tmp_path, source):
    wanted = context | {"source": source, "pull": f"{made.address}/thing:1", "signature": {"key": "/k.pub"}}
    first = have(tmp_path, made, wanted)
    assert first["changed"] and first["source_used"] == "pull" and first["image"] == wanted["pull"]
    assert "its signature was not checked" in first["signature"]
    again = have(tmp_path, made, wanted)
    assert not again["changed"] and again["image_id"] == first["image_id"]


@pytest.mark.parametrize("form", ["thing@{1}", pytest.param("thing:index@{index}", marks=pytest.mark.slow)])
def test_a_digest_of_an_image_or_an_index(made, context, tmp_path, form):
    """Whatever the tag has become: the index names thing:1 for this kind of processor."""
    reference = f"{made.address}/" + form.replace("{1}", made.digests["1"]).replace("{index}", made.digests["index"])
    first = have(tmp_path, made, context | {"pull": reference})
    assert first["changed"] and first["source_used"] == "pull", first
    assert docker.from_env().images.get(first["image"]).attrs["Size"] > 2_000_000
    again = have(tmp_path, made, context | {"pull": reference})
    assert not again["changed"] and again["image_id"] == first["image_id"]


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("thing:none", "{registry} has no such tag. Correct the reference"),
        pytest.param(
            f"thing@{NOWHERE}", "{registry} has no such digest. Correct the reference", marks=pytest.mark.slow
        ),
    ],
)
def test_what_the_registry_does_not_have(made, context, tmp_path, reference, sentence):
    failed = have(tmp_path, made, context | {"source": "pull", "pull": f"{made.address}/{reference}"})
    assert failed["failed"]
    said = f"Pulling {made.address}/{reference} failed: {sentence.format(registry=made.address)}. The engine says: "
    assert failed["msg"].startswith(said), failed["msg"]


def test_a_digest_that_is_not_there_is_not_built_instead(made, context, tmp_path):
    failed = have(tmp_path, made, context | {"source": "auto", "pull": f"{made.address}/thing@{NOWHERE}"})
    assert failed["failed"] and "no such digest" in failed["msg"]


def test_a_tag_that_is_not_there_is_built_and_said(made, context, tmp_path):
    built = have(tmp_path, made, context | {"source": "auto", "pull": f"{made.address}/thing:none"})
    assert built["source_used"] == "build" and "has no such tag" in built["note"]
    docker.from_env().images.remove(built["image"])


def test_a_login_that_is_missing_or_wrong(made, context, tmp_path):
    wanted = context | {"source": "pull", "pull": f"{made.address}/thing:1"}
    failed = have(tmp_path, made, wanted, logged_in=False)
    assert f"Log in on the host with `docker login {made.address}`" in failed["msg"]
    config = made.client_config / "config.json"
    kept = config.read_text()
    config.write_text(kept.replace('"auth": "', '"auth": "bm9ib2R5Om5vdGhpbmc=", "was": "'))
    try:
        failed = have(tmp_path, made, wanted)
    finally:
        config.write_text(kept)
    assert f"{made.address} wants a login, or does not take the one it was shown" in failed["msg"]


@pytest.mark.slow
def test_a_certificate_that_the_engine_does_not_know(made, context, tmp_path):
    made.trusted(False)
    try:
        failed = have(tmp_path, made, context | {"source": "pull", "pull": f"{made.address}/thing:1"})
    finally:
        made.trusted()
    assert f"Put its authority into /etc/docker/certs.d/{made.address}/ca.crt on the host" in failed["msg"]


@pytest.mark.slow
def test_a_registry_that_sends_something_else(made, context, tmp_path):
    largest = made.blobs()[0]
    kept = largest.read_bytes()
    largest.write_bytes(kept[:1000] + bytes([kept[1000] ^ 1]) + kept[1001:])
    try:
        failed = have(tmp_path, made, context | {"source": "pull", "pull": f"{made.address}/thing:1"})
    finally:
        largest.write_bytes(kept)
    assert f"{made.address} broke off, or sent something else than what it promised" in failed["msg"]
    with pytest.raises(docker.errors.ImageNotFound):
        docker.from_env().images.get(f"{made.address}/thing:1")


def test_a_registry_that_is_gone(made, context, tmp_path):
    made.stop()
    try:
        failed = have(tmp_path, made, context | {"source": "pull", "pull": f"{made.address}/thing:1"})
    finally:
        made.start()
    assert f"{made.address} does not answer the host" in failed["msg"]


@pytest.mark.slow  # the engine tries five times, each after a longer pause
def test_a_registry_that_stops_in_the_middle(made, context, tmp_path):
    made.relay.cut_after = 100_000
    try:
        failed = have(tmp_path, made, context | {"source": "pull", "pull": f"{made.address}/thing:1"})
    finally:
        made.relay.cut_after = None
    assert f"{made.address} broke off, or sent something else than what it promised" in failed["msg"]
