# SPDX-License-Identifier: GPL-3.0-or-later
"""Generates configuration files as people and programs really leave them, for the property tests."""

from __future__ import annotations

import json
import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# MCP_LAN_EXAMPLES=10000 is the long run.
EXAMPLES = settings(
    max_examples=int(os.environ.get("MCP_LAN_EXAMPLES", "300")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

NAMES = st.sampled_from(
    ["a", "b-c", "other", "mcp", "käse", "日本", "x y", "mcpServers", "sub.key", 'q"uote', "tab\\t"]
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["https://x/y // no comment", "/* no */", "# no", "a: b", "}", "],", '"""', "'''", "${VAR}", ""]
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXTS
ENTRY = {
    "type": "http",
    "url": "http://gateway.lan:4000/mcp/",
    "headers": {"Authorization": "Bearer ${KEY}"},
    "enabled": True,
    "timeout": 30,
}
PATHS = st.sampled_from([("mcpServers", "litellm"), ("litellm",), ("a", "other", "litellm")])


@st.composite
def json_texts(draw, comments: bool) -> str:
    """Return a JSON object with odd spacing, and with comments and trailing commas if they are allowed."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    spaces = ["", " ", "\t", newline, newline + "  ", newline + "\t", "  " + newline + newline + "    "]
    if comments:
        spaces += [
            f' // note, {{ [ "{newline}',
            f'{newline}  // "x": 1, {newline}  ',
            "/* a, } */",
            f"/* {newline} */ ",
        ]
    space = st.sampled_from(spaces) if draw(st.booleans()) else st.just(draw(st.sampled_from(spaces[:6])))

    def gap() -> str:
        return draw(space)

    def value(depth: int) -> str:
        kind = draw(st.integers(0, 5)) if depth else 0
        if kind > 2:
            return json.dumps(draw(SCALARS), ensure_ascii=draw(st.booleans()))
        items = draw(st.integers(0, 3))
        if kind == 2:
            parts = [value(depth - 1) for _unused in range(items)]
        else:
            keys = draw(st.lists(NAMES, min_size=items, max_size=items, unique=True))
            parts = [
                json.dumps(key, ensure_ascii=draw(st.booleans()))
                + gap()
                + ":"
                + gap()
                + (value(depth - 1) if key not in ("mcpServers", "a", "other") else container(depth - 1))
                for key in keys
            ]
        return wrap("[]" if kind == 2 else "{}", parts)

    def container(depth: int) -> str:
        keys = draw(st.lists(NAMES, max_size=3, unique=True))
        return wrap(
            "{}",
            [
                json.dumps(key)
                + gap()
                + ":"
                + gap()
                + (
                    container(depth - 1)
                    if depth > 0 and key in ("a", "other", "mcpServers")
                    else "{}"
                    if key in ("a", "other", "mcpServers")
                    else value(max(depth, 0))
                )
                for key in keys
            ],
        )

    def wrap(brackets: str, parts: list[str]) -> str:
        body = ",".join(gap() + part + gap() for part in parts)
        if parts and comments and draw(st.booleans()):
            body += "," + gap()
        return brackets[0] + (body or gap()) + brackets[1]

    return gap() + container(3) + gap()


@st.composite
def toml_texts(draw) -> str:
    """Return a TOML file with comments, odd spacing, all kinds of strings, arrays over lines and array tables."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    bare = ["a", "b-c", "1", '"x y"', "'lit'", '"quo\\"te # ="', '"käse"', "mcp_serverz"]
    strings = ['"x # y"', "'[no]'", '"""two\nlines [a]\n"""', "'''it''s\n[b] = 1'''", '""', '"""a""""', '"\\u00e4\\"]"']
    values = [
        *strings,
        "1",
        "true",
        "1979-05-27T07:32:00Z",
        "0x1F",
        "inf",
        "[]",
        "{}",
        "{ a = 1, b.c = '}' }",
        "[ # one\n  [1, 2], # two ]\n  ['x'],\n]",
        "[{ a = '#' }, {}]",
    ]
    ends = ["", " ", " # note [x] = 'y'", "\t#"]

    def statement(key: str) -> str:
        space = draw(st.sampled_from(["", " ", "  "]))
        return (
            draw(st.sampled_from(["", "  "]))
            + key
            + space
            + "="
            + space
            + draw(st.sampled_from(values))
            + draw(st.sampled_from(ends))
        )

    def nothing() -> list[str]:
        return draw(st.lists(st.sampled_from(["", "  ", "# [mcp_servers.litellm]", "#"]), max_size=2))

    lines = nothing()
    for key in draw(st.lists(st.sampled_from(bare), max_size=3, unique=True)):
        lines += [statement(key), *nothing()]
    headers = [
        "[t]",
        "[ t . 'u' ] # h",
        "[mcp_servers]",
        "[mcp_servers.other]",
        '["mcp_servers"."x y"]',
        "[mcp_servers.litellm2]",
        "[mcp_servers.other.env]",
        "[z.deep.er]",
    ]
    for header in [
        *draw(st.lists(st.sampled_from(headers), max_size=4, unique=True)),
        *["[[list]]"] * draw(st.integers(0, 2)),
    ]:
        lines.append(header)
        for key in draw(st.lists(st.sampled_from(bare), max_size=2, unique=True)):
            lines += [statement(key), *nothing()]
    return newline.join(lines).replace("\r\n", "\n").replace("\n", newline) + (newline if draw(st.booleans()) else "")


@st.composite
def yaml_texts(draw) -> str:
    """Return a YAML mapping with comments, odd indentation, all kinds of scalars, block texts, flow and anchors."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    scalars = [
        "1",
        "yes",
        "plain text",
        "'it''s # no'",
        '"a \\"b\\" # no"',
        "~",
        "2020-01-01",
        "https://x/#y",
        "ä日",
        "-1.5",
    ]
    flows = ["[]", "{}", "[1, [2, 'x # y'], {a: b}]", "{a: 1, 'b c': [x]}", "[a,\n {indent}  b]"]
    blocks = [
        "|\n{indent}  text: a\n{indent}   # not a comment\n\n",
        ">-\n{indent}  folded\n{indent}  text\n",
        "|+\n{indent}  keep\n\n\n",
    ]
    ends = ["", " ", "  # note: x", " # {"]
    count = [0]

    def end() -> str:
        return draw(st.sampled_from(ends)) + "\n"

    def between(indent: str) -> str:
        return draw(st.sampled_from(["", "", "", "\n", "# note\n", f"{indent}# litellm:\n", "  \n"]))

    def value(indent: str, depth: int) -> str:
        kind = draw(st.integers(0, 7))
        if kind <= 2:
            return " " + draw(st.sampled_from(scalars)) + end()
        if kind == 3:
            return " " + draw(st.sampled_from(flows)).replace("{indent}", indent) + end()
        if kind == 4:
            return " " + draw(st.sampled_from(blocks)).replace("{indent}", indent)
        if kind == 5:
            count[0] += 1
            return f" &anchor{count[0]} x" + end() if count[0] % 2 else f" *anchor{count[0] - 1}" + end()
        if kind == 6 or not depth:
            step = draw(st.sampled_from(["", "  "]))
            items = draw(st.lists(st.sampled_from(["1", "'x'", "{a: b}", "k: v"]), min_size=1, max_size=2))
            return end() + "".join(f"{indent}{step}- {item}" + end() for item in items)
        return end() + mapping(
            indent + draw(st.sampled_from(["  ", "    ", " "])), depth - 1, ["p", "q r", "'s'", '"t"']
        )

    def mapping(indent: str, depth: int, names: list[str]) -> str:
        keys = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        return "".join(between(indent) + indent + key + ":" + container(indent, key, depth) for key in keys)

    def container(indent: str, key: str, depth: int) -> str:
        if key != "extensions":
            return value(indent, depth)
        kind = draw(st.integers(0, 3))
        inner = indent + draw(st.sampled_from(["  ", "    ", " "]))
        return [" {}" + end(), " {a: 1}" + end(), end(), end() + mapping(inner, 1, ["other", "memory", "'my one'"])][
            kind
        ]

    text = draw(st.sampled_from(["", "", "---\n", "# top\n", "\n"])) + mapping(
        "", 2, ["a", "b c", "'c'", "extensions", "z"]
    )
    text += draw(st.sampled_from(["", "", "# end\n", "\n\n", "...\n"]))
    text = text if draw(st.booleans()) else text.removesuffix("\n")
    return text.replace("\n", newline)
