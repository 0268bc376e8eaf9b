# SPDX-License-Identifier: GPL-3.0-or-later
"""A boolean or a number that is given as text, means what it says: no expression takes it as such."""

from __future__ import annotations

import functools
import re

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import specifications
from tree import TOP

BOOLEANS = sorted(name for name, option in specifications().items() if option["type"] == "bool")
NUMBERS = sorted(name for name, option in specifications().items() if option["type"] == "int")
# It is made a boolean there, or handed whole to a module, a role or a text, which makes it one.
FINE = r"(?! \| bool)(?! \| default\(\w+\) \| bool)(?!:)(?! \}\}\"$)(?! \| default\(\w+\) if \w+ is none)(?! is none)"

AS_ONE = r"(?: \| default\([^)]*\))? \| (?:int|string)\b"


@functools.cache
def lines() -> list[tuple[str, str]]:
    """Each line of what expressions stand in, with its place."""
    folders = [f"roles/*/{folder}/*" for folder in ("tasks", "vars", "defaults", "templates")]
    return [
        (f"{path.relative_to(TOP)}:{number}", line.strip())
        for pattern in (*folders, "playbooks/*.yml")
        for path in sorted(TOP.glob(pattern))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if not line.lstrip().startswith("#")
    ]


@pytest.mark.parametrize("name", BOOLEANS)
def test_no_expression_takes_a_text_for_true(name):
    pattern = re.compile(rf"(?<![\w(])\(?{name}\b{FINE}")
    assert not [f"{place}: {line}" for place, line in lines() if pattern.search(line) and not said(line, name)]


@pytest.mark.parametrize("name", NUMBERS)
def test_no_expression_takes_a_text_for_a_number(name):
    compared = rf"[<>=!]=? {name}\b(?!{AS_ONE})|(?<![\w.]){name}\b(?!{AS_ONE}) [<>=!]=? "
    pattern = re.compile(rf"{compared}|\bif {name} else\b")
    assert not [f"{place}: {line}" for place, line in lines() if pattern.search(line)]


def said(line: str, name: str) -> bool:
    """Whether it stands in a sentence or a label for people, and is asked for nothing."""
    sentence = rf"{name} (is (true|false)|to (true|false)|\(false\))"
    label = rf"label: {name}|{name}=(true|false)|else {name} }}}}"
    return bool(re.search(f"{sentence}|{label}", line))
