#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI fastmcp 4.2.3: FastMCP.from_openapi, which makes tools of an OpenAPI document.
# Behaviour: in multipart/form-data an object is sent as Python writes a dict, which no JSON parser reads, and a list as
#   Python writes a list, unless all in it is text: then it is a part for each. In the query the same holds of objects in
#   a list and of what is within a deepObject. In application/x-www-form-urlencoded and in paths objects are right.
#   A null is left out of a JSON body where the schema of its property does not name null, of a merge patch too.
# A good guess: what is no text is JSON everywhere, as OpenAPI 3.1 says of objects in multipart bodies, or refused.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages fastmcp==4.2.3 mcp==2.3.0

cat >expected <<'EOF'
urlencoded {'object': ['{"a": true}'], 'numbers': ['1', '2'], 'texts': ['a', 'b']}
multipart {'object': ["{'a': True}"], 'numbers': ['[1, 2]'], 'texts': ['a', 'b']}
query {'where[in]': ["{'a': True}"], 'list': ["{'a': True}"]}
merge patch {"b":"x"}
EOF

cat >probe.py <<'EOF'
import asyncio
import email
from urllib.parse import parse_qs

import httpx2
from fastmcp import Client, FastMCP

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
object_, text = {"type": "object"}, {"type": "string"}
numbers, texts = ({"type": "array", "items": {"type": kind}} for kind in ("integer", "string"))
form = {"type": "object", "properties": {"object": object_, "numbers": numbers, "texts": texts}}
patch = {"type": "object", "properties": {"a": text, "b": text}}
parameters = [
    {"name": "where", "in": "query", "style": "deepObject", "schema": object_},
    {"name": "list", "in": "query", "schema": {"type": "array", "items": object_}},
]


def operation(name, kind=None, schema=None, **more):
    body = {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}} if kind else {}
    return {"post": {"operationId": name, "responses": {"200": {"description": "Done"}}, **body, **more}}


document = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/urlencoded": operation("urlencoded", URLENCODED, form),
        "/multipart": operation("multipart", MULTIPART, form),
        "/query": operation("query", parameters=parameters),
        "/patch": operation("patch", "application/merge-patch+json", patch),
    },
}
sent = []


async def answer(request):
    await request.aread()
    sent.append(request)
    return httpx2.Response(200, json={"done": True})


def of_multipart(request):
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    found = {}
    for part in email.message_from_bytes(head + request.content).get_payload():
        name = part.get_param("name", header="content-disposition")
        found.setdefault(name, []).append(part.get_payload())
    return found


async def main():
    api = httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://notes.example")
    async with Client(FastMCP.from_openapi(openapi_spec=document, client=api)) as client:
        given = {"object": {"a": True}, "numbers": [1, 2], "texts": ["a", "b"]}
        await client.call_tool("urlencoded", given)
        print("urlencoded", parse_qs(sent[-1].content.decode()))
        await client.call_tool("multipart", given)
        print("multipart", of_multipart(sent[-1]))
        await client.call_tool("query", {"where": {"in": {"a": True}}, "list": [{"a": True}]})
        print("query", parse_qs(sent[-1].url.query.decode()))
        await client.call_tool("patch", {"a": None, "b": "x"})
        print("merge patch", sent[-1].content.decode().replace(" ", ""))


asyncio.run(main())
EOF

venv/bin/python probe.py >seen 2>>log
compare
