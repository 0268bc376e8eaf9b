#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp 2.3.0 and fastmcp 4.2.3, a call with an argument that the tool does not have.
# Behaviour: `mcp` ignores it and runs the tool with its defaults, and its schema does not forbid it. A FastMCP tool made
#   from a Python function refuses it; a FastMCP tool made from an OpenAPI document ignores it, and a body under a wrong
#   name becomes a request without a body. Whether a required argument is there is not looked at either.
# A good guess: a misspelt argument is an error everywhere, or at least within one library.
# Seen: as below; `dry_runn` deletes, and `item` for `body` sends an empty PUT.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
mcp 2.3.0, function: deleted for real
fastmcp 4.2.3, function: refused
fastmcp 4.2.3, OpenAPI, body: PUT with 5 bytes
fastmcp 4.2.3, OpenAPI, item: PUT with 0 bytes
EOF

cat >probe.py <<'EOF'
import asyncio
import sys
from importlib.metadata import version

name = sys.argv[1]
if name == "mcp":
    from mcp.server import MCPServer as Server
else:
    from fastmcp import FastMCP as Server


def clean(dry_run: bool = False) -> str:
    return "nothing was deleted" if dry_run else "deleted for real"


async def outcome(server, tool, arguments):
    try:
        return (await server.call_tool(tool, arguments)).content[0].text
    except Exception:
        return "refused"


server = Server("files")
server.tool()(clean)
print(f"{name} {version(name)}, function:", asyncio.run(outcome(server, "clean", {"dry_runn": True})))
if name == "fastmcp":
    import httpx2

    sent = []

    def receive(request):
        sent.append(f"{request.method} with {len(request.content)} bytes")
        return httpx2.Response(200, json={})

    body = {"required": True, "content": {"application/json": {"schema": {"type": "array", "items": {}}}}}
    put = {"operationId": "save", "requestBody": body, "responses": {"200": {"description": "saved"}}}
    document = {"openapi": "3.1.0", "info": {"title": "items", "version": "1"}, "paths": {"/items": {"put": put}}}
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(receive), base_url="http://items.lan")
    server = Server.from_openapi(document, client=client)
    for argument in ("body", "item"):
        asyncio.run(outcome(server, "save", {argument: ["a"]}))
        print(f"{name} {version(name)}, OpenAPI, {argument}:", sent[-1])
EOF

for package in mcp==2.3.0 fastmcp==4.2.3; do
    python_packages "$package"
    venv/bin/python probe.py "${package%%=*}" >>seen 2>>log
done
compare
