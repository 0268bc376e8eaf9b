# SPDX-License-Identifier: GPL-3.0-or-later
"""At which age keys are due, for the exporter."""

from __future__ import annotations

import re

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.rotation_ages import rotation_ages

DAY = 86400


def test_an_entrys_own_age_wins_and_what_is_never_due_is_left_out():
    keys = [{"name": "a"}, {"name": "b", "rotate": {"after": "7d"}}, {"name": "c", "hash": "x"}]
    assert rotation_ages([*keys, {"name": "d", "state": "absent"}], {"after": "90d"}) == {"a": 90 * DAY, "b": 7 * DAY}
    assert rotation_ages(keys) == {"b": 7 * DAY}


@pytest.mark.parametrize(
    ("keys", "rotate", "sentence"),
    [
        ("x", {}, "litellm_keys: this is a text."),
        ([1], {}, "litellm_keys[0]: it is a dictionary, this is a whole number."),
        ([], ["x"], "litellm_rotate: this is a list."),
        ([{"name": "a", "rotate": {"after": "soon"}}], {}, "litellm_keys[0]: rotate.after: "),
    ],
)
def test_what_is_said(keys, rotate, sentence):
    with pytest.raises(AnsibleFilterError, match=re.escape(sentence)):
        rotation_ages(keys, rotate)
