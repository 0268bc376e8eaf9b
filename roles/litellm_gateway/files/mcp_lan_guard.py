# LiteLLM callback that refuses a tools/call which the key's own policy does not name. Mounted beside config.yaml.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds every key to ``metadata.mcp_lan.policy``, whatever the LiteLLM version enforces by itself.

The policy, ``{server: ["*"] or [tool, "prefix_*"]}``, is worked out by the collection and written into the key; here
it is only looked up. Refused is what it does not name: another server or tool, by prefixed or bare name, a key without
a policy, a call without an identity. The master key has no policy and may call everything.

It is a guardrail rather than a plain logger, because LiteLLM leaves loggers out when a call has no identity (REST on
1.77.3), and that is a call to refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.proxy._types import UserAPIKeyAuth

SEPARATOR = "-"
EVENTS = ("pre_call", "pre_mcp_call")
CALL_TYPES = ("mcp_call", "call_mcp_tool")


def registry():
    """LiteLLM's running MCP servers. Imported late: LiteLLM starts, without MCP, where the mcp package is missing."""
    from litellm.proxy._experimental.mcp_server.mcp_server_manager import global_mcp_server_manager

    return global_mcp_server_manager


def prefix_of(server) -> str:
    """What LiteLLM puts before the tools of this server."""
    return (server.alias or server.server_name or server.server_id or "").replace(" ", "_")


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


def refusal(key, data, manager) -> str | None:
    """Why the call must not be made; None when it may."""
    tool_name = data.get("mcp_tool_name")
    if not isinstance(key, UserAPIKeyAuth):
        return f"the call of '{tool_name}' carries no identity; call tools at /mcp/ with a key"
    mark = (key.metadata or {}).get("mcp_lan")
    policy = mark.get("policy") if isinstance(mark, Mapping) else None
    if not isinstance(policy, Mapping):
        # A key that carries a policy is held to it even where its user is an administrator.
        return None if key.user_role == "proxy_admin" else "this key has no MCP policy and may call no tool"
    reached, tool = targets(manager, data)
    if not reached:
        return f"there is no tool '{tool_name}' that this key may call"
    if all(names(policy.get(server.server_name or server.name), tool) for server in reached):
        return None
    if len(reached) > 1:
        return f"'{tool_name}' may be a tool of several servers, and this key may not call it on all of them; prefix it"
    return f"this key may not call '{tool_name}'"


class Guard(CustomGuardrail):
    """Runs before every tools/call; nothing in a request, key or team can switch it off."""

    def __init__(self, **kwargs) -> None:
        super().__init__(guardrail_name="mcp_lan_guard", default_on=True, **kwargs)
        self.digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()

    def __str__(self) -> str:
        """What GET /active/callbacks shows, so that a running gateway proves which guard it has loaded."""
        return f"mcp_lan_guard sha256:{self.digest}"

    def should_run_guardrail(self, data, event_type) -> bool:
        return getattr(event_type, "value", event_type) in EVENTS

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        # Old versions let any key bring a router of its own, and ask the addresses that it names (PYSEC-2026-4070).
        if "user_config" in data and getattr(user_api_key_dict, "user_role", None) != "proxy_admin":
            raise HTTPException(403, "mcp_lan_guard: user_config is not taken from a request")
        if call_type not in CALL_TYPES and "mcp_tool_name" not in data:
            return
        try:
            reason = refusal(user_api_key_dict, data, registry())
        except Exception as error:  # whatever goes wrong here must end in a refusal
            raise HTTPException(403, f"mcp_lan_guard could not check the call: {type(error).__name__}") from error
        if reason:
            raise HTTPException(403, f"mcp_lan_guard: {reason}")


guard = Guard()
