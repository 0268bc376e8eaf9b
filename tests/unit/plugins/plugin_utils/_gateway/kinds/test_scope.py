# SPDX-License-Identifier: GPL-3.0-or-later
"""What a team's or organization's scope is to the versions, and when it has come to mean something else."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import MARK, Context, RemoteObject
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.scope import bound_mark, bound_permission

OLD, NEW = "1.77.3", "1.108.7"


def context(version, *servers):
    ctx = Context(None, for_version(version), kinds=KINDS)
    ctx.desired["mcp_server"] = {
        name: KINDS["mcp_server"].complete({"name": name, "url": f"http://{name}/mcp"}) for name in servers
    }
    return ctx


def team(**fields):
    return KINDS["team"].complete({"name": "people", **fields})


def ids(ctx, *servers):
    return sorted(ctx.id_of("mcp_server", name) for name in servers)


def test_a_team_without_a_bound_names_all_servers_where_the_version_reads_it():
    old, new = context(OLD, "a", "b"), context(NEW, "a", "b")
    assert bound_permission(old, "team", team())["mcp_servers"] == []
    assert bound_permission(new, "team", team())["mcp_servers"] == ids(new, "a", "b")
    assert bound_permission(new, "organization", team())["mcp_servers"] == []


def test_a_bound_names_its_servers_and_one_of_nothing_names_none():
    ctx = context(NEW, "a", "b")
    assert bound_permission(ctx, "team", team(mcp={"a": ["*"]}))["mcp_servers"] == ids(ctx, "a")
    assert bound_permission(ctx, "team", team(mcp={}))["mcp_servers"] == ["no-mcp-servers"]


@pytest.mark.parametrize("fields", [{}, {"mcp": {"*": ["*"]}}])
def test_a_new_server_changes_what_was_written(fields):
    before, after, desired = context(NEW, "a"), context(NEW, "a", "b"), team(**fields)
    raw = {"metadata": {MARK: bound_mark(before, "team", desired)}}
    current = RemoteObject("people", "1", raw, state=dict(desired))
    assert KINDS["team"].changes(before, desired, current) == []
    assert KINDS["team"].changes(after, desired, current) == ["mcp"]


def test_a_bound_that_the_gateway_cannot_hold_is_refused_before_anything_is_written():
    desired = team(mcp={"a": ["read_*"]})
    KINDS["team"].effective(context(OLD, "a"), {"people": desired})
    with pytest.raises(UserError, match="the pattern 'read_\\*' for MCP server 'a' cannot be given to the gateway"):
        KINDS["team"].effective(context(NEW, "a"), {"people": desired})
