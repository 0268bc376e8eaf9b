# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user of it has it: built, and installed into an empty folder."""

from __future__ import annotations

import packed
import pytest


@pytest.fixture(scope="session")
def tarball(tmp_path_factory):
    return packed.build(tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="session")
def installed(tarball, tmp_path_factory):
    return packed.install(tarball, tmp_path_factory.mktemp("installed"))
