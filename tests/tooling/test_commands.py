# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands and the inventories that the documentation shows: each name in them is one that there is.

tests/integration/lan/test_pages.py has the inventories of the README, the how-to's and the tutorial validated.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tree
import yaml

PAGES = sorted(path for path in tree.text_files() if path.suffix == ".md" and not path.is_relative_to("changelogs"))
PAGES = [path for path in PAGES if path.name != "CHANGELOG.md" and not path.is_relative_to("roles")]
PLAYBOOK = re.compile(r"ansible-playbook ((?:[^\n`\\]|\\\n)+)")
MADE = {path.stem for path in tree.TOP.glob("playbooks/*.yml")}
TARGETS = set(re.findall(r"(?m)^([a-z-]+):.*##", (tree.TOP / "Makefile").read_text(encoding="utf-8")))
FENCE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(litellm_gateway_config: [^`]+)`")
# Variables whose names begin so are the collection's, and each has to be one.
OWN = re.compile(
    r"(?:mcp|litellm|postgres_db|front_door|egress_proxy|firewall|open_webui|observability|client_configs|backup"
    r"|rotation_timer|docker_engine|container_service|acme|cache|swarm|kubernetes)_\w+"
)


@pytest.fixture(scope="module")
def variables() -> set[str]:
    """What an inventory may say: the roles' options, and what the playbooks read by themselves."""
    known = set()
    for path in tree.TOP.glob("roles/*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            known |= set(entry.get("options") or {})
    for path in [*tree.TOP.glob("playbooks/*.yml"), *tree.TOP.glob("roles/*/tasks/*.yml")]:
        known |= set(re.findall(r"\b[a-z][a-z0-9_]+\b", path.read_text(encoding="utf-8")))
    return known


def _commands(path: Path) -> list[str]:
    return [found[1].replace("\\\n", " ").strip() for found in PLAYBOOK.finditer(tree.text_files()[path])]


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_its_commands(path, variables):
    wrong = []
    for command in _commands(path):
        for name in re.findall(r"(?:mcp_lan\.litellm\.|playbooks/)(\w+)", command):
            wrong += [] if name in MADE else [f"no playbook {name}: {command}"]
        for name in re.findall(r"-e [\"']?([a-z]\w*)=", command):
            wrong += [] if name in variables else [f"no variable {name}: {command}"]
    for name in re.findall(r"`make ([a-z-]+)|(?m:^make ([a-z-]+))", tree.text_files()[path]):
        target = name[0] or name[1]
        wrong += [] if target in TARGETS else [f"no target: make {target}"]
    assert not wrong, "\n".join(wrong)


def _names(value) -> set[str]:
    """The variables that a piece of an inventory or of a playbook sets, wherever in it."""
    if isinstance(value, list):
        return {name for one in value for name in _names(one)}
    if not isinstance(value, dict):
        return set()
    inner = {name for key in ("vars", "all", "gateway", "clients", "hosts") for name in _names(value.get(key))}
    return inner | {name for name in value if isinstance(name, str) and OWN.fullmatch(name)}


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_its_inventories(path, variables):
    unknown = set()
    for text in FENCE.findall(tree.text_files()[path]):
        unknown |= _names(yaml.safe_load(text)) - variables
    assert not unknown, f"no such variables: {sorted(unknown)}"


def _settings(value) -> set[str]:
    """Which settings of config.yaml a piece of an inventory has, as SECTION.NAME."""
    if not isinstance(value, dict):
        return set()
    config = value.get("litellm_gateway_config") or {}
    found = {f"{section}.{name}" for section, said in config.items() if isinstance(said, dict) for name in said}
    return found.union(*map(_settings, value.values()))


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_its_settings_of_litellm(path):
    """None that the role refuses, as there is an option for it."""
    text = tree.text_files()[path]
    said = set().union(*(_settings(yaml.safe_load(one)) for one in [*FENCE.findall(text), *INLINE.findall(text)]))
    role = (tree.TOP / "roles/litellm_gateway/vars/main.yml").read_text(encoding="utf-8")
    refused = set(re.findall(r"litellm_gateway_config: ([\w.]+) cannot be set here", role))
    assert refused
    assert not said & refused, f"the role refuses {sorted(said & refused)}"


def test_every_playbook_for_people_is_in_the_list():
    text = tree.text_files()[Path("docs/contents.md")]
    parts = {"deliver", "variables"}  # of other playbooks
    assert set(re.findall(r"mcp_lan\.litellm\.(\w+)", text)) >= MADE - parts


def test_every_role_and_module_is_in_the_list():
    named = set(re.findall(r"`(\w+)`", tree.text_files()[Path("docs/contents.md")]))
    roles = {path.name for path in tree.TOP.glob("roles/*") if path.is_dir()}
    modules = {path.stem for path in tree.TOP.glob("plugins/modules/*.py")}
    # Those of a kind's objects are listed with the kind.
    modules -= {f"{name}_info" for name in modules}
    assert not (roles | modules) - named
