# SPDX-License-Identifier: GPL-3.0-or-later
"""Where code is: what is sent to a host in module_utils, what runs on the controller in plugin_utils."""

from __future__ import annotations

import ast
import importlib
import importlib.util
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


def test_every_name_that_is_imported_of_the_collection_is_there():
    """Also where only a run against a gateway would come by."""
    files = [file for folder in ("plugins", "tests", "bench", "tools") for file in (tree.TOP / folder).rglob("*.py")]
    missing = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
                module = importlib.import_module(node.module)
                names = [each.name for each in node.names if not hasattr(module, each.name)]
                if hasattr(module, "__path__"):  # a package, whose files are found
                    names = [name for name in names if not importlib.util.find_spec(f"{node.module}.{name}")]
                missing += [
                    f"{file.relative_to(tree.TOP)}:{node.lineno}: {node.module} has no {name}" for name in names
                ]
    assert not missing, "\n".join(missing)
