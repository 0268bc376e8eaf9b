#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI autogen-ext 0.7.5, google-adk 2.13.0, smolagents 1.26.0, langchain-mcp-adapters 0.3.2 and strands-agents 1.62.0 with
# mcp 1.30.0; litellm 1.77.3 and 1.108.7. A server whose list of tools has pages.
# Behaviour: what `tools/list` answers may end with the place where the next page begins. Four of seven offer their model the
#   first page and say nothing; mcp's own `list_tools()` gives one page, and each has to ask for the others by itself. The rest
#   ask, among them LiteLLM of late and not 1.77.3.
# A good guess: pages are a matter of the protocol, which the SDK that all of them use takes care of.
# Seen: as below, of the tools a, b, c, d and e, two a page.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF2'
autogen-ext: a b
google-adk: a b
smolagents: a b
langchain: a b c d e
strands: a b c d e
litellm 1.77.3: a b
litellm 1.108.7: a b c d e
EOF2

cat >server.py <<'EOF2'
import json
import sys

TOOLS = [{"name": name, "description": name, "inputSchema": {"type": "object", "properties": {}}} for name in "abcde"]
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    answer = {"result": {}}
    if message["method"] == "initialize":
        answer["result"] = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                            "serverInfo": {"name": "pages", "version": "1"}}
    elif message["method"] == "tools/list":
        start = int((message.get("params") or {}).get("cursor") or 0)
        answer["result"] = {"tools": TOOLS[start:start + 2]}
        if start + 2 < len(TOOLS):
            answer["result"]["nextCursor"] = str(start + 2)
    elif message["method"] != "ping":
        answer = {"error": {"code": -32601, "message": "Method not found"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}), flush=True)
EOF2

cat >probe.py <<'EOF2'
import asyncio
import importlib.metadata
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

command, args = sys.executable, ["server.py"]
parameters = StdioServerParameters(command=command, args=args)


def show(who, names):
    print(f"{who}:", *names, flush=True)


async def litellm():
    from litellm.experimental_mcp_client import load_mcp_tools
    async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
        await session.initialize()
        show("litellm " + importlib.metadata.version("litellm"), [tool.name for tool in await load_mcp_tools(session)])


async def others():
    from autogen_ext.tools.mcp import StdioServerParams, mcp_server_tools
    server = StdioServerParams(command=command, args=args, read_timeout_seconds=60)
    show("autogen-ext", [tool.name for tool in await mcp_server_tools(server)])

    from google.adk.tools.mcp_tool import McpToolset, StdioConnectionParams
    toolset = McpToolset(connection_params=StdioConnectionParams(server_params=parameters, timeout=60))
    show("google-adk", [tool.name for tool in await toolset.get_tools()])
    await toolset.close()

    from smolagents import MCPClient
    with MCPClient(parameters, structured_output=False) as tools:
        show("smolagents", [tool.name for tool in tools])

    from langchain_mcp_adapters.client import MultiServerMCPClient
    client = MultiServerMCPClient({"pages": {"transport": "stdio", "command": command, "args": args}})
    show("langchain", [tool.name for tool in await client.get_tools()])

    from strands.tools.mcp import MCPClient
    client = MCPClient(lambda: stdio_client(parameters))
    show("strands", [tool.tool_name for tool in await client.load_tools()])
    client.stop(None, None, None)


asyncio.run(litellm() if sys.argv[1:] else others())
EOF2

{
    python_packages "autogen-ext[mcp]==0.7.5" google-adk==2.13.0 smolagents==1.26.0 mcpadapt==0.1.19 websockets==15.0.1 \
        langchain-mcp-adapters==0.3.2 langchain-core==1.8.3 strands-agents==1.62.0 mcp==1.30.0
    venv/bin/python probe.py
    for pair in 1.77.3=1.30.0 1.108.7=2.3.0; do
        python_packages "litellm==${pair%=*}" "mcp==${pair#*=}"
        venv/bin/python probe.py litellm
    done
} >seen 2>>log
compare
