# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an OpenAPI document to one that holds what was selected of it and nothing else: one operation, one tool.

Pure: data in, data out. What the image mcp-openapi is given comes from here, so each operation has its tool's name as
its operationId, no way to another server, and no parameter that could replace a header of the service's own. What a
tool takes is said in the operation's extension x-mcp, in full; the rest of the operation is as little as FastMCP needs
to make its request.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi_input import Input, split
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi_references import References
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi_schema import Schemas, text

METHODS = ("get", "put", "post", "delete", "patch")
# What is selected of a document where an entry does not say it: what only reads.
READING = ("GET *",)
# FastMCP cuts longer names off, and model providers refuse a name with its server's over 64 letters.
LONGEST = 56
_VERSION = re.compile(r"3\.[01](\.\S+)?")
_NAME = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*")
# Headers that are never a tool's parameter (OpenAPI leaves them to others than parameters as well).
_OWN_HEADERS = {"accept", "authorization", "content-type", "cookie", "host"}


def select(
    document: Any,
    operations: list[str] | None = None,
    names: Mapping[str, str] | None = None,
    headers: list[str] | None = None,
) -> dict[str, Any]:
    """The document of these operations alone; UserError if it cannot be.

    An operation is said by its tool's name, its operationId or "METHOD /path", each with "*" for anything. `names`
    gives one another tool name; `headers` are those that each request has, and no parameter replaces.
    """
    _check(document)
    references = References(document)
    all_of_them = list(_operations(document, references))
    chosen = _named(_chosen(all_of_them, list(operations or READING)), dict(names or {}))
    requests = Counter(_request(path, method) for path, method, _operation in all_of_them)
    own = _OWN_HEADERS | {header.lower() for header in headers or []}
    schemas = Schemas(references, text(document["openapi"]))
    paths: dict[str, dict[str, Any]] = {}
    for tool, (path, method, operation) in chosen.items():
        parameters = _parameters(references, f"{method.upper()} {path}", operation, own)
        made = Input(schemas, references, f"{method.upper()} {path}")
        made.take(_in_path(tool, path, parameters), operation.get("requestBody"))
        alone = requests[_request(path, method)] == 1
        paths.setdefault(path, {})[method] = _made(tool, path, operation, made, alone)
    info = document.get("info") or {}
    title = text(info.get("title") or "API") if isinstance(info.get("title"), (str, int, float)) else "API"
    return {"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths}


def _request(path: str, method: str) -> tuple[str, str]:
    """What of a path is sent as the path, whatever its parameters are called, and how."""
    return re.sub(r"\{[^}]*\}", "{}", split(path)[0]), method


def _made(tool: str, path: str, operation: Mapping[str, Any], made: Input, alone: bool) -> dict[str, Any]:
    """What stays of an operation: FastMCP's part of it, and in x-mcp what the tool takes."""
    plain, query, told_apart = split(path)
    made.fix(query)
    if told_apart and not made.tell_apart() and not alone:
        raise UserError(
            f"has the path {path}, of which no request carries what is behind #, and others of that path: write what "
            "tells it from them as a required parameter with in: query, or leave it out of operations",
            "openapi_invalid",
        )
    tags = operation.get("tags")
    extension = {**made.gathered(), "path": _written(plain)}
    return {
        "operationId": tool,
        **{field: text(operation[field]) for field in ("summary", "description") if _said(operation.get(field))},
        "tags": [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
        "parameters": made.parameters,
        **({"requestBody": made.body} if made.body else {}),
        # Required, and nobody's: what the API answers is passed on as it is.
        "responses": {"default": {"description": "The answer"}},
        "x-mcp": extension,
    }


def _said(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and value != ""


def _written(path: str) -> str:
    """The path as it can be put behind an address: a colon in its first part would make it one of its own."""
    first, slash, rest = path[1:].partition("/")
    return "/" + first.replace(":", "%3A") + slash + rest


def tools(prepared: Mapping[str, Any]) -> dict[str, str]:
    """What `select` made: tool to "METHOD /path"."""
    return {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, methods in prepared["paths"].items()
        for method, operation in methods.items()
    }


def _check(document: Any) -> None:
    """Whether it is an OpenAPI document at all."""
    if not isinstance(document, Mapping):
        raise UserError(
            "is not an OpenAPI document, which is a dictionary with the field openapi: name another", "openapi_invalid"
        )
    if "swagger" in document:
        raise UserError(f"is of Swagger {text(document['swagger'])}: convert it to OpenAPI 3", "openapi_invalid")
    version = text(document.get("openapi") or "")
    if not version:
        raise UserError(
            "is not an OpenAPI document: its field openapi, which says the version, is missing", "openapi_invalid"
        )
    if not _VERSION.fullmatch(version):
        raise UserError(f"is of OpenAPI {version}: only 3.0 and 3.1 can be read", "openapi_invalid")
    for field in ("paths", "components", "info"):
        if not isinstance(document.get(field) or {}, Mapping):
            raise UserError(f"is not an OpenAPI document: its {field} are not a dictionary", "openapi_invalid")


def _operations(document: Mapping[str, Any], references: References) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method and operation of each."""
    for path, item in (document.get("paths") or {}).items():
        # In YAML a path without operations is easily nothing at all.
        if str(path).startswith("x-") or item is None:
            continue
        item = references.resolved(item, f"the path {path}")
        for method in METHODS:
            if method in item:
                operation = references.resolved(item[method], f"{method.upper()} {path}")
                above = item.get("parameters") or []
                yield str(path), method, {**operation, "parameters": [above, operation.get("parameters") or []]}


def _chosen(
    operations: Iterable[tuple[str, str, Mapping[str, Any]]], patterns: list[str]
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The operations that the patterns say; each has to say one."""
    current = list(operations)
    if not current:
        raise UserError("has no operation: its paths hold no GET, PUT, POST, DELETE or PATCH", "openapi_invalid")
    said = [
        {_default_name(path, method, operation), _identifier(path, method, operation), f"{method.upper()} {path}"}
        for path, method, operation in current
    ]
    forms = {pattern: re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL) for pattern in patterns}
    for pattern, form in forms.items():
        if not any(form.fullmatch(name) for names in said for name in names):
            if patterns == list(READING):
                raise UserError(
                    "has no operation that only reads (GET): name those that are wanted in operations",
                    "openapi_invalid",
                )
            some = ", ".join(sorted(_default_name(*operation) for operation in current)[:12])
            raise UserError(f"has no operation {pattern}, which operations names; it has {some}", "openapi_invalid")
    return [
        operation
        for operation, names in zip(current, said, strict=True)
        if any(form.fullmatch(name) for name in names for form in forms.values())
    ]


def _identifier(path: str, method: str, operation: Mapping[str, Any]) -> str:
    """The operationId as it is written; nothing where there is none."""
    given = operation.get("operationId")
    if given is not None and not isinstance(given, (str, int, float)):
        raise UserError(
            f"has the operation {method.upper()} {path}, whose operationId is no text: correct it, or leave it out",
            "openapi_invalid",
        )
    return "" if given is None else text(given)


def _default_name(path: str, method: str, operation: Mapping[str, Any]) -> str:
    """The tool's name: letters, digits and single underscores, as FastMCP leaves it."""
    raw = _identifier(path, method, operation) or f"{method} {path}"
    return re.sub(r"[^A-Za-z0-9]+", "_", raw).strip("_")


def _named(
    chosen: list[tuple[str, str, Mapping[str, Any]]], names: dict[str, str]
) -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    """Tool name to operation."""
    made: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
    unused = set(names)
    for path, method, operation in chosen:
        where = f"{method.upper()} {path}"
        default = _default_name(path, method, operation)
        keys = [key for key in (where, _identifier(path, method, operation), default) if key in names]
        unused -= set(keys)
        tool = str(names[keys[0]]) if keys else default
        how = f"give it another with names: {{'{where}': NAME}}"
        if not _NAME.fullmatch(tool):
            raise UserError(
                f"has the operation {where} under the tool name '{tool}', which can't be one (letters and digits, "
                f"joined by single underscores): {how}",
                "openapi_invalid",
            )
        if len(tool) > LONGEST:
            raise UserError(
                f"has the operation {where} under the tool name {tool}, whose {len(tool)} letters are more than the "
                f"{LONGEST} that clients take: {how}",
                "openapi_invalid",
            )
        if tool in made:
            other = f"{made[tool][1].upper()} {made[tool][0]}"
            raise UserError(
                f"has two operations of the tool name {tool}, {other} and {where}: {how}", "openapi_invalid"
            )
        made[tool] = (path, method, operation)
    if unused:
        raise UserError(
            f"has no selected operation {', '.join(sorted(unused))}, which names gives a name to", "openapi_invalid"
        )
    return made


def _parameters(
    references: References, where: str, operation: Mapping[str, Any], own: set[str]
) -> list[Mapping[str, Any]]:
    """The operation's and its path's parameters; its own win. Headers of the service's own are left out."""
    merged: dict[tuple[str, str], Mapping[str, Any]] = {}
    for level in operation["parameters"]:
        for each in level if isinstance(level, list) else [level]:
            parameter = references.resolved(each, f"a parameter of {where}")
            name, place = text(parameter.get("name") or ""), str(parameter.get("in") or "")
            if not name or place not in ("path", "query", "header", "cookie"):
                raise UserError(
                    f"has a parameter of {where} without a name, or without a place (in: path, query, header or "
                    "cookie): add it",
                    "openapi_invalid",
                )
            if place != "header" or name.lower() not in own:
                merged[name, place] = {**parameter, "name": name}
    return list(merged.values())


def _in_path(tool: str, path: str, parameters: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The parameters: each {part} of the path is one, and the path leads where it says."""
    plain, query, _told_apart = split(path)
    if not plain.startswith("/") or {".", ".."} & set(unquote(plain).split("/")):
        raise UserError(
            f"has the path {path}, which is none: it has to begin with / and hold no dots alone", "openapi_invalid"
        )
    declared = {str(parameter["name"]) for parameter in parameters if parameter["in"] == "path"}
    desired = set(re.findall(r"\{(.*?)\}", plain))
    if odd := sorted(set(re.findall(r"\{(.*?)\}", query)) & (declared - desired)):
        raise UserError(
            f"has the path {path}, whose part after ? has the parameter {', '.join(odd)}: declare it with in: query, "
            "and leave that part out",
            "openapi_invalid",
        )
    if desired != declared:
        odd = ", ".join(sorted(desired ^ declared))
        raise UserError(
            f"has path parameters that do not fit in {tool} ({path}): {odd}: write each as {{NAME}} in the path, and "
            "declare it with in: path",
            "openapi_invalid",
        )
    return parameters
