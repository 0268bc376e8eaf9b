# Serves the operations of an OpenAPI document as the tools of an MCP server, by FastMCP's OpenAPI provider.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document holds what was selected and nothing else; the filter mcp_openapi has prepared and checked it.

An operation's extension x-mcp says what its tool takes: `input`, in JSON Schema; `arguments`, the place of each in the
request; `json`, those that are sent as JSON; `fixed`, what each request has; `needed`, without which none is sent; and
`path`, which needs no parsing.

MCP_OPENAPI_DOCUMENT      the document (default /etc/mcp-openapi/document.json)
MCP_OPENAPI_BASE_URL      the API's address, before the paths of the document
MCP_OPENAPI_HEADER_<n>    "NAME: VALUE", a header that each request to the API has
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx2
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.middleware import Middleware as McpMiddleware
from fastmcp.server.providers.openapi import MCPType, RouteMap
from jsonschema import Draft202012Validator
from names import Names, free
from starlette.middleware import Middleware

# Of a request to this server nothing else reaches FastMCP, which would pass it on to the API.
KEPT = (b"accept", b"content-type", b"content-length", b"host", b"mcp-session-id", b"mcp-protocol-version")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class OnlyMcpHeaders:
    """ASGI: the gateway's and its clients' headers are not the API's business. One that comes twice is kept once."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            kept = {name: value for name, value in scope["headers"] if name in KEPT}
            scope = {**scope, "headers": list(kept.items())}
        await self.app(scope, receive, send)


def requests_of(document: dict, base_url: str) -> list[tuple[str, re.Pattern]]:
    """Method and path of each request that can follow from the document; a parameter is never more than one segment."""
    before = urlsplit(base_url).path.rstrip("/")
    return [
        (method.upper(), re.compile(re.sub(r"\\\{.*?\\\}", r"[^/\\\\{}]+", re.escape(unquote(before + path)))))
        for methods in document["paths"].values()
        for method, operation in methods.items()
        for path in [operation["x-mcp"]["path"]]
    ]


def operations(document: dict) -> set[str]:
    """The tools that have to follow from the document."""
    return {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}


def refusing(possible: list[tuple[str, re.Pattern]]):
    """A hook that lets no request out that a path parameter ("..", "a/b", "") made another one."""

    async def hook(request: httpx2.Request) -> None:
        path = unquote(urlsplit(str(request.url)).path)
        dots = {".", ".."} & set(path.split("/"))
        if dots or not any(request.method == method and form.fullmatch(path) for method, form in possible):
            raise ToolError(
                "a path parameter is missing, or is not one part of a path: it must not be empty, hold '/' or be '..'"
            )

    return hook


class JsonBody:
    """The properties of a JSON body as one argument for FastMCP, which leaves out each argument that is null.

    Source: fastmcp 4.2.3, utilities/openapi/director.py. Null empties a field, and in a merge patch (RFC 7396) removes
    it. Where the API's schema has no null, it is what some clients send for nothing, and the property is left out.
    """

    def __init__(self, places: dict[str, dict[str, str]], schema: dict[str, Any]):
        self.properties = {name for name, place in places.items() if place["location"] == "body"}
        self.argument = free("body", set(places))
        # FastMCP takes the one argument of a body without properties for the body.
        self.places = {name: place for name, place in places.items() if name not in self.properties}
        self.places[self.argument] = {"location": "body", "openapi_name": "body"}
        self._null = {name for name in self.properties if takes_null(schema["properties"][name], schema)}

    def gathered(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments with those of the body in one, which is not there where there are none."""
        body = {
            name: value
            for name, value in arguments.items()
            if name in self.properties and (value is not None or name in self._null)
        }
        # One of our own name is none of the tool's: it would be a body that the document does not have.
        others = {name: value for name, value in arguments.items() if name not in {*self.properties, self.argument}}
        return {**others, self.argument: body} if body else others


def brackets(value: dict[str, Any]) -> dict[str, Any]:
    """The object of a deepObject without others in it: {"a": {"b": ["c"]}} is {"a][b][0": "c"}, for p[a][b][0]=c.

    OpenAPI leaves open how it is written; so does the library qs. FastMCP 4.2.3 would write it as Python does.
    """
    made: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, dict | list):
            parts = brackets(inner if isinstance(inner, dict) else dict(enumerate(inner)))
            made |= {f"{name}][{part}": each for part, each in parts.items()}
        elif inner is not None:
            made[name] = inner
    return made


def fields(value: Any) -> Any:
    """A property of a form: one field for each item of a list, and objects as JSON (OpenAPI 3.1, 4.8.15).

    FastMCP 4.2.3 would write some of them as Python does.
    """
    if isinstance(value, list):
        return [each if isinstance(each, str) else as_json(each, {}) for each in value]
    return as_json(value, {}) if isinstance(value, dict) else value


def form_of(value: Any) -> Any:
    """A form that is one argument."""
    return {name: fields(each) for name, each in value.items()} if isinstance(value, dict) else value


def flat(value: Any) -> Any:
    """A list or an object, and within it others as JSON, which FastMCP 4.2.3 would write as Python does."""
    if isinstance(value, list):
        return [within_another(each) for each in value]
    return {name: within_another(each) for name, each in value.items()} if isinstance(value, dict) else value


def within_another(value: Any) -> Any:
    return as_json(value, {}) if isinstance(value, dict | list) else value


def takes_null(schema: Any, whole: dict[str, Any]) -> bool:
    """Whether null is a value of the schema, whose references are to the whole one's definitions."""
    if isinstance(schema, dict) and "$defs" in whole:
        schema = {**schema, "$defs": whole["$defs"]}
    try:
        return Draft202012Validator(schema).is_valid(None)
    except RecursionError:
        # One that is said by itself alone.
        return False


def written(route, places: dict[str, dict[str, str]]) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """The arguments that FastMCP does not get as they are, and what makes of them what it does."""
    deep = {each.name for each in route.parameters if each.location == "query" and each.style == "deepObject"}
    kinds = route.request_body.content_schema if route.request_body else {}
    form = any(kind.partition(";")[0].strip().lower() in FORMS for kind in kinds)
    whole = not any(schema.get("properties") for schema in kinds.values())
    for name, place in places.items():
        if place["location"] == "query" and place["openapi_name"] in deep:
            yield name, lambda value: brackets(value) if isinstance(value, dict) else flat(value)
        elif place["location"] != "body":
            yield name, flat
        elif form:
            yield name, form_of if whole else fields


def json_body(route) -> bool:
    """Whether the operation's body is JSON, and an object of which each property is an argument."""
    for kind, schema in (route.request_body.content_schema if route.request_body else {}).items():
        plain = kind.partition(";")[0].strip().lower()
        return (plain == "application/json" or plain.endswith("+json")) and bool(schema.get("properties"))
    return False


class OwnNames(McpMiddleware):
    """Between a client's arguments and FastMCP's: the API's names, and what is sent in another form or always."""

    def __init__(self):
        self._tools: dict[str, tuple[Names, dict[str, Any], JsonBody | None]] = {}
        self._written: dict[str, dict[str, Callable[[Any], Any]]] = {}

    def take(self, route, tool) -> None:
        """A tool that FastMCP has made of an operation takes what the operation's x-mcp says."""
        said = route.extensions["x-mcp"]
        names = Names(said["input"])
        tool.parameters = names.schema()
        route.parameter_map, body = said["arguments"], None
        if json_body(route):
            body = JsonBody(said["arguments"], said["input"])
            route.parameter_map = body.places
            route.request_body.content_schema = {kind: {} for kind in route.request_body.content_schema}
        route.path = said["path"]
        self._written[tool.name] = dict(written(route, said["arguments"]))
        self._tools[tool.name] = (names, said, body)

    async def on_call_tool(self, context, call_next):
        if context.message.name not in self._tools:
            return await call_next(context)
        names, said, body = self._tools[context.message.name]
        arguments = {**names.restored(context.message.arguments or {}), **said["fixed"]}
        # What tells the operation from another of the same path, which would be asked without it.
        if missing := [name for name in said["needed"] if arguments.get(name) in (None, "", [], {})]:
            raise ToolError(f"nothing was sent: {', '.join(missing)} must have a value")
        for name in set(said["json"]) & set(arguments):
            arguments[name] = as_json(arguments[name], said["input"]["properties"][name])
        for name, form in self._written[context.message.name].items():
            if name in arguments:
                arguments[name] = form(arguments[name])
        arguments = body.gathered(arguments) if body else arguments
        message = context.message.model_copy(update={"arguments": arguments})
        return await call_next(context.copy(message=message))


def as_json(value: Any, schema: dict[str, Any]) -> str:
    """The value as JSON; a client that has already written it so may be right."""
    written = isinstance(value, str) and schema.get("type") != "string"
    return value if written else json.dumps(value, separators=(",", ":"))


def headers() -> dict[str, str]:
    """Those that the environment holds."""
    given = (value for name, value in sorted(os.environ.items()) if name.startswith("MCP_OPENAPI_HEADER_"))
    return {name: value.strip() for name, _colon, value in (line.partition(":") for line in given)}


def main() -> None:
    path = Path(os.environ.get("MCP_OPENAPI_DOCUMENT", "/etc/mcp-openapi/document.json"))
    document = json.loads(path.read_text(encoding="utf-8"))
    base_url = os.environ["MCP_OPENAPI_BASE_URL"]
    client = httpx2.AsyncClient(
        base_url=base_url,
        headers=headers(),
        timeout=30,
        event_hooks={"request": [refusing(requests_of(document, base_url))]},
    )
    made: list[tuple[Any, Any]] = []
    server = FastMCP.from_openapi(
        document,
        client,
        name=document["info"]["title"],
        # All of them as tools: LiteLLM passes on no resources.
        route_maps=[RouteMap(mcp_type=MCPType.TOOL)],
        mcp_component_fn=lambda route, tool: made.append((route, tool)),
        validate_output=False,
    )
    own = OwnNames()
    for route, tool in made:
        own.take(route, tool)
    server.add_middleware(own)
    # FastMCP only logs an operation that it cannot read.
    if missing := operations(document) - {tool.name for _route, tool in made}:
        sys.exit(f"FastMCP makes no tool of {', '.join(sorted(missing))}: leave it out of openapi.operations")
    # Stateless: a client's session survives a restart of the container. Who may ask is the gateway's affair: the
    # network between them holds nobody else, and names this server by its container's name.
    server.run(
        transport="http",
        host="0.0.0.0",
        port=8000,
        path="/mcp",
        stateless_http=True,
        json_response=True,
        host_origin_protection=False,
        middleware=[Middleware(OnlyMcpHeaders)],
        log_level="warning",
        show_banner=False,
    )


if __name__ == "__main__":
    main()
