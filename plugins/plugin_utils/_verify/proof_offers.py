# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway lets each key have of the servers' prompts and resources, held against the inventory.

Every key lists both, asks for one of each server that it may use, and for what it may not: one of each server, or in
more than a quick proof all of them. Getting a prompt and reading a resource change nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.policy import SEPARATOR, allows, names_in
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_wire

# The list of each, and what its entries are named by.
LISTS = {"prompts": ("prompts/list", "name"), "resources": ("resources/list", "uri")}
VERBS = {"prompts": "get the prompt", "resources": "read the resource"}
NOTHING = "mcp_lan-nothing"

Offers = dict[str, dict[str, dict[str, dict[str, Any]]]]
"""Part, server, and what of it there is: by its name or URI as the list has it."""


class Attempt(NamedTuple):
    """One request of the plan: whose, of what, and whether it has to be let through."""

    key: str
    server: str
    part: str
    name: str
    may: bool
    ask: proof_wire.Request


def offers_of(pages: dict[str, list[dict[str, Any]]], prefixes: dict[str, str]) -> Offers:
    """What was listed, by the server that stands before each name."""
    found: Offers = {part: {} for part in LISTS}
    for part, entries in pages.items():
        for entry in entries:
            prefix, _separator, own = entry["name"].partition(SEPARATOR)
            name = own if part == "prompts" else entry["uri"]
            found[part].setdefault(prefixes.get(prefix, prefix), {})[name] = entry
    return found


def lists_of(api_url, keys):
    """What each of these keys is shown, as C({part: entries}); a list that is refused is empty."""
    shown: list[dict[str, list]] = [{} for _key in keys]
    for part, (method, _name) in LISTS.items():
        for pages, page in zip(shown, proof_wire.listings(api_url, keys, method, part), strict=True):
            pages[part] = page[part]
    return shown


def plan_for(key, value, grants, offers: Offers, prefix_of, every) -> list[Attempt]:
    """What one key asks for. every: all that it may not have, else one of each server."""
    steps = []
    for part, servers in offers.items():
        for server, entries in servers.items():
            may = {name: allows(grants, server, name, part) for name in entries}
            allowed = [name for name in entries if may[name]][:1]
            denied = [name for name in entries if not may[name]][: None if every else 1]
            for name in (*allowed, *denied):
                ask = _ask(value, part, prefix_of[server], name, entries[name])
                steps.append(Attempt(key, server, part, name, may[name], ask))
    return steps


def _ask(value, part, prefix, name, entry):
    if part == "resources":
        return proof_wire.rpc(value, "resources/read", {"uri": name}, f"/mcp/{prefix}")
    needed = [one["name"] for one in entry.get("arguments") or [] if one.get("required")]
    params = {"name": entry["name"], "arguments": dict.fromkeys(needed, NOTHING)}
    return proof_wire.rpc(value, "prompts/get", params)


def judge(step: Attempt, answer) -> tuple[str, str | None]:
    """One request's outcome, and the sentence if it is not what the inventory says."""
    word, text = proof_wire.outcome(answer)
    what = f"{VERBS[step.part]} '{step.name}' of {step.server}"
    if not step.may and word == "called":
        return word, f"key '{step.key}' may not {what}, but the gateway let the request through"
    if not step.may and word == "failed":
        return word, f"key '{step.key}' may not {what}, and that failed without being refused: {text[:200]}"
    if step.may and word == "refused":
        return word, f"key '{step.key}' may {what}, but the gateway refused it: {text[:200]}"
    return word, None


def judge_lists(key, grants, offers: Offers, shown: Offers) -> list[str]:
    """The sentences for what a key sees and should not, or does not see and should, and for names that nothing has."""
    problems = []
    for part, servers in offers.items():
        one = part.removesuffix("s")
        for server, entries in servers.items():
            seen = shown[part].get(server, {})
            for name in entries:
                may = allows(grants, server, name, part)
                if may != (name in seen):
                    said = f"does not see the {one} '{name}' of {server}, which it may use"
                    said = said if may else f"sees the {one} '{name}' of {server}, which it may not use"
                    problems.append(f"key '{key}' {said}")
    for server, scope in grants.items():
        current = offers["prompts"].get(server) or {}
        problems += [
            f"key '{key}' may get the prompt '{name}' of {server}, which has no such prompt; it has "
            + (", ".join(sorted(current)) or "none")
            for name in names_in(scope, "prompts")
            if not name.endswith("*") and name not in current
        ]
    return problems


def prove(api_url, admin, values, grants, prefixes, every):
    """Try these keys; returns {rows: {key: [cell]}, problems: {key: [sentence]}, requests}.

    values: key name to value. grants: as policy.effective gives them. prefixes: what stands before a server's names, to
    its name. every: as in plan_for.
    """
    if not values:
        return {"rows": {}, "problems": {}, "requests": 0}
    (all_of_them,) = lists_of(api_url, [admin])
    offers = offers_of(all_of_them, prefixes)
    if not any(offers.values()) and not any(
        names_in(scope, part) for name in values for scope in grants[name].values() for part in LISTS
    ):
        return {"rows": {}, "problems": {}, "requests": 0}
    prefix_of = {server: prefix for prefix, server in prefixes.items()}
    plans = {name: plan_for(name, value, grants[name], offers, prefix_of, every) for name, value in values.items()}
    steps = [step for plan in plans.values() for step in plan]
    answers = proof_wire.send(api_url, [step.ask for step in steps])
    problems = {
        name: judge_lists(name, grants[name], offers, offers_of(pages, prefixes))
        for name, pages in zip(values, lists_of(api_url, list(values.values())), strict=True)
    }
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in values}
    for step, answer in zip(steps, answers, strict=True):
        word, problem = judge(step, answer)
        problems[step.key] += [problem] if problem else []
        cell = {"server": step.server, "part": step.part, "name": step.name, "allowed": step.may, "outcome": word}
        rows[step.key].append({**cell, "ok": not problem})
    return {"rows": rows, "problems": problems, "requests": len(steps)}
