# SPDX-License-Identifier: GPL-3.0-or-later
"""The next release, made in a copy as CONTRIBUTING.md says: what the workflow asks of a tag holds then, not before."""

from __future__ import annotations

import re

import pytest
import tree
import yaml

SENTENCE = "A sentence that only this test has."
GUARDS = [
    step["run"]
    for step in yaml.safe_load((tree.TOP / ".github/workflows/release.yml").read_text())["jobs"]["build"]["steps"]
    if step.get("name", "").startswith("Refuse")
]


def test_fragments_have_the_changelogs_own_markup():
    """Documentation's C(...) and O(...) would stand in CHANGELOG.md as they are."""
    wrong = [
        f"{path.name}: {found}"
        for path in tree.TOP.glob("changelogs/fragments/*.yml")
        for found in re.findall(r"\b[A-Z]\([^)]*\)", path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_a_release(tmp_path):
    copy = tree.copy(tmp_path)
    galaxy = copy / "galaxy.yml"
    text = galaxy.read_text(encoding="utf-8")
    major = int(re.search(r"(?m)^version: (\d+)", text)[1]) + 1
    galaxy.write_text(re.sub(r"(?m)^version: .*", f"version: {major}.0.0", text), encoding="utf-8")
    (copy / "changelogs/fragments").mkdir(exist_ok=True)
    (copy / "changelogs/fragments/one-more.yml").write_text(f"minor_changes: [{SENTENCE}]\n", encoding="utf-8")
    assert len(GUARDS) == 2
    before = [tree.run("sh", "-ec", guard, cwd=copy, GITHUB_REF_NAME=f"v{major}.0.0")[0] for guard in GUARDS]
    assert before == [0, 1], "a version that the changelog does not have is refused"
    tree.check("antsibull-changelog", "release", cwd=copy)
    for guard in GUARDS:
        tree.check("sh", "-ec", guard, cwd=copy, GITHUB_REF_NAME=f"v{major}.0.0")
        assert tree.run("sh", "-ec", guard, cwd=copy, GITHUB_REF_NAME=f"v{major}.0.1")[0] == 1
    assert not list((copy / "changelogs/fragments").glob("*.yml"))
    changelog = re.sub(r"\\(.)", r"\1", (copy / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert f"## v{major}.0.0" in changelog and SENTENCE in changelog
