# SPDX-License-Identifier: GPL-3.0-or-later
"""What a controller lacks is named at the start, all of it, and not one package a run."""

from __future__ import annotations

import re
import sys

import pytest
import yaml
from plays import run_playbook

CHECK = [
    {"hosts": "localhost", "gather_facts": False, "tasks": [{"mcp_lan.litellm.gateway_check": {"version": "1.77.3"}}]}
]


@pytest.fixture
def play(tmp_path):
    (tmp_path / "play.yml").write_text(yaml.safe_dump(CHECK), encoding="utf-8")
    return ["-i", "localhost,", "-c", "local", "-e", f"mcp_lan_store={tmp_path}/store", str(tmp_path / "play.yml")]


def test_all_are_there(play):
    assert "failed=0" in run_playbook(*play)


@pytest.mark.parametrize("missing", [["requests", "mcp"], ["mcp"]], ids=" ".join)
def test_all_that_are_missing_are_named_with_the_command(play, tmp_path, monkeypatch, missing):
    # As an interpreter is that has no such packages.
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nsys.modules |= dict.fromkeys({missing})\n", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(AssertionError) as failed:
        run_playbook(*play)
    said = re.sub(r"\s+", " ", str(failed.value))
    assert f"has no {' and no '.join(missing)}: {sys.executable} -m pip install {' '.join(missing)} (" in said
    assert "Nothing has been changed." in said
