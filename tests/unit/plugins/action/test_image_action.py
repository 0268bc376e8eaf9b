# What the action plugin image works out: versions, references, tags, and what is refused before a host is asked.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.mcp_lan.litellm.plugins.action import image
from ansible_collections.mcp_lan.litellm.plugins.action.image import ActionModule, digest_of, files_of, load


def complete(context: Path, **given: Any) -> dict[str, Any]:
    return ActionModule.complete({"name": "thing", **given}, load(context), context)


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """An image's folder with two versions, one of them published."""
    folder = tmp_path / "thing"
    folder.mkdir()
    (folder / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    (folder / "image.yml").write_text(
        "name: thing\nbase: true\nversion: '2'\nversion_arg: THING\n"
        "versions:\n  1: {}\n  2: {pull: docker.io/thing:2}\n"
    )
    return folder


@pytest.mark.parametrize("path", sorted(image.IMAGES.glob("*/image.yml")), ids=lambda path: path.parent.name)
def test_every_image_of_the_collection_has_a_sound_definition(path: Path) -> None:
    definition = load(path.parent)
    assert definition["name"] == path.parent.name
    assert definition["version"] in definition["versions"]
    assert (path.parent / "Dockerfile").exists() or (path.parent / "build.sh").exists()


def test_the_default_version_and_its_reference(context: Path) -> None:
    made = complete(context)
    assert (made["version"], made["pull"], made["args"]) == ("2", "docker.io/thing:2", {"THING": "2"})
    assert made["tag"].startswith("2-")
    assert made["base_tag"].startswith("trixie-")


def test_a_version_without_a_lock_names_those_with_one(context: Path) -> None:
    with pytest.raises(AnsibleActionFail, match=r"thing 3 is not a version .* locks for 1, 2\."):
        complete(context, version="3")


def test_versions_are_named_in_their_order(context: Path) -> None:
    (context / "locks").mkdir()
    for version in ("1.108.7", "1.77.3", "1.9.0"):
        (context / f"locks/{version}.txt").write_text("")
    with pytest.raises(AnsibleActionFail, match=r"locks for 1, 1\.9\.0, 1\.77\.3, 1\.108\.7, 2\."):
        complete(context, version="3")


def test_a_version_without_a_lock_can_be_pulled_only(context: Path) -> None:
    made = complete(context, version="3", pull="docker.io/thing@sha256:0")
    assert (made["source"], made["pull"]) == ("pull", "docker.io/thing@sha256:0")
    with pytest.raises(AnsibleActionFail):
        complete(context, version="3", pull="docker.io/thing:3", source="build")


def test_what_nobody_publishes_is_built(context: Path) -> None:
    assert complete(context, version="1", source="pull")["source"] == "build"
    assert complete(context, version="2", source="pull")["source"] == "pull"


def test_a_digest_is_never_built_in_its_place(context: Path) -> None:
    digest = "registry.lan/thing@sha256:" + "0" * 64
    assert complete(context, pull=digest)["source"] == "pull"
    assert complete(context, pull="registry.lan/thing:1")["source"] == "auto"


def test_malicious_releases_are_refused_before_a_host_is_asked(context: Path) -> None:
    with pytest.raises(AnsibleActionFail, match="malicious"):
        complete(context, pull="docker.io/litellm/litellm:v1.82.8")


def test_the_tag_is_the_folders_content(context: Path) -> None:
    before = complete(context)["tag"]
    (context / "README.md").write_text("not part of the image")
    assert complete(context)["tag"] == before
    (context / "more").write_text("x")
    after = complete(context)["tag"]
    assert after != before
    (context / "more").chmod(0o755)
    assert complete(context)["tag"] != after


@pytest.mark.parametrize("change", [{"version": "1"}, {"args": {"MORE": "1"}}, {"base": "debian:other"}])
def test_the_tag_is_the_arguments_and_the_base(context: Path, change: dict[str, Any]) -> None:
    assert complete(context, **change)["tag"] != complete(context)["tag"]


def test_another_version_is_a_lock_more_and_changes_no_tag(context: Path) -> None:
    (context / "locks").mkdir()
    (context / "locks/3.txt").write_text("thing==3\n")
    before = complete(context, version="3")
    assert before["args"] == {"THING": "3"} and before["pull"] is None
    (context / "locks/4.txt").write_text("thing==4\n")
    assert complete(context, version="3")["tag"] == before["tag"]
    assert [path.name for path in files_of(context, "4")] == ["Dockerfile", "4.txt"]
    (context / "locks/3.txt").write_text("thing==3\nmore==1\n")
    assert complete(context, version="3")["tag"] != before["tag"]


def test_a_name_moved_between_files_is_another_digest(tmp_path: Path) -> None:
    for name, files in (("a", {"x": "1", "y": "2"}), ("b", {"x": "2", "y": "1"})):
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    assert digest_of(tmp_path / "a", "1") != digest_of(tmp_path / "b", "1")


def test_the_base_image_has_one_tag_wherever_it_is_worked_out(context: Path) -> None:
    base = image.IMAGES / "base"
    assert ActionModule.complete({"name": "base"}, load(base), base)["tag"] == complete(context)["base_tag"]


def test_an_unknown_image_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail, match=r"the collection's images are acme, base, .*postgresql"):
        load(tmp_path)
