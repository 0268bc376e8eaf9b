#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI langchain-mcp-adapters 0.3.2 and npm @langchain/mcp-adapters 1.1.4, the tools of one server of mcp 1.30.0.
# Behaviour: of one answer the two give the model different parts. Where text comes with a structure, Python's gives the
#   text, JavaScript's both as JSON in a text, with large numbers changed; and so with `_meta`, which MCP keeps for programs.
#   A structure alone is an empty answer in both. An embedded text is the answer in Python's and missing in JavaScript's.
#   Python's raises for a sound, and the text beside it is lost.
# A good guess: one library in two languages; what a tool says reaches the model.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages langchain-mcp-adapters==0.3.2 langchain-core==1.8.3 mcp==1.30.0
node_packages @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0 @modelcontextprotocol/sdk@1.32.2

cat >expected <<'EOF2'
Python text and structure: ["ok"]
Python structure: []
Python meta: ["ok"]
Python embedded: ["tea"]
Python sound: NotImplementedError
JavaScript text and structure: {"type":"text","text":"ok","structuredContent":{"id":9007199254740992}}
JavaScript structure: []
JavaScript meta: {"type":"text","text":"ok","meta":{"trace":"1"}}
JavaScript embedded: []
JavaScript sound: ["ok","audio"]
EOF2

cat >server.py <<'EOF2'
from mcp.server.fastmcp import FastMCP
from mcp.types import AudioContent, CallToolResult, EmbeddedResource, TextContent, TextResourceContents

server = FastMCP("probe", log_level="CRITICAL")
ok = TextContent(type="text", text="ok")
tea = EmbeddedResource(type="resource", resource=TextResourceContents(uri="notes://tea", text="tea"))
sound = AudioContent(type="audio", data="UklGRg==", mimeType="audio/wav")


def add(name, answer):
    @server.tool(name=name)
    def give() -> CallToolResult:
        return answer


add("text_and_structure", CallToolResult(content=[ok], structuredContent={"id": 2**53 + 1}))
add("structure", CallToolResult(content=[], structuredContent={"id": 1}))
add("meta", CallToolResult(content=[ok], _meta={"trace": "1"}))
add("embedded", CallToolResult(content=[tea]))
add("sound", CallToolResult(content=[ok, sound]))
server.run()
EOF2

cat >probe.py <<'EOF2'
import asyncio
import json
import sys

from langchain_mcp_adapters.client import MultiServerMCPClient


async def main():
    server = {"transport": "stdio", "command": sys.executable, "args": ["server.py"]}
    for tool in await MultiServerMCPClient({"probe": server}).get_tools():
        try:
            call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {}}
            seen = json.dumps([part["text"] for part in (await tool.ainvoke(call)).content])
        except Exception as error:
            seen = type(error).__name__
        print(f"Python {tool.name.replace('_', ' ')}: {seen}")


asyncio.run(main())
EOF2

cat >probe.mjs <<'EOF2'
import { MultiServerMCPClient } from "@langchain/mcp-adapters";

const server = { transport: "stdio", command: "venv/bin/python", args: ["server.py"], stderr: "ignore" };
const client = new MultiServerMCPClient({ mcpServers: { probe: server } });
for (const tool of await client.getTools()) {
  const call = { type: "tool_call", id: "1", name: tool.name, args: {} };
  const seen = await tool.invoke(call).then(
    ({ content }) => (Array.isArray(content) ? JSON.stringify(content.map((part) => part.text ?? part.type)) : content),
    (error) => error.constructor.name);
  console.log(`JavaScript ${tool.name.replaceAll("_", " ")}: ${seen}`);
}
await client.close();
EOF2

{
    venv/bin/python probe.py
    node probe.mjs
} >seen 2>>log
compare
