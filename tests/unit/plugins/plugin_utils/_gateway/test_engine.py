# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's planning and applying, with two small kinds whose gateway is a dictionary."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import reconciler as engines
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Field, Resource
from hypothesis import given
from hypothesis import strategies as st


class Box(Resource):
    kind = "box"
    plural = "boxes"
    title = "box"
    fields = {
        "name": Field("Its name.", required=True),
        "size": Field("How big.", "int", default=0),
        "colours": Field("Of what colours.", "list", "str", default=[]),
        "note": Field("Left as it is when it is not named."),
        "combination": Field("Not to be shown.", no_log=True, default=""),
    }

    def __init__(self):
        self.current = {}
        self.writes = []
        self.fail = set()
        self.ignore = set()

    def list(self, ctx, names=None):
        return copy.deepcopy(list(self.current.values()))

    def identify(self, raw):
        return raw["name"], raw["id"]

    def observe(self, ctx, raw):
        return {name: raw[name] for name in self.fields if name in raw and name != "name"}

    def create(self, ctx, desired):
        self._write("create", desired["name"])
        if desired["name"] not in self.ignore:
            metadata = {"mcp_lan": {"owner": ctx.owner}}
            self.current[desired["name"]] = {**desired, "id": self.new_id(desired["name"]), "metadata": metadata}

    def update(self, ctx, current, desired, changes):
        self._write("update", desired["name"])
        self.current[desired["name"]].update({name: desired[name] for name in changes})

    def delete(self, ctx, current):
        self._write("delete", current.name)
        del self.current[current.name]

    def _write(self, what, name):
        self.writes.append((what, name))
        if name in self.fail:
            raise ApiError(f"cannot {what} {name}.")


class Label(Box):
    kind = "label"
    plural = "labels"
    title = "label"
    reads = ("box",)
    fields = {
        "name": Field("Its name.", required=True),
        "box": Field("On which box it is.", refers_to="box", default=""),
    }


@pytest.fixture
def kinds(monkeypatch):
    return _kinds(monkeypatch)


def _kinds(monkeypatch):
    kinds = {"box": Box(), "label": Label()}
    monkeypatch.setattr(engines, "KINDS", kinds)
    monkeypatch.setattr(engines, "ORDER", tuple(kinds))
    return kinds


def _run(entries, purge=(), owner="us", check_mode=False):
    engine = engines.Reconciler(client=None, owner=owner, version="1.77.3")
    steps = engine.plan(entries, purge)
    if not check_mode and not any(step.error for step in steps):
        engine.apply(steps)
    return {(step.kind, step.name): step for step in steps}


def test_created_then_unchanged_then_changed_then_removed(kinds):
    assert _run({"box": [{"name": "a", "size": 1}]})["box", "a"].action == "created"
    assert _run({"box": [{"name": "a", "size": 1}]})["box", "a"].action == "unchanged"
    step = _run({"box": [{"name": "a", "size": 2}]})["box", "a"]
    assert (step.action, step.changes, step.before, step.after) == ("changed", ["size"], {"size": 1}, {"size": 2})
    assert _run({"box": [{"name": "a", "state": "absent"}]})["box", "a"].action == "removed"
    assert _run({"box": [{"name": "a", "state": "absent"}]})["box", "a"].action == "unchanged"
    assert kinds["box"].writes == [("create", "a"), ("update", "a"), ("delete", "a")]


def test_check_mode_plans_and_writes_nothing(kinds):
    assert _run({"box": [{"name": "a"}]}, check_mode=True)["box", "a"].action == "created"
    assert kinds["box"].writes == []


def test_what_is_left_out_means_its_default_or_stays(kinds):
    _run({"box": [{"name": "a", "size": 3, "note": "by hand"}]})
    step = _run({"box": [{"name": "a"}]})["box", "a"]
    assert step.changes == ["size"]
    assert kinds["box"].current["a"]["note"] == "by hand"


def test_references_are_written_first_and_removed_last(kinds):
    order = []
    for kind in kinds.values():
        kind.writes = order
    _run({"label": [{"name": "l", "box": "b"}], "box": [{"name": "b"}]})
    gone = [{"name": "l", "state": "absent"}], [{"name": "b", "state": "absent"}]
    _run({"box": gone[1], "label": gone[0]})
    assert order == [("create", "b"), ("create", "l"), ("delete", "l"), ("delete", "b")]


def test_a_reference_to_nothing_is_refused_before_anything_is_written(kinds):
    steps = _run({"label": [{"name": "l", "box": "nowhere"}], "box": [{"name": "b"}]})
    assert steps["label", "l"].error == "there is no box 'nowhere': add it or correct the name."
    assert not kinds["box"].writes and not kinds["label"].writes


def test_a_reference_to_what_is_removed_is_refused(kinds):
    _run({"box": [{"name": "b"}]})
    steps = _run({"label": [{"name": "l", "box": "b"}], "box": [{"name": "b", "state": "absent"}]})
    assert "there is no box 'b'" in steps["label", "l"].error


def test_a_reference_to_what_goes_is_refused_though_it_is_there_by_now(kinds):
    """LiteLLM would remove the keys of a team with it, and what is left is refused by the next run alone."""
    label = {"name": "l", "box": "b"}
    _run({"box": [{"name": "b"}], "label": [label]})
    written = list(kinds["box"].writes)
    for entries, purge in (
        ({"box": [{"name": "b", "state": "absent"}], "label": [label]}, ()),
        ({"box": [], "label": [label]}, ["box"]),
    ):
        steps = _run(entries, purge)
        assert steps["label", "l"].error == "there is no box 'b': add it or correct the name."
    assert kinds["box"].writes == written
    assert _run({"label": [label]}, ["label"])["label", "l"].action == "unchanged"


def test_one_failure_stops_what_refers_to_it_and_nothing_else(kinds):
    kinds["box"].fail = {"bad"}
    steps = _run(
        {
            "box": [{"name": "bad"}, {"name": "good"}],
            "label": [{"name": "on_bad", "box": "bad"}, {"name": "on_good", "box": "good"}],
        }
    )
    assert {name: step.action for (_kind, name), step in steps.items()} == {
        "bad": "failed",
        "good": "created",
        "on_bad": "failed",
        "on_good": "created",
    }
    assert steps["label", "on_bad"].error == "not written, because box 'bad' failed."
    assert steps["box", "bad"].sentence() == "box 'bad': cannot create bad."
    kinds["box"].fail = set()
    again = _run(
        {
            "box": [{"name": "bad"}, {"name": "good"}],
            "label": [{"name": "on_bad", "box": "bad"}, {"name": "on_good", "box": "good"}],
        }
    )
    assert [name for (_kind, name), step in again.items() if step.action == "created"] == ["bad", "on_bad"]


def test_an_answer_that_lies_is_found_out(kinds):
    kinds["box"].ignore = {"a"}
    step = _run({"box": [{"name": "a"}]})["box", "a"]
    assert step.action == "failed" and "did not keep the whole of it" in step.error


def test_an_error_of_a_write_that_was_done_is_none(kinds, monkeypatch):
    box = kinds["box"]
    create = box.create

    def lost_answer(ctx, desired):
        create(ctx, desired)
        raise ApiError("the answer was lost.")

    monkeypatch.setattr(box, "create", lost_answer)
    assert _run({"box": [{"name": "a"}]})["box", "a"].action == "created"


def test_purge_removes_only_what_carries_the_mark(kinds):
    _run({"box": [{"name": "ours"}, {"name": "kept"}]})
    _run({"box": [{"name": "theirs"}]}, owner="them")
    kinds["box"].current["by_hand"] = {"name": "by_hand", "id": "1", "size": 0, "colours": [], "combination": ""}
    steps = _run({"box": [{"name": "kept"}]}, purge=["box"])
    assert {name for (_kind, name), step in steps.items() if step.action == "removed"} == {"ours"}
    assert set(kinds["box"].current) == {"kept", "theirs", "by_hand"}


def test_what_is_absent_and_purged_goes_once(kinds):
    _run({"box": [{"name": "a"}, {"name": "b"}]})
    engine = engines.Reconciler(client=None, owner="us", version="1.77.3")
    steps = engine.plan({"box": [{"name": "a", "state": "absent"}]}, ["box"])
    assert [(one.name, one.action) for one in steps] == [("a", "removed"), ("b", "removed")]


def test_secrets_are_not_in_the_diff(kinds):
    _run({"box": [{"name": "a", "combination": "1234"}]})
    step = _run({"box": [{"name": "a", "combination": "5678"}]})["box", "a"]
    assert step.changes == ["combination"]
    assert step.before == step.after == {"combination": "(hidden)"}


def test_names_are_there_once(kinds):
    steps = _run({"box": [{"name": "a"}, {"name": "a"}]})
    assert "there twice" in steps["box", "a"].error


@pytest.mark.parametrize("order", [1, -1])
def test_a_name_is_not_present_and_absent_at_once(kinds, order):
    _run({"box": [{"name": "a"}]})
    engine = engines.Reconciler(client=None, owner="us", version="1.77.3")
    steps = engine.plan({"box": [{"name": "a"}, {"name": "a", "state": "absent"}][::order]})
    assert [step.error for step in steps if step.error] == ["it is there twice: give each entry its own name."]


def test_a_version_that_is_refused():
    with pytest.raises(ApiError, match="cannot be managed"):
        engines.Reconciler(client=type("C", (), {"api_url": "http://x"})(), version="1.82.7")


BOXES = st.dictionaries(
    st.sampled_from("abcdef"),
    st.fixed_dictionaries(
        {},
        optional={
            "size": st.integers(0, 3),
            "colours": st.lists(st.sampled_from(["red", "green", "blue"]), max_size=3),
            "note": st.sampled_from(["", "x", "y"]),
            "combination": st.sampled_from(["", "1", "2"]),
        },
    ),
).map(lambda boxes: [{"name": name, **box} for name, box in boxes.items()])


@given(before=BOXES, after=BOXES)
def test_any_state_is_reached_in_one_run_and_stays(before, after):
    with pytest.MonkeyPatch.context() as patch:
        kinds = _kinds(patch)
        _run({"box": before}, purge=["box"])
        _run({"box": after}, purge=["box"])
        assert set(kinds["box"].current) == {box["name"] for box in after}
        kinds["box"].writes.clear()
        steps = _run({"box": after}, purge=["box"])
        assert {step.action for step in steps.values()} <= {"unchanged"}
        assert kinds["box"].writes == []


@given(before=BOXES, after=BOXES)
def test_the_diff_has_exactly_the_fields_that_differ(before, after):
    with pytest.MonkeyPatch.context() as patch:
        kinds = _kinds(patch)
        _run({"box": before})
        was = copy.deepcopy(kinds["box"].current)
        steps = _run({"box": after})
        for name, now in kinds["box"].current.items():
            step = steps.get(("box", name))
            differing = {
                field
                for field in Box.fields
                if field != "name" and name in was and now.get(field) != was[name].get(field)
            }
            if name in was:
                assert set(step.changes if step else []) == differing
                assert set(step.before if step else {}) == set(step.after if step else {}) == differing


def test_where_nothing_of_a_kind_is_left_to_write_that_is_said(kinds):
    kinds["box"].fail = {"bad"}
    steps = _run({"box": [{"name": "bad"}], "label": [{"name": "l", "box": "bad"}]})
    assert steps["label", "l"].error == "not written, because box 'bad' failed."
    assert kinds["label"].writes == []


def test_each_error_has_a_code(kinds):
    steps = _run({"box": [{"name": "a"}, {"name": "a"}], "label": [{"name": "l", "box": "none"}]})
    assert steps["box", "a"].code == "duplicate_name" and steps["label", "l"].code == "reference_missing"
    kinds["box"].fail, kinds["box"].ignore = {"failing"}, {"ignored"}
    steps = _run({"box": [{"name": "failing"}, {"name": "ignored"}], "label": [{"name": "l", "box": "failing"}]})
    codes = {name: step.result()["code"] for (_kind, name), step in steps.items()}
    assert codes == {"failing": "api_unreachable", "ignored": "not_kept", "l": "dependency_failed"}
    kinds["box"].fail = set()
    steps = _run({"box": [{"name": "failing"}]})
    assert steps["box", "failing"].code is None
