# SPDX-License-Identifier: GPL-3.0-or-later
"""The codes of errors: docs/errors.md has exactly those that the code gives."""

from __future__ import annotations

import ast
import re

import tree

CONTROLLER = [*(tree.TOP / "plugins" / "plugin_utils").rglob("*.py"), *(tree.TOP / "plugins" / "action").glob("*.py")]
ERRORS = {"UserError": 1, "ApiError": 2}  # and which argument of them the code is
CODE = re.compile(r"[a-z]+(_[a-z]+)+|unsupported|several")


def _trees():
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in CONTROLLER}


def _named(node: ast.expr) -> set[str]:
    """The texts in an expression that a code is worked out of."""
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _given() -> set[str]:
    found = set()
    for parsed in _trees().values():
        for node in ast.walk(parsed):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
                codes = [*node.args[ERRORS[node.func.id] :], *(one.value for one in node.keywords if one.arg == "code")]
                found |= {code for one in codes for code in _named(one)}
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                found |= {code for key, value in pairs if key and _named(key) == {"code"} for code in _named(value)}
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "code":
                found |= _named(node.value)
            if isinstance(node, ast.FunctionDef) and node.name == "_code":
                found |= {code for one in ast.walk(node) if isinstance(one, ast.Return) for code in _named(one)}
    capabilities = (tree.TOP / "plugins/module_utils/capabilities.py").read_text(encoding="utf-8")
    return found | set(re.findall(r'(?m)^    code = "(\w+)"', capabilities))


def test_the_table_has_every_code_and_no_other():
    text = (tree.TOP / "docs" / "errors.md").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^\| `(\w+)` \|", text)
    assert listed == sorted(set(listed))
    assert set(listed) == _given()
    assert all(CODE.fullmatch(code) for code in listed)


def test_the_controller_has_two_classes_of_errors():
    """Besides the editors of files, which are sent to machines without the collection."""
    made = {
        (path.name, node.name)
        for path, parsed in _trees().items()
        for node in ast.walk(parsed)
        if isinstance(node, ast.ClassDef)
        and any(re.search(r"(Error|Exception)$", getattr(base, "id", "")) for base in node.bases)
    }
    assert made == {("_errors.py", "UserError"), ("_errors.py", "ApiError"), ("text.py", "RefusedEdit")}
