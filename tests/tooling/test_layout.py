# SPDX-License-Identifier: GPL-3.0-or-later
"""Where code is: what is sent to a host in module_utils, what runs on the controller in plugin_utils."""

from __future__ import annotations

import ast
from pathlib import Path

import tree

PLUGINS = tree.TOP / "plugins"
PACKAGE = f"ansible_collections.{tree.NAMESPACE}.{tree.NAME}.plugins."


def _imported(file: Path) -> set[Path]:
    """The collection's own files that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            place = PLUGINS.joinpath(*node.module.removeprefix(PACKAGE).split("."))
            found |= {place.with_suffix(".py"), *(place / f"{each.name}.py" for each in node.names)}
    return {each for each in found if each.is_file()}


def _sent() -> set[Path]:
    waiting, seen = set(PLUGINS.glob("modules/*.py")), set()
    while waiting:
        file = waiting.pop()
        seen.add(file)
        waiting |= _imported(file) - seen
    return seen


def test_module_utils_is_what_modules_import_and_nothing_else():
    sent = {file for file in _sent() if file.parent.name != "modules"}
    held = {file for file in PLUGINS.glob("module_utils/**/*.py") if file.read_text(encoding="utf-8").strip()}
    assert sent, "no module imports anything"
    assert sent == held, f"in the wrong folder: {sorted(str(file.relative_to(PLUGINS)) for file in sent ^ held)}"
