# SPDX-License-Identifier: GPL-3.0-or-later
"""The program of a package of npm is found as npx finds it, where the package is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import tree

PROGRAM = tree.TOP / "images" / "mcp-bridge" / "program.py"


@pytest.mark.parametrize(
    ("package", "programs", "found"),
    [
        ("@s/server-everything@2026.8.31", {"mcp-server-everything": "dist/index.js"}, "dist/index.js"),
        ("@s/one", "run.js", "run.js"),
        ("two@1.0.0", {"other": "o.js", "two": "./t.js"}, "t.js"),
        ("same@1.0.0", {"a": "o.js", "b": "o.js"}, "o.js"),
        ("many@1.0.0", {"a": "a.js", "b": "b.js"}, None),
        ("none@1.0.0", None, None),
    ],
)
def test_the_program_is_known_by_the_name_of_the_package(tmp_path, package, programs, found):
    at = package.rfind("@")
    name = package[:at] if at > 0 else package
    folder = tmp_path / "node_modules" / name
    (folder / "dist").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": name, "bin": programs}))
    for file in ("dist/index.js", "run.js", "t.js", "o.js", "a.js", "b.js"):
        (folder / file).write_text("")
    for _again in range(2):
        subprocess.run([sys.executable, PROGRAM, package], cwd=tmp_path, check=True)
    link = tmp_path / "node_modules" / ".bin" / name
    if found is None:
        assert not link.exists()
    else:
        assert link.resolve() == (folder / found).resolve() and os.access(link, os.X_OK)
