#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp 1.30.0 and 2.3.0 beside fastmcp 4.2.3, a tool with an optional text argument (`str | None`).
# Behaviour: the SDK's own high-level server parses every text that is JSON and belongs to an argument that is not
#   plainly `str`. A note that reads `[1, 2]` or `{"a": 1}` is refused as "not a valid string", and the text `null`
#   becomes None. FastMCP 4, whose decorator looks the same, leaves the text alone, but no longer takes a list that a
#   client sends as text, which the SDK does.
# A good guess: a text is a valid `str | None`, whatever it says, and both libraries agree.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
mcp 1.30.0: str '[1, 2]' -> '[1, 2]'
mcp 1.30.0: str | None '[1, 2]' -> refused
mcp 1.30.0: str | None 'null' -> None
mcp 1.30.0: list[str] '["a"]' -> ['a']
mcp 2.3.0: str '[1, 2]' -> '[1, 2]'
mcp 2.3.0: str | None '[1, 2]' -> refused
mcp 2.3.0: str | None 'null' -> None
mcp 2.3.0: list[str] '["a"]' -> ['a']
fastmcp 4.2.3: str '[1, 2]' -> '[1, 2]'
fastmcp 4.2.3: str | None '[1, 2]' -> '[1, 2]'
fastmcp 4.2.3: str | None 'null' -> 'null'
fastmcp 4.2.3: list[str] '["a"]' -> refused
EOF

cat >probe.py <<'EOF'
import asyncio
import sys
from importlib.metadata import version

name = sys.argv[1]
if name == "fastmcp":
    from fastmcp import FastMCP as Server
elif version("mcp").startswith("1."):
    from mcp.server.fastmcp import FastMCP as Server
else:
    from mcp.server import MCPServer as Server

server = Server("notes")


def plain(text: str) -> str:
    return repr(text)


def optional(text: str | None = None) -> str:
    return repr(text)


def several(text: list[str]) -> str:
    return repr(text)


for function in (plain, optional, several):
    server.tool()(function)


async def answer(tool, text):
    try:
        found = await server.call_tool(tool, {"text": text})
    except Exception:
        return "refused"
    if isinstance(found, tuple):
        found = found[0]
    return getattr(found, "content", found)[0].text


for tool, kind, text in (
    ("plain", "str", "[1, 2]"),
    ("optional", "str | None", "[1, 2]"),
    ("optional", "str | None", "null"),
    ("several", "list[str]", '["a"]'),
):
    print(f"{name} {version(name)}: {kind} {text!r} -> {asyncio.run(answer(tool, text))}")
EOF

for package in mcp==1.30.0 mcp==2.3.0 fastmcp==4.2.3; do
    python_packages "$package"
    venv/bin/python probe.py "${package%%=*}" >>seen 2>>log
done
compare
