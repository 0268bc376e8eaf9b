# The decisions of the module image: take what is there, pull, build, or say why not.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.image_build import ImageError
from ansible_collections.mcp_lan.litellm.plugins.modules import image

BUILT = "mcp-lan/thing:1-abc"
PULLED = "docker.io/thing:1"


class FakeEngine:
    """The engine's images, and whether a registry answers."""

    def __init__(self, here: dict[str, str] | None = None, registry: bool = False) -> None:
        self.here = here or {}
        self.registry = registry

    def image_id(self, reference: str) -> str | None:
        return self.here.get(reference)

    def pull_signed(self, reference: str, signature: dict[str, str]) -> tuple[str | None, str]:
        if not self.registry:
            return f"Pulling {reference} failed: no such host", ""
        self.here[reference] = "sha256:pulled"
        return None, "it is signed as it has to be" if signature else ""


@pytest.fixture(autouse=True)
def building(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        image, "build", lambda engine, module, reference: engine.here.update({reference: "sha256:built"})
    )


def ensure(engine: FakeEngine, check: bool = False, **params: Any) -> dict[str, Any]:
    given = {
        "name": "thing", "repository": None, "tag": "1-abc", "pull": PULLED, "source": "auto", "rebuild": False,
        "archive": "/tmp/x.tar", "signature": None, **params,
    }  # fmt: skip
    return image.ensure(engine, SimpleNamespace(params=given, check_mode=check))  # type: ignore[arg-type]


@pytest.mark.parametrize(("reference", "source"), [(BUILT, "build"), (PULLED, "pull")])
def test_what_is_there_is_used(reference: str, source: str) -> None:
    made = ensure(FakeEngine({reference: "sha256:1"}))
    assert made == {"changed": False, "image": reference, "image_id": "sha256:1", "source_used": source}


def test_a_source_that_was_asked_for_is_kept_to() -> None:
    made = ensure(FakeEngine({PULLED: "sha256:1"}), source="build")
    assert (made["image"], made["changed"]) == (BUILT, True)


def test_auto_pulls_where_a_registry_answers() -> None:
    made = ensure(FakeEngine(registry=True))
    assert (made["image"], made["source_used"], made["changed"]) == (PULLED, "pull", True)


def test_what_was_seen_of_the_signature_is_returned() -> None:
    assert "signature" not in ensure(FakeEngine(registry=True))
    assert ensure(FakeEngine(registry=True), signature={"key": "k"})["signature"] == "it is signed as it has to be"


def test_auto_asks_for_the_folder_and_says_why_it_builds() -> None:
    made = ensure(FakeEngine(), archive=None)
    assert made["needs_archive"]
    assert "no such host" in made["note"]


def test_pull_fails_with_what_to_do() -> None:
    with pytest.raises(ImageError, match="no such host"):
        ensure(FakeEngine(), source="pull")


@pytest.mark.parametrize(("source", "expected"), [("auto", "pull"), ("pull", "pull"), ("build", "build")])
def test_check_mode_does_nothing(source: str, expected: str) -> None:
    engine = FakeEngine(registry=True)
    made = ensure(engine, check=True, source=source)
    assert (made["changed"], made["source_used"], made["image_id"]) == (True, expected, "")
    assert engine.here == {}


def test_a_rebuild_that_makes_the_same_image_is_no_change() -> None:
    assert ensure(FakeEngine({BUILT: "sha256:built"}), source="build", rebuild=True)["changed"] is False
    assert ensure(FakeEngine({BUILT: "sha256:older"}), source="build", rebuild=True)["changed"] is True
