#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI autogen-ext 0.7.5 (autogen-core 0.7.5), the tools of one server of mcp 1.30.0.
# Behaviour: `McpWorkbench` hands on schema and arguments as they are. `mcp_server_tools` makes a class of each schema and
#   checks and converts what the model says with it: an address gets a slash, an offset becomes a Z, a UUID must be of version
#   4, a field that no schema names is left out, what is no plain type in a list is text, and what Enum gives is an object.
#   One argument that may be anything, or a folder's path, takes all other tools of the server along.
# A good guess: two ways to the same tools, which call them with what the model said.
# Seen: as below, first through the tools, then through the workbench.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages "autogen-ext[mcp]==0.7.5" autogen-core==0.7.5 mcp==1.30.0

cat >expected <<'EOF2'
page "http://example.com" tools: got http://example.com/
page "http://example.com" workbench: got http://example.com
since "2026-10-01T12:00:00+00:00" tools: got 2026-10-01T12:00:00Z
since "2026-10-01T12:00:00+00:00" workbench: got 2026-10-01T12:00:00+00:00
order "0199a0c4-7c00-7000-8000-000000000000" tools: error, UUID version 4 expected
order "0199a0c4-7c00-7000-8000-000000000000" workbench: got 0199a0c4-7c00-7000-8000-000000000000
labels {"a": "b"} tools: got {}
labels {"a": "b"} workbench: got {'a': 'b'}
pair [1, "a"] tools: error, Input should be a valid string
pair [1, "a"] workbench: got (1, 'a')
mixed [1, "a"] tools: error, Input should be a valid string
mixed [1, "a"] workbench: got [1, 'a']
mode "a" tools: error, Input should be a valid dictionary or instance of Mode
mode "a" workbench: got Mode.A
with a tool that takes anything, tools: UnsupportedKeywordError
with a tool that takes anything, workbench: 8 tools
with a tool that takes a folder, tools: FormatNotSupportedError
with a tool that takes a folder, workbench: 8 tools
EOF2

cat >server.py <<'EOF2'
import enum
import sys
from typing import Annotated, Any
from uuid import UUID

from mcp.server.fastmcp import FastMCP
from pydantic import BaseModel, ConfigDict, DirectoryPath, Field

server = FastMCP("probe", log_level="CRITICAL")


class Labels(BaseModel):
    owner: str = ""
    model_config = ConfigDict(extra="allow")


TYPES = {
    "page": Annotated[str, Field(json_schema_extra={"format": "uri"})],
    "since": Annotated[str, Field(json_schema_extra={"format": "date-time"})],
    "order": UUID,
    "labels": Labels,
    "pair": tuple[int, str],
    "mixed": list[int | str],
    "mode": enum.Enum("Mode", {"A": "a", "B": "b"}),
    "anything": Any,
    "folder": DirectoryPath,
}


def add(name):
    def call(value: TYPES[name]) -> str:
        return f"got {value.model_extra if name == 'labels' else value}"

    server.add_tool(call, name=name, structured_output=False)


for name in list(TYPES)[:7] + sys.argv[1:]:
    add(name)
server.run()
EOF2

cat >probe.py <<'EOF2'
import asyncio
import json
import sys

from autogen_core.tools import StaticWorkbench
from autogen_ext.tools.mcp import McpWorkbench, StdioServerParams, mcp_server_tools

CALLS = {
    "page": "http://example.com",
    "since": "2026-10-01T12:00:00+00:00",
    "order": "0199a0c4-7c00-7000-8000-000000000000",
    "labels": {"a": "b"},
    "pair": [1, "a"],
    "mixed": [1, "a"],
    "mode": "a",
}


def server(*more):
    return StdioServerParams(command=sys.executable, args=["server.py", *more], read_timeout_seconds=60)


async def main():
    # What AssistantAgent makes of its `tools`.
    tools = StaticWorkbench(await mcp_server_tools(server()))
    async with McpWorkbench(server()) as workbench:
        for name, value in CALLS.items():
            for way, bench in (("tools", tools), ("workbench", workbench)):
                answer = await bench.call_tool(name, {"value": value})
                text = answer.result[0].content
                if answer.is_error:
                    text = "error, " + text.splitlines()[2].strip().split(" [type=")[0]
                elif way == "tools":
                    text = json.loads(text)[0]["text"]
                print(f"{name} {json.dumps(value)} {way}: {text}")
    for more in ("anything", "folder"):
        with_it = f"with a tool that takes {'a ' * (more == 'folder')}{more}"
        try:
            print(f"{with_it}, tools: {len(await mcp_server_tools(server(more)))} tools")
        except Exception as error:
            print(f"{with_it}, tools: {type(error).__name__}")
        async with McpWorkbench(server(more)) as workbench:
            print(f"{with_it}, workbench: {len(await workbench.list_tools())} tools")


asyncio.run(main())
EOF2

venv/bin/python probe.py >seen 2>>log
compare
