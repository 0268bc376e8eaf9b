# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway really lets each key do, tried over the real protocol and held against the inventory.

Every key lists the tools, calls one harmless tool of each server that it may use, and calls every tool that it may not,
with arguments that fit the tool's schema and mean nothing: LiteLLM looks at the schema first, so a call without them
would be turned away before anybody asks whether it is allowed. A difference between the inventory and the wire is a
sentence in `problems`.
"""

from __future__ import annotations

import re

from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from ansible_collections.mcp_lan.litellm.plugins.module_utils.policy import SEPARATOR, allows

# How a refusal reads: the guard's own words, or those of LiteLLM versions that enforce by themselves.
NOTHING = "mcp_lan-nothing-of-this-name"
REFUSED = re.compile(
    r"mcp_lan_guard|\b40[13]\b|not allowed|forbidden|permission|access denied|unauthorized", re.IGNORECASE
)


def bearer(value):
    """The header that carries a key."""
    return {"Authorization": f"Bearer {value}"}


def endpoint_of(api_url, name, value, calls=(), timeout=20):
    """The gateway's own MCP endpoint, as one key sees it."""
    return {
        "name": name,
        "transport": "http",
        "url": api_url.rstrip("/") + "/mcp/",
        "headers": bearer(value),
        "needs_tools": False,
        "timeout": timeout,
        "calls": list(calls),
    }


def by_server(tools, prefixes):
    """Prefixed tool names as {server: [tool]}; `prefixes` maps what LiteLLM puts before the separator to the server."""
    found = {}
    for name in tools:
        prefix, _separator, tool = name.partition(SEPARATOR)
        found.setdefault(prefixes.get(prefix, prefix), []).append(tool)
    return {server: sorted(names) for server, names in sorted(found.items())}


def prefixes_of(servers):
    """What stands before a server's tools is its alias, where it has one."""
    return {server.get("alias") or server["name"]: server["name"] for server in servers}


def meaningless(schema):
    """A value that fits a JSON schema and names nothing that exists."""
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return meaningless(schema[choice][0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "object" or "properties" in schema:
        known = schema.get("properties") or {}
        return {name: meaningless(known.get(name) or {}) for name in schema.get("required") or []}
    if kind == "array":
        return [meaningless(schema.get("items") or {})] * int(schema.get("minItems") or 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return None if kind == "null" else NOTHING


def _calls_for(grants, offered, schemas, wanted, prefix_of):
    """The calls one key makes: (server, tool, expected to pass, the call)."""
    plan = []
    for server, tools in offered.items():
        for tool in tools:
            name = prefix_of[server] + SEPARATOR + tool
            if not allows(grants, server, tool):
                plan.append((server, tool, False, {"tool": name, "arguments": meaningless(schemas[name])}))
            elif server in wanted and wanted[server]["tool"] == tool:
                plan.append((server, tool, True, {"tool": name, "arguments": wanted[server].get("arguments") or {}}))
    return plan


def _judge_call(key, server, tool, may, answer, expect):
    """One call's outcome, and the sentence if it is not what the inventory says."""
    # LiteLLM 1.77.3 hands its own errors on as an ordinary result whose text begins so.
    passed = answer["ok"] and not answer["text"].startswith("Error: ")
    refused = not passed and bool(REFUSED.search(answer["text"]))
    outcome = "called" if passed else "refused" if refused else "failed"
    problem = None
    if not may and not refused:
        problem = f"key '{key}' may not call {tool} of {server}, but the gateway let the call through"
    elif may and refused:
        problem = f"key '{key}' may call {tool} of {server}, but the gateway refused it: {answer['text'][:200]}"
    elif may and not passed:
        problem = f"key '{key}': the call of {tool} of {server} failed: {answer['text'][:300]}"
    elif may and expect and expect not in answer["text"]:
        problem = f"key '{key}': {tool} of {server} answered without '{expect}': {answer['text'][:200]}"
    cell = {"server": server, "tool": tool, "allowed": may, "outcome": outcome, "ok": problem is None}
    return cell, problem


def _judge_listing(key, grants, listed, native_lists):
    problems = []
    for server in sorted(set(grants) | set(listed)):
        shown = listed.get(server, [])
        if server not in grants and shown:
            problems.append(f"key '{key}' sees tools of {server}, which it may not use")
        elif server in grants and not any(allows(grants, server, tool) for tool in shown):
            problems.append(f"key '{key}' sees no tool of {server} that it may call: is the server up?")
        elif native_lists:
            problems += [
                f"key '{key}' sees {tool} of {server}, which it may not call"
                for tool in shown
                if not allows(grants, server, tool)
            ]
    return problems


def prove(api_url, admin, values, grants, servers, wanted, native_lists=False, at_once=4):
    """Try every key; returns {servers, keys, problems}.

    admin: the master key, by which every server's tools are known. values: key name to value. grants: key name to
    {server: tools}, as policy.effective gives it. servers: the registered servers (name, alias, transport). wanted: for
    a server the harmless call {tool, arguments, expect}. native_lists: whether this version lists tool by tool.
    """
    prefixes = prefixes_of(servers)
    prefix_of = {server: prefix for prefix, server in prefixes.items()}
    everything = probe.run([endpoint_of(api_url, "master key", admin)])[0]
    if not everything["ok"]:
        return {
            "servers": [],
            "keys": [],
            "problems": [f"the gateway's MCP endpoint does not answer: {everything['error']}"],
        }
    offered = {
        server: tools for server, tools in by_server(everything["tools"], prefixes).items() if server in prefix_of
    }
    problems = [
        f"MCP server '{server['name']}' is registered and offers no tool through the gateway"
        for server in servers
        if not offered.get(server["name"])
    ]
    schemas = everything["input_schemas"]
    plans = {name: _calls_for(grants[name], offered, schemas, wanted, prefix_of) for name in values}
    answers = probe.run(
        [endpoint_of(api_url, name, values[name], [step[3] for step in plans[name]]) for name in values], at_once
    )
    keys = []
    for name, answer in zip(values, answers, strict=True):
        if not answer["ok"]:
            problems.append(f"key '{name}' gets no session at the gateway: {answer['error']}")
            keys.append({"name": name, "listed": {}, "calls": [], "ok": False})
            continue
        listed = by_server(answer["tools"], prefixes)
        wrong = _judge_listing(name, grants[name], listed, native_lists)
        cells = []
        for (server, tool, may, _call), result in zip(plans[name], answer["calls"], strict=True):
            expect = (wanted.get(server) or {}).get("expect") if may else None
            cell, problem = _judge_call(name, server, tool, may, result, expect)
            cells.append(cell)
            wrong += [problem] if problem else []
        keys.append({"name": name, "listed": listed, "calls": cells, "ok": not wrong})
        problems += wrong
    shown = [
        {
            "name": server["name"],
            "transport": server.get("transport") or "http",
            "tools": offered.get(server["name"], []),
        }
        for server in servers
    ]
    return {"servers": shown, "keys": keys, "problems": problems}
