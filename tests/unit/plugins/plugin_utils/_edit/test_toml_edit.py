# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting and removing one table of a TOML file leaves every other byte as it was."""

from __future__ import annotations

import copy
import tomllib

import pytest
import tomlkit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit import toml_edit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.text import RefusedEdit
from hypothesis import assume, given
from hypothesis import strategies as st

from .documents import EXAMPLES, toml_texts

PATH = ("mcp_servers", "litellm")
ENTRY = {
    "url": "http://gateway.lan:4000/mcp/",
    "bearer_token_env_var": "KEY",
    "startup_timeout_sec": 30,
    "http_headers": {"x-a": 'q"\\ä'},
    "enabled": True,
    "tools": ["a", "b"],
}


def parsed(text):
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


@EXAMPLES
@given(toml_texts(), st.sampled_from([PATH, ("litellm",), ("mcp_servers", "two words")]))
def test_outside_the_table_nothing_changes(before, path):
    whole = parsed(before)
    assume(whole is not None)
    after = toml_edit.set_entry(before, path, ENTRY)
    expected = copy.deepcopy(whole)
    (expected.setdefault("mcp_servers", {}) if len(path) == 2 else expected)[path[-1]] = ENTRY
    assert repr(parsed(after)) == repr(expected) or toml_edit._same(parsed(after), expected)
    assert after.startswith(before)
    assert tomlkit.parse(after).unwrap().keys() == expected.keys()
    assert toml_edit.set_entry(after, path, ENTRY) == after
    assert toml_edit.remove_entry(after, path) == before
    assert toml_edit.remove_entry(before, path) == before


@EXAMPLES
@given(toml_texts(), st.sampled_from(["gpt-5", True, 3]))
def test_a_key_at_the_top_comes_and_goes(before, value):
    assume(parsed(before) is not None)
    after = toml_edit.set_entry(before, ("model_provider",), value)
    assert parsed(after)["model_provider"] == value
    assert set(before.splitlines()) <= set(after.splitlines())
    assert toml_edit.set_entry(after, ("model_provider",), value) == after
    assert toml_edit.remove_entry(after, ("model_provider",)) == (before or None)


@EXAMPLES
@given(toml_texts(), toml_texts())
def test_tables_around_ours_stay_when_it_is_replaced_or_removed(first, second):
    first = first.replace("\r\n", "\n")
    first += "" if first.endswith("\n") else "\n"
    old = toml_edit.set_entry(None, PATH, {"url": "http://old/", "env": {"A": "b"}})
    before = first + "\n" + old + "# theirs\n" + "[mcp_servers.litellm.sub]\nx = 1\n[after]\n" + second
    assume(parsed(before) is not None)
    after = toml_edit.set_entry(before, PATH, ENTRY)
    assert after.startswith(first + "\n[mcp_servers.litellm]")
    assert after.endswith("# theirs\n[after]\n" + second)
    assert toml_edit.remove_entry(after, PATH) == first + "# theirs\n[after]\n" + second


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "[m.a] # gateway\n# ask\nu = 1 # for now\nx = 1 # mine\n\n# tools\n[m.a.t]\ny = 1\n\n# b\n[m.b]\nu = 1\n",
            "[m.a] # gateway\n# ask\nu = 2 # for now\nv = { w = 3 }\n\n# tools\n\n# b\n[m.b]\nu = 1\n",
        ),
        ("[m.a]\nu = 1\n# headers\n[m.a.v]\nw = 3 # three", "[m.a]\nu = 2\n# headers\n[m.a.v]\nw = 3 # three"),
        ("[m.a]\r\nu = 1\r\n[m.a.v]\r\nw = 4", "[m.a]\r\nu = 2\r\nv = { w = 3 }"),
        ("[m.a.x]\ny = 1\n\n# ours\n[m.a]\nu = 1 # for now\n", "\n# ours\n[m.a]\nu = 2 # for now\nv = { w = 3 }\n"),
        ("[m]\na = { u = 1 } # ours\nb = 1\n", "[m]\na = { u = 2, v = { w = 3 } } # ours\nb = 1\n"),
        ("[m.a] # none yet", "[m.a] # none yet\nu = 2\nv = { w = 3 }"),
    ],
)
def test_comments_in_a_table_that_changes_stay(before, after):
    assert toml_edit.set_entry(before, ("m", "a"), {"u": 2, "v": {"w": 3}}) == after


@pytest.mark.parametrize(
    "before", [None, "", "\n", "# c", "a = 1", "a = 1\r\n", "[mcp_servers]", "[mcp_servers.x]\nurl='u'\n\n\n"]
)
def test_nothing_and_next_to_nothing_come_back(before):
    after = toml_edit.set_entry(before, PATH, ENTRY)
    assert tomllib.loads(after)["mcp_servers"]["litellm"] == ENTRY
    assert toml_edit.remove_entry(after, PATH) == before


@pytest.mark.parametrize(
    "before",
    [
        '[mcp_servers]\nlitellm = { url = "old" }\nother = 1\n',
        'mcp_servers.litellm.url = "old"\nmcp_servers.litellm.x = 1\nz = 2\n',
        '[mcp_servers."litellm"]\nurl = "old"\n[mcp_servers.litellm.env]\nA = "b"\n',
    ],
)
def test_an_entry_written_another_way_is_replaced(before):
    after = toml_edit.set_entry(before, PATH, ENTRY)
    assert tomllib.loads(after)["mcp_servers"]["litellm"] == ENTRY
    assert "old" not in after
    assert "litellm" not in (toml_edit.remove_entry(after, PATH) or "")


@pytest.mark.parametrize("before", ['mcp_servers = { a = { url = "u" } }\n', "mcp_servers = 3\n"])
def test_what_cannot_be_extended_is_refused(before):
    with pytest.raises(RefusedEdit, match="mcp_servers"):
        toml_edit.set_entry(before, PATH, ENTRY)


@pytest.mark.parametrize(
    "text, where",
    [
        ("a = 1\nb = \n", (2, 5)),
        ("[a]\r\n[a]\r\n", (2, 3)),
        ('a = "x', (1, 7)),
        ("a = [1,\n", (2, 1)),
        ("a = 1\na = 2", (2, 6)),
    ],
)
def test_a_broken_file_is_refused_with_its_place(text, where):
    with pytest.raises(RefusedEdit) as error:
        toml_edit.set_entry(text, PATH, ENTRY)
    assert (error.value.line, error.value.column) == where


MODEL = ("model",)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('model = "gpt-5" # default\n', 'model = "m" # default\n'),
        ('model="gpt-5"\t#default', 'model= "m"\t#default'),
        ("model = 'a # b' # c # d\r\nx = 1\r\n", 'model = "m" # c # d\r\nx = 1\r\n'),
        ('model = [ # one\n  "a", # two\n] # three\n', 'model = "m" # three\n'),
        ('model = """\na # b\n""" # c\n[t]\n', 'model = "m" # c\n[t]\n'),
    ],
)
def test_a_comment_behind_a_value_stays(before, after):
    assert toml_edit.set_entry(before, MODEL, "m") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#:schema https://x/y.json\n\nz = 1 # one\n", '#:schema https://x/y.json\n\nmodel = "m"\nz = 1 # one\n'),
        ("#:schema https://x/y.json\n[t]\n", '#:schema https://x/y.json\nmodel = "m"\n[t]\n'),
        ("#:schema https://x/y.json", '#:schema https://x/y.json\nmodel = "m"'),
        ("#:schema https://x/y.json\r\n# of t\r\n[t]", '#:schema https://x/y.json\r\nmodel = "m"\r\n# of t\r\n[t]'),
        ("# mine\n\n[t]\n", '# mine\n\nmodel = "m"\n[t]\n'),
        ("# of t\n[t]\n", 'model = "m"\n# of t\n[t]\n'),
    ],
)
def test_a_new_key_goes_below_what_is_said_of_the_whole_file(before, after):
    assert toml_edit.set_entry(before, MODEL, "m") == after
    assert toml_edit.remove_entry(after, MODEL) == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = '" + "1" * 5000 + "'\nb = " + "1" * 5000, "line 2, column 5: a number has more than 4000 digits"),
        ("# [[\na = " + "[" * 5000 + "]" * 5000, "line 2, column 105: this is nested more than 100 deep"),
        ("a = 1\nb = 2026-13-45\n", "line 2, column 9: this is not valid TOML"),
    ],
)
def test_what_python_does_not_read_is_said_with_its_place(text, sentence):
    with pytest.raises(RefusedEdit, match=sentence):
        toml_edit.set_entry(text, ("mcp_servers", "gw"), {"url": "u"})
