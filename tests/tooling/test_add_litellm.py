# SPDX-License-Identifier: GPL-3.0-or-later
"""`make litellm`: what it says before it asks anybody, and how it tells two versions apart."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import MALICIOUS, MINIMUM, NEWEST_TESTED
from tree import TOP

SCRIPTS = TOP / "scripts"
BEFORE = {
    "settings": {"general_settings": {"a": ["bool"], "b": [], "c": ["int"]}},
    "routes": ["GET /v1/models", "POST /key/new"],
    "tables": {"Keys": ["id", "token"], "Old": ["id"]},
    "protocols": ["2025-03-26"],
}
AFTER = {
    "settings": {"general_settings": {"a": ["bool"], "c": ["int", "str"], "d": []}},
    "routes": ["GET /v1/models", "POST /key/new", "POST /v1/new"],
    "tables": {"Keys": ["id", "spend", "token"], "New": ["id"]},
    "protocols": ["2025-03-26", "2025-06-18"],
}


def load(name):
    specification = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, str(SCRIPTS))
    try:
        specification.loader.exec_module(module)
    finally:
        sys.path.remove(str(SCRIPTS))
    return module


@pytest.mark.parametrize("version", [*MALICIOUS, "1.70.0", "latest"])
def test_what_must_not_be_used_is_refused_before_anybody_is_asked(version):
    said = subprocess.run(
        [sys.executable, SCRIPTS / "add_litellm.py", version],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/nonexistent"},
    )
    assert said.returncode == 1 and said.stdout == ""
    assert said.stderr.startswith("VERSION: ") and version in said.stderr and said.stderr.count("\n") == 1


def test_what_differs_is_named():
    assert list(load("add_litellm").differences(BEFORE, AFTER)) == [
        "config.yaml, general_settings: no longer: b",
        "config.yaml, general_settings: new: d",
        "config.yaml, general_settings: of other types: c",
        "routes: new: POST /v1/new",
        "tables: no longer: Old",
        "tables: new: New",
        "columns of Keys: new: spend",
        "versions of MCP: new: 2025-06-18",
    ]
    assert list(load("add_litellm").differences(BEFORE, json.loads(json.dumps(BEFORE)))) == []


def test_it_is_compared_with_the_version_before_it():
    nearest = load("add_litellm").nearest
    assert [nearest(version) for version in (MINIMUM, "1.90.0", NEWEST_TESTED, "1.199.0")] == [
        *(NEWEST_TESTED, MINIMUM, MINIMUM, NEWEST_TESTED),
    ]


def test_a_setting_whose_name_is_a_constant_is_found():
    tree = ast.parse('KEY: Final = "include"\nconfig.get("one")\nconfig[KEY]\nother["two"]\nKEY in config\n')
    assert load("litellm_settings").keys_read(tree, ("config",)) == {"include", "one"}
