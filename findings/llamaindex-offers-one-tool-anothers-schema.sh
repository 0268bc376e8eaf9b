#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI llama-index-tools-mcp 0.6.0 (llama-index-core 0.14.25), tools of a server of mcp 2.3.0.
# Behaviour: what stands in `$defs` is kept by its name for all tools of a server: where two tools have a definition of the
#   same name, the model is shown the first one's for both. An enum in `$defs`, as Python's Enum gives, is shown as an object
#   that has the enum's name as its only field. The server refuses a call of either kind, LlamaIndex marks it as no error,
#   and the model reads an answer as Python prints the object that holds it.
# A good guess: the model is shown the schemas that the server sent, each with its own definitions.
# Seen: as below; the order of the tools decides which of them works.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages llama-index-tools-mcp==0.6.0 llama-index-core==0.14.25 mcp==2.3.0

cat >expected <<'EOF2'
people sends: where {"city": "string"}, unit ["m", "ft"]
people shows: where {"city": "string"}, unit {"Unit": ["m", "ft"]}
books sends: where {"year": "integer"}, unit ["pages"]
books shows: where {"city": "string"}, unit {"Unit": ["m", "ft"]}
people, called as shown: refused by the server, error: False
books, called as shown: refused by the server, error: False
books, called as sent: meta=None content=[TextContent(type='text', text='1999 pages', annotations=None, meta=None)] ...
EOF2

cat >server.py <<'EOF2'
from enum import Enum

from mcp.server import MCPServer
from pydantic import BaseModel

server = MCPServer("probe", log_level="CRITICAL")
Unit = Enum("Unit", {"METRE": "m", "FOOT": "ft"})


class Filter(BaseModel):
    city: str


@server.tool(structured_output=False)
def people(where: Filter, unit: Unit) -> str:
    return f"{where.city} {unit.value}"


# As if they came from another module of the server.
Unit = Enum("Unit", {"PAGES": "pages"})


class Filter(BaseModel):
    year: int


@server.tool(structured_output=False)
def books(where: Filter, unit: Unit) -> str:
    return f"{where.year} {unit.value}"


server.run()
EOF2

cat >probe.py <<'EOF2'
import asyncio
import json
import sys

from llama_index.tools.mcp import BasicMCPClient, McpToolSpec


def short(schema):
    def one(part):
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part
        if "properties" in part:
            return {name: one(inner) for name, inner in part["properties"].items()}
        return part.get("enum") or ([part["const"]] if "const" in part else part["type"])

    return ", ".join(f"{name} {json.dumps(one(part))}" for name, part in schema["properties"].items())


async def main():
    client = BasicMCPClient(sys.executable, args=["server.py"])
    tools = {tool.metadata.name: tool for tool in await McpToolSpec(client=client).to_tool_list_async()}
    for sent in (await client.list_tools()).tools:
        print(f"{sent.name} sends: {short(sent.input_schema)}")
        print(f"{sent.name} shows: {short(tools[sent.name].metadata.get_parameters_dict())}")
    for name in tools:
        answer = await tools[name].acall(where={"city": "Bonn"}, unit={"Unit": "m"})
        refused = "refused by the server" if "validation error" in answer.content else "done"
        print(f"{name}, called as shown: {refused}, error: {answer.is_error}")
    answer = await tools["books"].acall(where={"year": 1999}, unit="pages")
    print("books, called as sent:", answer.content.split(" structured_content")[0], "...")


asyncio.run(main())
EOF2

venv/bin/python probe.py >seen 2>>log
compare
