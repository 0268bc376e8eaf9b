# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's argument_specs.yml says exactly what its defaults do, and says it in words."""

from __future__ import annotations

import re
import sys

import pytest
import yaml
from tree import TOP

sys.path.insert(0, str(TOP / "scripts"))
import role_readmes

ROLES = sorted(path.parent.parent for path in TOP.glob("roles/*/tasks/main.yml"))
MARKUP = re.compile(r"\b(?:RV|[A-Z])\([^)]*\)")


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


def _run(playbook: str) -> set[str]:
    """The roles that a playbook runs from their beginning, and those of the playbooks that it imports."""
    found = set()
    for play in load(TOP / "playbooks" / f"{playbook}.yml"):
        if imported := play.get("ansible.builtin.import_playbook"):
            found |= _run(imported.rpartition(".")[2])
        for task in play.get("tasks", []):
            used = task.get("ansible.builtin.import_role") or task.get("ansible.builtin.include_role") or {}
            found |= {used["name"].rpartition(".")[2]} if used and "tasks_from" not in used else set()
    return found


def test_each_page_names_the_playbook_that_runs_the_role():
    for path, text in role_readmes.pages().items():
        named = re.search(r"(?m)^The playbook `mcp_lan\.litellm\.(\w+)` runs it\.$", text)
        assert named or path.parent.name in role_readmes.INCLUDED
        assert not named or path.parent.name in _run(named[1]), f"{named[1]}.yml does not run {path.parent.name}"


def test_each_page_is_markdown_alone():
    """No markup of Ansible's documentation is left in it."""
    left = {path.parent.name: found for path, text in role_readmes.pages().items() if (found := MARKUP.findall(text))}
    assert not left


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


VERBS = """
    Ask Check Choose Close Compare Configure Connect Copy Create Declare Deliver Diagnose End Expire Export Fill Find
    Generate Give Grant Have Install Keep Load Log Look Make Promote Read Refuse Remove Revoke Run Save Say Schedule See
    Rotate Set Start Stop Take Tell Try Validate Verify Wait Work Write Add Back Bring Dump Encrypt Pack Put Restore
    Settle Unpack Apply Go Let Migrate Prepare Tidy Undo Upgrade
""".split()


def names(value):
    """The names of plays and tasks, of those in blocks among them."""
    for each in value if isinstance(value, list) else []:
        if isinstance(each, dict):
            yield from [each["name"]] if "name" in each else []
            for part in ("tasks", "block", "rescue", "always", "pre_tasks", "post_tasks"):
                yield from names(each.get(part))


def test_a_tasks_name_says_what_it_does():
    paths = [*TOP.glob("roles/*/tasks/*.yml"), *TOP.glob("playbooks/*.yml")]
    found = [(path, name) for path in paths for name in names(load(path))]
    others = [f"{path.relative_to(TOP)}: {name}" for path, name in found if name.split()[0] not in VERBS]
    assert len(found) > 200 and not others


def test_no_expression_has_six_filters_in_a_row():
    """What takes more is a filter plugin of its own, which is tested."""
    filters = re.compile(r"(\s*\|\s*[a-z_.]+(\((?:[^()]|\([^()]*\))*\))?){6,}")
    paths = [path for folder in ("tasks", "vars", "defaults", "templates") for path in TOP.glob(f"roles/*/{folder}/*")]
    long = [
        f"{path.relative_to(TOP)}: {found[0].strip()[:80]}"
        for path in [*paths, *TOP.glob("playbooks/*.yml")]
        for expression in re.findall(r"(?s){[{%].*?[%}]}", path.read_text(encoding="utf-8"))
        for found in filters.finditer(expression)
    ]
    assert not long


def test_what_an_image_declares_as_a_volume_has_one_with_a_name():
    """Or is in memory: the engine makes a volume without a name otherwise, and no removal finds it."""
    declared = {
        path.parent.name: re.findall(r"^VOLUME (\S+)$", path.read_text(encoding="utf-8"), re.M)
        for path in TOP.glob("images/*/Dockerfile")
    }
    run = [
        (path, task["vars"])
        for path in TOP.glob("roles/*/tasks/*.yml")
        for task in load(path) or []
        if isinstance((task.get("vars") or {}).get("container_service_image"), dict)
    ]
    lacking = [
        (str(path.relative_to(TOP)), folder)
        for path, given in run
        for folder in declared.get(given["container_service_image"]["name"], [])
        if not re.search(
            f"{folder}[:']", f"{given.get('container_service_volumes')} {given.get('container_service_tmpfs')}"
        )
    ]
    assert any(declared.values()) and run and not lacking
