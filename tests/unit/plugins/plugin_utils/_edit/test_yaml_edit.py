# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting and removing one entry of a YAML file leaves every other byte as it was."""

from __future__ import annotations

import pytest
import ruamel.yaml
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit import yaml_edit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.text import RefusedEdit
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


ITEM = {"name": "litellm", "type": "streamable-http", "url": "http://gateway.lan:4000/mcp/", "headers": {"A": "b"}}
LISTS = [
    "servers:\n  - name: mine\n    url: x # keep\n",
    "servers:\n- name: mine\n  args:\n  - a\n  - b\nz: 1\n",
    "a: 1\nservers:\n    -   url: x\n        name: m\n        t: |\n          - name: litellm\n\n    # end\nb: 2\n",
    "servers: []\n",
    "servers: [ ]  # none yet\nz: 1\n",
    "servers: [{name: mine, url: x}, other]\n",
    "servers: [\n  {name: mine},\n]\n",
    "servers:\nz: 1\n",
    "servers: # none yet\n",
    "servers:\n  - just text\n  - name: mine",
    "z: 1\n",
    "z: 1",
    "{}\n",
    "{z: 1}\n",
    "# nothing\n",
    None,
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("before", LISTS)
def test_an_item_of_a_list_comes_changes_and_goes(before, newline):
    before = before and before.replace("\n", newline)
    path = ("servers", "[name=litellm]")
    old = yaml_edit.set_entry(before, path, {"name": "litellm", "url": "http://old/"})
    after = yaml_edit.set_entry(old, path, ITEM)
    whole = yaml.safe_load(before or "") or {}
    assert yaml.safe_load(after) == {**whole, "servers": [*(whole.get("servers") or []), ITEM]}
    assert ruamel.yaml.YAML(typ="safe").load(after)["servers"][-1] == ITEM
    assert yaml_edit.get_entry(after, path) == ITEM and yaml_edit.get_entry(before, path) is None
    assert is_part(before or "", after)
    assert yaml_edit.set_entry(after, path, ITEM) == after
    assert yaml_edit.remove_entry(after, path) == before


@EXAMPLES
@given(yaml_texts(), st.sampled_from([("servers", "[name=litellm]"), ("endpoints", "custom", "[name=litellm]")]))
def test_a_list_that_is_made_goes_again(before, path):
    whole = parsed(before)
    assume(isinstance(whole, dict))
    after = yaml_edit.set_entry(before, path, ITEM)
    assert yaml_edit.get_entry(after, path) == ITEM
    assert is_part(before, after)
    assert yaml_edit.remove_entry(after, path) == before


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        (
            "e:\n  # gateway\n  a: # it\n    # ask\n    use: no # off\n    h:\n      # k\n      k: 1\n  # b\n  b: 1\n",
            ("e", "a"),
            {"use": True, "h": {"k": 2}, "n": [3]},
            "e:\n  # gateway\n  a: # it\n    # ask\n    use: true # off\n    h:\n      # k\n      k: 2\n    n: [3]\n"
            "  # b\n  b: 1\n",
        ),
        (
            "s:\n- url: old # for now\n  x: 1\n  # ours\n  name: a\n",
            ("s", "[name=a]"),
            {"name": "a", "url": "new"},
            's:\n- url: "new" # for now\n  # ours\n  name: a\n',
        ),
        ("s:\n- x: 1\n  name: a\n", ("s", "[name=a]"), {"name": "a"}, 's:\n- name: "a"\n'),
        ("d: &d {t: 1}\ne:\n  a:\n    <<: *d\n    u: 1\n", ("e", "a"), {"u": 2}, "d: &d {t: 1}\ne:\n  a:\n    u: 2\n"),
        ("e:\n  a:\n    u: |\n      x\n    v: 1\n", ("e", "a"), {"u": 2, "v": 1}, "e:\n  a:\n    u: 2\n    v: 1\n"),
    ],
)
def test_comments_in_an_entry_that_changes_stay(before, path, value, after):
    assert yaml_edit.set_entry(before, path, value) == after


def test_an_item_between_others_keeps_its_place():
    before = "s:\n  - name: a\n  - name: litellm\n    url: old\n  # of b\n  - name: b\n"
    after = yaml_edit.set_entry(before, ("s", "[name=litellm]"), {"name": "litellm", "url": "new"})
    assert after == before.replace("url: old", 'url: "new"')
    assert yaml_edit.remove_entry(after, ("s", "[name=litellm]")) == "s:\n  - name: a\n  # of b\n  - name: b\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("s:\n  - name: litellm\n  - name: a\n  - name: litellm\n    url: x\n", "s:\n  - name: a\n"),
        ("s: [{name: litellm}, {name: litellm}]\n", "s: []\n"),
        ("s:\n- name: litellm\n- name: litellm\n", "s:\n"),
    ],
)
def test_all_items_of_the_name_go(before, after):
    assert yaml_edit.remove_entry(before, ("s", "[name=litellm]")) == after
    assert yaml_edit.remove_entry(after, ("s", "[name=litellm]")) == after


@pytest.mark.parametrize(("path", "none"), [(("s", "[name=litellm]"), r"\[\]"), (("s", "litellm"), r"\{\}")])
def test_what_is_written_as_null_is_said_with_what_may_stand_there(path, none):
    with pytest.raises(RefusedEdit, match=f"s is written as null; leave it empty or write {none}"):
        yaml_edit.set_entry("s: null\n", path, ITEM)


@pytest.mark.parametrize("text", ["servers: {a: b}\n", "servers: text\n", "servers:\n  a: b\n"])
def test_what_is_no_list_is_refused(text):
    with pytest.raises(RefusedEdit, match="is not a list"):
        yaml_edit.set_entry(text, ("servers", "[name=litellm]"), ITEM)


TABS = [
    "GOOSE_PROVIDER: openai\t# mine\nextensions:\n  dev:\n    enabled: true\n",
    "a:\t1\nextensions:\t# mine\n  dev: {\tx: 1 }\t\n",
    "\t# mine\na: b\tc\n\t\nextensions:\n\t# here\n  dev: 'x\ty'\n",
    "list:\n  -\ta\n  - \tb\nextensions:\n  dev: |\n    x\ty\n",
]


@pytest.mark.parametrize("before", TABS)
def test_tabs_where_yaml_takes_them(before):
    after = yaml_edit.set_entry(before, ("extensions", "litellm"), {"enabled": True})
    assert yaml_edit.get_entry(after, ("extensions", "litellm")) == {"enabled": True}
    assert set(before.splitlines()) <= set(after.splitlines())
    assert yaml_edit.remove_entry(after, ("extensions", "litellm")) == before


def test_a_tab_that_indents_is_said():
    with pytest.raises(RefusedEdit, match="line 2, column 1: .* a tab where YAML takes nothing but spaces"):
        yaml_edit.set_entry("a:\n\tb: 1\n", ("extensions", "litellm"), {})


@pytest.mark.parametrize(
    "before",
    [
        "models:\n  - # mine\n    name: x\n    y: 1\n",
        "models:\n- # mine\n\n  # and more\n  name: x # z\nafter: 1\n",
        "models:\n  - &a # mine\n    name: x\n",
        "models:\n  -\n    name: x\n  - !!map\n    name: y\n",
        "models:\n  - - nested\n    - list\n  - name: x\n",
    ],
)
def test_a_comment_behind_a_dash(before):
    path = ("models", "[name=litellm]")
    after = yaml_edit.set_entry(before, path, {"name": "litellm", "url": "u"})
    assert yaml_edit.get_entry(after, path) == {"name": "litellm", "url": "u"}
    assert set(before.splitlines()) <= set(after.splitlines())
    assert yaml_edit.remove_entry(after, path) == before
    changed = yaml_edit.set_entry(after, path, {"name": "litellm", "url": "v"})
    assert yaml_edit.remove_entry(changed, path) == before


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("extensions: &e\n  dev: 1\nother: *e\n", "extensions has the anchor &e, and line 3 says the same"),
        ("extensions: &e {}\nother:\n  - *e\n", "extensions has the anchor &e, and line 3"),
        ("extensions: &e\n  dev: 1\nother:\n  <<: *e\n", "extensions has the anchor &e, and line 4"),
        ("base: &b\n  dev: 1\nextensions: *b\n", r"line 3, column 13: extensions is an alias, \*b: write it out"),
        ("extensions:\n  litellm: &l\n    a: &m 1\nother: *m\n", "litellm has the anchor &m, and line 4"),
    ],
)
def test_what_an_anchor_makes_true_elsewhere_is_not_changed(before, sentence):
    with pytest.raises(RefusedEdit, match=sentence):
        yaml_edit.set_entry(before, ("extensions", "litellm"), {"enabled": True})


def test_what_an_anchor_makes_true_elsewhere_is_not_removed():
    for before in (
        "extensions: &e\n  litellm: 1\n  dev: 1\nother: *e\n",
        "extensions:\n  litellm: &e\n    a: 1\n  dev: *e\n",
    ):
        with pytest.raises(RefusedEdit, match="has the anchor &e, and line 4"):
            yaml_edit.remove_entry(before, ("extensions", "litellm"))


def test_an_anchor_that_nothing_uses_is_in_nobodys_way():
    before = "extensions: &e\n  dev: 1\nbase: &b {x: 1}\nmore: *b\n"
    after = yaml_edit.set_entry(before, ("extensions", "litellm"), {"enabled": True})
    assert yaml_edit.remove_entry(after, ("extensions", "litellm")) == before


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 8)),
        "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 150)),
        "a: " + "[" * 120 + "]" * 120,
        "a: !!int ''\n",
        "a: !!bool x\n",
        "a: !!timestamp x\n",
        "a: !!binary é\n",
        "a: \x01\n",
        "\ufeffa: 1\n",
        "? {a: 1}\n: 2\n",
        "a: 1\n---\nb: 1\n",
        "- a\n",
    ],
)
def test_what_cannot_be_read_is_a_sentence(text):
    for edit in (
        lambda: yaml_edit.set_entry(text, ("extensions", "litellm"), {}),
        lambda: yaml_edit.remove_entry(text + "litellm: 1\n", ("litellm",)),
    ):
        with pytest.raises(RefusedEdit):
            edit()


@pytest.mark.parametrize(
    "before",
    [
        "a: 2026-13-45\nb: &x 2026-02-30\nc: *x\nextensions: {}\n",
        "a: !foo x\nb: !foo [1]\nc: !foo {d: !bar 1}\nextensions: {}\n",
        "a: !!python/object:x {}\nextensions: {}\n",
        "extensions: !foo\n  dev: 1\n",
        "a: =\nextensions: {}\n",
        f"a: {'1' * 5000}\nextensions: {{}}\n",
        "extensions:\n  dev: 1 # of \u2028 two \x85 lines \u2029 more\n  b: 2\n",
        "extensions:\n  dev: 'of \u2028 two'\n  b: \ue000\n",
    ],
)
def test_what_only_the_program_itself_understands_stays(before):
    """Valid YAML, of which PyYAML makes no value, or more lines than there are."""
    after = yaml_edit.set_entry(before, ("extensions", "litellm"), ENTRY)
    assert yaml_edit.get_entry(after, ("extensions", "litellm")) == ENTRY
    assert yaml_edit.remove_entry(after, ("extensions", "litellm")) == before


def test_line_ends_of_yaml_1_1_are_characters():
    before = "extensions:\n  dev: 'of \u2028 two'\n  b: \ue000\n"
    assert yaml_edit.get_entry(before, ("extensions",)) == {"dev": "of \u2028 two", "b": "\ue000"}
    after = yaml_edit.set_entry(before, ("extensions", "litellm"), {"a": "x\u2028\x85y"})
    assert yaml_edit.get_entry(after, ("extensions", "litellm")) == {"a": "x\u2028\x85y"}
    assert yaml.safe_load(after)["extensions"]["litellm"] == {"a": "x\u2028\x85y"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: !!int x\n", "line 2, column 4: .* a value is not what its tag"),
        ("a: 1\nb:\n  - !!timestamp x\n", "line 3, column 5: .* a value is not what its tag"),
        ("a: " + "[" * 120 + "]" * 120, "line 1, column 103: this is nested more than 100 deep"),
    ],
)
def test_a_value_that_is_none_is_said_with_its_place(text, sentence):
    with pytest.raises(RefusedEdit, match=sentence):
        yaml_edit.set_entry(text, ("extensions", "litellm"), {})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("e:\n  a: 1\n  b: 1\n  a: 2\n", "line 4, column 3: a is here once more, after line 2: leave one"),
        ("e: {b: 1}\ne: {b: 2, a: 1}\n", "line 2, column 1: e is here once more, after line 1: leave one"),
        ("e:\n  b: |\n    x", "the way this file is written: add it after a line end behind its last line"),
        ("e: [b]\n", "line 1, column 4: e is not a mapping: correct it"),
        ("- b\n", "line 1, column 1: the file does not hold a mapping: correct it, or name another file"),
        ('e: ""\n', r'e is written as ""; leave it empty or write \{\}'),
    ],
)
def test_how_a_file_that_cannot_be_added_to_is_put_right(text, sentence):
    with pytest.raises(RefusedEdit, match=sentence):
        yaml_edit.set_entry(text, ("e", "a"), {"x": 1})
    if "once more" in sentence:
        with pytest.raises(RefusedEdit, match=sentence):
            yaml_edit.remove_entry(text, ("e", "a"))
    assert yaml_edit.set_entry("e:\n  b: 1\n  b: 2\n", ("e", "a"), {"x": 1}).endswith("  a:\n    x: 1\n")
