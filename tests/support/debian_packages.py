# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs out of Debian's packages, with the libraries that this machine lacks, and without a service on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import tree


class Unpacked:
    """Packages, unpacked into a folder of the checkout's cache once they are asked for."""

    def __init__(self, name: str, *packages: str) -> None:
        self.top = tree.TOP / ".cache" / name
        self._packages = packages

    def install(self) -> None:
        """Have them."""
        whole = self.top / "whole"
        if whole.is_file():
            return
        shutil.rmtree(self.top, ignore_errors=True)
        (self.top / "archives/partial").mkdir(parents=True)
        options = {"APT::Sandbox::User": "root", "Dir::Cache::archives": self.top / "archives", "Debug::NoLocking": 1}
        fetch = ["apt-get", "-q", "-y", *(f"-o{name}={value}" for name, value in options.items())]
        # Also what is installed, as a newer one of it may be needed by the others.
        fetch += ["--no-install-recommends", "--reinstall", "--download-only", "install", *self._packages]
        if subprocess.run(fetch, capture_output=True, check=False, timeout=300).returncode:
            subprocess.run(["apt-get", "-q", "update"], check=True, capture_output=True, timeout=300)
            subprocess.run(fetch, check=True, capture_output=True, timeout=300)
        for package in (self.top / "archives").glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(self.top)], check=True)
            package.unlink()
        whole.touch()

    @property
    def libraries(self) -> Path:
        (found,) = (self.top / "usr/lib").glob("*-linux-gnu*")
        return found

    @property
    def environment(self) -> dict[str, str]:
        """One in which a program of theirs has its libraries."""
        folders = [str(self.libraries), *map(str, (self.top / "lib").glob("*-linux-gnu*"))]
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)}
