# SPDX-License-Identifier: GPL-3.0-or-later
"""Of every kind: the entry that an export writes means what was there, with all that leaving an option out means."""

from __future__ import annotations

import string

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import KEEP, Context, RemoteObject
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from hypothesis import given, settings
from hypothesis import strategies as st

VERSION = "1.106.2"
SERVERS = ("alpha", "beta")
words = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=5)
plain = st.one_of(st.booleans(), st.integers(-9, 9), words, st.lists(words, max_size=2))
TOOLS = st.sampled_from([["*"], ["one"], ["one", "two"], []])
# What an option takes that its declaration does not say.
SPECIAL = {
    "mcp": st.dictionaries(st.sampled_from(SERVERS), TOOLS),
    "per": st.sampled_from(["12h", "7d", "30d"]),
    "expires": st.just("2031-01-01T00:00:00Z"),
    "duration": st.sampled_from(["36h", "30d"]),
    "tool_costs": st.dictionaries(words, st.floats(0, 1)),
    "models": st.lists(words, unique=True),
    "cache": st.one_of(
        st.just({}), st.fixed_dictionaries({"ttl": st.integers(1, 9)}, optional={"shared": st.booleans()})
    ),
    "hash": st.nothing(),
    "rotate": st.nothing(),
}
NUMBERS = {"float": st.floats(0.001, 100), "int": st.integers(1, 1000), "bool": st.booleans()}


def _values(name, declared):
    if name in SPECIAL:
        return SPECIAL[name]
    if declared.choices:
        return st.sampled_from(declared.choices)
    if declared.options and declared.type == "dict":
        return _options(declared.options)
    if declared.type == "list":
        elements = _options(declared.options) if declared.options else words
        return st.lists(elements, max_size=2)
    if declared.type == "dict":
        return st.dictionaries(words, words if declared.no_log else plain, max_size=2)
    return NUMBERS.get(declared.type, st.one_of(st.just(""), words))


def _options(fields, leave=()):
    named = {name: _values(name, each) for name, each in fields.items() if name not in leave}
    required = {name: each for name, each in named.items() if fields[name].required}
    optional = {name: each for name, each in named.items() if name not in required and not each.is_empty}
    return st.fixed_dictionaries(required, optional=optional)


def _valid(kind, entry):
    if "per" in (entry.get("budget") or {}) and "max" not in entry["budget"]:
        del entry["budget"]["per"]
    if kind == "key" and "expires" in entry:
        entry.pop("duration", None)
    return entry


def _context():
    ctx = Context(None, for_version(VERSION), kinds=KINDS, guarded=True)
    for name in SERVERS:
        server = KINDS["mcp_server"].complete({"name": name, "url": f"http://{name}.lan/mcp"})
        ctx.found.setdefault("mcp_server", {})[name] = RemoteObject(name, KINDS["mcp_server"].new_id(name), {}, server)
    return ctx


# What an entry says of the others is in the gateway's answer alone, and is tried with one.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("credential", "guardrail", "model")])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_entry_of_what_is_there_means_what_is_there(kind, data):
    resource = KINDS[kind]
    secret = [name for name, each in resource.fields.items() if each.secret or each.virtual]
    entry = _valid(kind, data.draw(_options(resource.fields, leave=secret)))
    state = resource.complete(entry)
    # What the entry leaves as it is may be anything; what is there has no values of secrets.
    there = {**dict.fromkeys(resource.fields), **state}
    if kind == "key":
        there["models"] = there["models"] or ["no-default-models"]
    current = RemoteObject(entry["name"], resource.new_id(entry["name"]), {}, there)
    meant = resource.complete(resource.entry(_context(), current))
    for name, declared in resource.fields.items():
        if name in secret or (declared.default is KEEP and name not in meant):
            continue
        assert meant[name] == state.get(name), name
