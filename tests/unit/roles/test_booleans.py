# SPDX-License-Identifier: GPL-3.0-or-later
"""A boolean that a person gives as text, as -e name=false does, means what it says: no expression takes it as it is."""

from __future__ import annotations

import re

import pytest
import yaml
from tree import TOP

SPECS = sorted((TOP / "roles").glob("*/meta/argument_specs.yml"))
BOOLEANS = sorted(
    name
    for path in SPECS
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values()
    for name, option in (entry.get("options") or {}).items()
    if option["type"] == "bool"
)
# It is made a boolean there, or handed whole to a module, a role or a text, which makes it one.
FINE = r"(?! \| bool)(?! \| default\(\w+\) \| bool)(?!:)(?! \}\}\"$)(?! \| default\(\w+\) if \w+ is none)(?! is none)"


@pytest.mark.parametrize("name", BOOLEANS)
def test_no_expression_takes_a_text_for_true(name):
    pattern = re.compile(rf"(?<![\w(])\(?{name}\b{FINE}")
    places = [
        f"{path.relative_to(TOP)}:{number}: {line.strip()}"
        for folder in ("tasks", "vars", "defaults", "templates")
        for path in sorted((TOP / "roles").glob(f"*/{folder}/*"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line) and not line.lstrip().startswith("#") and not said(line, name)
    ]
    assert not places


def said(line: str, name: str) -> bool:
    """Whether it stands in a sentence or a label for people, and is asked for nothing."""
    sentence = rf"{name} (is (true|false)|to (true|false)|\(false\))"
    label = rf"label: {name}|{name}=(true|false)|else {name} }}}}"
    return bool(re.search(f"{sentence}|{label}", line))
