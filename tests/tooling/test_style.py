# SPDX-License-Identifier: GPL-3.0-or-later
"""The linters, each at the project's own settings."""

from __future__ import annotations

import re

from tree import check, text_files


def test_ruff_check():
    check("ruff", "check", "--output-format=concise", ".")


def test_ruff_format():
    check("ruff", "format", "--check", "--output-format=concise", ".")  # "make format" puts it right


def test_yamllint():
    check("yamllint", "--strict", "--format", "parsable", ".")


def test_shellcheck():
    scripts = [path for path, text in text_files().items() if re.match(r"#!.*\b(sh|bash)\b", text)]
    assert scripts, "no shell script was found, not even .ci/run"
    check("shellcheck", *scripts)


def test_ansible_lint():
    check("ansible-lint", "-q", "--nocolor", "--format=pep8")
