# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting and removing one variable of a .env file leaves every other byte as it was."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit import env_edit
from hypothesis import given
from hypothesis import strategies as st

from .documents import EXAMPLES

LINES = st.sampled_from(
    ["# mine", "", "OTHER=1", "export PATH_TO='a b'", "API_KEY_2=x # note", "MY_API_KEY=y", "  SPACED = z", "API_KEYS"]
)


@st.composite
def env_texts(draw) -> str:
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(draw(st.lists(LINES, max_size=6))) + (newline if draw(st.booleans()) else "")


@EXAMPLES
@given(st.none() | env_texts())
def test_variables_come_and_go(before):
    one = env_edit.set_entry(before, ("API_KEY",), "first")
    two = env_edit.set_entry(one, ("BASE_URL",), "http://gateway.lan:4000")
    assert env_edit.get_entry(two, ("API_KEY",)) == "first"
    assert env_edit.get_entry(two, ("BASE_URL",)) == "http://gateway.lan:4000"
    assert set((before or "").splitlines()) <= set(two.splitlines())
    assert env_edit.set_entry(two, ("API_KEY",), "first") == two
    assert env_edit.remove_entry(env_edit.remove_entry(two, ("BASE_URL",)), ("API_KEY",)) == before
    assert env_edit.remove_entry(before, ("API_KEY",)) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A=1\nAPI_KEY=old\nB=2\n", "A=1\nAPI_KEY=new\nB=2\n"),
        ("export API_KEY = 'old'\r\nB=2", "export API_KEY = new\r\nB=2"),
        ('  export API_KEY="a # b" # mine\r\n', "  export API_KEY=new # mine\r\n"),
        ("API_KEY=a#b c  # mine\n", "API_KEY=new  # mine\n"),
        ('API_KEY="no end # b\n', "API_KEY=new # b\n"),
        ("API_KEY=\n", "API_KEY=new\n"),
        ("API_KEY=1\nAPI_KEY=2\n", "API_KEY=new\nAPI_KEY=new\n"),
    ],
)
def test_what_is_there_is_replaced_in_place(before, after):
    assert env_edit.set_entry(before, ("API_KEY",), "new") == after
    assert env_edit.get_entry(after, ("API_KEY",)) == "new"
