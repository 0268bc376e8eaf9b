# SPDX-License-Identifier: GPL-3.0-or-later
"""What several images are built with is one step of BuildKit, as long as it is the same word for word."""

from __future__ import annotations

from tree import TOP


def _stages(text: str) -> dict[str, str]:
    """The stages of a Dockerfile, without comments."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    stages = "\n".join(lines).split("\nFROM ")[1:]
    return {stage.splitlines()[0].rpartition(" AS ")[2]: stage.strip() for stage in stages}


def test_npm_is_installed_by_the_same_step_for_all_images():
    """Debian's npm is some 400 packages: twice at the same time was a fifth of what the first run took."""
    stages = {
        path.parent.name: _stages(path.read_text(encoding="utf-8")).get("npm")
        for path in (TOP / "images").glob("*/Dockerfile")
    }
    shared = {name: stage for name, stage in stages.items() if stage}
    assert {"litellm", "mcp-filesystem"} <= set(shared)
    assert len(set(shared.values())) == 1, shared
