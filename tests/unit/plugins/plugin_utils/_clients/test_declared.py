# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the inventory's client programs, each in a sentence."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.declared import refusals
from hypothesis import given, settings
from hypothesis import strategies as st

GOOD = {"host": "desk", "user": "ann", "client": "codex", "key": "codex"}
KEYS = {"codex", "laptop"}


@pytest.mark.parametrize(
    "entry",
    [
        GOOD,
        {"user": "ann", "client": "claude_code", "key": "laptop", "models": True},
        {**GOOD, "key": "gone", "state": "absent"},
        {"user": "ann", "client": "codex", "key_value": "sk-of-somebody"},
        {**GOOD, "server_name": "lan", "url": "http://other.lan/mcp", "home": "/srv/ann", "key_in": "file"},
        {**GOOD, "path": "~/.codex/config.toml", "home": "/home/ann"},
        {**GOOD, "path": "/srv/a b/mcp.json"},
        {**GOOD, "path": "%USERPROFILE%\\.codex\\config.toml", "home": "C:\\Users\\ann"},
        {**GOOD, "path": "D:/mcp.json"},
    ],
)
def test_what_is_right(entry):
    assert refusals([entry], KEYS) == []


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({**GOOD, "client": "codexx"}, "(codexx of ann): there is no client 'codexx'; did you mean 'codex'?"),
        ({**GOOD, "key": "codx"}, "(codex of ann): there is no key 'codx'; did you mean 'codex'?"),
        ({**GOOD, "key": "zzz"}, "there is no key 'zzz'; there are codex, laptop."),
        ({**GOOD, "usr": "x"}, "'usr' is not an option of a client; did you mean 'user'?"),
        ({"client": "codex", "key": "codex"}, "missing required arguments: user."),
        ({"user": "ann"}, "missing required arguments: client."),
        ({"user": "ann", "client": "codex"}, "a key is needed; give key (its alias in the store) or key_value."),
        ({**GOOD, "server_name": "a b"}, "server_name 'a b' may hold letters, digits, - and _ only."),
        ({**GOOD, "transport": "sse"}, "does not speak sse"),
        # The machine is reached from its /, and no shell reads these.
        ({**GOOD, "path": ".mcp.json"}, "path '.mcp.json' is neither a file's whole path nor one that begins with ~/."),
        (
            {**GOOD, "path": "$HOME/.mcp.json"},
            "path '$HOME/.mcp.json' is neither a file's whole path nor one that begins with ~/.",
        ),
        (
            {**GOOD, "path": "~ann/.mcp.json"},
            "path '~ann/.mcp.json' is neither a file's whole path nor one that begins with ~/.",
        ),
        ({**GOOD, "path": "~/.codex/"}, "path '~/.codex/' is neither a file's whole path nor one that begins with ~/."),
        ({**GOOD, "home": "~ann"}, "home '~ann' is not a folder's whole path."),
        (
            {**GOOD, "url": "gateway.lan:4000/mcp"},
            "url, or gateway_url, is an address, such as http://gateway.lan:4000",
        ),
        ({**GOOD, "url": "http://gateway.lan/a b"}, "is an address, such as http://gateway.lan:4000, without spaces"),
        ("codex", "litellm_clients[0]: it is a dictionary, this is a text."),
    ],
)
def test_what_is_wrong(entry, sentence):
    (said,) = refusals([entry], KEYS)
    assert said.startswith("litellm_clients[0]") and sentence in said


def test_all_that_is_wrong_is_said_at_once():
    assert len(refusals([{**GOOD, "client": "codexx"}, GOOD, {**GOOD, "key": "codx"}], KEYS)) == 2


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6))
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=6), inner, max_size=2)),
)
entries = st.dictionaries(
    st.sampled_from(["user", "client", "key", "state", "transport", "url", "server_name", "variable", "models", "x"]),
    st.one_of(anything, st.sampled_from(["codex", "claude-code", "present", "absent", "http"])),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(entries.map(lambda one: {**GOOD, **one}), entries, anything), max_size=3))
def test_whatever_is_given_ends_in_sentences(listed):
    assert all(isinstance(said, str) for said in refusals(listed, KEYS))
