#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI crewai and crewai-tools 1.15.30 with mcp 1.30.0, the two ways to give an agent the tools of an MCP server.
# Behaviour: `mcps` of an agent leaves null and what is empty out of the arguments, down to the members of lists, and makes
#   objects of the texts in whatever is named `sources`. A tool without a description is not there, without a word.
#   MCPServerAdapter sends null for each argument that the model left out, which servers of the TypeScript SDK refuse: the
#   reference server for files does not read one, and its refusal is the file's text. Both write addresses and durations anew.
# A good guess: what the model said passes the schema and is sent, and the two ways differ in how they are written.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages crewai==1.15.30 crewai-tools==1.15.30 mcp==1.30.0 mcpadapt==0.1.19
node_packages @modelcontextprotocol/server-filesystem@2026.8.31 @modelcontextprotocol/sdk@1.32.2

cat >expected <<'EOF2'
adapter, tools: echo plain
adapter, sources ["web"]: ["web"]
adapter, row [1, null, 3]: [1, null, 3]
adapter, tags []: []
adapter, change {"until": null, "n": 0}: {"until": null, "n": 0}
adapter, url "http://example.com": "http://example.com/"
adapter, wait "PT90S": "PT1M30S"
adapter, other: null
adapter, a file: MCP error -32602: Input validation error: Invalid arguments for tool read_text_file: ...
mcps, tools: echo
mcps, sources ["web"]: [{"type": "web"}]
mcps, row [1, null, 3]: [1, 3]
mcps, tags []: not sent
mcps, change {"until": null, "n": 0}: {"n": 0}
mcps, url "http://example.com": "http://example.com/"
mcps, wait "PT90S": "PT1M30S"
mcps, other: not sent
mcps, a file: tea
EOF2

cat >server.py <<'EOF2'
import json, sys

text = {"type": "string"}
schema = {"type": "object", "properties": {
    "sources": {"type": "array", "items": text},
    "row": {"type": "array", "items": {"type": ["integer", "null"]}},
    "tags": {"type": "array", "items": text},
    "change": {"type": "object"},
    "url": {"type": "string", "format": "uri"},
    "wait": {"type": "string", "format": "duration"},
    "other": text,
}}
tools = [{"name": "echo", "description": "Gives its arguments.", "inputSchema": schema},
         {"name": "plain", "inputSchema": schema}]
for line in sys.stdin:
    message = json.loads(line)
    answer = {"tools": tools} if message["method"] == "tools/list" else {}
    if message["method"] == "initialize":
        answer = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                  "serverInfo": {"name": "probe", "version": "1"}}
    if message["method"] == "tools/call":
        answer = {"content": [{"type": "text", "text": json.dumps(message["params"]["arguments"])}]}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": answer}), flush=True)
EOF2
cat >probe.py <<'EOF2'
import json, os, sys
from crewai import Agent, BaseLLM
from crewai.mcp import MCPServerStdio
from crewai_tools import MCPServerAdapter
from mcp import StdioServerParameters

said = {"sources": ["web"], "row": [1, None, 3], "tags": [], "change": {"until": None, "n": 0},
        "url": "http://example.com", "wait": "PT90S"}
probe = {"command": sys.executable, "args": ["server.py"]}
files = {"command": "node", "args": ["node_modules/.bin/mcp-server-filesystem", os.path.abspath("files")]}
seen = open("seen", "w")


class Model(BaseLLM):
    def call(self, *args, **kwargs):
        return "nothing"


def tell(name, tools, more):
    print(f"{name}, tools:", *[tool.name.rsplit("_", 1)[-1] for tool in tools], file=seen)
    sent = json.loads(tools[0].run(**said))
    for key in (*said, "other"):
        arrived = json.dumps(sent[key]) if key in sent else "not sent"
        print(f"{name}, {key}{' ' + json.dumps(said[key]) if key in said else ''}: {arrived}", file=seen)
    read = next(tool for tool in more if tool.name.endswith("read_text_file"))
    answer = read.run(path=os.path.abspath("files/list.txt")).split("Invalid input")[0].strip()
    print(f"{name}, a file: {answer}{' ...' if answer != 'tea' else ''}", file=seen)


with MCPServerAdapter(StdioServerParameters(**probe)) as tools, MCPServerAdapter(StdioServerParameters(**files)) as more:
    tell("adapter", tools, more)
agent = Agent(role="one", goal="one", backstory="one", llm=Model(model="any"))
tell("mcps", *(agent.get_mcp_tools([MCPServerStdio(**server)]) for server in (probe, files)))
EOF2

mkdir files
echo tea >files/list.txt
CREWAI_DISABLE_TELEMETRY=true CREWAI_DISABLE_VERSION_CHECK=true OTEL_SDK_DISABLED=true HOME="$work" \
    CREWAI_TRACING_ENABLED=false venv/bin/python probe.py >>log 2>&1
compare
