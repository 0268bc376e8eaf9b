# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway really lets each key do, tried over the real protocol and held against the inventory.

Every key lists the tools, calls one harmless tool of each server that it may use, and calls every tool that it may not,
with arguments that fit the tool's schema and mean nothing: LiteLLM looks at the schema first, so a call without them
would be turned away before anybody asks whether it is allowed. In full depth the denied tools of a server share the
ways to name a tool among them, and so do the allowed ones that are said to be harmless; in exhaustive depth each tool
is tried in all the ways. A difference between the inventory and the wire is a sentence in `problems`.
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from ansible_collections.mcp_lan.litellm.plugins.module_utils.proof_state import (
    HELD,
    UNKNOWN,
    State,
    held,
    judge_names,
    judge_state,
    state_of,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.policy import SEPARATOR, allows, names_in
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_models, proof_offers, proof_wire

NOTHING = "mcp_lan-nothing-of-this-name"
DEEPEST = 16  # levels of a tool's schema, which may hold itself, more than once at each
DEPTHS = ("smoke", "full", "exhaustive")
# The ways to name a tool; the first is the one that clients use, and the one that a quick proof tries.
WAYS = ("mcp", "path", "header", "bare", "rest")
OPEN_WAYS = WAYS[:3]  # those in which what is allowed has to go through
# What belongs to administrators. Each would do nothing, or nothing that lasts, if it were let through.
ADMIN = (
    ("GET", "/key/list", None),
    ("POST", "/key/generate", {"duration": "1s", "models": [NOTHING], "max_budget": 0}),
    ("DELETE", f"/v1/mcp/server/{NOTHING}", None),
    ("POST", "/config/update", {"environment_variables": {}}),
    ("GET", "/spend/logs", None),
    ("GET", "/active/callbacks", None),
)


class ToolCall(NamedTuple):
    """One call of the plan: whose, what, in which way, and whether it has to go through."""

    key: str
    server: str
    tool: str
    way: str
    may: bool
    ask: proof_wire.Request
    expect: str | None = None


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
        "ssl_context": proof_wire.TLS.get(),
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


def with_own_names(listing, servers):
    """A listing with each tool by its server's prefix and its own name, where it is shown by another one."""
    own = {
        shown: f"{server.get('alias') or server['name']}{SEPARATOR}{tool}"
        for server in servers
        for tool, shown in (server.get("tool_display_names") or {}).items()
    }
    schemas = listing.get("input_schemas") or {}
    return {
        **listing,
        "tools": [own.get(name, name) for name in listing["tools"]],
        "input_schemas": {own.get(name, name): schema for name, schema in schemas.items()},
    }


def meaningless(schema, whole=None, levels=DEEPEST):
    """A value that fits a JSON schema and names nothing that exists.

    whole: what its references point into, the schema itself by default. levels: how deep it may go on.
    """
    if not isinstance(schema, dict) or not levels:
        return NOTHING  # true is a schema as well, which anything fits
    inside = functools.partial(meaningless, whole=schema if whole is None else whole, levels=levels - 1)
    if "$ref" in schema:
        return inside(_referred(inside.keywords["whole"], schema["$ref"]))
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return inside(schema[choice][0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "object" or "properties" in schema:
        known = schema.get("properties") or {}
        return {name: inside(known.get(name)) for name in schema.get("required") or []}
    if kind == "array":
        count = int(schema.get("minItems") or 0)
        return [inside(schema.get("items"))] * count if count else []
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        return min(least, schema.get("maximum", least))
    if kind == "boolean":
        return False
    return None if kind == "null" else NOTHING.ljust(schema.get("minLength") or 0, "-")[: schema.get("maxLength")]


def _referred(whole, reference):
    """What a JSON pointer, such as C(#/$defs/Node), points to in a schema; nothing is known of any other reference."""
    found = whole
    for part in str(reference).removeprefix("#").split("/")[1:] if str(reference).startswith("#") else ["?"]:
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found


def _rest_body(tool, name, arguments, identity):
    """Old versions know the prefixed name, newer ones want the server's id beside the tool's own."""
    return (
        {"name": tool, "server_id": identity, "arguments": arguments}
        if identity
        else {"name": name, "arguments": arguments}
    )


def ask_for(way, key, prefix, tool, arguments, identity=None):
    """A call in one of the ways."""
    name = prefix + SEPARATOR + tool
    if way == "path":
        return proof_wire.call(key, name, arguments, f"/mcp/{prefix}")
    if way == "header":
        return proof_wire.call(key, name, arguments, headers={"x-mcp-servers": prefix})
    if way == "bare":
        return proof_wire.call(key, tool, arguments)
    if way == "rest":
        return proof_wire.Request("POST", "/mcp-rest/tools/call", key, _rest_body(tool, name, arguments, identity))
    return proof_wire.call(key, name, arguments)


def _bare_names(grants, offered, each):
    """The tools to call by a bare name: those that no server may answer, one for each group of servers that share it.

    A bare name means whichever server has it, so other names of the same servers would be the same question, and to
    the gateway it is by far the dearest: it asks every server for its tools each time. `each`: all of them anyway.
    """
    owners: dict[str, list[str]] = {}
    for server, tools in offered.items():
        for tool in tools:
            owners.setdefault(tool, []).append(server)
    groups: dict[Any, str] = {}
    for tool, servers in owners.items():
        if not any(allows(grants, server, tool) for server in servers):
            groups.setdefault(tool if each else tuple(servers), tool)
    return set(groups.values())


def _ways_of(denied, allowed, barred, exhaustive):
    """{tool: its ways}: each tool in one at least, each way with one denied and one allowed tool at least."""
    others = [way for way in WAYS if way not in ("mcp", "bare")]
    if exhaustive:
        ways = {tool: ["mcp", *others, *(["bare"] if tool in barred else [])] for tool in denied}
        return ways | {tool: [*OPEN_WAYS] for tool in allowed}
    ways = _shared([*others, "mcp"], {tool: ["bare"] if tool in barred else [] for tool in denied})
    return ways | _shared(OPEN_WAYS, {tool: [] for tool in allowed})


def _shared(ways, taken):
    """Deal the ways out to tools, {tool: those it has}: those that have none first, so that few are called twice."""
    order = sorted(taken, key=lambda tool: len(taken[tool]))
    for number, way in enumerate(ways if order else []):
        taken[order[number % len(order)]].append(way)
    return {tool: found or ["mcp"] for tool, found in taken.items()}


def plan_for(name, value, grants, offered, schemas, prefix_of, desired, safe_tools, depth, ids):
    """What one key tries: what it may not in the ways of this depth, what it may where that does no harm."""
    steps = []
    smoke, exhaustive = depth == "smoke", depth == "exhaustive"
    barred = _bare_names(grants, offered, exhaustive)
    for server, tools in offered.items():
        prefix = prefix_of[server]
        denied = [tool for tool in tools if not allows(grants, server, tool)]
        called = desired.get(server, {}).get("tool")
        safe = [tool for tool in tools if tool not in denied and (tool == called or allows(safe_tools, server, tool))]
        if smoke:
            ways_of = dict.fromkeys((*denied, *({called} & set(safe))), WAYS[:1])
        else:
            ways_of = _ways_of(denied, safe, barred, exhaustive)
        barred.difference_update(denied)
        for tool in tools:
            may = allows(grants, server, tool)
            named = may and tool == called
            arguments = meaningless(schemas[prefix + SEPARATOR + tool])
            if named:
                arguments = desired[server].get("arguments") or {}
            for way in ways_of.get(tool, ()):
                ask = ask_for(way, value, prefix, tool, arguments, ids.get(server))
                expect = desired[server].get("expect") if named else None
                steps.append(ToolCall(name, server, tool, way, may, ask, expect))
    return steps


def judge_call(step, answer):
    """One call's outcome, and the sentence if it is not what the inventory says."""
    if step.way == "rest":
        word, text = ("refused", "") if proof_wire.closed(answer) else ("called", answer.text)
    else:
        word, text = proof_wire.outcome(answer)
    what = f"{step.tool} of {step.server}"
    how = "" if step.way == "mcp" else f" ({step.way})"
    if not step.may and word == "called":
        return word, f"key '{step.key}' may not call {what}, but the gateway let the call through{how}"
    if not step.may and word == "failed":
        return (
            word,
            f"key '{step.key}' may not call {what}, and the call failed without being refused{how}: {text[:200]}",
        )
    if word == "held":
        return word, None
    if step.may and word == "refused":
        return word, f"key '{step.key}' may call {what}, but the gateway refused it{how}: {text[:200]}"
    if step.may and word == "failed":
        return word, f"key '{step.key}': the call of {what} failed{how}: {text[:300]}"
    if step.expect and step.expect not in text:
        return "failed", f"key '{step.key}': {what} answered without '{step.expect}'{how}: {text[:200]}"
    return word, None


def judge_listing(key, grants, listed, native_lists, silent=()):
    """The sentences for what a key sees and should not, or does not see and should.

    silent: servers that say nothing without the credential of a client's user, which nobody here has.
    """
    problems = []
    for server in sorted(set(grants) | set(listed)):
        shown = listed.get(server, [])
        if server not in grants and shown:
            problems.append(f"key '{key}' sees tools of {server}, which it may not use")
        elif server in grants and server not in silent and not any(allows(grants, server, tool) for tool in shown):
            problems.append(f"key '{key}' sees no tool of {server} that it may call: is the server up?")
        elif native_lists:
            problems += [
                f"key '{key}' sees {tool} of {server}, which it may not call"
                for tool in shown
                if not allows(grants, server, tool)
            ]
    return problems


def _cells(grants, offered, listed, steps, answers, state):
    """One key's row of the matrix, a cell for each tool, and the sentences."""
    cells: dict[tuple[str, str], dict[str, Any]] = {
        (server, tool): {
            "server": server,
            "tool": tool,
            "allowed": allows(grants, server, tool),
            "listed": tool in listed.get(server, []),
            "outcome": "not tried",
            "ways": {},
            "ok": True,
        }
        for server, tools in offered.items()
        for tool in tools
    }
    problems = []
    for step, answer in zip(steps, answers, strict=True):
        cell = cells[step.server, step.tool]
        word, problem = judge_call(step, answer)
        if state.word in HELD and word != "called":
            word, problem = "held", None
        cell["ways"][step.way] = word
        if problem:
            cell["ok"] = False
            problems.append(problem)
        if step.way == "mcp" or cell["outcome"] == "not tried":
            cell["outcome"] = word
    return list(cells.values()), problems


def _administration(name, value, asks, answers):
    """What one key got at the administration, and the sentences."""
    rows, problems = [], []
    for ask, answer in zip(asks, answers, strict=True):
        shut = proof_wire.closed(answer)
        rows.append({"method": ask.method, "path": ask.path, "status": answer.status, "ok": shut})
        if not shut:
            problems.append(
                f"key '{name}' reaches {ask.method} {ask.path}, which is for administrators ({answer.status})"
            )
    return rows, problems


def _asked(api_url, values):
    """What each key is told about models, {name: answer}: before all else, for it says what the key is just now."""
    asks = [proof_wire.Request("GET", "/v1/models", value) for value in values.values()]
    return dict(zip(values, proof_wire.send(api_url, asks), strict=True))


def _state(told, listing, answers):
    """What a key is: by what it was told about models, else by the first of its calls that says so."""
    first = state_of(*told)
    if first.word in HELD or (first.word == UNKNOWN and not listing["ok"]):
        return first
    said = [one for answer in answers for one in (state_of(*answer), held(_text(answer)))]
    return next((one for one in said if one.word in HELD), State())


def _text(answer):
    return proof_wire.outcome(answer)[1]


def _call_all(api_url, admin, plans):
    """Every step of every plan, {key name: [answer]} as the steps are.

    Bare names come last, and before all else the administrator lists every tool: the gateway remembers the names that
    were listed last, and before a call of any other name it asks all the servers for theirs. What has to go through
    comes first, because the spend log shows it some seconds later.
    """
    order = sorted(
        ((name, number) for name, steps in plans.items() for number in range(len(steps))),
        key=lambda one: (plans[one[0]][one[1]].way == "bare", not plans[one[0]][one[1]].may),
    )
    proof_wire.send(api_url, [proof_wire.rpc(admin, "tools/list")])
    answers = dict(
        zip(order, proof_wire.send(api_url, [plans[name][number].ask for name, number in order]), strict=True)
    )
    return {name: [answers[name, number] for number in range(len(steps))] for name, steps in plans.items()}


def _listed(api_url, admin, servers):
    """All tools as the administrator is shown them, in one request."""
    (page,) = proof_wire.listings(api_url, [admin])
    schemas = {tool["name"]: tool["inputSchema"] for tool in page["tools"]}
    return with_own_names({**page, "tools": sorted(schemas), "input_schemas": schemas}, servers)


def _unanswered(error):
    return f"the gateway's MCP endpoint does not answer: {error}"


def prove(
    api_url,
    admin,
    values,
    grants,
    servers,
    desired,
    native_lists=False,
    safe_tools=None,
    depth="smoke",
    ids=None,
    admin_url=None,
    blocked=None,
    offers=False,
):
    """Try every key; returns {servers, virtual_keys, problems, requests}.

    A session of the official SDK, by which client programs speak, has to come about too. The SDK takes its time to be
    imported: meanwhile the calls are made, because the spend log shows them some seconds later.

    api_url: where clients find the gateway. admin_url: where what is for administrators is tried, if that is elsewhere:
    where the front door lets it through, so that the gateway itself has to refuse.
    admin: the master key, by which every server's tools are known. values: key name to value. grants: as
    policy.effective gives them. servers: the registered servers (name, alias,
    transport, tool_display_names, and client_credential where each client brings its user's own). desired: for
    a server the harmless call {tool, arguments, expect}. native_lists: whether a key lists what it may call alone.
    safe_tools: {server: tools} that may be called with arguments that mean nothing. depth: one of DEPTHS. ids: server
    name to its id, where the version calls tools by it over REST. blocked: key to the entry of the inventory that
    blocks it. offers: whether prompts and resources are tried as well, which the version passes on.
    """
    whole = grants
    grants = {
        name: {server: names_in(scope) for server, scope in scopes.items() if names_in(scope)}
        for name, scopes in whole.items()
    }
    prefixes = prefixes_of(servers)
    prefix_of = {server: prefix for prefix, server in prefixes.items()}
    session = ThreadPoolExecutor(1).submit(probe.run, [endpoint_of(api_url, "master key", admin)])
    everything = _listed(api_url, admin, servers)
    if not everything["ok"]:
        problem = _unanswered(session.result()[0].get("error") or everything["error"])
        return {"servers": [], "virtual_keys": [], "problems": [problem], "requests": 0}
    offered = {
        server: tools for server, tools in by_server(everything["tools"], prefixes).items() if server in prefix_of
    }
    silent = {server["name"] for server in servers if server.get("client_credential")} - set(offered)
    problems = [
        f"MCP server '{server['name']}' is registered and offers no tool through the gateway"
        for server in servers
        if not offered.get(server["name"]) and server["name"] not in silent
    ]
    plans = {
        name: plan_for(
            name,
            value,
            grants[name],
            offered,
            everything["input_schemas"],
            prefix_of,
            desired,
            safe_tools or {},
            depth,
            ids or {},
        )
        for name, value in values.items()
    }
    offices = {
        name: [
            proof_wire.Request(method, path, value, body)
            for method, path, body in (ADMIN[:2] if depth == "smoke" else ADMIN)
        ]
        for name, value in values.items()
    }
    told = _asked(api_url, values)
    listings = [
        with_own_names({**listing, "tools": [tool["name"] for tool in listing["tools"]]}, servers)
        for listing in proof_wire.listings(api_url, list(values.values()))
    ]
    called = _call_all(api_url, admin, plans)
    states = {name: _state(told[name], listing, called[name]) for name, listing in zip(values, listings, strict=True)}
    now = {name: value for name, value in values.items() if states[name].word not in HELD} if offers else {}
    offered_else = proof_offers.prove(api_url, admin, now, whole, prefixes, depth != "smoke")
    asked = iter(proof_wire.send(admin_url or api_url, [ask for name in values for ask in offices[name]]))
    rows = {}
    for name, listing in zip(values, listings, strict=True):
        listed = by_server(listing["tools"], prefixes)
        state = states[name]
        wrong = judge_listing(name, grants[name], listed, native_lists, silent) if listing["ok"] else []
        # A version that enforces by itself gives a key without grants no list at all.
        if not listing["ok"] and not state.word and (grants[name] or not listing["refused"]):
            wrong = [f"key '{name}' cannot list its tools at the gateway: {listing['error']}"]
        cells, found = _cells(grants[name], offered, listed, plans[name], called[name], state)
        problems_of = [*judge_state(name, state, (blocked or {}).get(name)), *wrong, *found]
        problems_of += judge_names(name, grants[name], offered)
        problems_of += offered_else["problems"].get(name, [])
        alive = listing["ok"] or state.word in HELD or told[name].status in (200, 403)
        rows[name] = {"name": name, "listed": listed, "calls": cells, "problems": problems_of, "alive": alive}
        rows[name] |= {
            "offers": offered_else["rows"].get(name, []),
            "state": state.word,
            "says": state.says,
            "models": proof_models.listed(told[name]),
        }
    for name, value in values.items():
        row = rows[name]
        row["administration"], found = _administration(
            name, value, offices[name], [next(asked) for _route in offices[name]]
        )
        row["problems"] += found
        row["ok"] = not row["problems"]
        problems += row["problems"]
    (answer,) = session.result()
    problems += [] if answer["ok"] else [_unanswered(answer["error"])]
    requests = sum(map(len, plans.values())) + sum(map(len, offices.values())) + offered_else["requests"]
    shown = [
        {
            "name": server["name"],
            "transport": server.get("transport") or "http",
            "tools": offered.get(server["name"], []),
        }
        for server in servers
    ]
    return {"servers": shown, "virtual_keys": list(rows.values()), "problems": problems, "requests": requests}
