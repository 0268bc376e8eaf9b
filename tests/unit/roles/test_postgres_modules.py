# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose Python has nothing to speak to PostgreSQL with: the role says so, and brings it."""

from __future__ import annotations

import re
import sys
import venv

import pytest
import yaml
from plays import run_playbook


@pytest.fixture
def play(tmp_path):
    """The role in a host with a Python of its own, which has the standard library alone."""
    venv.create(tmp_path / "python", with_pip=False)
    variables = {
        "ansible_python_interpreter": str(tmp_path / "python/bin/python"),
        "mcp_lan_store": str(tmp_path / "store"),
        "postgres_db_mode": "external",
        "postgres_db_host": "127.0.0.1",
        "postgres_db_port": 9,
        "postgres_db_admin_password": "{{ 'none' }}",
    }
    facts = {"gather_facts": True, "gather_subset": ["!all", "!min", "distribution", "pkg_mgr"]}
    one = {"hosts": "localhost", **facts, "vars": variables, "roles": ["mcp_lan.litellm.postgres_db"]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([one]), encoding="utf-8")
    # One that the distribution has installed already: nothing is done, and it is not for that Python.
    package = ["-e", "postgres_db_python_package=tar"]
    return ["-i", "localhost,", "-c", "local", str(tmp_path / "play.yml"), *package]


def flat(text: str) -> str:
    """On one line; ansible-core before 2.19 writes a quotation mark of a sentence twice."""
    return re.sub(r"\s+", " ", text).replace("''", "'")


def test_check_mode_says_what_would_be_installed(play):
    printed = flat(run_playbook("--check", *play, "-e", "postgres_db_python_package=python3-psycopg2"))
    assert "Would install python3-psycopg2; without it what the server has cannot be compared." in printed
    assert "failed=0" in printed and "PostgreSQL at" not in printed


def test_a_python_that_cannot_use_it_is_named(play, tmp_path):
    with pytest.raises(AssertionError) as failed:
        run_playbook(*play)
    printed = flat(str(failed.value))
    assert re.search(
        r"Failed to import the required Python library \(psycopg2?\) on \S+ Python " + str(tmp_path), printed
    )
    assert "let it name the distribution's" in printed and "cannot be reached" not in printed


def test_the_controllers_own_python_has_it(play):
    with pytest.raises(AssertionError, match=r"PostgreSQL at 127\.0\.0\.1:9 cannot be reached"):
        run_playbook(*play, "-e", f"ansible_python_interpreter={sys.executable}")


def test_check_mode_needs_no_facts_for_it(play, tmp_path):
    book = tmp_path / "play.yml"
    (one,) = yaml.safe_load(book.read_text(encoding="utf-8"))
    book.write_text(yaml.safe_dump([one | {"gather_facts": False}]), encoding="utf-8")
    printed = flat(run_playbook("--check", *play[:-2]))
    assert "Would install python3-psycopg2; without it" in printed and "failed=0" in printed
