# SPDX-License-Identifier: GPL-3.0-or-later
"""Small parts of the guard and the filter by themselves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from mcp_lan_filter import offers, policy, states


def test_a_list_is_of_tools_alone():
    assert policy.part_of(["a"], "tools") == ["a"]
    assert policy.part_of(["a"], "prompts") is None and policy.part_of(["a"], "resources") is None
    whole = {"tools": ["a"], "prompts": ["b"]}
    assert [policy.part_of(whole, part) for part in ("tools", "prompts", "resources")] == [["a"], ["b"], None]


@pytest.mark.parametrize(
    ("selected", "answers"),
    [(None, True), ({"alias"}, True), ({"name"}, True), ({"group"}, True), ({"other"}, False), (set(), False)],
)
def test_a_server_answers_to_its_names_and_groups(selected, answers):
    server = SimpleNamespace(alias="Alias", server_name="name", access_groups=["group"])
    assert offers._answers_to(server, selected) == answers


@pytest.mark.parametrize(
    ("amount", "written"), [(5, "$5"), (0.5, "$0.50"), (0.0015, "$0.0015"), (1234.5, "$1,234.50"), (0.25, "$0.25")]
)
def test_amounts_are_as_people_write_them(amount, written):
    assert states.dollars(amount) == written
