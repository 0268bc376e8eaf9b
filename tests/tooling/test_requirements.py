# SPDX-License-Identifier: GPL-3.0-or-later
"""What is locked is what is asked for, and both environments hold the same versions."""

from __future__ import annotations

import re

from tree import TOP

REQUIREMENTS = TOP / "requirements"
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)", re.IGNORECASE | re.MULTILINE)


def pins(name: str) -> set[tuple[str, str]]:
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    return {(re.sub(r"[._-]+", "-", package).lower(), version) for package, version in PIN.findall(text)}


def test_locked_as_asked():
    for stage in ("deploy", "dev"):
        stale = pins(f"{stage}.in") - pins(f"{stage}.txt")
        assert not stale, f"requirements/{stage}.txt lacks {sorted(stale)}: run 'make lock'"


def test_tests_run_on_what_a_deploy_runs_on():
    missing = pins("deploy.txt") - pins("dev.txt")
    assert not missing, f"requirements/dev.txt lacks {sorted(missing)}: run 'make lock'"


def test_every_requirement_is_exact():
    for path in REQUIREMENTS.glob("*.in"):
        loose = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if line and not line.startswith(("#", "-r ")) and not PIN.match(line)
        ]
        assert not loose, f"{path.name}: not pinned to one version: {loose}"
