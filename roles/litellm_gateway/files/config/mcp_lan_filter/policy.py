# What a key may use of MCP servers: its own policy, looked up.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy, C({server: ["*"] or [tool, "prefix_*"]}), is worked out by the collection and written into the key as
C(metadata.mcp_lan.policy). Where it is of more than tools, a server has C({tools, prompts, resources}), a list for
each. What it does not name is refused: another server or tool, by prefixed or bare name, a key without a policy, a call
without an identity. The master key has no policy and may use everything.
"""

from __future__ import annotations

from collections.abc import Mapping

SEPARATOR = "-"


def registry():
    """LiteLLM's running MCP servers. Imported late: LiteLLM starts, without MCP, where the mcp package is missing."""
    from litellm.proxy._experimental.mcp_server.mcp_server_manager import global_mcp_server_manager

    return global_mcp_server_manager


def prefix_of(server) -> str:
    """What LiteLLM puts before the tools of this server."""
    return (server.alias or server.server_name or server.server_id or "").replace(" ", "_")


def name_of(server) -> str:
    """What the inventory calls this server."""
    return server.server_name or server.name


def targets(manager, data) -> tuple[list, str]:
    """Every server that the call may reach, and the tool's own name."""
    name = str(data.get("mcp_tool_name") or "")
    servers = list(manager.get_registry().values())
    resolved = data.get("mcp_server_name")
    if resolved:  # newer versions hand over the server and the tool apart
        prefix, tool = str(resolved).replace(" ", "_"), name
        return [server for server in servers if prefix_of(server) == prefix], tool
    prefix, separator, tool = name.partition(SEPARATOR)
    prefixed = [server for server in servers if prefix_of(server) == prefix.replace(" ", "_")] if separator else []
    if prefixed:
        return prefixed, tool
    # A bare name goes to whichever server was listed last, so it may reach every server that has a tool of that name.
    known = manager.tool_name_to_mcp_server_name_mapping
    return [server for server in servers if f"{prefix_of(server)}{SEPARATOR}{name}" in known], name


def names(entries, tool: str) -> bool:
    """Whether one server's part of a policy names the tool."""
    # Only a list counts: a string would be read letter by letter, and "list_*" contains a "*".
    return isinstance(entries, list) and any(
        entry == "*" or entry == tool or (entry.endswith("*") and tool.startswith(entry[:-1])) for entry in entries
    )


def part_of(scope, part: str):
    """The tools, prompts or resources that one server's part of a policy names; a list is of tools."""
    if isinstance(scope, Mapping):
        return scope.get(part)
    return scope if part == "tools" else None


def policy_of(key) -> Mapping | None:
    """The policy that a key carries, if it does."""
    mark = (key.metadata or {}).get("mcp_lan")
    policy = mark.get("policy") if isinstance(mark, Mapping) else None
    return policy if isinstance(policy, Mapping) else None


def refusal(key, data, manager) -> str | None:
    """Why a key (LiteLLM's UserAPIKeyAuth) must not make this call; None when it may."""
    tool_name = data.get("mcp_tool_name")
    policy = policy_of(key)
    if policy is None:
        # A key that carries a policy is held to it even where its user is an administrator.
        return None if key.user_role == "proxy_admin" else "this key has no MCP policy and may call no tool"
    reached, tool = targets(manager, data)
    if not reached:
        return f"there is no tool '{tool_name}' that this key may call"
    if all(names(part_of(policy.get(name_of(server)), "tools"), tool) for server in reached):
        return None
    if len(reached) > 1:
        return f"'{tool_name}' may be a tool of several servers, and this key may not call it on all of them; prefix it"
    return f"this key may not call '{tool_name}'"
