# SPDX-License-Identifier: GPL-3.0-or-later
"""Several images in one task on a real engine: beside each other, each said, and one that fails ends none."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import docker
import pytest
import yaml
from plays import run_playbook

NAME = "mcp-lan-test-images"
DOCKERFILE = """
ARG BASE
FROM ${BASE}
USER root
RUN date +%s.%N > /began; sleep 3; date +%s.%N > /ended
"""


@pytest.fixture
def api(engine):
    api = docker.from_env()
    yield api
    for image in api.images.list(filters={"reference": f"{NAME}/*"}):
        api.images.remove(image.id, force=True)


@pytest.fixture
def contexts(tmp_path, images) -> list[dict]:
    """Two images that take some seconds each; whichever way they are made, nothing of them is kept."""
    found = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "Dockerfile").write_text(DOCKERFILE)
        (folder / "image.yml").write_text(f"name: {name}\nbase: true\nversion: '1'\nversions: {{1: {{}}}}\n")
        base = images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"]
        found.append(
            {"name": name, "context": str(folder), "repository": f"{NAME}/{name}", "base": base, "rebuild": True}
        )
    return found


def have(folder: Path, images: list[dict], *options: str) -> tuple[dict, str]:
    """What the task returned, and what a person saw."""
    done = folder / "done.json"
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [
            {"mcp_lan.litellm.image": {"images": images}, "register": "done", "ignore_errors": True},
            {
                "ansible.builtin.copy": {"content": "{{ done | to_json }}", "dest": str(done), "mode": "0600"},
                "check_mode": False,
            },
        ],
    }
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([play]))
    output = run_playbook("-i", "localhost,", str(path), *options)
    return json.loads(done.read_text()), output


def times(api, reference: str) -> tuple[float, float]:
    output = api.containers.run(reference, entrypoint=["cat", "/began", "/ended"], remove=True)
    began, ended = output.decode().split()
    return float(began), float(ended)


def test_they_are_built_beside_each_other_and_said(api, contexts, tmp_path):
    would, _output = have(tmp_path, contexts, "--check")
    assert would["changed"] and not api.images.list(filters={"reference": f"{NAME}/*"})
    made, output = have(tmp_path, contexts)
    assert made["changed"]
    assert [one["source_used"] for one in made["images"]] == ["build", "build"]
    assert "images to pull or build on localhost: one, two ..." in output
    assert "image 1 of 2, " in output and "image 2 of 2, " in output
    first, second = (times(api, one["image"]) for one in made["images"])
    assert first[0] < second[1] and second[0] < first[1], "one waited for the other"
    kept = [{**one, "rebuild": False} for one in contexts]
    again, output = have(tmp_path, kept)
    assert not again["changed"] and not again.get("failed"), again
    assert "to pull or build" not in output
    assert [one["image"] for one in again["images"]] == [one["image"] for one in made["images"]]


def test_one_that_fails_is_said_and_the_others_are_there(api, contexts, tmp_path):
    (tmp_path / "one/Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nRUN echo no good >&2; false\n")
    made, _output = have(tmp_path, contexts)
    assert made["failed"] and f"Building {NAME}/one:1-" in made["msg"] and "no good" in made["msg"]
    assert len(api.images.list(filters={"reference": f"{NAME}/two"})) == 1
