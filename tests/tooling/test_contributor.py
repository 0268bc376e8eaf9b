# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody types who knows Ansible's collections and has not read CONTRIBUTING: it finds tests, and they pass."""

from __future__ import annotations

import os
import re
import sys

import pytest
import tree

COPY = tree.TOP / "build" / "contributor"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def ansible_test():
    """Runs it in a copy at the place that it insists on; what it printed."""
    copy = tree.copy(COPY)
    tree.check("git", "init", "--quiet", cwd=copy)
    path = os.pathsep.join([str(tree.TOP / ".venv" / "bin"), os.environ["PATH"]])

    def run(*words: str) -> str:
        return tree.check("ansible-test", *words, "--local", "--python", VERSION, "--color", "no", cwd=copy, PATH=path)

    return run


def test_units(ansible_test):
    printed = ansible_test("units", "tests/unit/plugins/filter/test_egress.py", "tests/unit/plugins/lookup/")
    assert re.search(r"=+ [1-9]\d+ passed in", printed), printed


@pytest.mark.slow
def test_integration(ansible_test):
    printed = ansible_test("integration")
    targets = {path.name for path in (tree.TOP / "tests/integration/targets").iterdir()}
    assert targets and set(re.findall(r"Running (\S+) integration test role", printed)) == targets, printed
    assert "failed=0" in printed and not re.search(r"failed=[1-9]", printed)
