# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting and removing one entry of a YAML file leaves every other byte as it was."""

from __future__ import annotations

import pytest
import ruamel.yaml
import yaml
from ansible_collections.mcp_lan.litellm.plugins.module_utils.edit import yaml_edit
from ansible_collections.mcp_lan.litellm.plugins.module_utils.edit.text import RefusedEdit
from hypothesis import assume, given
from hypothesis import strategies as st

from .documents import EXAMPLES, yaml_texts

PATH = ("extensions", "litellm")
ENTRY = {
    "type": "streamable_http",
    "uri": "http://gateway.lan:4000/mcp/",
    "enabled": True,
    "timeout": 300,
    "headers": {"Authorization": "Bearer ${KEY}"},
    "env_keys": ["KEY"],
    "envs": {},
}


def parsed(text):
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None


def is_part(part, whole):
    rest = iter(whole)
    return all(character in rest for character in part)


@EXAMPLES
@given(yaml_texts(), st.sampled_from([PATH, ("litellm",), ("extensions", "on")]))
def test_outside_the_entry_nothing_changes(before, path):
    whole = parsed(before)
    assume(isinstance(whole, dict))
    after = yaml_edit.set_entry(before, path, ENTRY)
    expected = dict(whole)
    if len(path) == 2:
        expected["extensions"] = {**(whole.get("extensions") or {}), path[1]: ENTRY}
    else:
        expected[path[0]] = ENTRY
    assert parsed(after) == expected
    assert is_part(before, after)
    assert yaml_edit.set_entry(after, path, ENTRY) == after
    assert yaml_edit.remove_entry(after, path) == before
    assert yaml_edit.remove_entry(before, path) == before


@EXAMPLES
@given(yaml_texts())
def test_a_changed_entry_is_replaced_in_place(before):
    assume(isinstance(parsed(before), dict))
    old = yaml_edit.set_entry(before, PATH, {"uri": "http://old/", "list": [1]})
    after = yaml_edit.set_entry(old, PATH, ENTRY)
    assert parsed(after)["extensions"]["litellm"] == ENTRY
    assert yaml_edit.remove_entry(after, PATH) == before


@pytest.mark.parametrize(
    "before", [None, "", "\n", "# c", "# c\n", "---\n", "a: 1", "extensions:", "extensions: {}\n", "{}\n"]
)
def test_nothing_and_next_to_nothing_come_back(before):
    after = yaml_edit.set_entry(before, PATH, ENTRY)
    assert yaml.safe_load(after)["extensions"]["litellm"] == ENTRY
    assert ruamel.yaml.YAML(typ="safe").load(after)["extensions"]["litellm"] == ENTRY
    assert yaml_edit.remove_entry(after, PATH) == before


@pytest.mark.parametrize(
    "text, where",
    [
        ("a: 1\nb: [1,\n", (3, 1)),
        ("a: 1\n  b: 2\n", (2, 4)),
        ("a: 'x\n", (2, 1)),
        ("- 1\n", (1, 1)),
        ("extensions: 3\n", (1, 13)),
        ("a: 1\n---\nb: 2\n", None),
        ("a:\n\t- 1\n", (2, 1)),
    ],
)
def test_a_broken_file_is_refused_with_its_place(text, where):
    with pytest.raises(RefusedEdit) as error:
        yaml_edit.set_entry(text, PATH, ENTRY)
    if where:
        assert (error.value.line, error.value.column) == where
