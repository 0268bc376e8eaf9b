# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file of the project keeps to."""

from __future__ import annotations

import re
from pathlib import Path

from tree import TOP, text_files

# Kinds of file that have no comments, or that a tool or another project wrote.
WITHOUT_SPDX = {".json", ".lock", ".txt", ".csv", ".svg", ".sql", ".toml.orig"}
GENERATED = {Path("CHANGELOG.md"), Path("changelogs/changelog.yaml"), Path("docs/bench.md")}
# As its makers publish it; its licence is in it and in LICENSES (tests/unit/plugins/plugin_utils/_spend/test_page.py).
OTHERS = {Path("roles/litellm/files/chart.umd.min.js")}

# What a checkout may lie in on any machine.
EVERYWHERE = {Path(each) for each in ("/home", "/opt", "/srv", "/tmp", "/usr/src", "/var/tmp")}
# A name below .lan is nobody's: examples use it.
REGISTRY = re.compile(r"//[a-z0-9.-]*(?:pypi|pythonhosted|npm|debian)[a-z0-9.-]*\.(?!lan\b)[a-z]{2,}")
SECRET = re.compile(
    r"sk-[A-Za-z0-9_-]{24,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|-----BEGIN [A-Z ]*PRIVATE" + " KEY"
)
LEFT_OVER = re.compile(
    r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b|assert True\b|\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"
)


def findings(pattern: re.Pattern, skip: tuple[Path, ...] = ()) -> list[str]:
    """file:line of every line that the pattern is in."""
    return [
        f"{path}:{number}: {line.strip()[:160]}"
        for path, text in text_files().items()
        if path not in skip and "LICENSES" not in path.parts
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_every_file_names_its_licence():
    missing = [
        str(path)
        for path, text in text_files().items()
        if text.strip()
        and path.suffix not in WITHOUT_SPDX
        and path not in GENERATED | OTHERS
        and "LICENSES" not in path.parts
        and "SPDX-License-Identifier: GPL-3.0-or-later" not in "\n".join(text.splitlines()[:6])
    ]
    assert not missing, "no SPDX line among the first six lines of:\n" + "\n".join(missing)


def test_no_package_registry_is_written_down():
    found = findings(REGISTRY)
    assert not found, "a package index or mirror comes from the host's own configuration, not from:\n" + "\n".join(
        found
    )


def test_no_path_of_this_machine():
    folders = {TOP, TOP.parent, Path.home()} - EVERYWHERE
    places = [re.escape(f"{place}/") for place in folders if len(place.parts) > 1]
    found = findings(re.compile("|".join(places))) if places else []
    assert not found, "paths of one machine:\n" + "\n".join(found)


def test_no_secret_is_written_down():
    found = [line for line in findings(SECRET) if not re.search(r"example|placeholder|your", line, re.IGNORECASE)]
    assert not found, "a test makes its secrets when it runs; these look like some:\n" + "\n".join(found)


def test_nothing_is_left_to_do():
    found = findings(LEFT_OVER, skip=(Path("tests/tooling/test_files.py"),))
    assert not found, "skips, stubs and things left to do:\n" + "\n".join(found)
