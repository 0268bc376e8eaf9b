# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an OpenAPI document to one that holds what was selected of it and nothing else: one operation, one tool.

Pure: data in, data out. What the image mcp-openapi is given comes from here, so each operation has its tool's name as
its operationId, no way to another server, and no parameter that could replace a header of the service's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

METHODS = ("get", "put", "post", "delete", "patch")
# What is selected of a document where an entry does not say it: what only reads.
READING = ("GET *",)
# FastMCP cuts longer names off, and model providers refuse a name with its server's over 64 letters.
LONGEST = 56
_VERSION = re.compile(r"3\.[01]\.\d+")
_NAME = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*")
# Headers that are never a tool's parameter (OpenAPI leaves them to others than parameters as well).
_OWN_HEADERS = {"accept", "authorization", "content-type", "cookie", "host"}
_KEPT = ("summary", "description", "requestBody", "tags")


class DocumentError(ValueError):
    """What is wrong with a document, and what to do: the end of a sentence that names it."""


def select(
    document: Any,
    operations: list[str] | None = None,
    names: Mapping[str, str] | None = None,
    headers: list[str] | None = None,
) -> dict[str, Any]:
    """The document of these operations alone; DocumentError if it cannot be.

    An operation is said by its tool's name, its operationId or "METHOD /path", each with "*" for anything. `names`
    gives one another tool name; `headers` are those that each request has, and no parameter replaces.
    """
    _check(document)
    chosen = _named(_chosen(document, list(operations or READING)), dict(names or {}))
    own = _OWN_HEADERS | {header.lower() for header in headers or []}
    paths: dict[str, dict[str, Any]] = {}
    for tool, (path, method, operation) in chosen.items():
        parameters = _parameters(document, path, operation, own)
        _check_path(tool, path, parameters)
        paths.setdefault(path, {})[method] = {
            "operationId": tool,
            **{field: operation[field] for field in _KEPT if field in operation},
            "parameters": parameters,
            # Required, and nobody's: what the API answers is passed on as it is.
            "responses": {"default": {"description": "The answer"}},
        }
    title = str((document.get("info") or {}).get("title") or "API")
    return {
        "openapi": document["openapi"],
        "info": {"title": title, "version": "1"},
        "paths": paths,
        "components": _components(document, paths),
    }


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
        raise DocumentError("is not an OpenAPI document: it holds no fields")
    if "swagger" in document:
        raise DocumentError(f"is of Swagger {document['swagger']}: convert it to OpenAPI 3")
    version = str(document.get("openapi") or "")
    if not version:
        raise DocumentError("is not an OpenAPI document: its field openapi, which says the version, is missing")
    if not _VERSION.fullmatch(version):
        raise DocumentError(f"is of OpenAPI {version}: only 3.0 and 3.1 can be read")
    for field in ("paths", "components", "info"):
        if not isinstance(document.get(field) or {}, Mapping):
            raise DocumentError(f"is not an OpenAPI document: its {field} are not a dictionary")
    if next(_operations(document), None) is None:
        raise DocumentError("has no operation: its paths hold no GET, PUT, POST, DELETE or PATCH")


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method and operation of each."""
    for path, item in (document.get("paths") or {}).items():
        if str(path).startswith("x-"):
            continue
        item = _resolved(document, item, f"the path {path}")
        for method in METHODS:
            if method in item:
                operation = _resolved(document, item[method], f"{method.upper()} {path}")
                above = item.get("parameters") or []
                yield str(path), method, {**operation, "parameters": [above, operation.get("parameters") or []]}


def _chosen(document: Mapping[str, Any], patterns: list[str]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The operations that the patterns say; each has to say one."""
    there = list(_operations(document))
    said = [
        {_default_name(path, method, operation), str(operation.get("operationId") or ""), f"{method.upper()} {path}"}
        for path, method, operation in there
    ]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for names in said for name in names):
            if patterns == list(READING):
                raise DocumentError("has no operation that only reads (GET): name those that are wanted in operations")
            some = ", ".join(sorted(_default_name(*operation) for operation in there)[:12])
            raise DocumentError(f"has no operation {pattern}, which operations names; it has {some}")
    return [
        operation
        for operation, names in zip(there, said, strict=True)
        if any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
    ]


def _default_name(path: str, method: str, operation: Mapping[str, Any]) -> str:
    """The tool's name: letters, digits and single underscores, as FastMCP leaves it."""
    raw = str(operation.get("operationId") or f"{method} {path}")
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
        keys = [key for key in (where, str(operation.get("operationId") or ""), default) if key in names]
        unused -= set(keys)
        tool = str(names[keys[0]]) if keys else default
        how = f"give it another with names: {{'{where}': NAME}}"
        if not _NAME.fullmatch(tool):
            raise DocumentError(
                f"has the operation {where} under the tool name '{tool}', which can't be one (letters and digits, "
                f"joined by single underscores): {how}"
            )
        if len(tool) > LONGEST:
            raise DocumentError(
                f"has the operation {where} under the tool name {tool}, whose {len(tool)} letters are more than the "
                f"{LONGEST} that clients take: {how}"
            )
        if tool in made:
            other = f"{made[tool][1].upper()} {made[tool][0]}"
            raise DocumentError(f"has two operations of the tool name {tool}, {other} and {where}: {how}")
        made[tool] = (path, method, operation)
    if unused:
        raise DocumentError(f"has no selected operation {', '.join(sorted(unused))}, which names gives a name to")
    return made


def _parameters(
    document: Mapping[str, Any], path: str, operation: Mapping[str, Any], own: set[str]
) -> list[Mapping[str, Any]]:
    """The operation's and its path's parameters; its own win. Headers of the service's own are left out."""
    merged: dict[tuple[str, str], Mapping[str, Any]] = {}
    for level in operation["parameters"]:
        for each in level if isinstance(level, list) else [level]:
            parameter = _resolved(document, each, f"a parameter of {path}")
            name, place = str(parameter.get("name") or ""), str(parameter.get("in") or "")
            if not name or place not in ("path", "query", "header", "cookie"):
                raise DocumentError(f"has a parameter of {path} without a name or a place (in)")
            if place != "header" or name.lower() not in own:
                merged[name, place] = parameter
    return list(merged.values())


def _check_path(tool: str, path: str, parameters: list[Mapping[str, Any]]) -> None:
    """Each {part} of a path is a parameter, and the path leads where it says."""
    if not path.startswith("/") or {".", ".."} & set(unquote(path).split("/")):
        raise DocumentError(f"has the path {path}, which is none: it has to begin with / and hold no dots alone")
    declared = {str(parameter["name"]) for parameter in parameters if parameter["in"] == "path"}
    wanted = set(re.findall(r"\{(.*?)\}", path))
    if wanted != declared:
        odd = ", ".join(sorted(wanted ^ declared))
        raise DocumentError(f"has path parameters that do not fit in {tool} ({path}): {odd}")


def _components(document: Mapping[str, Any], paths: Mapping[str, Any]) -> dict[str, Any]:
    """The components that the paths refer to, directly or not; DocumentError if one is not there."""
    made: dict[str, dict[str, Any]] = {}
    waiting = list(_references(paths))
    while waiting:
        reference = waiting.pop()
        parts = reference.split("/")
        found = _target(document, "/".join(parts[:4]), "what was selected")
        if len(parts) < 4 or parts[1] != "components":
            raise DocumentError(f"refers to {reference}, which is no component: only #/components/KIND/NAME can be")
        kind, name = parts[2], _plain(parts[3])
        if name in made.get(kind, {}):
            continue
        made.setdefault(kind, {})[name] = found
        waiting += _references(found)
    return made


def _references(value: Any) -> Iterator[str]:
    """All $ref in it."""
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for name, inner in value.items():
            # An example is the API's text, not the document's.
            if name not in ("example", "examples"):
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _resolved(document: Mapping[str, Any], value: Any, where: str) -> Mapping[str, Any]:
    """What the value refers to, or the value itself."""
    for _step in range(20):
        if not isinstance(value, Mapping):
            raise DocumentError(f"has {where} as {type(value).__name__}, where a dictionary belongs")
        if "$ref" not in value:
            return value
        value = _target(document, str(value["$ref"]), where)
    raise DocumentError(f"refers in a circle in {where}")


def _target(document: Mapping[str, Any], reference: str, where: str) -> Any:
    """What a reference names."""
    if not reference.startswith("#/"):
        raise DocumentError(f"refers to {reference} in {where}, which is in another document: put both into one")
    found: Any = document
    for part in reference[2:].split("/"):
        if not isinstance(found, Mapping) or _plain(part) not in found:
            raise DocumentError(f"refers to {reference} in {where}, and does not have it")
        found = found[_plain(part)]
    return found


def _plain(part: str) -> str:
    """One part of a JSON pointer as it was before it was written into a reference."""
    return unquote(part).replace("~1", "/").replace("~0", "~")
