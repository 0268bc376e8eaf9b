#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI fastmcp 4.2.3 (mcp 2.3.0): the `data` of what Client.call_tool gives, for a tool that has an output schema.
# Behaviour: `data` is rebuilt from the schema. A field that the schema does not name is gone, one that the server left out
#   is there with the schema's default or None, and a string of the format "json" is an object. Of two names that are one
#   in Python the second gets a number: data.my_prop is what my-prop has. Where a single string is not of its format, all
#   of `data` is None, and nothing is raised. `structured_content` is what was sent.
# A good guess: `data` is the answer with attributes in place of keys, and an answer that cannot be read raises.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages fastmcp==4.2.3 mcp==2.3.0

cat >expected <<'EOF'
a field that is not in the schema
  sent {"a": 1, "b": 2}
  data Root(a=1)
a default
  sent {"b": "x"}
  data Root(a=5, b='x')
a field that is left out
  sent {"b": "x"}
  data Root(a=None, b='x')
a string of the format json
  sent {"a": "{\"b\": 1}"}
  data Root(a={'b': 1})
two names that are one in Python
  sent {"my-prop": "dash", "my_prop": "line"}
  data Root(my_prop='dash', my_prop_2='line')
one string that is no UUID
  sent {"id": "7", "text": "kept?"}
  data None
EOF

cat >probe.py <<'EOF'
import asyncio
import json

from fastmcp import Client, FastMCP
from fastmcp.tools import ToolResult

server = FastMCP("probe")
text, number = {"type": "string"}, {"type": "integer"}
CASES = {
    "a field that is not in the schema": ({"a": number}, {"a": 1, "b": 2}),
    "a default": ({"a": {**number, "default": 5}, "b": text}, {"b": "x"}),
    "a field that is left out": ({"a": number, "b": text}, {"b": "x"}),
    "a string of the format json": ({"a": {**text, "format": "json"}}, {"a": '{"b": 1}'}),
    "two names that are one in Python": ({"my-prop": text, "my_prop": text}, {"my-prop": "dash", "my_prop": "line"}),
    "one string that is no UUID": ({"id": {**text, "format": "uuid"}, "text": text}, {"id": "7", "text": "kept?"}),
}


def add(name, properties, value):
    @server.tool(name=name, output_schema={"type": "object", "properties": properties})
    def give():
        return ToolResult(structured_content=value)


async def main():
    for number, (properties, value) in enumerate(CASES.values()):
        add(f"tool-{number}", properties, value)
    async with Client(server) as client:
        for number, what in enumerate(CASES):
            answer = await client.call_tool(f"tool-{number}", {})
            print(f"{what}\n  sent {json.dumps(answer.structured_content)}\n  data {answer.data!r}")


asyncio.run(main())
EOF

venv/bin/python probe.py >seen 2>>log
compare
