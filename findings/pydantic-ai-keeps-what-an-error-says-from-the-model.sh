#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI pydantic-ai-slim 2.68.0 with its MCPToolset, tools of a server of mcp 2.3.0.
# Behaviour: where an answer has text and a structure, the model gets the structure alone; so also of a call that failed,
#   where the text says what to do about it. Text that begins with a brace or a bracket is parsed, and the model gets what
#   that was written back as: 1.10 is 1.1, the first of two equal keys is gone, 1e400 is null, a file has no lines. Of a link
#   to a resource only its address is left.
# A good guess: MCP has content for the model and the structure for programs; text arrives as it was sent.
# Seen: as below, in the words that the model is sent.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages "pydantic-ai-slim[mcp]==2.68.0" mcp==2.3.0 fastmcp-slim==4.2.3

cat >expected <<'EOF2'
moved: {"moved":3}
full: {"error":"{\"code\":28}"}
price: {"price":1.1}
doubled: {"a":2}
large: [null]
file: {"a":1}
link: notes://tea
EOF2

cat >server.py <<'EOF2'
from mcp.server import MCPServer
from mcp.types import CallToolResult, ResourceLink, TextContent

server = MCPServer("probe", log_level="CRITICAL")


def add(name, part, **rest):
    @server.tool(name=name)
    def give() -> CallToolResult:
        content = TextContent(type="text", text=part) if isinstance(part, str) else part
        return CallToolResult(content=[content], **rest)


add("moved", "3 moved, 2 were in use and are left", structured_content={"moved": 3})
add("full", "disk full: free 2 GB, then try again", structured_content={"code": 28}, is_error=True)
add("price", '{"price": 1.10}')
add("doubled", '{"a": 1, "a": 2}')
add("large", "[1e400]")
add("file", '{\n  "a": 1\n}\n')
add("link", ResourceLink(type="resource_link", uri="notes://tea", name="tea", description="what ann drinks"))
server.run()
EOF2

cat >probe.py <<'EOF2'
import asyncio
import sys

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import FunctionModel

NAMES = ["moved", "full", "price", "doubled", "large", "file", "link"]


def model(messages, info):
    """Calls every tool once, in one turn."""
    parts = [part for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
    if not parts:
        return ModelResponse(parts=[ToolCallPart(name, {}) for name in NAMES])
    for part in parts:
        print(f"{part.tool_name}: {part.model_response_str()}")
    return ModelResponse(parts=[TextPart("done")])


async def main():
    tools = MCPToolset(StdioTransport(sys.executable, ["server.py"]), init_timeout=60)
    await Agent(FunctionModel(model), toolsets=[tools]).run("go")


asyncio.run(main())
EOF2

venv/bin/python probe.py >seen 2>>log
compare
