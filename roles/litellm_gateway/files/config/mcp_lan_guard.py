# LiteLLM callback that refuses a tools/call which the key's own policy does not name. Mounted beside config.yaml.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds every key to its policy (mcp_lan_filter/policy.py), whatever the LiteLLM version enforces by itself.

It is a guardrail rather than a plain logger, because LiteLLM leaves loggers out when a call has no identity (REST on
1.77.3), and that is a call to refuse.
"""

from __future__ import annotations

import json
import re

import mcp_lan_filter
from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.proxy._types import UserAPIKeyAuth
from mcp_lan_filter.application import is_wrapped
from mcp_lan_filter.cached import CACHED, ask_to_keep
from mcp_lan_filter.current import current, named
from mcp_lan_filter.gateway import gateway
from mcp_lan_filter.policy import refusal, registry, targets
from mcp_lan_filter.states import State

EVENTS = ("pre_call", "pre_mcp_call")
CALL_TYPES = ("mcp_call", "call_mcp_tool")
# What the log has of a tool: a name, and nothing else that a client may have written in its place.
NAME = re.compile(r"[A-Za-z0-9_./-]{1,128}")


class Guard(CustomGuardrail):
    """Runs before every tools/call; nothing in a request, key or team can switch it off."""

    def __init__(self, **kwargs) -> None:
        super().__init__(guardrail_name="mcp_lan_guard", default_on=True, **kwargs)
        if not is_wrapped(gateway.server.app):
            raise RuntimeError("mcp_lan_guard: the request filter is not around LiteLLM; PYTHONPATH has to name it")
        self.loaded = f"mcp_lan_guard sha256:{mcp_lan_filter.digest()} requests:{mcp_lan_filter.rules_digest()}"
        gateway.guards.append(self)

    def __str__(self) -> str:
        """What GET /active/callbacks shows, so that a running gateway proves which guard and filter it has loaded."""
        return self.loaded

    def should_run_guardrail(self, data, event_type) -> bool:
        return getattr(event_type, "value", event_type) in EVENTS

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        entry = named.get()
        if entry is not None:
            entry.key = getattr(user_api_key_dict, "key_alias", None) or entry.key
        if call_type not in CALL_TYPES and "mcp_tool_name" not in data:
            if call_type in CACHED:
                ask_to_keep(user_api_key_dict, data, gateway.cached_models)
            return
        if entry is not None and NAME.fullmatch(str(data.get("mcp_tool_name"))):
            entry.tool = data["mcp_tool_name"]
        try:
            if isinstance(user_api_key_dict, UserAPIKeyAuth):
                reason = refusal(user_api_key_dict, data, registry())
            else:
                name = data.get("mcp_tool_name")
                reason = f"the call of '{name}' carries no identity; call tools at /mcp/ with a key"
        except Exception as error:  # whatever goes wrong here must end in a refusal
            reason = f"could not check the call: {type(error).__name__}"
        request = current.get()
        if not reason and (state := await self._limit(request, data)):
            if request is not None:
                request.refused, request.state = True, state
            raise HTTPException(429, f"mcp_lan_guard: {state.sentence}")
        if reason:
            if request is not None:
                request.refused = True
            raise HTTPException(403, f"mcp_lan_guard: {reason}")

    @staticmethod
    async def _limit(request, data):
        """The limit of its MCP server that a call would pass; one that is let through is counted once."""
        identity = json.dumps([data.get("mcp_tool_name"), data.get("mcp_arguments")], default=str)
        # LiteLLM 1.108.7 asks for each tool before it lists it (proxy/_experimental/mcp_server/tool_catalog_guard.py).
        if "mcp_input_schema" in data or (request is not None and identity in request.charged):
            return None
        try:
            state, ended = await gateway.server_limits.take(*targets(registry(), data))
        except Exception:  # the database was never reached: what is not known is not let through
            return State(503, "The limits of this MCP server could not be read; try again.")
        if request is not None and state is None:
            request.charged.add(identity)
            request.ended.append(ended)
        elif state is None:
            ended()
        return state


guard = Guard()
