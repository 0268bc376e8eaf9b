# SPDX-License-Identifier: GPL-3.0-or-later
"""Where npm puts the vendors' own programs."""

from __future__ import annotations

from pathlib import Path


def program(packages: Path, *names: str) -> Path:
    """Return a program that npm unpacked, by the first of these patterns that there is."""
    return next(path for name in names for path in sorted(packages.glob(name)))


def claude(packages: Path) -> Path:
    return program(packages, "@anthropic-ai/claude-code-linux-*/claude")


def codex(packages: Path) -> Path:
    return program(packages, "@openai/codex-linux-*/vendor/*/bin/codex")
