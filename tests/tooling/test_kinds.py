# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of objects are listed in one place, the registry; what has to name them as well is held against it."""

from __future__ import annotations

import re
import sys

import pytest
import tree
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS, PLURALS

ROLE = tree.TOP / "roles" / "litellm"
WHOLE = ("gateway_state", "gateway_check")  # the modules that take all kinds at once


def _text(path) -> str:
    return path.read_text(encoding="utf-8")


def test_what_is_made_of_the_declarations_is_as_it_would_be_made():
    tree.check(sys.executable, "tools/module_docs.py", "--check")


def _given(task: dict) -> set[str]:
    """The kinds' lists that a task gives to a module that takes them all."""
    found = set()
    for name in WHOLE:
        options = task.get(f"mcp_lan.litellm.{name}") or {}
        found |= {*options, *(options.get("entries") or {})} & set(PLURALS)
    return found


def _tasks(listed: list) -> list[dict]:
    inner = [one.get(part) or [] for one in listed for part in ("block", "rescue", "always")]
    return [*listed, *(task for tasks in inner for task in _tasks(tasks))]


def test_the_role_hands_all_of_them_on():
    files = {path: _tasks(yaml.safe_load(_text(path)) or []) for path in ROLE.glob("tasks/*.yml")}
    given = {f"{path.name}: {task['name']}": _given(task) for path, tasks in files.items() for task in tasks}
    given = {where: lists for where, lists in given.items() if len(lists) > 1}
    assert len(given) >= len(WHOLE), "the role gives everything to nobody"
    assert {where: set(PLURALS) - lists for where, lists in given.items() if lists != set(PLURALS)} == {}


@pytest.mark.parametrize("plural", PLURALS)
def test_the_role_has_a_variable_for_each(plural):
    name = f"litellm_{plural}"
    assert yaml.safe_load(_text(ROLE / "defaults/main.yml"))[name] == []
    assert name in yaml.safe_load(_text(ROLE / "meta/argument_specs.yml"))["argument_specs"]["main"]["options"]


def test_the_list_of_modules_names_all_of_them():
    (row,) = [
        line
        for line in _text(tree.TOP / "docs/contents.md").splitlines()
        if line.startswith("| the gateway's objects |")
    ]
    named = set(re.findall(r"`(\w+)`", row)) - {"gateway_state"}
    assert named == set(KINDS)


def test_the_option_purge_names_those_that_have_no_mark():
    options = yaml.safe_load(
        re.search(r'DOCUMENTATION = r"""(.*?)"""', _text(tree.TOP / "plugins/modules/gateway_state.py"), re.DOTALL)[1]
    )["options"]
    said = options["purge"]["description"][1].partition(" have no place")[0].lower()
    assert set(re.split(r", | and ", said)) == {f"{one.title}s".lower() for one in KINDS.values() if not one.has_mark}
