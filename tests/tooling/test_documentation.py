# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation against the code: examples use options that exist, and the generated pages are sound."""

from __future__ import annotations

import ast
import re
import sys

import pytest
import tree
import yaml

FQCN = f"{tree.NAMESPACE}.{tree.NAME}."
MODULES = sorted(path for path in tree.TOP.glob("plugins/modules/*.py") if not path.name.startswith("_"))
FRAGMENTS = tree.TOP / "plugins" / "doc_fragments"


def constants(path) -> dict[str, str]:
    """The strings that a plugin's source assigns, DOCUMENTATION and EXAMPLES among them."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return found


def own_options(path) -> dict[str, dict]:
    return yaml.safe_load(constants(path)["DOCUMENTATION"]).get("options") or {}


def options(path) -> dict[str, dict]:
    """A module's documented options, those of this collection's fragments included."""
    documentation = yaml.safe_load(constants(path)["DOCUMENTATION"])
    found = own_options(path)
    for fragment in documentation.get("extends_documentation_fragment") or []:
        if fragment.startswith(FQCN):
            name, _dot, part = fragment.removeprefix(FQCN).partition(".")
            text = constants(FRAGMENTS / f"{name}.py")[(part or "documentation").upper()]
            found |= yaml.safe_load(text).get("options") or {}
    return found


def unknown(given, known: dict[str, dict], where: str) -> list[str]:
    """Options in an example that the documentation does not have, at any depth."""
    found = []
    for item in given if isinstance(given, list) else [given]:
        for name, value in item.items() if isinstance(item, dict) else ():
            option = known.get(name) or next((o for o in known.values() if name in (o.get("aliases") or [])), None)
            if option is None:
                found.append(f"{where}{name}")
            elif option.get("suboptions"):
                found += unknown(value, option["suboptions"], f"{where}{name}.")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_examples(path):
    tasks = yaml.safe_load(constants(path)["EXAMPLES"])
    assert isinstance(tasks, list) and tasks, f"{path.stem}: EXAMPLES is not a list of tasks"
    used = [task[FQCN + path.stem] or {} for task in tasks if FQCN + path.stem in task]
    assert used, f"{path.stem}: no example calls {FQCN}{path.stem}"
    wrong = [name for given in used for name in unknown(given, options(path), "")]
    assert not wrong, f"{path.stem}: an example uses options that are not documented: {wrong}"
    # What a fragment requires, such as the gateway's address, comes from module_defaults or the environment.
    required = {name for name, option in own_options(path).items() if option.get("required")}
    lacking = [sorted(required - given.keys()) for given in used if isinstance(given, dict) and required - given.keys()]
    assert not lacking, f"{path.stem}: an example lacks required options: {lacking}"


def test_antsibull_docs(installed):
    tree.check(
        *("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self"),
        *("--disallow-unknown-collection-refs", "--skip-rstcheck", installed),
        ANSIBLE_COLLECTIONS_PATH=str(installed.parents[2]),
    )


def test_changelog_fragments():
    tree.check("antsibull-changelog", "lint")
    assert list((tree.TOP / "changelogs" / "fragments").glob("*.yml")) or (tree.TOP / "CHANGELOG.md").exists()


@pytest.mark.slow
def test_the_site():
    """`make docs`: links, headings and the pages generated from the code, by Sphinx, which passes no warning."""
    tree.check(sys.executable, "scripts/site.py")
    made = tree.TOP / "build" / "docs" / "html"
    pages = {path.stem for path in tree.TOP.glob("docs/*.md")}
    assert pages <= {path.stem for path in made.glob("*.html")}
    assert {f"{path.stem}_module" for path in MODULES} <= {path.stem for path in made.glob("reference/*.html")}
    # What a page of the reference is for.
    assert "litellm_gateway_version" in (made / "reference/litellm_gateway_role.html").read_text(encoding="utf-8")


def test_every_relative_link_leads_somewhere():
    """A Markdown file's links to other files of the project."""

    broken = []
    for path, text in tree.text_files().items():
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", text):
            if not (tree.TOP / path.parent / target).exists():
                broken.append(f"{path}: {target}")
    assert not broken, "links to nothing:\n" + "\n".join(broken)
