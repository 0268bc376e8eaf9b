# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the models answer, each asked for one word, and whether what keys name as a model is one.

What a provider may bill is asked only where that is wanted: everything that is neither made up by LiteLLM itself nor
answers in a private network.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.mcp_lan.litellm.plugins.module_utils.proof_state import sentence
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof_wire

CHOICES = ("none", "free", "all")
# Endings of names that no public provider has.
PRIVATE = ("lan", "local", "localdomain", "internal", "intranet", "home", "corp", "private", "test", "invalid", "arpa")
# What a server was found to be that no answer of LiteLLM's has to confirm. Where it lists no models, LiteLLM has the
# last word, and of one that it does not list as well, if LiteLLM was asked for it.
CERTAIN = ("name", "port", "tls", "credential")
UNASKED = (*CERTAIN, "model")
# What LiteLLM itself makes something of in a list of models.
SPECIAL = ("all-proxy-models", "all-team-models", "no-default-models")
ASKED = {
    "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}),
    "completion": ("/v1/completions", {"prompt": "Hi", "max_tokens": 1}),
    "embedding": ("/v1/embeddings", {"input": "Hi"}),
}


def facts_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What of a model's entry the proof has to know; its credentials are nothing to it."""
    parameters, info = entry.get("litellm_params") or {}, entry.get("model_info") or {}
    return {
        "name": entry.get("name"),
        "mode": info.get("mode") or "chat",
        "groups": list(info.get("access_groups") or []),
        "free": "mock_response" in parameters or is_private(parameters.get("api_base")),
    }


def is_private(api_base: Any) -> bool:
    """Whether an address is one of a network of one's own."""
    try:
        host = urlsplit(str(api_base)).hostname if api_base else None
    except ValueError:
        return False
    if not host:
        return False
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.rpartition(".")[2] in PRIVATE


def plan_for(models: Iterable[Mapping[str, Any]], which: str) -> tuple[dict[str, proof_wire.Request], dict[str, str]]:
    """What to ask, by the model's name; and of the others why they are not asked."""
    asks, reasons = {}, {}
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for one in models:
        by_name.setdefault(one["name"], []).append(one)
    for name, deployments in by_name.items():
        path, body = ASKED.get(deployments[0]["mode"], (None, None))
        if "*" in name:
            reasons[name] = "it stands for several"
        elif path is None:
            reasons[name] = f"nothing cheap is known to ask a model of the mode {deployments[0]['mode']}"
        elif which == "none":
            reasons[name] = "litellm_verify_models is none"
        elif which == "free" and not all(one["free"] for one in deployments):
            reasons[name] = "its provider may bill it; litellm_verify_models: all asks it too"
        else:
            asks[name] = proof_wire.Request("POST", path, None, {"model": name, **body})
    return asks, reasons


def judge(name: str, answer: proof_wire.Response, why: str = "") -> dict[str, Any]:
    """How a model did: name, outcome, and the sentence where it did not answer; why: what its server is like."""
    if answer.status == 200:
        return {"name": name, "outcome": "answers", "problem": ""}
    if why:
        return {"name": name, "outcome": "fails", "problem": f"model '{name}' does not answer: {why}"}
    said = sentence(answer.text) or "no answer"
    status = f"HTTP {answer.status}: " if answer.status else ""
    problem = f"model '{name}' does not answer ({status}{said[:300]}): correct its litellm_params, or what it asks"
    return {"name": name, "outcome": "fails", "problem": problem}


def reasons_of(servers: Iterable[Mapping[str, Any]], kinds: Iterable[str] | None = None) -> dict[str, str]:
    """By the model's name what is wrong with its servers, as model_probe found them; kinds: of these alone."""
    found: dict[str, list[str]] = {}
    for one in servers:
        if one.get("problem") and (kinds is None or one.get("kind") in kinds):
            found.setdefault(one["name"], []).append(one["problem"])
    return {name: "; ".join(dict.fromkeys(problems)) for name, problems in found.items()}


def prove(
    api_url: str,
    admin: str,
    models: Iterable[Mapping[str, Any]],
    which: str,
    servers: Iterable[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """A row for each model; servers: what model_probe found of them."""
    models, servers = list(models), list(servers)
    why, certain = reasons_of(servers), reasons_of(servers, CERTAIN)
    asks, reasons = plan_for(models, which)
    answers = proof_wire.send(api_url, [ask._replace(key=admin) for ask in asks.values()])
    rows = [judge(name, answer, why.get(name, "")) for name, answer in zip(asks, answers, strict=True)]
    for row in rows:
        # Another deployment has answered in its place.
        if not row["problem"] and row["name"] in certain and [one["name"] for one in models].count(row["name"]) > 1:
            row |= {"outcome": "fails in part"}
            row["problem"] = f"a deployment of the model '{row['name']}' does not answer: {certain[row['name']]}"
    certain = reasons_of(servers, UNASKED)
    for name, reason in reasons.items():
        problem = f"model '{name}' does not answer: {certain[name]}" if name in certain and which != "none" else ""
        rows.append({"name": name, "outcome": "fails" if problem else f"not asked: {reason}", "problem": problem})
    return sorted(rows, key=lambda one: one["name"])


def listed(answer: proof_wire.Response) -> list[str]:
    """The models that an answer of /v1/models names."""
    try:
        data = json.loads(answer.text).get("data") if answer.status == 200 else None
    except (ValueError, AttributeError):
        data = None
    return [one["id"] for one in data or [] if isinstance(one, dict) and one.get("id", SPECIAL[0]) not in SPECIAL]


def unknown(desired: Iterable[str], current: Iterable[str]) -> dict[str, str]:
    """Of the names in a list of models those that mean none, each with the nearest that does, or nothing."""
    known = set(current)
    patterns = tuple(name.partition("*")[0] for name in known if "*" in name)
    meant = [name for name in desired if not ("*" in name or name in known or name in SPECIAL)]
    strange = [name for name in meant if not (patterns and name.startswith(patterns))]
    return {name: next(iter(get_close_matches(name, sorted(known), n=1, cutoff=0.6)), "") for name in strange}


def hint(near: str, known: Iterable[str]) -> str:
    """What a person may have meant."""
    return f"did you mean '{near}'?" if near else f"there are {', '.join(sorted(known)) or 'none'}."
