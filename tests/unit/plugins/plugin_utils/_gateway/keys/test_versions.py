# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused of a key's rotation before anybody is asked, and how generations are told apart."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys import versions
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler


@pytest.mark.parametrize(
    ("key", "rotate", "sentence"),
    [
        (
            {"rotate": {"after": "soon"}},
            {},
            "rotate.after: 'soon' is not a span of time: write a whole number",
        ),
        ({"rotate": {"after": "12h"}}, {}, "rotate.after (12h) must be longer than rotate.overlap (24h)"),
        ({"rotate": {"overlap": "8d"}}, {"after": "7d"}, "rotate.after (7d) must be longer than rotate.overlap (8d)"),
        ({}, {"overlap": "1 moon"}, "rotate.overlap: '1 moon' is not a span of time"),
        ({"hash": "ab", "rotate": {"after": "30d"}}, {}, "the value of a key with a hash is not known here"),
        ({"name": "ben/codex"}, {}, "'ben/codex' cannot be a name in the store: use letters"),
        ({"name": "k.replaced-12345678"}, {}, "such a name stands for an earlier value of a key"),
    ],
)
def test_what_cannot_be_is_refused_offline(key, rotate, sentence):
    (said,) = Reconciler(None, version="1.77.3", rotate=rotate).refusals({"key": [{"name": "k", **key}]}, alone=True)
    assert sentence in said


def test_what_can_be_is_not():
    keys = [{"name": "k", "rotate": {"after": "30d", "overlap": "24h", "wait": "7d"}}, {"name": "l"}]
    assert Reconciler(None, version="1.77.3", rotate={"after": "90d"}).refusals({"key": keys}, alone=True) == []


def test_an_alias_tells_whose_earlier_value_it_is():
    alias = versions.aside("claude.code-1", "0123456789abcdef")
    assert alias == "claude.code-1.replaced-01234567"
    assert versions.former_name(alias) == "claude.code-1"
    assert versions.former_name("claude.code-1") == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("9999-12-31T23:59:59-05:00", ""),
        ("9999-12-31", ""),
        ("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00Z"),
        ("2030-01-31T01:00:00+01:00", "2030-01-31T00:00:00Z"),
    ],
)
def test_a_time_at_the_end_of_all_that_there_is(text, kept):
    assert versions.expires_at(text) == kept
