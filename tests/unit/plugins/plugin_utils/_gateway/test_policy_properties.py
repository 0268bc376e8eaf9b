# What holds of policy.effective for every inventory: never wider than its parts, monotone, order free, idempotent.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from fnmatch import fnmatchcase

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import policy
from hypothesis import given
from hypothesis import strategies as st

TOOLS = ["list_a", "list_b", "list_bc", "get_a", "get_b"]
PROBES = [*TOOLS, "list_later", "later", ""]
PATTERNS = ["*", "list_*", "l*", "get_*", "list_b*", *TOOLS]
NAMES = ["alpha", "beta", "gamma"]

servers = st.lists(st.sampled_from([None, TOOLS]), min_size=3, max_size=3).map(
    lambda known: [
        {"name": name, "alias": f"{name}_x", "access_groups": groups, **({"tools": tools} if tools else {})}
        for name, tools, groups in zip(NAMES, known, (["one"], ["one", "two"], ["two"]), strict=True)
    ]
)
references = [*NAMES, "alpha_x", "one", "two", "*", "?????"]
mcp = st.dictionaries(st.sampled_from(references), st.lists(st.sampled_from(PATTERNS), max_size=4), max_size=4)
maybe = st.none() | mcp


def meant(entry, server):
    """Which probes an entry's mcp names at a server, worked out by trying each one (None: it sets no bound)."""
    if entry is None:
        return set(PROBES)
    labels = {server["name"], server["alias"], *server["access_groups"]}
    patterns = [
        pattern
        for reference, listed in entry.items()
        if reference in labels or ("one" != reference != "two" and fnmatchcase(server["name"], reference))
        for pattern in listed
    ]
    known = server.get("tools")
    return {
        probe
        for probe in PROBES
        for pattern in patterns
        if pattern == "*" or (fnmatchcase(probe, pattern) and (known is None or probe in known))
    }


def run(key, team, org, org_of_team, catalogue):
    return policy.effective(
        [{"name": "k", "team": "t", "organization": "o", "mcp": key}],
        [{"name": "t", "organization": "p", "mcp": team}],
        [{"name": "o", "mcp": org}, {"name": "p", "mcp": org_of_team}],
        catalogue,
    )["k"]


def allowed(result, server):
    return {probe for probe in PROBES if policy.allows(result, server["name"], probe)}


@given(mcp, maybe, maybe, maybe, servers)
def test_is_exactly_what_all_of_its_parts_name(key, team, org, org_of_team, catalogue):
    result = run(key, team, org, org_of_team, catalogue)
    for server in catalogue:
        parts = [meant(part, server) for part in (key, team, org, org_of_team)]
        assert allowed(result, server) == set.intersection(*parts)


@given(maybe, maybe, servers)
def test_no_key_entry_is_nothing(team, org, catalogue):
    assert run(None, team, org, None, catalogue) == {}


@given(mcp, maybe, st.sampled_from(references), st.lists(st.sampled_from(PATTERNS)), servers)
def test_monotone_granting_more_never_takes_away(key, team, reference, more, catalogue):
    wider = {**key, reference: [*key.get(reference, []), *more]}
    before, after = run(key, team, None, None, catalogue), run(wider, team, None, None, catalogue)
    for server in catalogue:
        assert allowed(before, server) <= allowed(after, server)


@given(mcp, maybe, servers, st.randoms())
def test_order_does_not_matter(key, team, catalogue, random):
    shuffled = list(key.items())
    random.shuffle(shuffled)
    turned = {reference: random.sample(tools, len(tools)) for reference, tools in shuffled}
    assert run(turned, team, None, None, random.sample(catalogue, 3)) == run(key, team, None, None, catalogue)


@given(mcp, maybe, servers)
def test_idempotent_and_normal(key, team, catalogue):
    once = run(key, team, None, None, catalogue)
    assert run(once, team, None, None, catalogue) == once
    assert run(once, once, once, once, catalogue) == once
    for tools in once.values():
        assert tools == ["*"] or (tools and tools == sorted(set(tools)) and "*" not in tools)
    for server in catalogue:
        if "tools" in server:
            assert all(tool == "*" or tool in TOOLS for tool in once.get(server["name"], []))


@given(mcp, mcp, maybe, servers)
def test_keys_do_not_touch_each_other(one, other, team, catalogue):
    teams = [{"name": "t", "mcp": team}]
    both = policy.effective([{"name": "k", "team": "t", "mcp": one}, {"name": "m", "mcp": other}], teams, [], catalogue)
    assert both["k"] == policy.effective([{"name": "k", "team": "t", "mcp": one}], teams, [], catalogue)["k"]
