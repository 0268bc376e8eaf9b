# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting and removing one entry of a JSON file leaves every other byte as it was."""

from __future__ import annotations

import json
import re
import sys

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit import json_edit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.text import RefusedEdit
from hypothesis import given
from hypothesis import strategies as st

from .documents import ENTRY, EXAMPLES, PATHS, json_texts

PATH = ("mcpServers", "litellm")


def parsed(text, comments):
    return json_edit._Document(text, comments).value


def with_entry(whole, path, value):
    if len(path) == 1:
        return {**whole, path[0]: value}
    return {**whole, path[0]: with_entry(whole.get(path[0], {}), path[1:], value)}


def is_part(part, whole):
    rest = iter(whole)
    return all(character in rest for character in part)


@EXAMPLES
@given(st.data(), PATHS, st.booleans())
def test_outside_the_entry_nothing_changes(data, path, comments):
    before = data.draw(json_texts(comments))
    after = json_edit.set_entry(before, path, ENTRY, comments)
    assert parsed(after, comments) == with_entry(parsed(before, comments), path, ENTRY)
    assert is_part(before, after)
    assert json_edit.set_entry(after, path, ENTRY, comments) == after
    assert json_edit.remove_entry(after, path, comments) == before
    assert json_edit.remove_entry(before, path, comments) == before


@EXAMPLES
@given(st.data(), PATHS, st.booleans())
def test_a_changed_entry_is_replaced_in_place(data, path, comments):
    before = data.draw(json_texts(comments))
    old = json_edit.set_entry(before, path, {"url": "http://old/"}, comments)
    assert json_edit.remove_entry(json_edit.set_entry(old, path, ENTRY, comments), path, comments) == before
    assert parsed(json_edit.set_entry(old, path, ENTRY, comments), comments) == with_entry(
        parsed(before, comments), path, ENTRY
    )


@pytest.mark.parametrize(
    "before", [None, "", "\n", " \r\n\r\n", "// only a comment", "// a\n/* b */\n", "{}", "{}\n", "{\n}\n"]
)
def test_nothing_and_next_to_nothing_come_back(before):
    after = json_edit.set_entry(before, PATH, ENTRY, True)
    assert parsed(after, True) == {"mcpServers": {"litellm": ENTRY}}
    assert json_edit.remove_entry(after, PATH, True) == before


@pytest.mark.parametrize(
    "text, where",
    [
        ('{"a": 1,\n  "b": }', (2, 8)),
        ('{"a": 1}\n}', (2, 1)),
        ('{"mcpServers": []}', (1, 16)),
        ('{\r\n  "a": "x\r\n}', (2, 10)),
        ('{"a": NaN}', (1, 7)),
        ('{"a": "NaN",\n "b": [1, -Infinity]}', (2, 11)),
        ('{"a": "' + "1" * 5000 + '",\n "b": ' + "1" * 5000 + "}", (2, 7)),
        ('{"a":' * 2000 + "1" + "}" * 2000, (1, 501)),
        ('{"[": "' + "[" * 200 + '",\n"a": ' + "[" * 101 + "]" * 101 + "}", (2, 105)),
        ("[1]", (1, 1)),
        # Python 3.13 names the comma, the ones before it what follows.
        ('{"a": 1,}', (1, 8) if sys.version_info >= (3, 13) else (1, 9)),
        ('{\n  // note\n  "a": 1}', (2, 3)),
        ("[" * 100000, (1, 101)),
    ],
)
def test_a_broken_file_is_refused_with_its_place(text, where):
    with pytest.raises(RefusedEdit) as error:
        json_edit.set_entry(text, PATH, ENTRY)
    assert (error.value.line, error.value.column) == where
    assert not re.search("recursion|limit|Exceeds|sys", str(error.value))


@pytest.mark.parametrize("text", ["{,}", '{"a": [,]}', '{"a": 1,,}', '{"a":,}', '{"a": 1 /* x}', '{"a": "x // y}'])
def test_leniency_ends_at_comments_and_trailing_commas(text):
    with pytest.raises(RefusedEdit):
        json_edit.set_entry(text, PATH, ENTRY, True)


def test_the_layout_is_the_files_own():
    text = '{\r\n\t"theme": "dark", // mine\r\n\t"mcpServers": {\r\n\t\t"x": {"url": "u"}\r\n\t},\r\n}\r\n'
    assert json_edit.set_entry(text, PATH, {"url": "g"}, True) == text.replace(
        '{"url": "u"}\r\n', '{"url": "u"},\r\n\t\t"litellm": {\r\n\t\t\t"url": "g"\r\n\t\t}\r\n'
    )


def test_the_last_of_two_equal_keys_counts_as_it_does_for_the_program():
    text = '{"mcpServers": {"litellm": 1}, "mcpServers": {"litellm": 2}}'
    assert json.loads(json_edit.set_entry(text, PATH, 3)) == {"mcpServers": {"litellm": 3}}


HEADER = "/*\n * my servers\n */\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEADER + '{\n    "inputs": []\n}\n', HEADER + '{\n    "inputs": [],\n    "a": {\n        "b": 1\n    }\n}\n'),
        (
            "{\n" + " * x\n".join(["  /*\n", "   */\n"]) + '\t"inputs": []\n}',
            "{\n" + " * x\n".join(["  /*\n", "   */\n"]) + '\t"inputs": [],\n\t"a": {\n\t\t"b": 1\n\t}\n}',
        ),
        ('// c\n{"x":1}\n', '// c\n{"x":1,"a":{"b":1}}\n'),
        (HEADER + "{}", HEADER + '{"a":{"b":1}}'),
        ('{ "x": {\n      "y": 1 } }', '{ "x": {\n      "y": 1 }, "a": {\n      "b": 1\n} }'),
    ],
)
def test_the_layout_is_that_of_the_file_and_not_of_its_comments(before, after):
    assert json_edit.set_entry(before, ("a",), {"b": 1}, comments=True) == after
    assert json_edit.remove_entry(after, ("a",), comments=True) == before


def test_comments_in_an_entry_that_changes_stay():
    before = """{
  "mcpServers": {
    "litellm": {
      // ask before changing it
      "url": "http://old/", // for now
      "headers": {"Authorization": "old" /* the key */}, "retries": 5 // mine
    }
  }
}
"""
    after = json_edit.set_entry(before, ("mcpServers", "litellm"), {**ENTRY, "more": {"a": [1]}}, comments=True)
    assert parsed(after, True) == {"mcpServers": {"litellm": {**ENTRY, "more": {"a": [1]}}}}
    assert [line for line in after.splitlines() if "/" in line] == [
        "      // ask before changing it",
        f'      "url": "{ENTRY["url"]}", // for now',
        f'      "headers": {{"Authorization": "{ENTRY["headers"]["Authorization"]}" /* the key */}}, // mine',
    ]
    assert after.endswith("""
      "more": {
        "a": [
          1
        ]
      }
    }
  }
}
""")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": null}', "line 1, column 7: a is not an object: write {} there"),
        ("[]", "line 1, column 1: the file does not hold an object: correct it, or name another file"),
        ('{"a": "\n"}', "line 1, column 8: this is not valid JSON: Invalid control character"),
    ],
)
def test_a_refusal_says_what_to_do(text, sentence):
    with pytest.raises(RefusedEdit) as refused:
        json_edit.set_entry(text, ("a", "b"), ENTRY)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1, // b\n "c": 2}', '{"a": 1 // b\n }'),
        ('{ // b\n "c": 2, "a": 1}', '{ // b\n  "a": 1}'),
        ('{"a": 1, // b\r\n "c": 2, /* d\r\n */ "e": 3}', '{"a": 1, // b\r\n  /* d\r\n */ "e": 3}'),
        ('{"a": 1, /* b */ "c": 2}', '{"a": 1 /* b */}'),
        ('{"a": 1, // b\n "c": 2\n}', '{"a": 1 // b\n}'),
    ],
)
def test_a_comment_keeps_its_line_end(before, after):
    assert json_edit.remove_entry(before, ("c",), comments=True) == after
