# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user of it has it: built, and installed into an empty folder."""

from __future__ import annotations

import pytest
import tree


@pytest.fixture(scope="session")
def tarball(tmp_path_factory):
    """What "ansible-galaxy collection build" makes of the files that git knows."""
    source = tree.copy(tmp_path_factory.mktemp("source"))
    output = tmp_path_factory.mktemp("built")
    tree.check("ansible-galaxy", "collection", "build", source, "--output-path", output)
    (built,) = output.glob("*.tar.gz")
    return built


@pytest.fixture(scope="session")
def installed(tarball, tmp_path_factory):
    """The collection's folder after the tarball went into an empty place, whose configuration is as empty."""
    place = tmp_path_factory.mktemp("installed")
    (place / "ansible.cfg").touch()
    tree.check(
        *("ansible-galaxy", "collection", "install", tarball, "--offline", "--no-deps", "--collections-path", place),
        cwd=place,
        ANSIBLE_CONFIG=str(place / "ansible.cfg"),
    )
    return place / "ansible_collections" / tree.NAMESPACE / tree.NAME
