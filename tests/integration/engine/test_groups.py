# SPDX-License-Identifier: GPL-3.0-or-later
"""Toolsets, access groups and a team's members: what they mean, and that versions which cannot hold one say so."""

from __future__ import annotations

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler

MODULE = "mcp_lan.litellm.gateway_state"


def _state(own: str) -> dict:
    alpha, beta = f"{own}alpha", f"{own}beta"
    return {
        "owner": own,
        "mcp_servers": [
            {"name": alpha, "url": "http://alpha.invalid/mcp", "tools": ["list_a", "list_b", "drop"]},
            {"name": beta, "url": "http://beta.invalid/mcp"},
        ],
        "toolsets": [{"name": f"{own}reading", "mcp": {alpha: ["list_*"], beta: ["get"]}}],
        "teams": [{"name": f"{own}team", "mcp": {f"{own}reading": ["*"]}}],
        "access_groups": [{"name": f"{own}access", "models": ["mock"], "mcp_servers": [beta], "teams": [f"{own}team"]}],
        "keys": [
            {"name": f"{own}reader", "mcp": {f"{own}reading": ["*"]}},
            {"name": f"{own}member", "team": f"{own}team", "mcp": {"*": ["*"]}},
            {"name": f"{own}nothing", "team": f"{own}team"},
        ],
    }


def _policy(client, name: str) -> dict:
    (found,) = client.get("/key/list", return_full_object="true", key_alias=name)["keys"]
    return found["metadata"]["mcp_lan"]["policy"]


def test_a_toolset_is_what_a_scope_may_name(own, play, client):
    state = _state(own)
    if not Reconciler(client).ctx.capabilities.toolsets:
        refused = play([{"name": "state", MODULE: state}], fails=True)["state"]
        for kind in ("toolset", "access group"):
            assert f"{kind} '{own}" in refused["msg"] and "is too old: 1." in refused["msg"]
        return

    tasks = [{"name": "state", MODULE: state}, {"name": "again", MODULE: state}]
    tasks.append({"name": "key alone", MODULE: {"owner": own, "keys": state["keys"][:1]}})
    results = play(tasks)
    assert {one["action"] for one in results["state"]["results"]} == {"created"}
    assert results["again"]["changed"] is False
    # The toolset is not in these entries: it is looked up at the gateway.
    assert results["key alone"]["changed"] is False
    granted = {f"{own}alpha": ["list_a", "list_b"], f"{own}beta": ["get"]}
    assert _policy(client, f"{own}reader") == _policy(client, f"{own}member") == granted
    # An access group widens what the team may be granted, not what a key is.
    assert _policy(client, f"{own}nothing") == {}
    servers = {one["server_name"]: one["server_id"] for one in client.get("/v1/mcp/server")}
    (toolset,) = [one for one in client.get("/v1/mcp/toolset") if one["toolset_name"] == f"{own}reading"]
    assert {(one["server_id"], one["tool_name"]) for one in toolset["tools"]} == {
        (servers[server], tool) for server, tools in granted.items() for tool in tools
    }

    # A toolset that gets narrower narrows whoever names it.
    narrower = {**state, "toolsets": [{"name": f"{own}reading", "mcp": {f"{own}beta": ["get"]}}]}
    results = play([{"name": "state", MODULE: narrower}, {"name": "again", MODULE: narrower}])
    assert results["again"]["changed"] is False
    assert _policy(client, f"{own}reader") == {f"{own}beta": ["get"]}

    # LiteLLM's toolsets know no pattern, and the tools of beta are not known.
    wide = {**state, "toolsets": [{"name": f"{own}reading", "mcp": {f"{own}beta": ["*"]}}]}
    assert "a toolset names each of its tools" in play([{"name": "state", MODULE: wide}], fails=True)["state"]["msg"]


def test_an_address_goes_from_one_member_to_another(own, play, client):
    """Newer versions know a member by an address, and keep the one that it had when it was added."""
    one, other, address = f"{own}one", f"{own}other", f"{own}@example.com"

    def state(addresses: tuple[str, str], *members: str) -> dict:
        users = [{"name": name, "email": given} for name, given in zip((one, other), addresses, strict=True)]
        return {"users": users, "teams": [{"name": f"{own}team", "members": [{"user": name} for name in members]}]}

    both = state(("", address), one, other)
    results = play([
        {"name": "had it", MODULE: state((address, ""), one)},
        {"name": "has it", MODULE: both},
        {"name": "again", MODULE: both},
    ])  # fmt: skip
    assert results["has it"]["changed"] and not results["again"]["changed"]

    same = [{"name": "same", MODULE: state((address, address), one, other)}]
    if Reconciler(client).ctx.capabilities.members_by_id:
        play(same)
    else:
        sentence = f"team '{own}team': its members '{one}' and '{other}' have the same e-mail address, and LiteLLM "
        assert sentence in play(same, fails=True)["same"]["msg"]
