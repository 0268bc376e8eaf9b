#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI smolagents 1.26.0 with mcpadapt 0.1.19, tools of a server of mcp 1.30.0.
# Behaviour: a schema without a `type` of its own, as Python's `int | None` gives, is taken for text, and an argument with a
#   default for a required one. What ToolCallingAgent asks before it calls a tool refuses the number 5 and a call without
#   the argument; it takes "5". The agent that writes code is not asked, and both work. A tool that fails gives its message
#   as an answer, not as an error, of several parts the first is the answer, and none is an error.
# A good guess: a call that the server's own schema allows is made, and a failure is seen as one.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages smolagents==1.26.0 mcpadapt==0.1.19 mcp==1.30.0 websockets==15.0.1

cat >expected <<'EOF2'
rows 5: refused, Argument rows has type 'integer' but should be 'string'
rows left out: refused, Argument rows is required
rows "5": find answers 5
as code, rows 5: find answers 5
as code, rows left out: find answers None
failing tool: answers Error executing tool fail: the disk is full
two parts: answers first
no parts: raises
EOF2

cat >server.py <<'EOF2'
from mcp.server.fastmcp import FastMCP

server = FastMCP("probe", log_level="CRITICAL")


@server.tool(structured_output=False)
def find(words: str, rows: int | None = None) -> str:
    return f"find answers {rows}"


@server.tool(structured_output=False)
def fail() -> str:
    raise OSError("the disk is full")


@server.tool(structured_output=False)
def parts(number: int) -> list[str]:
    return ["first", "second"][:number]


server.run()
EOF2

cat >probe.py <<'EOF2'
import sys

from mcp import StdioServerParameters
from smolagents import MCPClient, Model, ToolCallingAgent

server = StdioServerParameters(command=sys.executable, args=["server.py"])
with MCPClient(server, structured_output=False) as tools:
    agent = ToolCallingAgent(tools=tools, model=Model(), verbosity_level=-1)
    by_name = {tool.name: tool for tool in tools}
    for said, rows in (("rows 5", {"rows": 5}), ("rows left out", {}), ('rows "5"', {"rows": "5"})):
        try:
            print(f"{said}:", agent.execute_tool_call("find", {"words": "tea", **rows}))
        except Exception as error:
            print(f"{said}: refused,", str(error.__cause__ or error).splitlines()[0])
    print("as code, rows 5:", by_name["find"](words="tea", rows=5))
    print("as code, rows left out:", by_name["find"](words="tea"))
    print("failing tool: answers", agent.execute_tool_call("fail", {}))
    print("two parts: answers", by_name["parts"](number=2))
    try:
        print("no parts: answers", by_name["parts"](number=0))
    except ValueError:
        print("no parts: raises")
EOF2

venv/bin/python probe.py >seen 2>>log
compare
