# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a tarball, and that in an empty folder: what somebody has who does not have the checkout."""

from __future__ import annotations

from pathlib import Path

import tree


def build(work: Path) -> Path:
    """What "ansible-galaxy collection build" makes of the files that git knows."""
    source = tree.copy(work / "source")
    output = work / "built"
    tree.check("ansible-galaxy", "collection", "build", source, "--output-path", output)
    (built,) = output.glob("*.tar.gz")
    return built


def install(tarball: Path, place: Path) -> Path:
    """The collection's folder after the tarball went into an empty place, whose configuration is as empty."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "ansible.cfg").touch()
    tree.check(
        *("ansible-galaxy", "collection", "install", tarball, "--offline", "--no-deps", "--collections-path", place),
        cwd=place,
        ANSIBLE_CONFIG=str(place / "ansible.cfg"),
    )
    return place / "ansible_collections" / tree.NAMESPACE / tree.NAME
