# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing many objects: so many in a request, one failure keeps no other, and what others have of them goes first."""

from __future__ import annotations

import time

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import reconciler as engines
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Field, Resource


class Box(Resource):
    kind = "box"
    plural = "boxes"
    title = "box"
    removed_at_once = 3
    fields = {"name": Field("Its name.", required=True)}

    def __init__(self, names):
        self.current = list(names)
        self.requests = []
        self.fail = set()
        self.released = []

    def list(self, ctx, names=None):
        return [{"name": name} for name in self.current]

    def identify(self, raw):
        return raw["name"], "id-" + raw["name"]

    def observe(self, ctx, raw):
        return {}

    def create(self, ctx, *_rest):
        raise AssertionError("boxes are removed here, and only together")

    update = delete = create

    def release(self, ctx, current):
        self.released.append([one.name for one in current])
        if "release" in self.fail:
            raise ApiError("it cannot be let go.")

    def delete_together(self, ctx, current):
        names = [one.name for one in current]
        self.requests.append(names)
        if self.fail.intersection(names):
            raise ApiError("it is held fast.")
        self.current = [name for name in self.current if name not in names]


@pytest.fixture
def box(monkeypatch):
    box = Box("abcdefgh")
    monkeypatch.setattr(engines, "KINDS", {"box": box})
    monkeypatch.setattr(engines, "ORDER", ("box",))
    return box


def _remove(names, workers=1):
    engine = engines.Reconciler(client=None, version="1.77.3", workers=workers)
    steps = engine.plan({"box": [{"name": name, "state": "absent"} for name in names]})
    engine.apply(steps)
    return {step.name: step for step in steps}


def test_so_many_go_in_one_request(box):
    steps = _remove("abcdefg")
    assert {step.action for step in steps.values()} == {"removed"}
    assert [len(names) for names in box.requests] == [3, 3, 1]
    assert box.current == ["h"]
    assert box.released == [list("abcdefg")]


def test_one_failure_keeps_no_other(box):
    box.fail = {"b"}
    steps = _remove("abcd")
    assert {name for name, step in steps.items() if step.action == "removed"} == set("acd")
    assert steps["b"].action == "failed" and "held fast" in steps["b"].error


def test_what_others_still_have_is_not_removed(box):
    box.fail = {"release"}
    steps = _remove("ab")
    assert {step.action for step in steps.values()} == {"failed"} and "let go" in steps["a"].error
    assert box.requests == []


@pytest.mark.parametrize(("one_by_one", "at_a_time"), [(True, 1), (False, 3)])
def test_a_kind_of_which_the_gateway_mixes_writes_up_is_written_one_by_one(box, monkeypatch, one_by_one, at_a_time):
    monkeypatch.setattr(Box, "one_by_one", one_by_one)
    monkeypatch.setattr(Box, "removed_at_once", 1)
    busy, most = [], []
    gone = box.delete_together

    def slowly(ctx, current):
        busy.append(current)
        time.sleep(0.1)
        most.append(len(busy))
        busy.remove(current)
        gone(ctx, current)

    monkeypatch.setattr(box, "delete_together", slowly)
    assert {step.action for step in _remove("abc", workers=3).values()} == {"removed"}
    assert max(most) == at_a_time


@pytest.mark.parametrize(("times", "actions"), [(1, {"removed"}), (2, {"removed"}), (3, {"failed"})])
def test_what_the_running_gateway_brings_back_is_removed_again(box, monkeypatch, times, actions):
    monkeypatch.setattr(Box, "one_by_one", True)
    monkeypatch.setattr(engines, "PAUSES", (0, 0))
    brought_back = [["b"]] * times
    gone = box.delete_together

    def and_back(ctx, current):
        gone(ctx, current)
        box.current += brought_back.pop() if brought_back and any(one.name == "b" for one in current) else []

    monkeypatch.setattr(box, "delete_together", and_back)
    steps = _remove("ab")
    assert steps["a"].action == "removed" and {steps["b"].action} == actions


class Label(Box):
    kind = "label"
    plural = "labels"
    title = "label"
    reads = ("box",)
    fields = {"name": Field("Its name.", required=True), "box": Field("On which it is.", refers_to="box", default="")}

    def __init__(self, on):
        super().__init__(["l"])
        self.on = on

    def observe(self, ctx, raw):
        return {"box": self.on}

    def update(self, ctx, current, desired, changes):
        if "l" in self.fail:
            raise ApiError("it sticks.")
        self.on = desired["box"]


@pytest.mark.parametrize("purge", [True, False])
def test_what_has_to_be_given_up_first_is_kept_where_that_failed(monkeypatch, purge):
    """LiteLLM removes the keys of a team with it."""
    boxes = Box(["old", "new"])
    label = Label("old")
    monkeypatch.setattr(engines, "KINDS", {"box": boxes, "label": label})
    monkeypatch.setattr(engines, "ORDER", ("box", "label"))
    monkeypatch.setattr(Box, "mark", lambda self, raw: {"owner": "mcp_lan.litellm"})
    entries = {"box": [{"name": "new"}], "label": [{"name": "l", "box": "new"}]}
    if not purge:
        entries["box"].append({"name": "old", "state": "absent"})

    def apply():
        engine = engines.Reconciler(client=None, version="1.77.3")
        steps = engine.plan(entries, ["box"] if purge else ())
        engine.apply(steps)
        return {step.name: (step.action, step.error, step.code) for step in steps if step.action != "unchanged"}

    label.fail = {"l"}
    assert apply() == {
        "l": ("failed", "it sticks.", "api_unreachable"),
        "old": ("failed", "not removed, because label 'l' failed, and still has it.", "dependency_failed"),
    }
    assert boxes.current == ["old", "new"]
    label.fail = set()
    assert apply() == {"l": ("changed", None, None), "old": ("removed", None, None)}
    assert boxes.current == ["new"]
