# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries are checked whole, before anything is sent; and the modules are what the declarations generate."""

from __future__ import annotations

import subprocess
import sys

import pytest
import tree
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import (
    CONNECTION,
    checked,
    secret_values,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import KEEP, digest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS, PLURALS


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        (
            {"keys": [{"name": "a"}, {"name": "b", "modles": []}]},
            "keys[1] (b): 'modles' is not an option of a key; did you mean 'models'?",
        ),
        (
            {"keys": [{"name": "a", "budget": {"maximum": 3}}]},
            "keys[0] (a).budget: 'maximum' is not an option of budget of a key; did you mean 'max'?",
        ),
        (
            {"teams": [{"name": "t", "members": [{"user": "u", "roel": "admin"}]}]},
            "teams[0] (t).members: 'roel' is not an option of members of a team; did you mean 'role'?",
        ),
        ({"keys": [{"name": False}]}, "keys[0].name: it is a text, this is a boolean: write it in quotes."),
        (
            {"keys": [{"name": "a", "models": ["b", True]}]},
            "keys[0] (a).models[1]: it is a text, this is a boolean: write it in quotes.",
        ),
        (
            {"teams": [{"name": "t", "members": [{"user": True}]}]},
            "teams[0] (t).members.user: it is a text, this is a boolean: write it in quotes.",
        ),
        ({"keys": ["claude-code"]}, "keys[0]: an entry is a dictionary, this is a text."),
        ({"keys": [{"team": "t"}]}, "keys[0]: missing required arguments: name."),
        ({"keys": [{"name": ""}]}, "keys[0]: missing required arguments: name."),
        ({"models": [{"name": "m"}]}, "models[0] (m): state is present but all of the following are missing: litellm"),
        ({"mcp_servers": [{"name": "s", "transport": "tcp"}]}, "mcp_servers[0] (s): value of transport must be one of"),
        ({"keys": [{"name": "a", "limits": {"rpm": "many"}}]}, "keys[0] (a).limits.rpm: it is a whole number, this is"),
        ({"keys": [{"name": "a", "team": ["t"]}]}, "keys[0] (a).team: it is a text, this is a list."),
        ({"customers": [{"name": "c", "budget": {"max": 1}}]}, "customers[0] (c).budget: it is a text, this is a dict"),
        ({"teams": [{"name": "t", "members": [{"user": ["u"]}]}]}, "teams[0] (t).members.user: it is a text, this is"),
        ({"keys": [{"name": "a", "allowed_routes": [None]}]}, "keys[0] (a).allowed_routes[0] is empty: give it a"),
        ({"users": [{"name": "u", "models": ["m", ""]}]}, "users[0] (u).models[1] is empty: give it a value, or leave"),
        ({"teams": [{"name": "t", "models": ""}]}, "teams[0] (t).models[0] is empty: give it a value, or"),
        ({"keys": [{"name": "a", "models": [["m"]]}]}, "keys[0] (a).models[0]: it is a text, this is a list."),
        ({"keys": [{"name": "a", "models": "m, n"}]}, "keys[0] (a).models: it is a list such as [a, b], this"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(entries, sentence):
    with pytest.raises(UserError) as caught:
        checked(entries)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_empty_where_words_can_be_chosen_is_left_out(empty):
    given = {
        "customers": [{"name": "c", "region": empty, "state": empty}],
        "users": [{"name": "u", "role": empty}],
        "mcp_servers": [{"name": "s", "transport": empty, "auth_type": empty}],
        "teams": [{"name": "t", "members": [{"user": "u", "role": empty}]}],
    }
    entries = checked(given)
    assert [listed[0]["state"] for listed in entries.values()] == ["present"] * 4
    whole = {kind: KINDS[kind].complete(listed[0]) for kind, listed in entries.items()}
    assert (whole["user"]["role"], whole["mcp_server"]["transport"]) == ("internal_user", "http")
    assert whole["team"]["members"] == [{"user": "u", "role": "user"}] and "region" not in whole["customer"]


def test_everything_that_is_wrong_is_named_at_once():
    with pytest.raises(UserError) as caught:
        checked({"keys": [{"nmae": "a"}, {"name": "b", "x": 1}], "teams": [{"name": "t", "y": 1}]})
    assert len(caught.value.sentences) == 3


def test_types_are_made_right():
    entries = checked({"keys": [{"name": "a", "blocked": "yes", "budget": {"max": "5"}, "models": "gpt"}]})
    (key,) = entries["key"]
    assert (key["blocked"], key["budget"]["max"], key["models"], key["state"]) == (True, 5.0, ["gpt"], "present")


@pytest.mark.parametrize("plural", sorted(PLURALS))
def test_a_name_is_enough_to_remove(plural):
    ((entry,),) = checked({plural: [{"name": "gone", "state": "absent"}]}).values()
    assert (entry["name"], entry["state"]) == ("gone", "absent")


def test_secrets_of_entries_are_known():
    entries = checked(
        {
            "credentials": [{"name": "c", "values": {"api_key": "one"}}],
            "mcp_servers": [{"name": "s", "env": {"TOKEN": "two"}, "static_headers": {"X": "three"}}],
            "models": [{"name": "m", "litellm_params": {"model": "openai/x", "api_key": "four"}}],
        }
    )
    assert secret_values(entries) == {"one", "two", "three", "four"}


def test_references_are_no_secrets():
    params = {"model": "openai/x", "api_key": "os.environ/OPENAI_API_KEY", "litellm_credential_name": "c"}
    assert secret_values(checked({"models": [{"name": "m", "litellm_params": params}]})) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_of_every_kind_says_what_leaving_it_out_means(kind):
    for name, field in KINDS[kind].fields.items():
        assert field.required or field.virtual or field.default is not KEEP or _optional(kind, name), (kind, name)


def _optional(kind, name):
    """Options that are left as they are when an entry does not name them, on purpose."""
    return (kind, name) in {
        ("budget", "soft_max"),
        ("customer", "region"),
        ("key", "duration"),
        ("organization", "mcp"),
        ("team", "mcp"),
        ("team", "members"),
    }


def test_a_digest_tells_values_apart_and_not_what_they_are():
    assert digest("key", "a", "value") == digest("key", "a", "value")
    assert len({digest("key", "a", "v"), digest("key", "b", "v"), digest("key", "a", "w")}) == 3
    assert digest("key", "a", "") is None


def test_the_modules_are_as_generated():
    done = subprocess.run(
        [sys.executable, str(tree.TOP / "tools" / "module_docs.py"), "--check"],
        env={"PYTHONPATH": str(tree.TOP / ".collections"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_takes_the_name_of_an_option_of_the_connection(kind):
    assert not set(KINDS[kind].fields) & set(CONNECTION)
