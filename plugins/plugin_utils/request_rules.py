# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of what requests may say, from the files of roles/litellm_gateway/files/requests and the inventory.

The request filter inside LiteLLM (roles/litellm_gateway/files/config/mcp_lan_filter) holds requests to what comes out
here, and the front door lets through the same routes.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import hashlib
import importlib.util
import ipaddress
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import model_queues
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be, kind_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load_own

FILES = Path(__file__).resolve().parents[2] / "roles/litellm_gateway/files"
FOLDER = FILES / "requests"
GUARD = FILES / "config"
COMMON = "common.yml"
REQUESTS = "requests.json"
JSONRPC = "jsonrpc"
UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
WHY_NEVER = {
    "where": "it says where a request is sent",
    "credential": "it brings a credential for the provider",
    "logging": "it says whether and how a request is logged",
    "cost": "it says what a request costs",
    "instead": "it says what is tried instead",
}


@functools.cache
def load(folder: Path = FOLDER) -> dict[str, Any]:
    """All the files as one: routes, bodies, and what stands in common.yml."""
    found: dict[str, Any] = {"routes": [], "bodies": {}}
    for path in sorted(folder.glob("*.yml")):
        data = load_own(path.read_text())
        found["routes"] += data.pop("routes", [])
        found["bodies"].update(data.pop("bodies", {}))
        if path.name == COMMON:
            found.update(data)
    return found


@functools.cache
def guard_digest() -> str:
    """What a gateway shows that has loaded this collection's guard and filter; worked out by the filter's own code."""
    spec = importlib.util.spec_from_file_location("mcp_lan_filter", GUARD / "mcp_lan_filter/__init__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.digest(GUARD)


def guard_files() -> dict[str, Path]:
    """The code of guard and filter, by its place in the folder of config.yaml."""
    return {str(path.relative_to(GUARD)): path for path in sorted(GUARD.rglob("*.py"))}


def complete(
    fields: Mapping | None,
    version: str,
    origins=(),
    open_networks=(),
    max_body="16m",
    passed_on=(),
    tool_calls_per_key=8,
    mcp_servers=(),
    cached_models=(),
    queues=(),
    workers=1,
) -> dict[str, Any]:
    """What requests.json holds.

    fields: {body: [name]}, what the inventory allows beyond the list. open_networks: where LiteLLM is
    reached from, in CIDR form; empty for anywhere. passed_on: headers of clients that MCP servers are given.
    tool_calls_per_key: how many are under way at the same time; 0 for any number. mcp_servers: the inventory's entries,
    for the limits among them. cached_models: those whose answers are kept for every key. queues: in which requests wait
    for models, as litellm_gateway_queues has them; workers: the processes that share them.
    """
    found = load()
    if int(tool_calls_per_key) < 0:
        raise UserError(
            f"litellm_gateway_tool_calls_per_key: {tool_calls_per_key} is no number of calls; 0 is for any number",
            "request_rule_invalid",
        )
    return {
        "routes": [_route(one) for one in found["routes"]],
        "bodies": _bodies(found, fields or {}, for_version(version).prompts_and_resources),
        "headers": {
            **{name: list(values) for name, values in found["headers"].items()},
            "passed_on": sorted({_header(name) for name in passed_on}),
            "never": sorted(name for names in found["never"].values() for name in names if name.startswith("x-")),
        },
        "reserved_metadata": sorted(
            {*found["reserved_metadata"], *(one for names in found["never"].values() for one in names)}
        ),
        "origins": [_origin(one) for one in origins],
        "open_networks": [str(ipaddress.ip_network(one)) for one in open_networks],
        "max_body": bytes_of(max_body),
        "tool_calls_per_key": int(tool_calls_per_key),
        "cached_models": sorted(str(name) for name in cached_models),
        "server_limits": _server_limits(mcp_servers),
        "queues": model_queues.rules(queues, max(1, int(workers))),
        "narrow_lists": not for_version(version).tool_permissions,
        # Not read: a change of the code is a change of this file, and so a restart.
        "guard": guard_digest(),
    }


def rendered(rules: Mapping) -> dict[str, Any]:
    """The file requests.json as text, what a gateway shows that has loaded it and the guard, and the guard's code."""
    # With a line end first: Ansible takes a text that begins like a dictionary for one.
    text = "\n" + json.dumps(rules, indent=1, sort_keys=True) + "\n"
    return {
        "text": text,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "guard": guard_digest(),
        "files": [
            {"path": REQUESTS, "content": text},
            *({"path": name, "content": path.read_text(), "diff": False} for name, path in guard_files().items()),
        ],
    }


def _server_limits(servers) -> dict[str, dict[str, Any]]:
    """What the entries of MCP servers say of budgets and limits, by their names."""
    # Where it is needed: Ansible loads this with every filter.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.limits import tidy

    found = {}
    for entry in servers:
        if entry.get("state", "present") == "absent" or not (entry.get("budget") or entry.get("limits")):
            continue
        for name in ("budget", "limits"):
            if not isinstance(entry.get(name) or {}, Mapping):
                raise UserError(
                    f"MCP server '{entry.get('name')}': {name} {has_to_be('a dictionary', entry[name])}",
                    "request_rule_invalid",
                )
        try:
            whole = tidy({name: _numbers(entry.get(name) or {}) for name in ("budget", "limits")})
        except UserError as error:
            raise UserError(f"MCP server '{entry.get('name')}': {str(error).rstrip('.')}", error.code) from None
        if "tpm" in whole["limits"]:
            raise UserError(
                f"MCP server '{entry.get('name')}': limits.tpm is for models, a tool has no tokens: leave it out",
                "request_rule_invalid",
            )
        found[str(entry.get("name"))] = whole
    return found


def _numbers(said: Mapping) -> dict[str, Any]:
    """Templates of ansible-core before 2.19 give numbers as text."""
    kinds = {"max": float, "rpm": int, "tpm": int, "parallel": int}
    made = dict(said)
    for name in kinds.keys() & made.keys():
        with contextlib.suppress(ValueError, TypeError):  # what is none is refused as it is
            made[name] = kinds[name](made[name])
    return made


def _route(route: Mapping) -> dict[str, Any]:
    methods = {method: body for method, body in route["methods"].items() if method != "OPTIONS"}
    return {
        "path": route["path"],
        "methods": methods,
        "shape": route["shape"],
        "query": sorted(route.get("query") or []),
    }


def _bodies(found: Mapping, extra: Mapping, prompts_and_resources: bool) -> dict[str, Any]:
    if not isinstance(extra, Mapping):
        raise UserError(
            f"litellm_gateway_request_fields has to map kinds of requests to names of fields, not {kind_of(extra)}",
            "request_rule_invalid",
        )
    for name in extra:
        if name not in found["bodies"]:
            raise UserError(
                f"litellm_gateway_request_fields: there is no kind of request '{name}'; there are "
                f"{', '.join(sorted(found['bodies']))}",
                "request_rule_invalid",
            )
    bodies = {}
    for name, body in found["bodies"].items():
        own = found["litellm"] if body["content"] == ["json"] and name != JSONRPC else {}
        held = body.get("held_methods", []) if prompts_and_resources else []
        fields = {**dict.fromkeys(_allowed(found, name, extra.get(name) or []), "any"), **own, **body["fields"]}
        bodies[name] = {
            **({"methods": body["methods"] + held} if "methods" in body else {}),
            "content": body["content"],
            **({"underscores": True} if body.get("underscores") else {}),
            "fields": fields,
            "dropped": sorted(set(body.get("dropped") or {}) - set(extra.get(name) or [])),
        }
    return bodies


def _allowed(found: Mapping, body: str, names) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UserError(
            f"litellm_gateway_request_fields.{body} has to be a list of names of fields", "request_rule_invalid"
        )
    for name in names:
        if name == "model" and name not in found["bodies"][body]["fields"]:
            raise UserError(
                f"litellm_gateway_request_fields.{body}: 'model' cannot be allowed, because the path names the model",
                "request_rule_invalid",
            )
        for category, patterns in found["never"].items():
            if any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns):
                raise UserError(
                    f"litellm_gateway_request_fields.{body}: '{name}' cannot be allowed, because "
                    f"{WHY_NEVER[category]}; set it for the model in litellm_models instead",
                    "request_rule_invalid",
                )
    return names


def _header(value) -> str:
    """The name of a header, in lower case. The filter takes a C(*) for any ending, LiteLLM for itself."""
    text = str(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", text):
        raise UserError(
            f"extra_headers of an MCP server: '{text}' is no name of a header: write each one whole, such as X-Tenant",
            "request_rule_invalid",
        )
    return text.lower()


def _origin(value) -> str:
    text = str(value)
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://[a-z0-9.\[\]:-]+", text):
        raise UserError(
            f"litellm_gateway_cors_origins: '{text}' is no origin: write scheme, host and port, such as "
            "http://chat.lan:8080, in lower case and without a path",
            "request_rule_invalid",
        )
    return text


def bytes_of(size) -> int:
    """A size as nginx writes it (C(16m), C(512k)) in bytes."""
    match = re.fullmatch(r"(\d+)([kmg]?)", str(size).strip().lower())
    if not match or not int(match[1]):
        raise UserError(
            f"front_door_max_body: '{size}' is no size; write a number with k or m, such as 16m", "request_rule_invalid"
        )
    return int(match[1]) * UNITS[match[2]]


def is_for_clients(path: str, below: bool) -> bool:
    """Whether a client's route of the list is at this path, which may have names in braces, or may be below it."""
    listed = [one["path"] for one in load()["routes"]]
    path = f"/{path.lstrip('/')}"
    fixed, brace, _rest = path.partition("{")
    if not (below or brace):
        return any(re.fullmatch(one, path) for one in listed)
    # By what an API has in its first part, behind its version: a part of it can be anything.
    parts = re.sub(r"^/+((v1beta|v1|v2)(/+|$))?", "", fixed if brace else f"{path}/").split("/")
    known = {re.match(r"/(?:\(v1/\)\?|v1\(beta\)\?/|v1/|v2/)?([a-z]+)", one)[1] for one in listed}
    if len(parts) == 1:
        # What follows may go on with the part that has begun.
        return any(one.startswith(parts[0]) for one in (*known, "v1", "v1beta", "v2"))
    return not parts[0] or parts[0] in known


def routes(administration: list) -> list[dict[str, Any]]:
    """The front door's routes: those of the list, for clients, and then the others."""
    return [
        {
            "path": one["path"],
            "methods": list(dict.fromkeys([*one["methods"], "OPTIONS"])),
            "for": "clients",
            "reason": one["reason"],
        }
        for one in load()["routes"]
    ] + [_nginx_route(one) for one in administration]


def _nginx_route(route: Mapping) -> dict[str, Any]:
    """A route as nginx can have it in its configuration; UserError for one with which it would not start."""
    path = str(route["path"])
    try:
        re.compile(path)
    except re.error as error:
        raise UserError(
            f"front_door_extra_routes: the path '{path}' is no regular expression: {error}", "request_rule_invalid"
        ) from None
    if re.search(r'["\s]|^\^|(?<!\\)\$$', path):
        raise UserError(
            f"front_door_extra_routes: the path '{path}' is for the whole path by itself: write it without ^, $, "
            "blanks and quotation marks, such as /metrics/?",
            "request_rule_invalid",
        )
    for method in route["methods"]:
        if not re.fullmatch("[A-Z]+", str(method)):
            raise UserError(
                f"front_door_extra_routes: '{method}' is no method of HTTP: write it in capitals, such as GET",
                "request_rule_invalid",
            )
    return {**route, "reason": " ".join(str(route["reason"]).split())}
