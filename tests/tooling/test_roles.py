# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's argument_specs.yml says exactly what its defaults do, and says it in words."""

from __future__ import annotations

import sys

import pytest
import yaml
from tree import TOP

sys.path.insert(0, str(TOP / "scripts"))
import role_readmes

ROLES = sorted(path.parent.parent for path in TOP.glob("roles/*/tasks/main.yml"))


def load(path):
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def undescribed(options: dict, where: str) -> list[str]:
    """Options without a description, at any depth."""
    found = []
    for name, option in options.items():
        if not option.get("description"):
            found.append(f"{where}{name}")
        found += undescribed(option.get("options") or {}, f"{where}{name}.")
    return found


def test_there_are_roles():
    assert ROLES


def test_each_role_has_its_page():
    """Galaxy refuses a collection whose roles have none."""
    pages = role_readmes.pages()
    assert [path.parent for path in pages] == ROLES
    stale = [path.parent.name for path, text in pages.items() if not path.exists() or path.read_text() != text]
    assert not stale, f"not what scripts/role_readmes.py writes: {', '.join(stale)}"


@pytest.mark.parametrize("role", ROLES, ids=lambda path: path.name)
def test_arguments(role):
    assert (role / "meta" / "argument_specs.yml").exists(), f"{role.name}: meta/argument_specs.yml is missing"
    entry = load(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]
    assert entry.get("short_description"), f"{role.name}: argument_specs has no short_description"
    options = entry.get("options") or {}
    defaults = {}
    for path in sorted((role / "defaults").glob("**/*.yml")):
        defaults |= load(path)

    assert not undescribed(options, ""), f"{role.name}: options without a description: {undescribed(options, '')}"
    assert defaults.keys() <= options.keys(), (
        f"{role.name}: in defaults and not in argument_specs: {sorted(defaults.keys() - options.keys())}"
    )
    said = {name: option["default"] for name, option in options.items() if "default" in option}
    assert said.keys() <= defaults.keys(), (
        f"{role.name}: argument_specs has a default, defaults has none: {sorted(said.keys() - defaults.keys())}"
    )
    differ = {name: (said.get(name), value) for name, value in defaults.items() if said.get(name) != value}
    assert not differ, f"{role.name}: (argument_specs, defaults) differ: {differ}"
    required = {name for name in defaults if options[name].get("required")}
    assert not required, f"{role.name}: required, yet with a default: {sorted(required)}"


@pytest.mark.parametrize("role", ROLES, ids=lambda path: path.name)
def test_meta(role):
    galaxy = load(role / "meta" / "main.yml").get("galaxy_info") or {}
    assert galaxy.get("description"), f"{role.name}: meta/main.yml has no galaxy_info.description"
