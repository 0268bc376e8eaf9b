# Serves the operations of an OpenAPI document as the tools of an MCP server, by FastMCP's OpenAPI provider.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document holds what was selected and nothing else; the filter mcp_openapi has prepared and checked it.

MCP_OPENAPI_DOCUMENT      the document (default /etc/mcp-openapi/document.json)
MCP_OPENAPI_BASE_URL      the API's address, before the paths of the document
MCP_OPENAPI_HEADER_<n>    "NAME: VALUE", a header that each request to the API has
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx2
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.providers.openapi import MCPType, RouteMap
from starlette.middleware import Middleware

# Of a request to this server nothing else reaches FastMCP, which would pass it on to the API.
KEPT = (b"accept", b"content-type", b"content-length", b"host", b"mcp-session-id", b"mcp-protocol-version")


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
        for path, methods in document["paths"].items()
        for method in methods
    ]


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
    server = FastMCP.from_openapi(
        document,
        client,
        name=document["info"]["title"],
        # All of them as tools: LiteLLM passes on no resources.
        route_maps=[RouteMap(mcp_type=MCPType.TOOL)],
        validate_output=False,
    )
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
