# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up: it makes a working environment, does nothing the second time, and says in one sentence what stops it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

import pytest
from tree import TOP


def load(path):
    specification = importlib.util.spec_from_file_location("setup_under_test", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    """A checkout of which nothing but the set-up is there, and which wants one small package."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "requirements").mkdir()
    shutil.copy2(TOP / "scripts" / "setup.py", tmp_path / "scripts")
    locked = (TOP / "requirements" / "deploy.txt").read_text(encoding="utf-8")
    start = locked.index("jmespath==")
    one = locked[start : locked.index("# via", start)]
    (tmp_path / "requirements" / "deploy.txt").write_text(one.rstrip().rstrip("\\"), encoding="utf-8")
    return tmp_path


def set_up(checkout, **environment):
    return subprocess.run(
        [sys.executable, "scripts/setup.py", "deploy"],
        cwd=checkout,
        env=environment or None,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_makes_the_environment_once_and_again_when_the_lock_changes(checkout):
    first = set_up(checkout)
    assert first.returncode == 0, first.stderr
    assert subprocess.run([checkout / ".venv/bin/python", "-c", "import jmespath"], check=False).returncode == 0
    second = set_up(checkout)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    lock = checkout / "requirements" / "deploy.txt"
    lock.write_text(lock.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert "installing" in set_up(checkout).stdout


def test_a_wrong_hash_is_refused(checkout):
    lock = checkout / "requirements" / "deploy.txt"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(text.split("--hash")[0] + "--hash=sha256:" + "0" * 64 + "\n", encoding="utf-8")
    done = set_up(checkout)
    assert done.returncode == 1
    assert "could not install requirements/deploy.txt" in done.stderr.splitlines()[-1]
    assert not list(checkout.glob(".venv/.installed-*"))


def test_no_index_in_reach(checkout):
    done = set_up(
        checkout, PATH="/usr/bin:/bin", PIP_CONFIG_FILE="/dev/null", PIP_INDEX_URL="http://127.0.0.1:9/simple"
    )
    assert done.returncode == 1
    assert "no package index could be reached" in done.stderr.splitlines()[-1]


def test_python_too_old(monkeypatch):
    module = load(TOP / "scripts" / "setup.py")
    monkeypatch.setattr(module.sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match=r"Python 3\.9 is too old, 3\.11 or newer is needed"):
        module.main(["deploy"])


def test_neither_root_nor_sudo(monkeypatch):
    module = load(TOP / "scripts" / "setup.py")
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(module.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}")
    with pytest.raises(SystemExit, match="neither root nor have sudo; ask for 'apt-get install python3-venv'"):
        module.install_packages(["python3-venv"], "this Python can make no virtual environments")


def test_no_apt(monkeypatch):
    module = load(TOP / "scripts" / "setup.py")
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="there is no apt-get"):
        module.install_packages(["git"], "the tests look at what git tracks")
