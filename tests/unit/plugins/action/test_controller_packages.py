# SPDX-License-Identifier: GPL-3.0-or-later
"""What a controller lacks is named at the start, all of it, and not one package a run."""

from __future__ import annotations

import re
import shlex
import sys

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.action.gateway_check import FITS, NEEDED
from plays import run_playbook

CHECK = [
    {"hosts": "localhost", "gather_facts": False, "tasks": [{"mcp_lan.litellm.gateway_check": {"version": "1.77.3"}}]}
]


def told(failed: pytest.ExceptionInfo) -> str:
    """What a run said, on one line; ansible-core before 2.19 writes a quotation mark of a sentence twice."""
    return re.sub(r"\s+", " ", str(failed.value)).replace("''", "'")


@pytest.fixture
def play(tmp_path):
    (tmp_path / "play.yml").write_text(yaml.safe_dump(CHECK), encoding="utf-8")
    return ["-i", "localhost,", "-c", "local", "-e", f"mcp_lan_store={tmp_path}/store", str(tmp_path / "play.yml")]


def test_all_are_there(play):
    assert "failed=0" in run_playbook(*play)


@pytest.mark.parametrize("missing", [["requests", "mcp", "httpx"], ["mcp"], ["httpx"]], ids=" ".join)
def test_all_that_are_missing_are_named_with_the_command(play, tmp_path, monkeypatch, missing):
    # As an interpreter is that has no such packages.
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nsys.modules |= dict.fromkeys({missing})\n", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(AssertionError) as failed:
        run_playbook(*play)
    said = told(failed)
    wanted = [NEEDED[one] for one in missing]
    command = " ".join(map(shlex.quote, wanted))
    assert f"has no {' and no '.join(wanted)}: {sys.executable} -m pip install {command} (" in said
    assert "Nothing has been changed." in said


def test_a_version_that_will_not_do_is_as_one_that_is_missing(play, tmp_path, monkeypatch):
    folder = tmp_path / "mcp-2.3.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: mcp\nVersion: 2.3.0\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(AssertionError) as failed:
        run_playbook(*play)
    assert "pip install 'mcp>=1.12,<2' (" in told(failed)


@pytest.mark.parametrize(
    ("version", "fits"),
    [("1.12.0", True), ("1.30.0", True), ("1.12", True), ("1.100.1", True), ("1.9.4", False), ("2.0.0", False)],
)
def test_which_versions_will_do(version, fits):
    assert bool(FITS["mcp"].fullmatch(version)) is fits
