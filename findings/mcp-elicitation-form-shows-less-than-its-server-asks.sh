#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp 1.30.0, mcp 2.3.0 and fastmcp 4.2.3 as servers whose tools ask their user, npm @modelcontextprotocol/sdk 1.32.2 as client.
# Behaviour: of a field's schema the client's handler gets what MCP names for forms, and the rest is cut off without a word:
#   `ge=0` is shown and `gt=0` is not, nor are a pattern and an enum of numbers. An answer that fits the form makes the tool fail.
#   An `int | None` is asked by 2.3.0 alone: FastMCP does not send it, and what 1.30.0 sends the client refuses before its
#   handler sees it. 1.30.0 asks for no choice of texts, 2.3.0 for a Literal and no Enum, FastMCP for both. No list of texts.
# A good guess: what a server may ask every client can show, and what is insisted on is in the form.
# Seen: as below, per server what the form says of the field, and what comes of an answer that it allows.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @modelcontextprotocol/sdk@1.32.2 zod@4.1.12

cat >expected <<'EOF'
mcp 1.30.0
  ge: {"type":"integer","minimum":0}, 0 arrives as 0
  gt: {"type":"integer"}, 0 makes the tool fail
  pattern: {"type":"string"}, "b" makes the tool fail
  one of 1, 2: not sent
  one of a, b: not sent
  enum of a, b: not sent
  int or None: refused by the client
  list of texts: refused by the client
mcp 2.3.0
  ge: {"type":"integer","minimum":0}, 0 arrives as 0
  gt: {"type":"integer"}, 0 makes the tool fail
  pattern: {"type":"string"}, "b" makes the tool fail
  one of 1, 2: {"type":"integer"}, 3 makes the tool fail
  one of a, b: {"type":"string","enum":["a","b"]}, "a" arrives as 'a'
  enum of a, b: not sent
  int or None: {"type":"integer"}, 5 arrives as 5
  list of texts: not sent
fastmcp 4.2.3
  ge: {"type":"integer","minimum":0}, 0 arrives as 0
  gt: {"type":"integer"}, 0 makes the tool fail
  pattern: {"type":"string"}, "b" makes the tool fail
  one of 1, 2: {"type":"integer"}, 3 makes the tool fail
  one of a, b: {"type":"string","enum":["a","b"]}, "a" arrives as 'a'
  enum of a, b: {"type":"string","enum":["a","b"]}, "a" arrives as <Mode.A: 'a'>
  int or None: not sent
  list of texts: not sent
EOF

cat >server.py <<'EOF'
import enum
from typing import Annotated, Literal

from pydantic import Field, create_model

try:
    from fastmcp import Context, FastMCP
    server = FastMCP("forms")
    options, running = {"output_schema": None}, {"show_banner": False}
except ImportError:
    options, running = {"structured_output": False}, {}
    try:
        from mcp.server.mcpserver import Context, MCPServer
        server = MCPServer("forms", log_level="CRITICAL")
    except ImportError:
        from mcp.server.fastmcp import Context, FastMCP
        server = FastMCP("forms", log_level="CRITICAL")

FIELDS = {
    "ge": (Annotated[int, Field(ge=0)], ...),
    "gt": (Annotated[int, Field(gt=0)], ...),
    "pattern": (Annotated[str, Field(pattern="^a")], ...),
    "one of 1, 2": (Literal[1, 2], ...),
    "one of a, b": (Literal["a", "b"], ...),
    "enum of a, b": (enum.Enum("Mode", {"A": "a", "B": "b"}), ...),
    "int or None": (int | None, None),
    "list of texts": (list[str], ...),
}


@server.tool(**options)
async def ask(field: str, ctx: Context) -> str:
    answer = await ctx.elicit("Which?", create_model("Form", value=FIELDS[field]))
    return f"arrives as {answer.data.value!r}"


server.run(**running)
EOF

cat >client.mjs <<'EOF'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const answers = { ge: 0, gt: 0, pattern: "b", "one of 1, 2": 3, "one of a, b": "a", "enum of a, b": "a", "int or None": 5,
  "list of texts": ["a"] };
const client = new Client({ name: "probe", version: "1" }, { capabilities: { elicitation: {} } });
let value, shown, sent;
client.setRequestHandler(ElicitRequestSchema, async (request) => {
  const { title, ...rest } = request.params.requestedSchema.properties.value;
  shown = JSON.stringify(rest);
  return { action: "accept", content: { value } };
});
const transport = new StdioClientTransport({ command: "venv/bin/python", args: ["server.py"] });
await client.connect(transport);
const take = transport.onmessage;
transport.onmessage = (message) => {
  sent ||= message.method === "elicitation/create";
  take(message);
};
for (const field in answers) {
  [value, shown, sent] = [answers[field], undefined, false];
  const { content, isError } = await client.callTool({ name: "ask", arguments: { field } });
  const end = isError ? "makes the tool fail" : content[0].text;
  const what = shown ? `${shown}, ${JSON.stringify(value)} ${end}` : sent ? "refused by the client" : "not sent";
  console.log(`  ${field}: ${what}`);
}
await client.close();
EOF

for package in mcp==1.30.0 mcp==2.3.0 fastmcp==4.2.3; do
    python_packages "$package"
    echo "${package%==*} ${package#*==}"
    node client.mjs 2>>log
done >seen
compare
